// Today: the next visit is the page, the others stand below it. What waits for an answer stands on top, of whatever day;
// what was not accepted stands above everything until somebody has read it.
import { banner } from "./banner.js";
import * as box from "./box.js";
import * as clock from "./clock.js";
import { diskWords, notice } from "./door.js";
import { data, dayWords, el, hour, icon, say, startOf } from "./dom.js";
import * as queue from "./queue.js";
import { DECLINE, reasons } from "./reasons.js";
import { dismissNews, sync } from "./server.js";
import { t } from "./words.js";

const DONE = ["served", "confirmed", "completed", "aborted"];

// What the screen remembers between two drawings.
const here = {};

function dateLine(day, done) {
  const locale = document.documentElement.lang;
  const words = new Intl.DateTimeFormat(locale, { month: "long", day: "numeric", weekday: "short", timeZone: "Asia/Shanghai" });
  return t("{date}，做完 {n} 户", { date: words.format(new Date(`${day}T12:00:00+08:00`)), n: done });
}

function whenWords(order, stage) {
  if (stage === "serving") return t("服务中");
  const minutes = Math.round((Date.parse(startOf(order)) - clock.now()) / 60_000);
  if (minutes > 90) return t("下一户");
  return minutes > 0 ? t("下一户，还有 {n} 分钟", { n: minutes }) : t("下一户，已到时间");
}

function next({ order, stage }) {
  return el("section", { class: "nx" },
    el("div", { class: "row-x wraps" }, el("span", { class: "when grow" }, whenWords(order, stage)), order.pair && el("span", { class: "twosome" }, t("两人同到"))),
    el("div", { class: "row-x wraps" }, el("span", { class: "hour" }, hour(startOf(order))), el("span", { class: "what" }, data(`${order.item} ${order.name}`))),
    el("div", { class: "k" }, data(order.address)), order.note && el("div", { class: "k" }, data(order.note)));
}

function row({ order, stage, waiting }) {
  const done = DONE.includes(stage);
  const sign = waiting ? el("span", { class: "state" }, icon("cloud-up"), t("待上传"))
    : done ? el("span", { class: "state is-done" }, icon("circle-check"), t("做完")) : icon("chevron-right");
  return el("a", { class: `it${done ? " dn" : ""}`, href: `#visit/${order.key}` }, el("time", {}, hour(startOf(order))),
    el("span", {}, el("b", {}, data(order.item)), " ", data(order.name), !done && el("br"), !done && el("span", { class: "k" }, data(order.address))), sign);
}

/** Puts an answer to an offer on the disk; a full one is told. */
async function answer(order, verb, body) {
  try {
    await queue.add(order, verb, body);
    return true;
  } catch (error) {
    here.fault = box.isFull(error) ? diskWords() : t("这一步没有存下，请再按一次");
    say(here.fault);
    return false;
  }
}

async function accept(orders, redraw) {
  here.fault = undefined;
  for (const order of orders) if (!await answer(order, "order.accept", {})) break;
  say(t("已存手机"));
  sync();
  await redraw();
}

async function decline(order, reason, redraw) {
  // What a short list does not say is written on the visit's own page.
  if (reason === "other") { location.hash = `#visit/${order.key}`; return; }
  here.declining = undefined;
  if (await answer(order, "order.decline", { reason })) say(t("已存手机"));
  sync();
  await redraw();
}

function offer({ order }, redraw) {
  const until = order.due_at && t("请在 {time} 前答复", { time: [dayOfIso(order.due_at), hour(order.due_at)].filter(Boolean).join(" ") });
  const asking = here.declining === order.key
    && reasons(`decline-${order.key}`, t("为什么不接？"), DECLINE, (reason) => decline(order, reason, redraw), () => { here.declining = undefined; redraw(); });
  return el("section", { class: "bx offer", "data-offer": order.key }, icon("hourglass"), el("div", { class: "grow stack tight" },
    el("a", { class: "plainly", href: `#visit/${order.key}` }, el("b", {}, dayWords(order), " ", hour(startOf(order)), " ", data(order.item), " ", data(order.name)), el("br"), el("span", { class: "k" }, data(order.address))),
    until && el("span", { class: "k" }, icon("clock"), " ", until),
    !asking && el("div", { class: "choices" },
      el("button", { class: "sub2 yes", type: "button", "data-accept": order.key, onclick: () => accept([order], redraw) }, icon("check"), t("接单")),
      el("button", { class: "sub2", type: "button", "data-decline": order.key, onclick: () => { here.declining = order.key; redraw(); } }, icon("hand-off"), t("不接"))),
    asking));
}

/** The day of a moment when it is not today. */
const dayOfIso = (iso) => dayWords({ day: clock.dayOf(Date.parse(iso)) });

function offers(found, redraw) {
  if (found.length === 0) return undefined;
  const all = found.length > 1 && el("button", { class: "sub2 yes", type: "button", "data-accept": "all", onclick: () => accept(found.map(({ order }) => order), redraw) }, icon("check"), t("全部接单，{n} 单", { n: found.length }));
  return el("section", { class: "gap stack tight", "aria-labelledby": "offers" }, el("h2", { id: "offers" }, t("等您接单，{n} 单", { n: found.length })), found.map((visit) => offer(visit, redraw)), all);
}

const STEP_WORDS = {
  "order.accept": () => t("接单"), "order.decline": () => t("不接"), "order.check_in": () => t("签到"), "order.check_out": () => t("签退"),
  "order.abort": () => t("中止服务"), "order.note": () => t("备注"),
};

/** What the server did not accept and nobody has read yet, by name; and what was taken off the day. */
function news(now, redraw) {
  const gone = (now.news ?? []).map((one) => notice("warn", "info-circle", [data(`${one.item} ${one.name}`), " ", hour(one.at)], t("这一单已取消或改派，不用去了"),
    el("button", { class: "mini", type: "button", onclick: async () => { await dismissNews(one.key); redraw(); } }, t("知道了"))));
  const refused = now.refused.map((c) => notice("no", "alert-triangle", [STEP_WORDS[c.verb]?.() ?? c.verb, " ", data(`${c.whom.name} ${c.whom.item}`)],
    [t("没有被接受"), " ", c.text ? data(c.text) : t("别处先改了这张工单，请打开工单重做这一步")],
    el("button", { class: "mini", type: "button", "data-seen": c.id, onclick: async () => { await queue.seen(c.id); redraw(); } }, t("知道了"))));
  return (gone.length + refused.length > 0) && el("section", { class: "gap stack tight", role: "alert" }, refused, gone);
}

/** What was just said and is not sent yet: it can be taken back. */
function undo(held, redraw) {
  if (held.length === 0) return undefined;
  const back = async (command) => {
    say(await queue.takeBack(command.id) ? t("已撤销") : t("已经上传，撤不回来了"));
    await redraw();
  };
  return el("section", { class: "gap stack tight" }, held.map(({ order, held: command }) =>
    notice("warn", "arrow-back-up", [STEP_WORDS[command.verb]?.(), " ", data(`${order.name} ${order.item}`)], t("{n} 秒后上传", { n: Math.ceil(queue.heldFor(command) / 1000) }),
      el("button", { class: "mini", type: "button", "data-undo": order.key, onclick: () => back(command) }, icon("arrow-back-up"), t("撤销")))));
}

function nothing(day) {
  const words = day ? t("今天没有上门任务") : t("今天的安排还没有下载，联网后会自动更新");
  return el("div", { class: "gap" }, el("div", { class: "bx" }, icon("info-circle"), el("div", {}, words)));
}

function later(visits) {
  if (visits.length === 0) return undefined;
  return el("section", { "aria-labelledby": "later" }, el("h2", { class: "gap", id: "later" }, t("明天 {n} 户", { n: visits.length })), visits.map(row));
}

/** What is done on this screen: today's own, tomorrow's, and what waits for an answer. */
function sorted(now) {
  const all = (now.day?.orders ?? []).map((order) => ({ order, ...queue.standing(order, now.commands) })).filter((visit) => visit.stage !== "declined");
  const today = clock.dayOf(clock.now());
  const isOffer = ({ order, stage }) => stage === "offered" && order.lead;
  const isLater = ({ order, stage }) => order.day > today && stage !== "serving";
  return { offered: all.filter(isOffer), visits: all.filter((v) => !isOffer(v) && !isLater(v)), tomorrow: all.filter((v) => !isOffer(v) && isLater(v)) };
}

/** The screen. */
export function today(now, tabs, redraw) {
  const { offered, visits, tomorrow } = sorted(now);
  const left = visits.filter((visit) => !DONE.includes(visit.stage));
  const first = left.find((visit) => visit.stage === "serving") ?? left[0];
  const others = visits.filter((visit) => visit !== first);
  const title = t("今天 {n} 户", { n: visits.length });
  const head = el("header", { class: "top1" }, el("div", {}, el("h1", { "data-focus": true, tabindex: "-1" }, title),
    now.day && el("div", { class: "k" }, dateLine(clock.dayOf(clock.now()), visits.length - left.length))));
  const held = (now.day?.orders ?? []).map((order) => ({ order, ...queue.standing(order, now.commands) })).filter((visit) => visit.held);
  const fault = here.fault && el("p", { class: "errline gap", role: "alert" }, icon("alert-triangle"), here.fault);
  const go = first && el("div", { class: "do" }, el("a", { class: "act", href: `#visit/${first.order.key}` }, icon("navigation"),
    el("span", {}, first.stage === "serving" ? t("回到服务中") : t("去下一户"), " ", data(first.order.name))));
  return {
    title,
    parts: [head, banner(now), el("main", { id: "main" }, news(now, redraw), fault, undo(held, redraw), offers(offered, redraw),
      first ? el("div", { class: "gap" }, next(first)) : visits.length === 0 && nothing(now.day),
      el("div", {}, others.map(row)), later(tomorrow)), el("div", { class: "bottom" }, go, tabs)].filter(Boolean),
  };
}
