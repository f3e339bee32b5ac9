// A visit: where the phone is, whether that will be believed, a photo, and one main action.
import * as clock from "./clock.js";
import { data, el, hour, icon, say, startOf } from "./dom.js";
import { sketch } from "./map.js";
import * as photos from "./photos.js";
import * as place from "./place.js";
import * as queue from "./queue.js";
import { sync } from "./server.js";
import { t } from "./words.js";

/** A clock that is off by more is told as wrong. */
const SKEW_MS = 60_000;
const STEPS = {
  offered: { verb: "order.accept", name: () => t("接单"), sign: "check" },
  taken: { verb: "order.check_in", moment: "arrival", name: () => t("签到，开始服务"), sign: "login-2" },
  serving: { verb: "order.check_out", moment: "departure", name: () => t("签退，结束服务"), sign: "logout" },
};

// What the screen remembers between two drawings of the same visit.
let here = {};

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
  here.photo = await photos.draft(visit.key, step.moment);
  if (here.photo) await preview();
}

async function preview() {
  if (here.url) URL.revokeObjectURL(here.url);
  here.url = URL.createObjectURL(new Blob([await photos.content(here.photo)], { type: "image/jpeg" }));
}

const box = (kind, sign, title, more, ...rest) =>
  el("section", { class: `bx ${kind}` }, icon(sign), el("div", { class: "grow" }, el("b", {}, title), more && el("br"), more && el("span", { class: "k" }, more)), rest);

function whereWords(visit, { fix, fault }) {
  if (!fix) {
    const why = fault === "denied" ? t("没有允许定位，请在手机设置里打开") : fault ? t("暂时收不到定位信号，可以先拍照再签到") : t("正在定位，请稍等");
    return { kind: "warn", sign: "current-location", title: t("还没有定位"), more: why };
  }
  const accuracy = t("定位精度 {a} 米，要求 {m} 米内", { a: Math.round(fix.accuracy), m: visit.geofence_m });
  const judged = place.judged(visit, fix);
  if (!judged.known) return { kind: "warn", sign: "map-pin", title: t("老人住址没有坐标，请拍照为证"), more: accuracy };
  if (!judged.sure) return { kind: "warn", sign: "map-pin", title: t("定位不准，请到窗边再试"), more: accuracy };
  if (!judged.near) return { kind: "no", sign: "alert-triangle", title: t("离老人家 {n} 米，太远了", { n: judged.distance }), more: accuracy };
  return { kind: "ok", sign: "circle-check", title: t("离老人家 {n} 米，可以签到", { n: judged.distance }), more: accuracy };
}

function where(visit) {
  const now = place.here();
  const words = whereWords(visit, now);
  const map = visit.longitude !== null && el("div", { class: "mapbox" }, sketch(visit, now.fix, words.title));
  return [map, box(words.kind, words.sign, words.title, words.more)];
}

/** What the phone itself doubts: its clock, its position. */
function doubts() {
  const [skew, fix] = [-clock.offsetMs(), place.here().fix];
  const minutes = Math.round(Math.abs(skew) / 60_000);
  const clockWrong = Math.abs(skew) > SKEW_MS && (skew > 0 ? t("手机时间快了 {n} 分钟", { n: minutes }) : t("手机时间慢了 {n} 分钟", { n: minutes }));
  return { clockWrong, mocked: fix?.mocked === true, seconds: Math.round(Math.abs(skew) / 1000), fast: skew >= 0 };
}

function honesty(redraw) {
  const { clockWrong, mocked, seconds, fast } = doubts();
  const explain = el("button", { class: "mini", type: "button", "aria-expanded": String(here.explaining), onclick: () => { here.explaining = !here.explaining; redraw(); } }, t("不对？"));
  if (mocked) return box("no", "alert-triangle", t("定位像是模拟的"), clockWrong || t("请关掉模拟定位，或者说明原因"), explain);
  if (clockWrong) return box("warn", "clock-exclamation", clockWrong, t("已按网络时间校正"), explain);
  const more = fast ? t("快 {n} 秒，没有模拟定位", { n: seconds }) : t("慢 {n} 秒，没有模拟定位", { n: seconds });
  return box("", "circle-check", t("时间准，定位真"), more, explain);
}

function explanation(visit, redraw) {
  if (!here.explaining) return undefined;
  const area = el("textarea", { id: "words", rows: "3", maxlength: "500", oninput: (event) => { here.words = event.target.value; } });
  area.value = here.words;
  const send = el("button", { class: "sub2", type: "button", onclick: async () => {
    if (!here.words.trim()) return;
    await queue.add(visit, "order.note", { words: here.words });
    Object.assign(here, { words: "", explaining: false });
    say(t("备注已存手机"));
    sync();
    redraw();
  } }, icon("send"), t("单独发送这条说明"));
  return el("div", { class: "gap field" }, el("label", { for: "words" }, t("说明情况，会和这一步一起上传")), area, send);
}

function camera(visit, step, day, redraw) {
  const onchange = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      const stamp = new Date(clock.now() + 8 * 3_600_000).toISOString().slice(0, 16).replace("T", " ");
      here.photo = await photos.take(file, visit, step.moment, [`${day.worker} ${visit.number}`, stamp]);
      await preview();
      say(t("照片已存手机"));
    } catch {
      here.photoFault = t("这张照片打不开，请重拍");
    }
    redraw();
  };
  const pick = el("label", { class: "mini pick" }, !here.photo && icon("camera"), here.photo ? t("重拍") : t("拍照"),
    el("input", { type: "file", id: "photo", accept: "image/*", capture: "environment", class: "vh", onchange }));
  if (here.photoFault) return box("no", "alert-triangle", here.photoFault, undefined, pick);
  if (!here.photo) return box("", "photo", step.moment === "arrival" ? t("门牌照片") : t("服务后照片"), t("会缩小并加水印"), pick);
  const size = Math.round(here.photo.bytes / 1024);
  return el("section", { class: "bx" }, el("img", { class: "thumb", src: here.url, alt: t("照片") }),
    el("div", { class: "grow" }, el("b", {}, t("照片，{n} KB", { n: size })), el("br"), el("span", { class: "k" }, t("已缩小，有水印"))), pick);
}

/** What weakens the proof and is not explained yet. */
function lacking(visit) {
  const { fix } = place.here();
  const judged = fix && place.judged(visit, fix);
  const weak = !fix || fix.mocked || (judged.known && !judged.near) || (visit.photos && !here.photo);
  return weak && !here.words.trim();
}

function body() {
  const { fix } = place.here();
  const proofs = [];
  if (fix) proofs.push({ kind: "position", at: fix.at, longitude: fix.longitude, latitude: fix.latitude, accuracy_m: Math.max(fix.accuracy, 0), mocked: fix.mocked });
  if (here.photo) proofs.push({ kind: "photo", at: here.photo.at, sm3: here.photo.sm3 });
  return { proofs, words: here.words };
}

async function perform(visit, step, redraw) {
  if (here.busy) return;
  if (step.moment && lacking(visit)) {
    here.explaining = true;
    say(t("证据不够，请说明情况"));
    await redraw();
    document.getElementById("words")?.focus();
    return;
  }
  here.busy = true;
  try {
    await queue.add(visit, step.verb, step.moment ? body() : {}, here.photo ? [here.photo] : []);
  } finally { here.busy = false; }
  leaveVisit();
  say(t("已存手机"));
  sync();
  redraw();
}

function footer(visit, step, now, redraw) {
  if (!step) return undefined;
  const act = el("button", { class: "act", type: "button", "data-act": step.verb, onclick: () => perform(visit, step, redraw) }, icon(step.sign), step.name());
  const line = !now.status.online && el("p", { class: "stored" }, icon("cloud-off"), t("没有网络，先存手机。待上传 {n} 条", { n: now.waiting }));
  return el("div", { class: "bottom" }, el("div", { class: "do" }, act, line));
}

function result(stage, waiting) {
  if (waiting) return box("warn", "cloud-up", t("已存手机，待上传"), t("有网络时自动上传"));
  if (stage === "served") return box("ok", "circle-check", t("已签退，等待老人确认"));
  if (stage === "confirmed" || stage === "completed") return box("ok", "circle-check", t("老人已确认"));
  return undefined;
}

function refusals(visit, now) {
  return now.commands.filter((c) => c.key === visit.key && ["refused", "conflict"].includes(c.state))
    .map((c) => box("no", "alert-triangle", t("有一步没有被接受"), c.text ? data(c.text) : t("别处先改了这张工单，请打开工单重做这一步")));
}

function instructions(visit) {
  return el("section", { class: "bx" }, icon("clipboard-check"), el("div", { class: "grow" }, el("b", {}, data(visit.item)), el("br"),
    el("span", { class: "k" }, t("计划 {n} 分钟，不少于 {m} 分钟", { n: visit.minutes, m: visit.least_minutes })),
    visit.note && el("br"), visit.note && data(visit.note)));
}

/** The screen. */
export async function visit(order, now, redraw) {
  const { stage, waiting } = queue.standing(order, now.commands);
  const step = order.lead ? STEPS[stage] : undefined;
  await enter(order, step, redraw);
  const title = `${order.item} ${order.name}`;
  const head = el("header", { class: "top1" }, el("a", { class: "back", href: "#today", "aria-label": t("返回") }, icon("arrow-left")),
    el("div", { class: "grow" }, el("h1", { "data-focus": true, tabindex: "-1" }, data(title)), el("div", { class: "k" }, hour(startOf(order)), " ", data(order.address))),
    order.phone && el("a", { class: "round", href: `tel:${order.phone}`, "aria-label": t("打电话") }, icon("phone")));
  const proof = step?.moment ? [where(order), honesty(redraw), explanation(order, redraw), camera(order, step, now.day, redraw)] : [];
  return {
    title,
    parts: [head, el("main", { id: "main" }, el("div", { class: "gap stack tight" }, [result(stage, waiting), refusals(order, now), proof, instructions(order)].flat(2).filter(Boolean))),
      footer(order, step, now, redraw)].filter(Boolean),
  };
}
