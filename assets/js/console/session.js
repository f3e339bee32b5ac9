// The time left of the session: counts down in the top bar, warns two minutes ahead, offers to stay.
// The words come from the page (data attributes), so that they are in its language.
const WARN_SECS = 120;

export function startSession() {
  const clock = document.querySelector("[data-session-left]");
  if (!clock) return;
  const ends = Date.now() + Number(clock.dataset.sessionLeft) * 1000;
  const warning = document.getElementById("session-warning");
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
