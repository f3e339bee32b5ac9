// What somebody typed and did not save waits in this tab: per account and post, address and form, with ticks and choices.
// It comes back with a line that says so, and goes when the form was taken, when it is dropped, or when the tab closes.
const DRAFTS = "sy-draft:";
const SENT = "sy-draft-sent";

const who = () => document.querySelector(".shell .me .who")?.textContent.replace(/\s+/g, " ").trim() ?? "";
const keyOf = (form) => `${DRAFTS}${who()}|${location.pathname}${location.search}#${form.id}`;
const told = (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type) && field.tagName !== "BUTTON";
const fieldsOf = (form) => [...form.elements].filter(told);
const ticks = (field) => field.type === "checkbox" || field.type === "radio";

function keep(form) {
  const kept = fieldsOf(form).map((field) => [field.name, field.value, ticks(field) ? field.checked : null]);
  try { sessionStorage.setItem(keyOf(form), JSON.stringify(kept)); } catch { /* a full store keeps the older draft */ }
}

// The same fields in the same order, or none of it: a form that changed meanwhile is not filled by chance.
function bringBack(form, kept) {
  const fields = fieldsOf(form);
  if (kept.length !== fields.length || kept.some(([name], at) => name !== fields[at].name)) return false;
  let changed = false;
  fields.forEach((field, at) => {
    const [, value, checked] = kept[at];
    if (ticks(field)) { changed ||= field.checked !== checked; field.checked = checked; }
    else if (field.value !== value) { changed = true; field.value = value; }
  });
  return changed;
}

function tell(form, key) {
  const words = document.getElementById("draft-words");
  if (!words) return;
  const line = document.createElement("p");
  line.className = "notice";
  line.setAttribute("role", "status");
  line.append(words.dataset.kept, " ");
  const drop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-s", textContent: words.dataset.drop });
  drop.addEventListener("click", () => { sessionStorage.removeItem(key); location.reload(); });
  line.append(drop);
  form.prepend(line);
}

function watch(form) {
  const key = keyOf(form);
  const saved = sessionStorage.getItem(key);
  // After a refusal the page holds what was sent.
  if (saved && !document.querySelector(".errsum") && bringBack(form, JSON.parse(saved))) tell(form, key);
  form.addEventListener("input", () => keep(form));
  form.addEventListener("change", () => keep(form));
  form.addEventListener("submit", () => {
    keep(form);
    sessionStorage.setItem(SENT, JSON.stringify({ key, back: location.pathname + location.search }));
  });
}

// A sent form's draft goes once another page than a refusal came; a sign-in on the way leads back to the form.
function settle() {
  const sent = JSON.parse(sessionStorage.getItem(SENT) ?? "null");
  if (!sent) return;
  if (document.querySelector("[data-way-out]")) {
    for (const door of document.querySelectorAll('a[href="/login"]')) door.href = `/login?next=${encodeURIComponent(sent.back)}`;
    return;
  }
  if (!document.querySelector(".shell")) return; // still at the door
  if (!document.querySelector(".errsum") && location.pathname + location.search !== sent.back) sessionStorage.removeItem(sent.key);
  sessionStorage.removeItem(SENT);
}

export function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(DRAFTS) || key === SENT) sessionStorage.removeItem(key);
}

export function startDrafts() {
  settle();
  for (const form of document.querySelectorAll("main form.form[method=post][id]")) {
    if (!form.querySelector("input[type=password]")) watch(form);
  }
}
