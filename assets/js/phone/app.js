// Which screen is shown: lock → today → a visit, the uploads, myself. The address after # names it, so that the phone's
// back button works.
import * as box from "./box.js";
import * as clock from "./clock.js";
import { el, icon, show } from "./dom.js";
import { lockScreen } from "./lock.js";
import { myself } from "./myself.js";
import * as queue from "./queue.js";
import * as seal from "./seal.js";
import * as server from "./server.js";
import { today } from "./today.js";
import { uploads } from "./uploads.js";
import { leaveVisit, visit } from "./visit.js";
import { t } from "./words.js";

let drawn;
let drawing;

/** What every screen draws from. */
async function state() {
  const [day, commands, photos] = await Promise.all([server.keptDay(), queue.list(), box.all("photos")]);
  const refused = await Promise.all(commands.filter((c) => ["refused", "conflict"].includes(c.state) && !c.seen)
    .map(async (c) => ({ ...c, whom: await queue.whom(c) })));
  const open = commands.filter((c) => c.state === "waiting" || c.state === "parked");
  const waitingPhotos = photos.filter((photo) => photo.state === "waiting");
  return { day, commands, photos, refused, news: await server.news(), waiting: open.length, waitingPhotos: waitingPhotos.length, status: { ...server.status, online: server.status.online && navigator.onLine } };
}

function tabs(here) {
  const tab = (hash, name, sign) => el("a", { href: hash, "aria-current": hash === here ? "page" : undefined }, icon(sign), name);
  return el("nav", { class: "tabs", "aria-label": t("底部") },
    tab("#today", t("今天"), "calendar-check"), tab("#uploads", t("上传"), "cloud-up"), tab("#me", t("我的"), "user"));
}

function screenOf(hash, now) {
  if (hash.startsWith("#visit/")) {
    const found = now.day?.orders.find((order) => order.key === hash.slice("#visit/".length));
    if (found) return visit(found, now, redraw);
  }
  if (hash === "#uploads") return uploads(now, tabs("#uploads"));
  if (hash === "#me") return myself(now, tabs("#me"));
  return today(now, tabs("#today"), redraw);
}

async function draw() {
  const hash = location.hash || "#today";
  if (!hash.startsWith("#visit/")) leaveVisit();
  const screen = await screenOf(hash, await state());
  show(screen.parts, { title: screen.title, focus: drawn !== hash });
  drawn = hash;
}

async function drawUntilQuiet() {
  do { drawing.again = false; await draw(); } while (drawing.again);
}

/** Draws again; several wishes at once are one drawing after the running one. Over when all of them are drawn. */
async function redraw() {
  if (!seal.isOpen()) return;
  if (drawing) drawing.again = true;
  else {
    drawing = { again: false };
    drawing.over = drawUntilQuiet().finally(() => { drawing = undefined; });
  }
  await drawing?.over;
}

async function opened() {
  await redraw();
  await server.keepSending(redraw);
  setInterval(redraw, 30_000);
}

/** Starts the phone. */
export async function start() {
  navigator.serviceWorker?.register("/m/sw.js", { scope: "/m" }).catch(() => {});
  navigator.storage?.persist?.();
  await clock.wind();
  addEventListener("hashchange", redraw);
  await lockScreen(opened);
}
