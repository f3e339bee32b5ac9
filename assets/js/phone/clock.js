// True time: the phone's clock plus what the last contact with the server said.
import { meta, setMeta } from "./box.js";

let offset = 0;

export async function wind() { offset = (await meta("offset")) ?? 0; }
export const offsetMs = () => offset;
/** Now, corrected, in milliseconds. */
export const now = () => Date.now() + offset;

/** Measures the clock at a contact: the server's time lies in the middle of the way there and back. */
export async function measure(serverIso, sentAt, gotAt) {
  offset = Math.round(Date.parse(serverIso) - (sentAt + gotAt) / 2);
  await setMeta("offset", offset);
}

/** The Shanghai day of a moment: 2026-11-22. */
export const dayOf = (ms) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);
