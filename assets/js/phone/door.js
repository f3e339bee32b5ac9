// What the phone knows at the door: where it is, whether that will be believed, its clock, and a photo.
import * as box from "./box.js";
import * as clock from "./clock.js";
import { el, icon, say } from "./dom.js";
import { sketch } from "./map.js";
import * as photos from "./photos.js";
import * as place from "./place.js";
import { t } from "./words.js";

/** A clock that is off by more is told as wrong. */
const SKEW_MS = 60_000;

export const notice = (kind, sign, title, more, ...rest) =>
  el("section", { class: `bx ${kind}` }, icon(sign), el("div", { class: "grow" }, el("b", {}, title), more && el("br"), more && el("span", { class: "k" }, more)), rest);

/** What the phone's disk could not take, in words; anything else is not ours to explain. */
export const diskWords = () => t("手机存储已满，这一步没有存下。请删掉一些照片或视频再试");

function whereWords(visit, { fix, fault }) {
  if (!fix) {
    const why = fault === "denied" ? t("没有允许定位，请在手机设置里打开") : fault ? t("暂时收不到定位信号，可以先拍照再签到") : t("正在定位，请稍等");
    return { kind: "warn", sign: "current-location", title: t("还没有定位"), more: why };
  }
  if (fix.stale) {
    return { kind: "warn", sign: "clock-exclamation", title: t("定位是 {n} 分钟前的，不能作证", { n: Math.round(fix.age / 60_000) }), more: t("请打开定位，到门口或窗边等一等") };
  }
  const accuracy = t("定位精度 {a} 米，要求 {m} 米内，{s} 秒前", { a: Math.round(fix.accuracy), m: visit.geofence_m, s: Math.round(fix.age / 1000) });
  const judged = place.judged(visit, fix);
  if (!judged.known) return { kind: "warn", sign: "map-pin", title: t("老人住址没有坐标，请拍照为证"), more: accuracy };
  if (!judged.sure) return { kind: "warn", sign: "map-pin", title: t("定位不准，请到窗边再试"), more: accuracy };
  if (!judged.near) return { kind: "no", sign: "alert-triangle", title: t("离老人家 {n} 米，太远了", { n: judged.distance }), more: accuracy };
  return { kind: "ok", sign: "circle-check", title: t("离老人家 {n} 米，可以签到", { n: judged.distance }), more: accuracy };
}

/** Where the phone is, as it will be judged. */
export function where(visit) {
  const now = place.here();
  const words = whereWords(visit, now);
  const map = visit.longitude !== null && el("div", { class: "mapbox" }, sketch(visit, now.fix, words.title));
  return [map, notice(words.kind, words.sign, words.title, words.more)];
}

/** What the phone itself doubts: its clock, its position. */
function doubts() {
  const [skew, { fix }] = [-clock.offsetMs(), place.here()];
  const minutes = Math.round(Math.abs(skew) / 60_000);
  const clockWrong = Math.abs(skew) > SKEW_MS && (skew > 0 ? t("手机时间快了 {n} 分钟", { n: minutes }) : t("手机时间慢了 {n} 分钟", { n: minutes }));
  return { clockWrong, fix, seconds: Math.round(Math.abs(skew) / 1000), fast: skew >= 0 };
}

/** Whether clock and position can be believed; `explain` is the way to say more. */
export function honesty(explain) {
  const { clockWrong, fix, seconds, fast } = doubts();
  if (clock.wentBack()) return notice("no", "clock-exclamation", t("手机时间被调回去了"), t("联网前的时间没法核对，签到签退会交给派单员确认"), explain);
  if (fix?.mocked) return notice("no", "alert-triangle", t("定位像是模拟的"), clockWrong || t("请关掉模拟定位，或者说明原因"), explain);
  if (clockWrong) return notice("warn", "clock-exclamation", clockWrong, t("已按网络时间校正"), explain);
  const more = fast ? t("手机时间快 {n} 秒", { n: seconds }) : t("手机时间慢 {n} 秒", { n: seconds });
  return notice("", "circle-check", fix && !fix.stale ? t("时间准，定位是现在的") : t("时间准"), more, explain);
}

/** What weakens the proof: no position of now, one that is not at the door, no photo where one is wanted. */
export function isWeak(visit, photo) {
  const { fix } = place.here();
  const judged = fix && place.judged(visit, fix);
  return !fix || fix.stale || fix.mocked || (judged.known && !judged.near) || (visit.photos && !photo) || clock.wentBack();
}

/** The proofs of this moment; a position goes with the time at which it was found. */
export function proofs(photo) {
  const { fix } = place.here();
  const told = [];
  if (fix) told.push({ kind: "position", at: fix.at, longitude: fix.longitude, latitude: fix.latitude, accuracy_m: Math.max(fix.accuracy, 0), mocked: fix.mocked });
  if (photo) told.push({ kind: "photo", at: photo.at, sm3: photo.sm3 });
  return told;
}

function faultWords(error) {
  if (error instanceof photos.Unreadable && error.format) return t("这是 HEIC 格式的照片，浏览器打不开。请在相机设置里把格式改成“兼容性最佳”（JPEG）再拍");
  if (error instanceof photos.Unreadable) return t("这张照片打不开，请重拍");
  return box.isFull(error) ? t("手机存储已满，照片没有存下。请删掉一些照片或视频再拍") : t("照片没有存下，请重拍");
}

/** The photo of a moment: what was taken, what went wrong with the last one, and a way to take one. */
export function camera(here, step, { visit, day }, redraw) {
  const onchange = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    here.photoFault = undefined;
    try {
      const stamp = new Date(clock.now() + 8 * 3_600_000).toISOString().slice(0, 16).replace("T", " ");
      const taken = await photos.take(file, visit, step.moment, [`${day.worker} ${visit.number}`, stamp]);
      await preview(here, taken);
      say(t("照片已存手机"));
    } catch (error) {
      here.photoFault = faultWords(error);
      say(here.photoFault);
    }
    event.target.value = "";
    redraw();
  };
  const pick = el("label", { class: "mini pick" }, !here.photo && icon("camera"), here.photo ? t("重拍") : t("拍照"),
    el("input", { type: "file", id: "photo", accept: "image/*", capture: "environment", class: "vh", onchange }));
  const fault = here.photoFault && notice("no", "alert-triangle", here.photoFault, here.photo && t("之前那张照片还在"));
  if (!here.photo) return [fault, notice("", "photo", step.moment === "arrival" ? t("门牌照片") : t("服务后照片"), t("会缩小并加水印"), pick)];
  const size = Math.round(here.photo.bytes / 1024);
  return [fault, el("section", { class: "bx" }, el("img", { class: "thumb", src: here.url, alt: t("照片") }),
    el("div", { class: "grow" }, el("b", {}, t("照片，{n} KB", { n: size })), el("br"), el("span", { class: "k" }, t("已缩小，有水印"))), pick)];
}

/** Shows a photo from now on. */
export async function preview(here, photo) {
  const url = URL.createObjectURL(new Blob([await photos.content(photo)], { type: "image/jpeg" }));
  if (here.url) URL.revokeObjectURL(here.url);
  Object.assign(here, { photo, url });
}
