// The siting dialog: asks where the next facilities should stand, lists them with their bound, and shows them on the map.
import { t } from "../phone/words.js";
import { rings } from "./draw.js";
import { site } from "./server.js";

const element = (tag, words, className = "") => Object.assign(document.createElement(tag), { textContent: words, className });

function bound(sited) {
  const box = element("div", "", "circle-bound");
  const better = sited.better < 0.05 ? t("已是最好：任何 {n} 处选法都不会更好", { n: sited.picks.length })
    : t("任何 {n} 处选法最多再好 {better}%", { n: sited.picks.length, better: sited.better.toFixed(1) });
  const how = t("比过 {n} 个地点，用时 {s} 秒", { n: sited.candidates.toLocaleString("en"), s: (sited.took_ms / 1000).toFixed(1) });
  box.append(element("b", better), element("span", how));
  return box;
}

function line(pick, at, show) {
  const row = element("li", "");
  const text = element("div", "");
  const name = element("b", pick.name || pick.around || t("路口"));
  name.dataset.user = "";
  const point = element("span", `${pick.point[0].toFixed(5)}, ${pick.point[1].toFixed(5)}`, "s13 ink3 num");
  text.append(name, point);
  const see = element("button", t("在地图上看"), "btn btn-s btn-plain");
  see.type = "button";
  see.addEventListener("click", () => show(pick));
  const gain = element("div", "", "r");
  gain.append(element("b", pick.few ? t("不足 5 人") : t("+{n} 人", { n: pick.gained.toLocaleString("en") })), see);
  row.append(element("b", String(at + 1), "no"), text, gain);
  return row;
}

/** Shares after one, two … of the chosen. */
function curve(sited, map) {
  const figure = element("div", "", "circle-curve");
  let reached = map.reached;
  const shares = sited.picks.map((pick) => ((reached += pick.gained) * 100) / Math.max(1, map.located));
  const least = Math.min(...shares, (map.reached * 100) / Math.max(1, map.located));
  shares.forEach((share, at) => {
    const bar = element("div", "");
    const fill = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    fill.setAttribute("viewBox", "0 0 10 60");
    fill.setAttribute("preserveAspectRatio", "none");
    fill.setAttribute("aria-hidden", "true");
    const height = 8 + (52 * (share - least)) / Math.max(1, 100 - least);
    fill.innerHTML = `<rect width="10" height="${height}" y="${60 - height}"/>`;
    bar.append(element("span", share.toFixed(1), "num"), fill, element("span", t("{n} 处", { n: at + 1 }), "s13 ink2"));
    figure.append(bar);
  });
  return figure;
}

/** Metres from the middle of the city of a point in degrees. */
function flat({ origin: [lon, lat] }, [east, north]) {
  const degree = (6371008.8 * Math.PI) / 180;
  return [(east - lon) * degree * Math.cos((lat * Math.PI) / 180), (north - lat) * degree];
}

/** Plans that were kept, shown on the map when asked for. */
function startPlans(map) {
  for (const button of document.querySelectorAll("[data-plan]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const places = JSON.parse(button.dataset.plan).map(({ point }) => flat(map.map, point));
      map.layers.picks = places.map((at) => ({ at }));
      map.layers.trial = undefined;
      map.view.go([0, 1].map((axis) => places.reduce((sum, at) => sum + at[axis], 0) / places.length));
      await Promise.all(map.layers.picks.map(async (pick) => {
        const [x, y] = pick.at;
        pick.ground = await map.ask("try", { x: x.toFixed(1), y: y.toFixed(1) }).then((answer) => rings(answer.rings), () => undefined);
      }));
      map.draw();
    });
  }
}

/** Offers to keep what was found. */
function keepable(sited, { kind, minutes, group }) {
  const form = document.getElementById("keep");
  if (!form) return;
  form.hidden = false;
  const picks = sited.picks.map(({ name, around, point, gained }) => ({ name: name || around, point, gained }));
  form.body.value = JSON.stringify({ kind, minutes: Number(minutes), group, picks, better: sited.better });
}

export function startSiting(map) {
  startPlans(map);
  const form = document.getElementById("siting");
  const [out, go] = [document.getElementById("sited"), document.getElementById("s-go")];
  const show = (pick) => map.view.go([pick.x, pick.y], 4000);
  const asked = async () => {
    go.disabled = true;
    out.replaceChildren(element("p", t("正在比较"), "s14 ink2"));
    try {
      const sited = await site(form, map.box.dataset);
      map.layers.picks = sited.picks.map((pick) => ({ at: [pick.x, pick.y], ground: rings(pick.rings) }));
      map.layers.trial = undefined;
      if (sited.picks.length === 0) {
        out.replaceChildren(element("p", t("没有一处能让更多人走得到"), "s14 ink2"));
      } else {
        const list = element("ol", "", "circle-picks");
        list.append(...sited.picks.map((pick, at) => line(pick, at, show)));
        out.replaceChildren(bound(sited), list, element("h3", t("建几处最划算")), curve(sited, map.map));
        keepable(sited, map.box.dataset);
        map.after(sited.gained, t("{n} 人", { n: sited.gained.toLocaleString("en") }));
      }
      map.draw();
    } catch (error) {
      out.replaceChildren(element("p", error.message, "s14 bad"));
    }
    go.disabled = false;
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); asked(); });
}
