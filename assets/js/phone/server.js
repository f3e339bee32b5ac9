// Talks to the server: queue first, then photos, then the day. Tries again by itself, more and more rarely.
import * as box from "./box.js";
import * as clock from "./clock.js";
import * as photos from "./photos.js";
import * as queue from "./queue.js";
import { close, openJson, sealJson } from "./seal.js";

const PIECE = 256 * 1024;
const BATCH = 50;
const PAUSES_MS = [2000, 4000, 8000, 15_000, 30_000, 60_000];
/** The day is asked for anew at least so often while there is a net. */
const ROUND_MS = 60_000;
/** With nothing to send the phone reports itself so often: it learns of its revocation. */
const REPORT_MS = 300_000;

export const status = { online: true, session: true, foreign: 0 };
let csrf;
let reportedAt = 0;
let running;
let fails = 0;
let timer;
let changed = () => {};

class Refused extends Error {
  constructor(response, problem) {
    super(problem?.title ?? String(response.status));
    Object.assign(this, { status: response.status, code: problem?.code });
  }
}

async function ask(path, options = {}) {
  const headers = { accept: "application/json", ...(csrf && { "x-csrf-token": csrf }), ...options.headers };
  const sentAt = Date.now();
  const response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options, headers });
  const isJson = response.headers.get("content-type")?.includes("json");
  const told = isJson ? await response.json() : undefined;
  if (!response.ok || !told) throw new Refused(response, told);
  if (told.now) await clock.measure(told.now, sentAt, Date.now());
  return told;
}

const post = (path, body) =>
  ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** The day from the server; needs no key, so it can be asked for before there is a PIN. */
export async function askDay() {
  const day = await ask("/api/v1/m/day");
  csrf = day.csrf;
  return day;
}

/** Registers the phone or prolongs its offline time. */
export async function register() {
  const known = await box.meta("device");
  const { device, until } = await post("/api/v1/devices", { device: known ?? null });
  await box.setMeta("device", device);
  await box.setMeta("until", until);
}

/** What stood on the phone and is not in the new pack: called off, or given to somebody else. What this phone itself gave
 * back or finished is no news. */
async function missing(old, day) {
  if (!old) return [];
  const commands = await queue.list();
  const kept = new Set(day.orders.map((order) => order.key));
  const open = (order) => ["offered", "taken", "serving"].includes(queue.standing(order, commands).stage);
  const over = (order) => Date.parse(order.window_end) < clock.now() && order.stage !== "serving";
  return old.orders.filter((order) => !kept.has(order.key) && open(order) && !over(order))
    .map(({ key, name, item, planned_at, window_start }) => ({ key, name, item, at: planned_at ?? window_start }));
}

/** What was taken off the day and nobody has read yet. */
export async function news() {
  const sealed = await box.meta("news");
  return sealed ? openJson(sealed) : [];
}

/** Somebody has read it. */
export async function dismissNews(key) {
  await box.setMeta("news", await sealJson((await news()).filter((one) => one.key !== key)));
}

async function tell(found, day) {
  const back = new Set(day.orders.map((order) => order.key));
  const all = [...(await news()).filter((one) => !back.has(one.key) && !found.some((other) => other.key === one.key)), ...found];
  await box.setMeta("news", await sealJson(all.filter((one) => clock.dayOf(Date.parse(one.at)) >= day.day)));
}

export async function keepDay(day) {
  const today = day.day;
  await tell(await missing(await keptDay(), day), day);
  await box.setMeta("pack", { day: today, until: day.until, ...(await sealJson(day)) });
  await queue.tidy(today);
  await photos.tidy(today);
}

/** What outlives the end of a day: a visit that runs, and one whose time has not passed. A day is not a container. */
async function outlives(day) {
  const commands = await queue.list();
  const runs = (order) => {
    const { stage } = queue.standing(order, commands);
    return stage === "serving" || (stage === "taken" && Date.parse(order.window_start) < Date.parse(day.until) && Date.parse(order.window_end) > clock.now());
  };
  return day.orders.filter(runs);
}

/** The kept day; after its end what still runs, and when nothing does it is gone from the phone. */
export async function keptDay() {
  const pack = await box.meta("pack");
  if (!pack) return undefined;
  const granted = Date.parse((await box.meta("until")) ?? pack.until);
  if (clock.now() < Math.min(Date.parse(pack.until), granted)) return openJson(pack);
  if (clock.now() < granted) {
    const day = await openJson(pack);
    const orders = await outlives(day);
    if (orders.length > 0) return { ...day, orders };
  }
  await box.setMeta("pack", undefined);
  return undefined;
}

/** Whether a command comes before the first held one of its case. */
const isBefore = (command, open) => command.seq < Math.min(...open.filter((other) => other.key === command.key && queue.heldFor(other) > 0).map((other) => other.seq));

async function sendCommands() {
  // What is held can still be taken back; what comes after it in its case waits with it.
  const open = await queue.open();
  const held = new Set(open.filter((command) => queue.heldFor(command) > 0).map((command) => command.key));
  const waiting = open.filter((command) => !held.has(command.key) || (queue.heldFor(command) === 0 && isBefore(command, open)));
  if (waiting.length === 0 && (open.length > 0 || Date.now() - reportedAt < REPORT_MS)) return false;
  const device = await box.meta("device");
  const batch = waiting.slice(0, BATCH);
  const commands = await Promise.all(batch.map(queue.envelope));
  const told = await post("/api/v1/commands", { device, pending: open.length - batch.length, commands });
  // Somebody else signed in on this phone: what its owner did and nobody sent yet must not be lost.
  status.foreign = told.device === "foreign" ? waiting.length : 0;
  if (status.foreign > 0) throw new Error("another account's phone");
  if (told.device === "revoked" || told.device === "foreign") {
    await box.wipe();
    close();
    location.reload();
    return false;
  }
  reportedAt = Date.now();
  await queue.judge(told.answers);
  return told.answers.length > 0 && waiting.length > batch.length;
}

async function sendPhoto(photo) {
  const content = await photos.content(photo);
  let offset = 0;
  for (;;) {
    const piece = content.slice(offset, offset + PIECE);
    const at = `/api/v1/files/${photo.sm3}?key=${encodeURIComponent(photo.key)}&offset=${offset}&total=${content.length}`;
    const { received, complete } = await ask(at, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: piece });
    if (complete) return;
    offset = received;
  }
}

async function sendPhotos() {
  // A photo of a step that may still be taken back is a draft again then.
  const held = new Set((await queue.open()).filter((command) => queue.heldFor(command) > 0).flatMap((command) => command.files));
  for (const photo of await photos.waiting()) {
    if (held.has(photo.sm3)) continue;
    try {
      await sendPhoto(photo);
      await photos.settle(photo, "sent");
    } catch (refused) {
      // The server will never want it: tell, and do not hold up the others.
      if (![404, 413, 422].includes(refused.status)) throw refused;
      await photos.settle(photo, "refused", refused.message);
    }
  }
}

/** Sends what waits before anything else is asked for: the first seconds of a bad network belong to it. The token of the
 * kept day serves for that; when it is over, the day brings a new one. */
async function sendFirst() {
  const kept = csrf ? undefined : await keptDay();
  csrf ??= kept?.csrf;
  if (!csrf || !(await box.meta("device")) || (await queue.open()).length === 0) return;
  try { await sendCommands(); } catch (refused) {
    if (![401, 403].includes(refused.status)) throw refused;
    csrf = undefined;
  }
}

async function round() {
  await sendFirst();
  const day = await askDay();
  status.session = true;
  const until = await box.meta("until");
  if (!until || Date.parse(until) - clock.now() < 12 * 3_600_000) await register();
  const hadWork = (await queue.open()).length > 0;
  while (await sendCommands());
  changed();
  await sendPhotos();
  await keepDay(hadWork ? await askDay() : day);
}

async function attempt() {
  try {
    await round();
    status.online = true;
    fails = 0;
  } catch (error) {
    fails += 1;
    status.online = error instanceof Refused;
    if (error.status === 401) status.session = false;
  }
}

/** How long to wait for the next round: no longer than until what is held may go. */
async function pauseMs() {
  const usual = fails > 0 ? PAUSES_MS[Math.min(fails - 1, PAUSES_MS.length - 1)] : ROUND_MS;
  // What was held while the round ran and is not any more goes soon.
  const left = (await queue.open()).filter((command) => command.state === "waiting").map(queue.heldFor);
  return left.length > 0 ? Math.min(usual, Math.max(Math.min(...left) + 200, PAUSES_MS[0])) : usual;
}

async function attemptAndRest() {
  await attempt();
  running = undefined;
  clearTimeout(timer);
  timer = setTimeout(sync, await pauseMs().catch(() => ROUND_MS));
  changed();
}

/** One round now, or the one that runs. Never throws: the screen tells how it went. */
export function sync() {
  clearTimeout(timer);
  running ??= attemptAndRest();
  return running;
}

/** Keeps sending while the page lives; `tell` is called whenever something may have changed. */
export function keepSending(tell) {
  changed = tell;
  addEventListener("online", () => { fails = 0; sync(); });
  addEventListener("offline", () => { status.online = false; changed(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) sync(); });
  return sync();
}
