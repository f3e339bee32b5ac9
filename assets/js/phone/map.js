// A sketch of where the elder lives and where the phone is: north is up, the dashed circle is the geofence.
import { svg } from "./dom.js";
import { t } from "./words.js";

const [WIDTH, HEIGHT] = [366, 192];
const COS = (degrees) => Math.cos((degrees * Math.PI) / 180);

/** Metres east and north of the elder. */
const away = (visit, fix) => [
  (fix.longitude - visit.longitude) * 111_320 * COS(visit.latitude),
  (fix.latitude - visit.latitude) * 110_574,
];

function streets() {
  const lines = "M-5 146h380M98-4l-14 210M298-4l14 210";
  return [
    svg("rect", { width: WIDTH, height: HEIGHT, fill: "#eef1ee" }),
    svg("path", { d: lines, stroke: "#fff", "stroke-width": 14, fill: "none" }),
    svg("path", { d: "M-5 60h380", stroke: "#fff", "stroke-width": 7, fill: "none" }),
  ];
}

const label = (x, y, fill, text, anchor) => svg("text", {
  x, y, fill, "font-size": 15, "font-weight": 700, "text-anchor": anchor, stroke: "#eef1ee", "stroke-width": 4, "paint-order": "stroke",
}, text);

function me(x, y, radius) {
  return [
    svg("circle", { cx: x, cy: y, r: radius, fill: "#2f6fbf", "fill-opacity": 0.2 }),
    svg("circle", { cx: x, cy: y, r: 8, fill: "#1e4f8f", stroke: "#fff", "stroke-width": 3 }),
    label(Math.min(Math.max(x, 40), WIDTH - 40), Math.min(y + 28, HEIGHT - 6), "#1e4f8f", t("您在这里"), "middle"),
  ];
}

/** The sketch; `says` describes it in words. */
export function sketch(visit, fix, says) {
  const [x, y] = [200, 96];
  const [east, north] = fix ? away(visit, fix) : [0, 0];
  const scale = 66 / Math.max(visit.geofence_m * 1.15, Math.abs(east) * 0.5, Math.abs(north));
  const [mx, my] = [x + east * scale, y - north * scale];
  const home = [
    svg("circle", { cx: x, cy: y, r: visit.geofence_m * scale, fill: "#115e6e", "fill-opacity": 0.08, stroke: "#115e6e", "stroke-opacity": 0.6, "stroke-dasharray": "5 5" }),
    fix && svg("path", { d: `M${mx} ${my} ${x} ${y}`, stroke: "#101d22", "stroke-width": 1.5, "stroke-dasharray": "3 3" }),
  ];
  const pin = [
    svg("path", { d: `M${x} ${y + 2}c-8-9-11-13-11-18a11 11 0 1 1 22 0c0 5-3 9-11 18z`, fill: "#0b4753" }),
    svg("circle", { cx: x, cy: y - 16, r: 4, fill: "#fff" }),
    label(x + 18, y - 20, "#0b4753", t("老人家"), "start"),
  ];
  const dot = fix ? me(mx, my, Math.min(Math.max(fix.accuracy * scale, 12), 90)) : [];
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": says, class: "sketch" }, streets(), home, dot, pin);
}
