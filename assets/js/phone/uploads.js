// What was done on this phone today and what became of it.
import { banner } from "./banner.js";
import { data, el, hour, icon } from "./dom.js";
import { t } from "./words.js";

const verb = (name) => ({
  "order.accept": t("接单"), "order.decline": t("不接"), "order.check_in": t("签到"), "order.check_out": t("签退"), "order.abort": t("中止服务"), "order.note": t("备注"),
})[name] ?? name;

const STATES = {
  waiting: () => [icon("cloud-up"), t("待上传")],
  parked: () => [icon("hourglass"), t("等前一步上传")],
  done: () => [icon("circle-check"), t("已上传")],
  refused: () => [icon("alert-triangle"), t("没有被接受")],
  conflict: () => [icon("switch-horizontal"), t("工单已被改动")],
};

function entry(command, visits) {
  const visit = visits.find((order) => order.key === command.key);
  const why = command.text ?? (command.state === "conflict" ? t("别处先改了这张工单，请打开工单重做这一步") : undefined);
  return el("li", { class: "it", "data-state": command.state, "data-verb": command.verb },
    el("time", {}, hour(Date.parse(command.made_at) + command.offset_ms)),
    el("span", {}, el("b", {}, verb(command.verb)), " ", data(visit?.name ?? command.number), why && el("br"), why && data(why)),
    el("span", { class: `state is-${command.state}` }, STATES[command.state]?.()));
}

function photoLine(photos) {
  const waiting = photos.filter((photo) => photo.state === "waiting").length;
  const sent = photos.filter((photo) => photo.state === "sent").length;
  const refused = photos.filter((photo) => photo.state === "refused");
  return [
    el("p", { class: "k", "data-photos-sent": String(sent), "data-photos-waiting": String(waiting) }, t("照片已上传 {sent} 张，待上传 {waiting} 张", { sent, waiting })),
    ...refused.map((photo) => el("p", { class: "errline" }, icon("alert-triangle"), data(photo.text ?? ""))),
  ];
}

/** The screen. */
export function uploads(now, tabs) {
  const visits = now.day?.orders ?? [];
  const title = t("上传明细");
  const list = now.commands.length === 0 ? el("p", {}, t("今天还没有记录"))
    : el("ul", { class: "plain" }, [...now.commands].reverse().map((command) => entry(command, visits)));
  return {
    title,
    parts: [el("header", { class: "top1" }, el("h1", { "data-focus": true, tabindex: "-1" }, title)), banner(now, false),
      el("main", { id: "main" }, el("div", { class: "gap" }, photoLine(now.photos)), list), el("div", { class: "bottom" }, tabs)].filter(Boolean),
  };
}
