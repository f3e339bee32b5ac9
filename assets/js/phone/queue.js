// Commands that wait for the server: numbered per case, sealed, kept until the day is over.
import { all, meta, write } from "./box.js";
import * as clock from "./clock.js";
import { openJson, sealJson } from "./seal.js";

const OPEN = ["waiting", "parked"];
/** Where a command leaves an order. */
const AFTER = {
  "order.accept": "taken", "order.decline": "declined", "order.check_in": "serving", "order.check_out": "served", "order.abort": "aborted",
};
/** What cannot be taken back once it is sent stays here so long first. */
const HELD = ["order.check_out", "order.abort", "order.decline"];
const HOLD_MS = 10_000;
const ANSWERS = ["order.accept", "order.decline"];

function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let ms = Date.now();
  for (let i = 5; i >= 0; i -= 1) { bytes[i] = ms % 256; ms = Math.floor(ms / 256); }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/**
 * Keeps a command; when this returns it is on the disk, and its photos with it. A second tap finds the first one's and
 * adds nothing.
 */
export async function add(visit, verb, body, photos = []) {
  const sealed = await sealJson(body);
  const who = await sealJson({ name: visit.name, item: visit.item, at: visit.planned_at ?? visit.window_start });
  return write(async (stores, answer) => {
    const queued = await answer(stores.queue.getAll());
    const same = queued.find((c) => c.key === visit.key && c.verb === verb
      && (OPEN.includes(c.state) || (c.state === "done" && c.version > visit.version)));
    if (same && verb !== "order.note") return same;
    // Of two answers to one offer the first one stands, until it is taken back.
    const answered = ANSWERS.includes(verb) && queued.find((c) => c.key === visit.key && ANSWERS.includes(c.verb) && OPEN.includes(c.state));
    if (answered) return answered;
    const last = (await answer(stores.meta.get(`seq:${visit.key}`)))?.value ?? 0;
    const order = (await answer(stores.meta.get("order")))?.value ?? 0;
    const command = {
      id: uuid7(), key: visit.key, number: visit.number, verb, seq: last + 1, order: order + 1, made_at: new Date(Date.now()).toISOString(),
      offset_ms: clock.offsetMs(), base_version: visit.version, sealed, who,
      mark: clock.mark(), held_until: HELD.includes(verb) ? Date.now() + HOLD_MS : 0, files: photos.map((p) => p.sm3), state: "waiting",
    };
    stores.queue.put(command);
    stores.meta.put({ name: `seq:${visit.key}`, value: last + 1 });
    stores.meta.put({ name: "order", value: order + 1 });
    for (const photo of photos) stores.photos.put({ ...photo, state: "waiting" });
    return command;
  });
}

/** All commands of the day, oldest first. */
export const list = async () => (await all("queue")).sort((a, b) => a.order - b.order);

/** Commands that the server has not judged. */
export const open = async () => (await list()).filter((command) => OPEN.includes(command.state));

/** Milliseconds until a command may go; a clock that was set back holds nothing up. */
export const heldFor = (command) => {
  const left = command.state === "waiting" ? (command.held_until ?? 0) - Date.now() : 0;
  return left > HOLD_MS ? 0 : Math.max(left, 0);
};

/** Takes back the last command of a visit while it is held; its photos are drafts again. False when it is gone already. */
export const takeBack = (id) => write(async (stores, answer) => {
  const command = await answer(stores.queue.get(id));
  const last = command && (await answer(stores.meta.get(`seq:${command.key}`)))?.value;
  if (!command || heldFor(command) === 0 || last !== command.seq) return false;
  stores.queue.delete(id);
  stores.meta.put({ name: `seq:${command.key}`, value: command.seq - 1 });
  for (const sm3 of command.files) {
    const photo = await answer(stores.photos.get(sm3));
    if (photo?.state === "waiting") stores.photos.put({ ...photo, state: "draft" });
  }
  return true;
});

/** Whom a command was about, also when the visit is gone from the day. */
export const whom = async (command) => (command.who ? openJson(command.who) : { name: command.number, item: "" });

/** Somebody has read that a command was not accepted. */
export const seen = (id) => write(async (stores, answer) => {
  const command = await answer(stores.queue.get(id));
  if (command) stores.queue.put({ ...command, seen: true });
});

/** A command as the server takes it. */
export async function envelope({ id, key, verb, seq, made_at, offset_ms, base_version, sealed, files }) {
  const device = await meta("device");
  return { command_id: id, device, seq, made_at, offset_ms, key, base_version, verb, body: await openJson(sealed), files };
}

/** Notes the server's answers. */
export const judge = (answers) => write(async (stores, answer) => {
  for (const { command_id, result, was, code, text, version } of answers) {
    const command = await answer(stores.queue.get(command_id));
    if (command) stores.queue.put({ ...command, state: was ?? result, code, text, version });
  }
});

/** The order as it stands on this phone: the server's word and what was done here since. */
export function standing(visit, commands) {
  // What was done before the order was offered anew belongs to another round.
  const mine = commands.filter((c) => c.key === visit.key && AFTER[c.verb] && (OPEN.includes(c.state) || (c.state === "done" && c.version > visit.version)));
  const stages = ["offered", "taken", "serving", "served", "confirmed", "completed", "declined", "aborted"];
  const later = mine.map((c) => AFTER[c.verb]).reduce((a, b) => (stages.indexOf(b) > stages.indexOf(a) ? b : a), visit.stage);
  const held = mine.find((c) => heldFor(c) > 0);
  return { stage: later, waiting: mine.some((c) => OPEN.includes(c.state)), held };
}

/** Forgets judged commands of earlier days. */
export const tidy = (today) => write(async (stores, answer) => {
  for (const command of await answer(stores.queue.getAll())) {
    const day = clock.dayOf(Date.parse(command.made_at) + command.offset_ms);
    if (!OPEN.includes(command.state) && day < today) stores.queue.delete(command.id);
  }
});
