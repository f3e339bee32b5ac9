// The time left of the session: counts down in the top bar, warns two minutes ahead, offers to stay.
// The words come from the page (data attributes), so that they are in its language.
const WARN_SECS = 120;

// Typing is work: whoever fills in a long form is not signed out over it.
const KEEP_EVERY_MS = 240_000;

function keepByTyping(warning, kept) {
  let last = Date.now();
  document.addEventListener("input", async () => {
    const form = warning?.querySelector("form");
    if (!form || Date.now() - last < KEEP_EVERY_MS) return;
    last = Date.now();
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
    if (answer && (answer.ok || answer.type === "opaqueredirect")) kept();
  });
}

export function startSession() {
  const clock = document.querySelector("[data-session-left]");
  if (!clock) return;
  const lasts = Number(clock.dataset.sessionLeft) * 1000;
  let ends = Date.now() + lasts;
  const warning = document.getElementById("session-warning");
  keepByTyping(warning, () => { ends = Date.now() + lasts; if (warning) warning.hidden = true; });
  const tick = () => {
    const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
    clock.textContent = clock.dataset.words.replace("{n}", String(Math.ceil(left / 60)));
    clock.parentElement.classList.toggle("soon", left <= WARN_SECS);
    if (warning && left <= WARN_SECS && warning.hidden) {
      warning.hidden = false;
      document.dispatchEvent(new CustomEvent("sy:announce", { detail: warning.textContent.trim() }));
    }
  };
  tick();
  setInterval(tick, 10_000);
}
