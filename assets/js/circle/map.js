// The map as a whole: fetches what is to be seen, answers taps and keys, keeps legend, scale and words in step.
import { t } from "../phone/words.js";
import { areas, draw, FAR, lines, missed, rings, STREETS } from "./draw.js";
import { asker } from "./server.js";
import { startSiting } from "./siting.js";
import { Tiles } from "./tiles.js";
import { STEP, View } from "./view.js";

const SQUARE = 2000;
const NEAR = 14; // pixels within which a tap means a facility
const by = (id) => document.getElementById(id);

class Map_ {
  constructor(box) {
    this.box = box;
    this.ask = asker(box.dataset);
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    box.append(canvas);
    this.canvas = canvas;
    this.view = new View(box, canvas);
    this.layers = { facilities: [], tiles: new globalThis.Map(), picks: [] };
    Object.assign(this.view, {
      onMove: () => this.moved(), onTap: (at) => this.tapped(at), onPress: (at) => this.presses(at),
      onDrag: (at) => this.try(this.view.toGround(at)), onRelease: (at) => this.try(this.view.toGround(at)), onKey: (event) => this.key(event),
    });
  }

  async start() {
    this.say(t("正在准备地图"));
    try {
      this.map = await this.ask("map");
    } catch (error) {
      return this.say(error.message);
    }
    const { layers, map } = this;
    if (this.box.dataset.tiles) layers.base = { tiles: new Tiles(this.box.dataset.tiles, () => this.draw()), origin: map.origin };
    layers.facilities = map.facilities;
    layers.areas = areas(map);
    layers.missed = missed(map.missed);
    for (const id of ["circle-zoom", "circle-legend", "circle-scale"]) by(id).hidden = false;
    by("circle-zoom").addEventListener("click", (event) => this.zoomed(event.target.closest("[data-zoom]")));
    this.list();
    startSiting(this);
    this.say("");
    this.view.fit(map.bounds);
    this.box.dataset.ready = "true";
  }

  say(words) {
    const said = by("circle-said");
    said.textContent = words;
    said.hidden = words === "";
  }

  zoomed(button) {
    const step = Number(button?.dataset.zoom ?? NaN);
    if (step === 0) this.view.fit(this.map.bounds);
    else if (step) this.view.zoom(STEP ** step);
  }

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      draw(this.canvas, this.view, this.layers);
    });
  }

  moved() {
    this.draw();
    if (!this.map) return;
    const far = this.view.width > FAR;
    by("circle-legend").classList.toggle("is-far", far);
    this.#scale();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => { this.#streets(); this.#ground(); }, 120);
  }

  #scale() {
    const metres = 84 / this.view.scale;
    const words = metres >= 2000 ? t("{n} 公里", { n: (metres / 1000).toFixed(1) }) : t("{n} 米", { n: Math.round(metres / 10) * 10 });
    by("circle-scale").querySelector("span").textContent = words;
  }

  async #streets() {
    if (this.view.width > STREETS) return;
    const [w, s, e, n] = this.view.window.map((metres) => Math.floor(metres / SQUARE));
    const { tiles } = this.layers;
    for (let x = w - 1; x <= e; x += 1) {
      for (let y = s - 1; y <= n; y += 1) {
        const key = `${x}/${y}`;
        if (tiles.has(key)) continue;
        tiles.set(key, null);
        this.ask(`streets/${key}`).then((list) => { tiles.set(key, lines(list)); this.draw(); }, () => tiles.delete(key));
      }
    }
  }

  async #ground() {
    if (this.view.width > FAR) return;
    const [w, s, e, n] = this.view.window;
    const seen = this.seen;
    if (seen && w >= seen[0] && s >= seen[1] && e <= seen[2] && n <= seen[3]) return;
    // A little more than is seen, so that small moves need no question.
    const spare = Math.max(0, Math.min(1000, (FAR - Math.max(e - w, n - s)) / 2 - 1));
    const window = [w - spare, s - spare, e + spare, n + spare].map(Math.round);
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const { rings: list } = await this.ask("ground", Object.fromEntries(["w", "s", "e", "n"].map((name, at) => [name, window[at]])), this.asking.signal);
      this.seen = window;
      this.layers.ground = rings(list);
      this.draw();
    } catch (error) {
      if (error.name !== "AbortError") this.say(error.message);
    }
  }

  #near(at) {
    let best;
    for (const facility of this.layers.facilities) {
      const [x, y] = this.view.toScreen([facility.x, facility.y]);
      const apart = Math.hypot(x - at[0], y - at[1]);
      if (apart < NEAR && (!best || apart < best.apart)) best = { apart, facility };
    }
    return best?.facility;
  }

  presses(at) {
    const { trial } = this.layers;
    if (!trial) return false;
    const [x, y] = this.view.toScreen(trial.at);
    return Math.hypot(x - at[0], y - at[1]) < 22;
  }

  tapped(at) {
    const facility = this.#near(at);
    if (facility) this.choose(facility); else this.try(this.view.toGround(at));
  }

  async choose(facility, move = false) {
    this.layers.chosenId = facility.id;
    this.layers.chosen = undefined;
    if (move) this.view.go([facility.x, facility.y], 4000);
    this.say(facility.off ? t("{name}：附近没有路，没有人走得到", { name: facility.name }) : facility.name);
    try {
      const { rings: list } = await this.ask("ground", { w: 0, s: 0, e: 0, n: 0, facility: facility.id });
      if (this.layers.chosenId === facility.id) this.layers.chosen = rings(list);
    } catch (error) {
      this.say(error.message);
    }
    this.draw();
  }

  /** What if one stood here: one question at a time, the latest place wins. */
  async try(at) {
    this.layers.trial = { at, ground: undefined };
    this.draw();
    this.wanted = at;
    if (this.trying) return;
    this.trying = true;
    while (this.wanted) {
      const [x, y] = this.wanted;
      this.wanted = undefined;
      try {
        const begun = performance.now();
        const answer = await this.ask("try", { x: x.toFixed(1), y: y.toFixed(1) });
        this.box.dataset.tryMs = (performance.now() - begun).toFixed(1);
        if (this.layers.trial) this.layers.trial.ground = rings(answer.rings);
        this.#answered(answer);
      } catch (error) {
        this.say(error.message);
        this.after(undefined);
      }
      this.draw();
    }
    this.trying = false;
  }

  #answered({ gained, few }) {
    const n = few ? t("不足 5 人") : t("{n} 人", { n: gained.toLocaleString("en") });
    this.say(t("这里放一处，多 {n}走得到", { n: `${n} ` }));
    this.after(few ? 0 : gained, n);
  }

  /** What would be reached with so many more. */
  after(gained, words) {
    const [cell, bar] = [by("circle-after"), by("circle-bar-after")];
    this.before ??= cell.innerHTML;
    if (gained === undefined) {
      cell.innerHTML = this.before;
      bar.setAttribute("width", "0");
      return;
    }
    const located = this.map.located;
    const percent = located ? ((this.map.reached + gained) * 100) / located : 0;
    const share = document.createElement("b");
    share.textContent = `${percent.toFixed(1)}%`;
    const more = document.createElement("span");
    more.className = "s14 ink2";
    more.textContent = t("放上后，多 {n}", { n: words });
    cell.replaceChildren(more, share);
    bar.setAttribute("width", String(Math.min(100, percent)));
  }

  key(event) {
    const { trial } = this.layers;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.key === "Enter") this.try(trial?.at ?? this.view.middle);
    else if (event.key === "Escape" && trial) { this.layers.trial = undefined; this.after(undefined); this.say(""); this.draw(); }
    else if (event.shiftKey && steps[event.key] && trial) this.try(trial.at.map((metres, axis) => metres + (steps[event.key][axis] * 30) / this.view.scale));
    else return false;
    return true;
  }

  list() {
    const own = this.layers.facilities.filter((facility) => facility.counts && facility.inside);
    const list = by("circle-list");
    if (own.length === 0) {
      list.replaceChildren(Object.assign(document.createElement("p"), { className: "pad s14 ink2", textContent: t("这里还没有这类设施，或没有填位置") }));
      return;
    }
    const rows = own.slice(0, 200).map((facility) => {
      const button = document.createElement("button");
      button.type = "button";
      const [name, kind] = ["b", "span"].map((tag) => document.createElement(tag));
      name.textContent = facility.name;
      name.dataset.user = "";
      kind.textContent = facility.word + (facility.off ? ` · ${t("附近没有路")}` : "");
      kind.className = "s13 ink3";
      button.append(name, kind);
      button.addEventListener("click", () => this.choose(facility, true));
      return button;
    });
    list.replaceChildren(...rows);
  }
}

export function startMap(box) {
  new Map_(box).start();
}
