// A visit: what it asks for, what the phone can prove, and what can be done next. Beginning and ending stand apart, and
// what cannot be taken back waits ten seconds.
import * as box from "./box.js";
import * as clock from "./clock.js";
import { camera, diskWords, honesty, isWeak, notice, preview, proofs, where } from "./door.js";
import { data, dayWords, el, hour, icon, say, startOf } from "./dom.js";
import * as photos from "./photos.js";
import * as place from "./place.js";
import * as queue from "./queue.js";
import { ABORT, DECLINE, reasons } from "./reasons.js";
import { sync } from "./server.js";
import { t } from "./words.js";

const STEPS = {
  offered: { verb: "order.accept", name: () => t("接单"), sign: "check" },
  taken: { verb: "order.check_in", moment: "arrival", name: () => t("签到，开始服务"), sign: "login-2" },
  serving: { verb: "order.check_out", moment: "departure", name: () => t("签退，结束服务"), sign: "logout" },
};
/** After a step nothing can be done for so long: the finger is still there. */
const DEAD_MS = 3000;

// What the screen remembers between two drawings of the same visit.
let here = {};
let deadUntil = 0;

export function leaveVisit() {
  here.unwatch?.();
  if (here.url) URL.revokeObjectURL(here.url);
  here = {};
}

async function enter(visit, step, redraw) {
  if (here.key === visit.key && here.moment === step?.moment) return;
  leaveVisit();
  here = { key: visit.key, moment: step?.moment, explaining: false, words: "" };
  if (!step?.moment) return;
  here.unwatch = place.watch(redraw);
  const draft = await photos.draft(visit.key, step.moment);
  if (draft) await preview(here, draft);
}

const isDead = () => performance.now() < deadUntil;

/** Nothing more for three seconds, and the screen tells when it is over. */
function rest(redraw) {
  deadUntil = performance.now() + DEAD_MS;
  setTimeout(redraw, DEAD_MS + 50);
}

/** Puts a step on the disk, or tells that it is not there. */
async function put(visit, verb, body, taken = []) {
  try {
    const command = await queue.add(visit, verb, body, taken);
    await clock.remember();
    return command;
  } catch (error) {
    here.fault = box.isFull(error) ? diskWords() : t("这一步没有存下，请再按一次");
    say(here.fault);
    return undefined;
  }
}

/** Runs one deed at a time; two taps are one. */
async function once(redraw, deed) {
  if (here.busy || isDead()) return;
  here.busy = true;
  here.fault = undefined;
  let done = false;
  try { done = await deed(); } finally { here.busy = false; }
  if (done) {
    leaveVisit();
    rest(redraw);
    say(t("已存手机"));
    sync();
  }
  await redraw();
}

const toWords = async (redraw, why) => {
  here.explaining = true;
  say(why);
  await redraw();
  document.getElementById("words")?.focus();
};

/** How long the visit has run, in minutes, as far as this phone can tell: by its running clock, else by its time. */
function served(visit, commands) {
  const began = commands.findLast((c) => c.key === visit.key && c.verb === "order.check_in");
  const ran = began && clock.since(began.mark);
  const from = began ? Date.parse(began.made_at) + began.offset_ms : Date.parse(visit.started_at);
  return { lasted_ms: ran, minutes: Math.floor((ran ?? clock.now() - from) / 60_000) };
}

async function perform(visit, step, now, redraw) {
  if (step.moment && isWeak(visit, here.photo) && !here.words.trim()) return toWords(redraw, t("证据不够，请说明情况"));
  const { lasted_ms, minutes } = served(visit, now.commands);
  if (step.verb === "order.check_out" && minutes < visit.least_minutes && !here.sure) {
    here.asking = "short";
    await redraw();
    document.getElementById("short-head")?.focus();
    return undefined;
  }
  return once(redraw, async () => {
    const told = step.moment ? { proofs: proofs(here.photo), words: here.words, ...(step.moment === "departure" && { lasted_ms }) } : {};
    return Boolean(await put(visit, step.verb, told, here.photo ? [here.photo] : []));
  });
}

/** Broken off, or nobody opened: the latter is a visit of its own, with its proofs, that ended at the door. */
async function breakOff(visit, stage, reason, redraw) {
  if (reason === "other" && !here.words.trim()) return toWords(redraw, t("请写明原因"));
  if (stage === "taken" && isWeak(visit, here.photo) && !here.words.trim()) return toWords(redraw, t("证据不够，请说明情况"));
  return once(redraw, async () => {
    if (stage === "taken" && !await put(visit, "order.check_in", { proofs: proofs(here.photo), words: here.words }, here.photo ? [here.photo] : [])) return false;
    return Boolean(await put(visit, "order.abort", { reason, words: stage === "taken" ? "" : here.words }));
  });
}

async function decline(visit, reason, redraw) {
  if (reason === "other" && !here.words.trim()) return toWords(redraw, t("请写明原因"));
  return once(redraw, async () => Boolean(await put(visit, "order.decline", { reason, words: here.words })));
}

function explanation(visit, redraw) {
  if (!here.explaining) return undefined;
  const area = el("textarea", { id: "words", rows: "3", maxlength: "500", oninput: (event) => { here.words = event.target.value; } });
  area.value = here.words;
  const send = el("button", { class: "sub2", type: "button", onclick: async () => {
    if (!here.words.trim() || !await put(visit, "order.note", { words: here.words })) return redraw();
    Object.assign(here, { words: "", explaining: false });
    say(t("备注已存手机"));
    sync();
    return redraw();
  } }, icon("send"), t("单独发送这条说明"));
  return el("div", { class: "gap field" }, el("label", { for: "words" }, t("说明情况，会和这一步一起上传")), area, send);
}

function question(visit, stage, now, redraw) {
  const leave = () => { here.asking = undefined; redraw(); };
  if (here.asking === "decline") return reasons("decline", t("为什么不接？"), DECLINE, (reason) => decline(visit, reason, redraw), leave);
  if (here.asking === "abort") return reasons("abort", t("为什么中止？"), ABORT, (reason) => breakOff(visit, stage, reason, redraw), leave);
  if (here.asking !== "short") return undefined;
  const sure = () => { here.sure = true; here.asking = undefined; return perform(visit, STEPS.serving, now, redraw); };
  return el("section", { class: "bx warn ask", "aria-labelledby": "short-head" }, icon("clock-exclamation"), el("div", { class: "grow stack tight" },
    el("b", { id: "short-head", tabindex: "-1" }, t("才 {n} 分钟，这项服务不少于 {m} 分钟", { n: Math.max(served(visit, now.commands).minutes, 0), m: visit.least_minutes })),
    el("span", { class: "k" }, t("现在签退，会记成服务时间不足")),
    el("button", { class: "act", type: "button", onclick: leave }, t("还没做完，继续服务")),
    el("button", { class: "sub2", type: "button", "data-sure": true, onclick: sure }, t("确定现在签退"))));
}

/** Ten seconds in which the last step can be taken back. */
function undo({ held }, redraw) {
  if (!held) return undefined;
  const left = Math.ceil(queue.heldFor(held) / 1000);
  if (here.ticking !== held.id) {
    here.ticking = held.id;
    const tick = setInterval(() => {
      if (queue.heldFor(held) === 0) { clearInterval(tick); here.ticking = undefined; sync(); }
      redraw();
    }, 1000);
  }
  const back = async () => {
    say(await queue.takeBack(held.id) ? t("已撤销") : t("已经上传，撤不回来了"));
    redraw();
  };
  return notice("warn", "arrow-back-up", t("{n} 秒后上传", { n: left }), undefined,
    el("button", { class: "mini", type: "button", id: "undo", onclick: back }, icon("arrow-back-up"), t("撤销")));
}

function result(stage, waiting) {
  if (stage === "declined") return notice("", "hand-off", t("您没有接这一单"), t("派单员会另外安排"));
  if (waiting) return notice("warn", "cloud-up", t("已存手机，待上传"), t("有网络时自动上传"));
  if (stage === "served") return notice("ok", "circle-check", t("已签退，等待老人确认"));
  if (stage === "aborted") return notice("warn", "alert-octagon", t("服务已中止"));
  if (stage === "confirmed" || stage === "completed") return notice("ok", "circle-check", t("老人已确认"));
  return undefined;
}

function refusals(visit, now) {
  return now.commands.filter((c) => c.key === visit.key && ["refused", "conflict"].includes(c.state))
    .map((c) => notice("no", "alert-triangle", t("有一步没有被接受"), c.text ? data(c.text) : t("别处先改了这张工单，请打开工单重做这一步")));
}

function instructions(visit) {
  return el("section", { class: "bx" }, icon("clipboard-check"), el("div", { class: "grow" }, el("b", {}, data(visit.item)), el("br"),
    el("span", { class: "k" }, dayWords(visit), " ", t("{from} 到 {to} 之间上门", { from: hour(visit.window_start), to: hour(visit.window_end) })), el("br"),
    el("span", { class: "k" }, t("计划 {n} 分钟，不少于 {m} 分钟", { n: visit.minutes, m: visit.least_minutes })),
    visit.note && el("br"), visit.note && data(visit.note)));
}

/** Whether the day of the visit has come: nobody arrives the day before. */
const isDue = (visit, stage) => stage !== "taken" || clock.dayOf(clock.now()) >= visit.day;

function ask(what, redraw) {
  return () => { here.asking = what; redraw().then(() => document.getElementById(`${what}-head`)?.focus()); };
}

/** The way out stands with the rest of the visit, not where a finger has just begun it. */
function wayOut(visit, step, now, redraw) {
  if (step?.verb !== "order.check_out") return undefined;
  const act = el("button", { class: "act leave", type: "button", "data-act": step.verb, "aria-disabled": String(isDead()), onclick: () => perform(visit, step, now, redraw) }, icon(step.sign), step.name());
  const stop = el("button", { class: "sub2", type: "button", "data-ask": "abort", onclick: ask("abort", redraw) }, icon("alert-octagon"), t("中止服务"));
  return el("div", { class: "stack tight" }, act, stop);
}

function footer(visit, step, now, redraw) {
  const line = !now.status.online && el("p", { class: "stored" }, icon("cloud-off"), t("没有网络，先存手机。待上传 {n} 条", { n: now.waiting }));
  const fault = here.fault && el("p", { class: "errline", role: "alert" }, icon("alert-triangle"), here.fault);
  if (step?.verb === "order.check_out") {
    const { minutes } = served(visit, now.commands);
    return el("div", { class: "bottom" }, el("div", { class: "do" }, fault, el("p", { class: "running" }, icon("player-play"), t("服务中，已 {n} 分钟", { n: Math.max(minutes, 0) })), line));
  }
  if (!step || !isDue(visit, step.moment ? "taken" : "offered")) return fault && el("div", { class: "bottom" }, el("div", { class: "do" }, fault));
  const act = el("button", { class: "act", type: "button", "data-act": step.verb, "aria-disabled": String(isDead()), onclick: () => perform(visit, step, now, redraw) }, icon(step.sign), step.name());
  const other = step.moment
    ? el("button", { class: "sub2", type: "button", "data-ask": "nobody", onclick: () => breakOff(visit, "taken", "nobody", redraw) }, icon("home-off"), t("没人开门"))
    : el("button", { class: "sub2", type: "button", "data-ask": "decline", onclick: ask("decline", redraw) }, icon("hand-off"), t("不接"));
  return el("div", { class: "bottom" }, el("div", { class: "do" }, fault, act, other, line));
}

/** The screen. */
export async function visit(order, now, redraw) {
  const standing = queue.standing(order, now.commands);
  const { stage, waiting } = standing;
  const step = order.lead ? STEPS[stage] : undefined;
  await enter(order, step, redraw);
  const title = `${order.item} ${order.name}`;
  const head = el("header", { class: "top1" }, el("a", { class: "back", href: "#today", "aria-label": t("返回") }, icon("arrow-left")),
    el("div", { class: "grow" }, el("h1", { "data-focus": true, tabindex: "-1" }, data(title)), el("div", { class: "k" }, dayWords(order), " ", hour(startOf(order)), " ", data(order.address))),
    order.phone && el("a", { class: "round", href: `tel:${order.phone}`, "aria-label": t("打电话") }, icon("phone")));
  const due = isDue(order, stage);
  const explain = el("button", { class: "mini", type: "button", "aria-expanded": String(here.explaining), onclick: () => { here.explaining = !here.explaining; redraw(); } }, t("不对？"));
  const proof = step?.moment && due ? [where(order), honesty(explain), explanation(order, redraw), camera(here, step, { visit: order, day: now.day }, redraw)] : [explanation(order, redraw)];
  return {
    title,
    parts: [head, el("main", { id: "main" }, el("div", { class: "gap stack tight" },
      [undo(standing, redraw), question(order, stage, now, redraw), result(stage, waiting), refusals(order, now), proof, instructions(order), due && wayOut(order, step, now, redraw)].flat(2).filter(Boolean))),
      footer(order, step, now, redraw)].filter(Boolean),
  };
}
