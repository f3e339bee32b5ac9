// Myself: who works here, the phone's clock, and a way to clear the phone.
import * as box from "./box.js";
import * as clock from "./clock.js";
import { data, el, icon } from "./dom.js";
import { t } from "./words.js";

async function clear(waiting) {
  const question = waiting > 0 ? t("还有 {n} 条没有上传，清除后就没有了。要清除吗？", { n: waiting }) : t("要清除手机上的资料吗？");
  if (!confirm(question)) return;
  await box.wipe();
  location.hash = "";
  location.reload();
}

/** The screen. */
export function myself(now, tabs) {
  const title = t("我的");
  const seconds = Math.round(-clock.offsetMs() / 1000);
  const pair = (name, value) => [el("dt", {}, name), el("dd", {}, value)];
  return {
    title,
    parts: [el("header", { class: "top1" }, el("h1", { "data-focus": true, tabindex: "-1" }, title)),
      el("main", { id: "main" }, el("div", { class: "gap stack" },
        el("dl", { class: "kv" }, now.day && pair(t("姓名"), data(now.day.worker)), pair(t("手机时间"), seconds >= 0 ? t("快 {n} 秒", { n: seconds }) : t("慢 {n} 秒", { n: -seconds }))),
        el("button", { class: "sub2", type: "button", onclick: () => clear(now.waiting) }, icon("trash"), t("清除手机上的资料")),
        el("a", { class: "sub2", href: "/account" }, icon("settings"), t("账号设置")))),
      el("div", { class: "bottom" }, tabs)],
  };
}
