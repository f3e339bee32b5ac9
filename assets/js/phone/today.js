// Today: the next visit is the page, the others stand below it.
import { banner } from "./banner.js";
import * as clock from "./clock.js";
import { data, el, hour, icon, startOf } from "./dom.js";
import { standing } from "./queue.js";
import { t } from "./words.js";

const DONE = ["served", "confirmed", "completed", "aborted"];

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

function nothing(day) {
  const words = day ? t("今天没有上门任务") : t("今天的安排还没有下载，联网后会自动更新");
  return el("div", { class: "gap" }, el("div", { class: "bx" }, icon("info-circle"), el("div", {}, words)));
}

/** The screen. */
export function today(now, tabs) {
  const visits = (now.day?.orders ?? []).map((order) => ({ order, ...standing(order, now.commands) }));
  const left = visits.filter((visit) => !DONE.includes(visit.stage));
  const first = left.find((visit) => visit.stage === "serving") ?? left[0];
  const others = visits.filter((visit) => visit !== first);
  const title = t("今天 {n} 户", { n: visits.length });
  const head = el("header", { class: "top1" }, el("div", {}, el("h1", { "data-focus": true, tabindex: "-1" }, title),
    now.day && el("div", { class: "k" }, dateLine(now.day.day, visits.length - left.length))));
  const go = first && el("div", { class: "do" }, el("a", { class: "act", href: `#visit/${first.order.key}` }, icon("navigation"),
    el("span", {}, first.stage === "serving" ? t("回到服务中") : t("去下一户"), " ", data(first.order.name))));
  return {
    title,
    parts: [head, banner(now), el("main", { id: "main" },
      first ? el("div", { class: "gap" }, next(first)) : visits.length === 0 && nothing(now.day),
      el("div", {}, others.map(row))), el("div", { class: "bottom" }, go, tabs)].filter(Boolean),
  };
}
