// Small helpers to draw with. Text always goes in as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";
const app = document.getElementById("app");

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
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
  const typed = document.activeElement?.id;
  app.replaceChildren(...parts);
  document.title = `${title} · ${app.dataset.house}`;
  if (focus) app.querySelector("[data-focus]")?.focus();
  else if (typed) document.getElementById(typed)?.focus();
}

/** Says something to those who listen instead of looking. */
export function say(text) {
  document.getElementById("live").textContent = text;
}

/** When a visit begins: by the plan in force, else with its window. */
export const startOf = (order) => order.planned_at ?? order.window_start;

/** 9:05, Shanghai time. */
export function hour(iso) {
  return new Intl.DateTimeFormat("zh-CN", { hour: "numeric", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" })
    .format(new Date(iso)).replace(/^0/, "");
}
