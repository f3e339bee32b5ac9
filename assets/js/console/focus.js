// After a swap that the user asked for, focus goes to the changed heading and the live region speaks;
// after a live refresh nothing moves, and only an element's own data-announce is spoken.
function announce(words) {
  const region = document.getElementById("announce");
  if (!region || !words) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = words; }, 50);
}

function headingOf(target) {
  return target.querySelector("[data-focus], .errsum, h1, h2");
}

export function startFocus() {
  document.addEventListener("htmx:afterSettle", (event) => {
    const trigger = event.detail.requestConfig?.triggeringEvent?.type ?? event.detail.requestConfig?.elt?.dataset?.trigger;
    const target = event.detail.elt;
    if (!target?.querySelector) return;
    const spoken = target.dataset?.announce ?? target.querySelector("[data-announce]")?.dataset.announce;
    if (trigger === "sy:live" || trigger === "sy:topic") { announce(spoken); return; }
    if (target.id === "toasts" || target.matches("[data-quiet]")) return; // comes along with what was asked for
    const heading = headingOf(target);
    announce(spoken ?? heading?.textContent?.trim());
    if (heading && !target.contains(document.activeElement)) {
      heading.setAttribute("tabindex", "-1");
      heading.focus({ preventScroll: false });
    }
  });
  document.querySelector(".errsum")?.focus();
  // A card of the board was opened: its case is what one came for, wherever the width has put it.
  const chosen = document.querySelector(".board.with-case #case-head");
  if (chosen && !document.querySelector(".errsum")) {
    chosen.setAttribute("tabindex", "-1");
    chosen.focus({ preventScroll: false });
  }
  document.addEventListener("sy:announce", (event) => announce(event.detail));
}
