// Draws the ground: shaded areas from afar, streets and grounds from near, who is missed, what stands, what is proposed.

const BREAKS = [40, 60, 80, 95];
const WARM = [5, 20, 50];
/** Metres across the window from which the view is a far one. */
export const FAR = 9000;
/** Metres across the window below which streets are drawn. */
export const STREETS = 6500;

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();
const INK = {
  ground: "#f1f3f1", street: "#d7dcd9", wide: "#ffffff", warm: ["#f7d9bd", "#eda96f", "#cf6f27"], proposal: "#7a3b06",
  ramp: [1, 2, 3, 4, 5].map((step) => colour(`--sy-ramp-${step}`)), none: colour("--sy-mute-tint") || "#eceeed",
  dai: colour("--sy-dai"), ink: colour("--sy-ink"), card: colour("--sy-card") || "#fff", quiet: colour("--sy-ink-3"),
};

/** The shade of a share, 0 to 4; -1 of nobody. */
const shade = (share) => (share == null ? -1 : BREAKS.filter((edge) => share >= edge).length);

/** Paths of areas by shade, and the borders between them. */
export function areas({ side, areas, runs }) {
  const shades = new Map();
  const of = new Map();
  for (let at = 0; at < runs.length; at += 4) {
    const [area, y, x, length] = runs.slice(at, at + 4);
    const key = shade(areas[area]?.share);
    if (!shades.has(key)) shades.set(key, new Path2D());
    shades.get(key).rect(x * side, y * side, length * side, side);
    for (let step = 0; step < length; step += 1) of.set(`${x + step},${y}`, area);
  }
  const borders = new Path2D();
  for (const [key, area] of of) {
    const [x, y] = key.split(",").map(Number);
    const east = of.get(`${x + 1},${y}`);
    const north = of.get(`${x},${y + 1}`);
    if (east !== undefined && east !== area) { borders.moveTo((x + 1) * side, y * side); borders.lineTo((x + 1) * side, (y + 1) * side); }
    if (north !== undefined && north !== area) { borders.moveTo(x * side, (y + 1) * side); borders.lineTo((x + 1) * side, (y + 1) * side); }
  }
  return { shades, borders, of, side };
}

/** A path of lines that are steps in metres. */
export function lines(list) {
  const path = new Path2D();
  for (const line of list) {
    let [x, y] = line;
    path.moveTo(x, y);
    for (let at = 2; at < line.length; at += 2) { x += line[at]; y += line[at + 1]; path.lineTo(x, y); }
  }
  return path;
}

/** A path of closed rings. */
export function rings(list) {
  const path = new Path2D();
  for (const ring of list) {
    ring.forEach(([x, y], at) => (at ? path.lineTo(x, y) : path.moveTo(x, y)));
    path.closePath();
  }
  return path;
}

function hexagon(x, y, width) {
  const path = new Path2D();
  for (let corner = 0; corner < 6; corner += 1) {
    const turn = Math.PI / 6 + (corner * Math.PI) / 3;
    const radius = width / Math.sqrt(3);
    const at = [x + radius * Math.cos(turn), y + radius * Math.sin(turn)];
    if (corner) path.lineTo(...at); else path.moveTo(...at);
  }
  path.closePath();
  return path;
}

/** Paths of hexagons by how many are missed. */
export function missed({ width, cells }) {
  const paths = WARM.map(() => new Path2D());
  for (const [x, y, count] of cells) paths[WARM.filter((edge) => count >= edge).length - 1]?.addPath(hexagon(x, y, width));
  return paths;
}

function grounded(context, view, work) {
  const [w, h] = view.size;
  context.save();
  context.translate(w / 2, h / 2);
  context.scale(view.scale, -view.scale);
  context.translate(-view.middle[0], -view.middle[1]);
  work(1 / view.scale);
  context.restore();
}

/** Draws everything that there is. */
export function draw(canvas, view, layers) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = view.size;
  if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
    canvas.width = Math.round(w * ratio);
    canvas.height = Math.round(h * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = INK.ground;
  context.fillRect(0, 0, w, h);
  const far = view.width > FAR;
  grounded(context, view, (pixel) => {
    if (layers.base) drawBase(context, view, layers.base);
    if (layers.areas) drawAreas(context, layers.areas, far, pixel, Boolean(layers.base));
    if (!far && !layers.base) drawStreets(context, view, layers.tiles, pixel);
    if (!far && layers.ground) drawGround(context, layers.ground, pixel);
    drawMissed(context, layers, far, pixel);
    if (layers.chosen) drawGround(context, layers.chosen, pixel, 2.2);
    for (const pick of layers.picks) drawProposal(context, pick.ground, pixel);
    if (layers.trial?.ground) drawProposal(context, layers.trial.ground, pixel);
  });
  drawFacilities(context, view, layers, far);
  layers.picks.forEach((pick, at) => drawNumber(context, view.toScreen(pick.at), String(at + 1)));
  if (layers.trial) drawNumber(context, view.toScreen(layers.trial.at), "+");
}

function drawBase(context, view, { tiles, origin }) {
  for (const { picture, box: [w, s, e, n] } of tiles.of(origin, view.window, view.scale)) {
    if (!picture.complete || picture.naturalWidth === 0) continue;
    // The ground's north is up, a picture's is down.
    context.save();
    context.translate(w, n);
    context.scale(1, -1);
    context.drawImage(picture, 0, 0, e - w, n - s);
    context.restore();
  }
}

function drawAreas(context, { shades, borders }, far, pixel, over) {
  context.globalAlpha = far ? (over ? 0.6 : 1) : 0.28;
  for (const [key, path] of shades) {
    context.fillStyle = key < 0 ? INK.none : INK.ramp[key];
    context.fill(path);
  }
  context.globalAlpha = far ? 0.85 : 0.9;
  context.strokeStyle = INK.card;
  context.lineWidth = (far ? 0.8 : 1.6) * pixel;
  context.stroke(borders);
  context.globalAlpha = 1;
}

function drawStreets(context, view, tiles, pixel) {
  if (view.width > STREETS) return;
  for (const [width, ink] of [[view.scale > 0.25 ? 5 : 2.4, INK.street], [view.scale > 0.25 ? 3 : 1.2, INK.wide]]) {
    context.strokeStyle = ink;
    context.lineWidth = width * pixel;
    context.lineCap = "round";
    for (const path of tiles.values()) if (path) context.stroke(path);
  }
}

function drawGround(context, ground, pixel, width = 1.2) {
  context.globalAlpha = 0.13;
  context.fillStyle = INK.dai;
  context.fill(ground);
  context.globalAlpha = 0.7;
  context.strokeStyle = INK.dai;
  context.lineWidth = width * pixel;
  context.stroke(ground);
  context.globalAlpha = 1;
}

function drawMissed(context, { missed: paths }, far, pixel) {
  if (!paths) return;
  context.globalAlpha = far ? 0.66 : 0.78;
  paths.forEach((path, step) => {
    context.fillStyle = INK.warm[step];
    context.fill(path);
    context.strokeStyle = INK.card;
    context.lineWidth = pixel;
    context.stroke(path);
  });
  context.globalAlpha = 1;
}

function drawProposal(context, ground, pixel) {
  if (!ground) return;
  context.strokeStyle = INK.proposal;
  context.lineWidth = 2 * pixel;
  context.setLineDash([6 * pixel, 5 * pixel]);
  context.stroke(ground);
  context.setLineDash([]);
}

function drawFacilities(context, view, { facilities, chosenId }, far) {
  const radius = view.width > 2 * FAR ? 2 : far ? 3 : 6;
  const taken = [];
  context.font = "600 13px PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif";
  context.lineJoin = "round";
  for (const facility of facilities) {
    const [x, y] = view.toScreen([facility.x, facility.y]);
    if (x < -20 || y < -20 || x > view.size[0] + 20 || y > view.size[1] + 20) continue;
    const is = facility.id === chosenId;
    context.beginPath();
    context.arc(x, y, is ? radius + 2 : radius, 0, Math.PI * 2);
    context.fillStyle = facility.counts && !facility.off ? INK.dai : INK.quiet;
    context.globalAlpha = facility.counts ? 1 : 0.45;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = is ? INK.ink : INK.card;
    context.lineWidth = is ? 2.5 : far ? 0.7 : 2;
    context.stroke();
    if ((!far && facility.counts && view.width < 3200) || is) label(context, [x, y], facility.name, taken);
  }
}

function label(context, [x, y], name, taken) {
  const width = context.measureText(name).width;
  const box = [x + 10, y - 10, x + 14 + width, y + 10];
  if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) return;
  taken.push(box);
  context.strokeStyle = "rgb(255 255 255 / .9)";
  context.lineWidth = 4;
  context.strokeText(name, x + 11, y + 5);
  context.fillStyle = INK.ink;
  context.fillText(name, x + 11, y + 5);
}

function drawNumber(context, [x, y], text) {
  context.fillStyle = INK.card;
  context.strokeStyle = INK.proposal;
  context.lineWidth = 2;
  context.beginPath();
  context.roundRect(x - 13, y - 13, 26, 26, 6);
  context.fill();
  context.stroke();
  context.fillStyle = INK.proposal;
  context.font = "700 14px PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif";
  context.textAlign = "center";
  context.fillText(text, x, y + 5);
  context.textAlign = "left";
}
