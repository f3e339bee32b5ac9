// Before the day: sign in once with a network, choose a PIN; later the PIN alone opens, also without a network.
import { el, icon, show } from "./dom.js";
import * as seal from "./seal.js";
import * as server from "./server.js";
import { t } from "./words.js";

const PIN = /^\d{4,8}$/;

function heading(text) {
  return el("header", { class: "top1" }, el("h1", { "data-focus": true, tabindex: "-1" }, text));
}

/** A screen that only tells something and leads on. */
function notice(title, text, action) {
  show([heading(title), el("main", { id: "main" }, el("div", { class: "gap" }, el("div", { class: "bx warn" }, icon("info-circle"), el("div", {}, text)))),
    el("div", { class: "bottom" }, el("div", { class: "do" }, action))], { title, focus: true });
}

const again = () => el("button", { class: "act", type: "button", onclick: () => location.reload() }, icon("refresh"), t("再试一次"));

function field(id, label) {
  return el("div", { class: "field" }, el("label", { for: id }, label),
    el("input", { id, class: "pin", inputmode: "numeric", type: "password", autocomplete: "off", maxlength: "8", required: true }));
}

function form(title, hint, fields, button, submit) {
  const wrong = el("p", { class: "errline", role: "alert", id: "wrong" });
  const send = el("button", { class: "act", type: "submit" }, icon("lock"), button);
  const tell = (text) => { wrong.textContent = text; send.disabled = false; };
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    await submit(tell);
  };
  const body = el("form", { onsubmit, class: "screen", novalidate: true },
    el("main", { id: "main" }, el("div", { class: "gap stack" }, el("p", {}, hint), fields, wrong)),
    el("div", { class: "bottom" }, el("div", { class: "do" }, send)));
  show([heading(title), body], { title, focus: true });
  fields[0].querySelector("input").focus();
}

const value = (id) => document.getElementById(id).value.trim();

function askPin(opened) {
  form(t("输入 PIN"), t("没有网络也能打开今天的安排"), [field("pin", t("PIN"))], t("打开"), async (tell) => {
    const result = await seal.unlock(value("pin"));
    if (result === true) return opened();
    if (result === 0) return notice(t("已清除"), t("PIN 输错五次，手机上的资料已清除，请联网重新登录"), again());
    return tell(t("PIN 不对，还能试 {n} 次，用完会清除手机上的资料", { n: result }));
  });
}

function choosePin(day, opened) {
  form(t("设置 PIN"), t("PIN 用来保护手机上老人的资料，4 到 8 位数字"), [field("pin", t("PIN")), field("pin2", t("再输一次"))], t("保存"), async (tell) => {
    if (!PIN.test(value("pin"))) return tell(t("PIN 是 4 到 8 位数字"));
    if (value("pin") !== value("pin2")) return tell(t("两次输入不一样"));
    try {
      await server.register();
    } catch (error) {
      return tell(error.message);
    }
    await seal.setPin(value("pin"));
    await server.keepDay(day);
    return opened();
  });
}

async function firstTime(opened) {
  try {
    choosePin(await server.askDay(), opened);
  } catch (error) {
    const signIn = el("a", { class: "act", href: "/login?next=/m" }, icon("login-2"), t("登录"));
    if (error.status === 401) notice(t("请先登录"), t("第一次使用要联网登录一次，以后没有网络也能用"), signIn);
    else if (error.status === 403) notice(t("这里给护理员用"), t("您现在的岗位没有上门任务"), el("a", { class: "act", href: "/" }, icon("home"), t("回首页")));
    else notice(t("没有网络"), t("第一次使用要联网登录一次，以后没有网络也能用"), again());
  }
}

/** Asks for the PIN, or lets one be chosen; then calls `opened`. */
export async function lockScreen(opened) {
  if (await seal.hasPin()) askPin(opened);
  else await firstTime(opened);
}
