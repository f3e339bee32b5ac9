// Small helpers to draw with. Text always goes in as text, never as markup. A screen that is drawn again is changed where
// it differs only: what somebody types in stays the same field, with its caret and its half-written characters.
import { Idiomorph } from "idiomorph";
import { now } from "./clock.js";
import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const app = document.getElementById("app");

/** What elements do, by their number and the event: a drawing brings new deeds to elements that stay, through the number. */
const deeds = new Map();
let numbers = 0;

function does(element, type, deed) {
  if (!element.dataset.deed) deeds.set(element.dataset.deed = String(numbers += 1), {});
  deeds.get(element.dataset.deed)[type] = deed;
}

for (const type of ["click", "input", "change", "submit"]) {
  app.addEventListener(type, (event) => {
    for (let at = event.target.closest("[data-deed]"); at; at = at.parentElement?.closest("[data-deed]")) {
      const deed = deeds.get(at.dataset.deed)?.[type];
      if (deed) { deed(event); return; }
    }
  });
}

/** Forgets what elements did that are gone. */
function tidyDeeds() {
  const here = new Set([...app.querySelectorAll("[data-deed]")].map((element) => element.dataset.deed));
  for (const number of deeds.keys()) if (!here.has(number)) deeds.delete(number);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) does(element, name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** An HTML element: `el("p", { class: "k" }, "text")`. */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** An icon of the sprite. */
export function icon(name) {
  return svg("svg", { class: "i", "aria-hidden": "true" }, svg("use", { href: `${app.dataset.icons}#${name}` }));
}

/** Words that are a person's: tests know that they need no English. */
export function data(text) {
  return el("span", { "data-user": true }, text);
}

/** Shows a screen; `focus` when it is another one than before. */
export function show(parts, { title, focus }) {
  document.title = `${title} · ${app.dataset.house}`;
  if (focus) {
    app.replaceChildren(...parts);
    app.querySelector("[data-focus]")?.focus();
  } else Idiomorph.morph(app, parts, { morphStyle: "innerHTML", ignoreActiveValue: true });
  tidyDeeds();
}

/** Says something to those who listen instead of looking. */
export function say(text) {
  document.getElementById("live").textContent = text;
}

/** The day of a visit when it is not today: 明天, 12月2日 周三; nothing for today. */
export function dayWords(order) {
  const day = (ms) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);
  if (order.day === day(now())) return undefined;
  if (order.day === day(now() + 24 * 3_600_000)) return t("明天");
  const words = new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", day: "numeric", weekday: "short", timeZone: "Asia/Shanghai" });
  return words.format(new Date(`${order.day}T12:00:00+08:00`));
}

/** When a visit begins: by the plan in force, else with its window. */
export const startOf = (order) => order.planned_at ?? order.window_start;

/** 9:05, Shanghai time. */
export function hour(iso) {
  return new Intl.DateTimeFormat("zh-CN", { hour: "numeric", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" })
    .format(new Date(iso)).replace(/^0/, "");
}
