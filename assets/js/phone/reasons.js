// Why an order is declined or broken off: the same short lists as everywhere, one tap each.
import { el, icon } from "./dom.js";
import { t } from "./words.js";

export const DECLINE = [
  ["busy", () => t("时间冲突")], ["far", () => t("路远")], ["skill", () => t("不会做")], ["unwell", () => t("身体不适")], ["other", () => t("其他")],
];
export const ABORT = [
  ["nobody", () => t("敲门无人")], ["refused", () => t("老人拒绝")], ["unwell", () => t("老人身体不适")], ["unsafe", () => t("现场不安全")],
  ["worker", () => t("护理员突发情况")], ["other", () => t("其他")],
];

/** A question with one button for each reason; `choose` gets its name, `leave` closes it. */
export function reasons(id, title, list, choose, leave) {
  const one = ([name, word]) => el("button", { class: "sub2", type: "button", "data-reason": name, onclick: () => choose(name) }, word());
  return el("section", { class: "bx ask", id, "aria-labelledby": `${id}-head` }, el("div", { class: "grow stack tight" },
    el("b", { id: `${id}-head`, tabindex: "-1" }, title), el("div", { class: "choices" }, list.map(one)),
    el("button", { class: "mini", type: "button", onclick: leave }, icon("x"), t("不选了"))));
}
