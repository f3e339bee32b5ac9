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

/** The answer of a siting, shown when it comes. */
function sited(map) {
  const out = document.getElementById("sited");
  if (!out?.dataset.picks || out.dataset.shown) return;
  out.dataset.shown = "true";
  const places = JSON.parse(out.dataset.picks);
  if (places.length === 0) return;
  propose(map, places);
  map.after(Number(out.dataset.gained), t("{n} 人", { n: Number(out.dataset.gained).toLocaleString("en") }));
  for (const button of out.querySelectorAll("[data-show]")) {
    button.hidden = false;
    button.addEventListener("click", () => map.view.go(flat(map.map, places[button.dataset.show].point), 4000));
  }
}

export function startSiting(map) {
  startPlans(map);
  sited(map);
  document.addEventListener("htmx:afterSettle", () => sited(map));
}
