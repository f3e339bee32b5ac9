// The roster: a visit is dragged to another caregiver's row and another time, or moved with Alt and the arrows. Both fill
// the board's own form, so that what the server answers is the same with and without them.
const STEP_MINS = 15;

const two = (n) => String(n).padStart(2, "0");
const clock = (minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

function axis() {
  const [from, hours] = (document.getElementById("roster")?.dataset.axis ?? "8 10").split(" ").map(Number);
  return { from: from * 60, minutes: hours * 60 };
}

// The column class of a block: x7 is the seventh stretch of five minutes.
const minuteOf = (block) => axis().from + 5 * Number(/(?:^|\s)x(\d+)/.exec(block.className)?.[1] ?? 0);

function move(block, lane, minute) {
  const form = document.getElementById("roster-move");
  if (!form || !lane) return;
  form.elements.visit.value = block.dataset.visit;
  form.elements.worker.value = lane.dataset.worker;
  form.elements.at.value = minute === null ? "" : clock(minute);
  form.requestSubmit();
}

function keys(event) {
  const block = event.target.closest?.(".rlane .v[draggable]");
  if (!block || !event.altKey) return;
  const lanes = [...document.querySelectorAll(".rlane")];
  const at = lanes.indexOf(block.closest(".rlane"));
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const shift = { ArrowLeft: -STEP_MINS, ArrowRight: STEP_MINS }[event.key];
  if (by === undefined && shift === undefined) return;
  event.preventDefault();
  if (by === undefined) move(block, lanes[at], Math.max(0, minuteOf(block) + shift));
  else move(block, lanes[at + by], null);
}

let dragged = null;
let grip = 0;

function start(event) {
  const block = event.target.closest?.(".rlane .v[draggable]");
  if (!block) return;
  dragged = block.dataset.visit;
  grip = event.clientX - block.getBoundingClientRect().left;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged);
}

function over(event) {
  const lane = dragged && event.target.closest?.(".rlane");
  for (const other of document.querySelectorAll(".rlane.over")) if (other !== lane) other.classList.remove("over");
  if (!lane) return;
  event.preventDefault();
  lane.classList.add("over");
}

function drop(event) {
  const lane = dragged && event.target.closest?.(".rlane");
  const block = lane && document.querySelector(`.rlane .v[data-visit="${CSS.escape(dragged)}"]`);
  dragged = null;
  if (!block) return;
  event.preventDefault();
  const box = lane.getBoundingClientRect();
  const { from, minutes } = axis();
  const minute = from + ((event.clientX - grip - box.left) / box.width) * minutes;
  const start = Math.max(0, Math.min(24 * 60 - 5, Math.round(minute / 5) * 5));
  // Dropped where it stood in time: only the caregiver changes.
  move(block, lane, Math.abs(start - minuteOf(block)) <= 10 ? null : start);
}

function end() {
  dragged = null;
  for (const lane of document.querySelectorAll(".rlane.over")) lane.classList.remove("over");
}

export function startRoster() {
  document.addEventListener("keydown", keys);
  document.addEventListener("dragstart", start);
  document.addEventListener("dragover", over);
  document.addEventListener("drop", drop);
  document.addEventListener("dragend", end);
}
