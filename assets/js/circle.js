// The map of the fifteen-minute circle, and the button that prints its report.
import { startMap } from "./circle/map.js";

const box = document.getElementById("circle-map");
if (box) startMap(box);

const print = document.getElementById("print-now");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

// A choice above the map is looked at at once; the button stays for those without a script.
document.getElementById("asks")?.addEventListener("change", (event) => event.currentTarget.submit());
