// The line on top that tells how the uploads stand.
import { el, icon } from "./dom.js";
import { t } from "./words.js";

/** What waits and why; nothing when all is well. */
export function banner({ waiting, waitingPhotos, status }, withLink = true) {
  if (!status.session) {
    return el("div", { class: "off", role: "status" }, icon("login-2"), el("span", {}, el("b", {}, t("登录已过期")), el("br"), t("重新登录后继续上传")),
      el("a", { class: "mini", href: "/login?next=/m" }, t("登录")));
  }
  if (status.foreign > 0) {
    return el("div", { class: "off", role: "status" }, icon("alert-triangle"), el("span", {}, el("b", {}, t("手机上有别人没上传的 {n} 条", { n: status.foreign })), el("br"), t("请原来的护理员登录后上传")),
      el("a", { class: "mini", href: "/login?next=/m" }, t("登录")));
  }
  if (status.online && waiting + waitingPhotos === 0) return undefined;
  const link = withLink && el("a", { class: "mini", href: "#uploads" }, t("看明细"));
  const why = status.online ? t("正在上传") : t("没有网络，照常签到");
  const count = waiting + waitingPhotos > 0 ? t("待上传 {n} 条", { n: waiting || waitingPhotos }) : t("没有网络");
  return el("div", { class: "off", role: "status" }, icon(status.online ? "cloud-up" : "cloud-off"), el("span", {}, el("b", {}, count), el("br"), why), link);
}
