// Comforts that pages work without: “/” jumps to the search, menus close,
// a second press of the same button does nothing, opened secrets are covered again.
import { forgetDrafts } from "./drafts.js";

function keys(event) {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const find = document.querySelector(".top .find input");
    if (find) { event.preventDefault(); find.focus(); find.select(); }
  }
  if (event.key === "Escape") {
    const open = event.target.closest("details.me[open], details.more[open]");
    if (open) { open.open = false; open.querySelector("summary")?.focus(); }
  }
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.me[open], details.more[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

function once(event) {
  const form = event.target;
  if (form.getAttribute("action") === "/logout") forgetDrafts();
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
}

function covers() {
  for (const opened of document.querySelectorAll("[data-cover-secs]:not([data-covering])")) {
    opened.dataset.covering = "1";
    let left = Number(opened.dataset.coverSecs);
    const word = opened.querySelector("[data-cover-words]");
    const timer = setInterval(() => {
      left -= 1;
      if (word) word.textContent = word.dataset.coverWords.replace("{n}", String(left));
      if (left > 0) return;
      clearInterval(timer);
      const masked = document.createElement("span");
      masked.textContent = opened.dataset.masked;
      opened.replaceWith(masked);
    }, 1000);
  }
}

function picks(event) {
  if (event.target.matches(".ck.all")) {
    for (const box of event.target.closest("table").querySelectorAll(".ck.pick")) box.checked = event.target.checked;
  }
  const table = event.target.closest("table");
  if (!table || !event.target.matches(".ck")) return;
  const bulk = table.closest(".card")?.querySelector(".bulk");
  const count = table.querySelectorAll(".ck.pick:checked").length;
  for (const row of table.tBodies[0].rows) row.classList.toggle("on", Boolean(row.querySelector(".ck.pick:checked")));
  bulk?.classList.toggle("open", count > 0);
  const words = bulk?.querySelector("[data-picked-words]");
  if (words) words.textContent = words.dataset.pickedWords.replace("{n}", String(count));
}

export function startComforts() {
  document.addEventListener("keydown", keys);
  document.addEventListener("click", closeMenus);
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast-line")?.remove());
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
  document.addEventListener("submit", once);
  document.addEventListener("change", picks);
  document.addEventListener("change", (event) => { if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit(); });
  document.addEventListener("htmx:afterSettle", covers);
  covers();
}
