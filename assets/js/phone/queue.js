// Commands that wait for the server: numbered per case, sealed, kept until the day is over.
import { all, meta, write } from "./box.js";
import * as clock from "./clock.js";
import { openJson, sealJson } from "./seal.js";

const OPEN = ["waiting", "parked"];
/** Where a command leaves an order. */
const AFTER = { "order.accept": "taken", "order.check_in": "serving", "order.check_out": "served" };

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
  return write(async (stores, answer) => {
    const queued = await answer(stores.queue.getAll());
    const same = queued.find((c) => c.key === visit.key && c.verb === verb && (OPEN.includes(c.state) || c.state === "done"));
    if (same && verb !== "order.note") return same;
    const last = (await answer(stores.meta.get(`seq:${visit.key}`)))?.value ?? 0;
    const order = (await answer(stores.meta.get("order")))?.value ?? 0;
    const command = {
      id: uuid7(), key: visit.key, number: visit.number, verb, seq: last + 1, order: order + 1, made_at: new Date(Date.now()).toISOString(),
      offset_ms: clock.offsetMs(), base_version: visit.version, sealed, files: photos.map((p) => p.sm3), state: "waiting",
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

/** A command as the server takes it. */
export async function envelope({ id, key, verb, seq, made_at, offset_ms, base_version, sealed, files }) {
  const device = await meta("device");
  return { command_id: id, device, seq, made_at, offset_ms, key, base_version, verb, body: await openJson(sealed), files };
}

/** Notes the server's answers. */
export const judge = (answers) => write(async (stores, answer) => {
  for (const { command_id, result, was, code, text } of answers) {
    const command = await answer(stores.queue.get(command_id));
    if (command) stores.queue.put({ ...command, state: was ?? result, code, text });
  }
});

/** The order as it stands on this phone: the server's word and what was done here since. */
export function standing(visit, commands) {
  const mine = commands.filter((c) => c.key === visit.key && AFTER[c.verb] && [...OPEN, "done"].includes(c.state));
  const stages = ["offered", "taken", "serving", "served", "confirmed", "completed"];
  const later = mine.map((c) => AFTER[c.verb]).reduce((a, b) => (stages.indexOf(b) > stages.indexOf(a) ? b : a), visit.stage);
  return { stage: later, waiting: mine.some((c) => OPEN.includes(c.state)) };
}

/** Forgets judged commands of earlier days. */
export const tidy = (today) => write(async (stores, answer) => {
  for (const command of await answer(stores.queue.getAll())) {
    const day = clock.dayOf(Date.parse(command.made_at) + command.offset_ms);
    if (!OPEN.includes(command.state) && day < today) stores.queue.delete(command.id);
  }
});
