// What was chosen, or kept as a plan: shown on the map. The card itself comes from the server.
import { t } from "../phone/words.js";
import { rings } from "./draw.js";

/** Metres from the middle of the city of a point in degrees. */
function flat({ origin: [lon, lat] }, [east, north]) {
  const degree = (6371008.8 * Math.PI) / 180;
  return [(east - lon) * degree * Math.cos((lat * Math.PI) / 180), (north - lat) * degree];
}

/** Puts proposals on the map, each with the ground from which it is walked to. */
async function propose(map, places) {
  const picks = places.map(({ point }) => ({ at: flat(map.map, point) }));
  map.layers.picks = picks;
  map.layers.trial = undefined;
  map.draw();
  for (const pick of picks) {
    const [x, y] = pick.at;
    pick.ground = await map.ask("try", { x: x.toFixed(1), y: y.toFixed(1) }).then((answer) => rings(answer.rings), () => undefined);
    if (map.layers.picks !== picks) return;
    map.draw();
  }
}

const middle = (picks) => [0, 1].map((axis) => picks.reduce((sum, { at }) => sum + at[axis], 0) / picks.length);

/** Plans that were kept, shown when asked for. */
function startPlans(map) {
  for (const button of document.querySelectorAll("[data-plan]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      propose(map, JSON.parse(button.dataset.plan));
      map.view.go(middle(map.layers.picks));
    });
  }
}

const places = (out) => JSON.parse(out?.dataset.picks ?? "[]");

/** The answer of a siting, shown when it comes; one from before leaves the figures of the page alone. */
function sited(map, isNew = false) {
  const out = document.getElementById("sited");
  const [found, known] = [places(out), map.sited];
  for (const button of out?.querySelectorAll("[data-show]") ?? []) button.hidden = false;
  map.sited = out?.dataset.picks;
  if (found.length === 0 || map.sited === known) return;
  propose(map, found);
  if (!isNew) return;
  const gained = Number(out.dataset.gained);
  map.after(gained, t("{n} 人", { n: gained.toLocaleString("en") }));
}

export function startSiting(map) {
  startPlans(map);
  sited(map);
  document.addEventListener("htmx:afterSettle", () => sited(map, true));
  document.getElementById("site")?.parentElement.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-show]");
    if (button) map.view.go(flat(map.map, places(button.closest("#sited"))[button.dataset.show].point), 4000);
  });
}
