// True time: the phone's clock plus what the last contact with the server said. And what the clock itself cannot say: how
// long something took while the page lives, and whether somebody set the clock back meanwhile.
import { meta, setMeta } from "./box.js";

/** A clock that is behind what it showed before by more was set back. */
const BACK_MS = 120_000;
/** This page's life: times of its running clock are compared within it only. */
const LIFE = crypto.randomUUID();
let offset = 0;
let latest = 0;

export const offsetMs = () => offset;
/** Now, corrected, in milliseconds. */
export const now = () => Date.now() + offset;

export async function wind() {
  offset = (await meta("offset")) ?? 0;
  latest = (await meta("latest")) ?? 0;
}

/** The phone showed a later time before: since then nobody knows what time it is, until there is a network. */
export const wentBack = () => latest > 0 && now() < latest - BACK_MS;

/** Remembers the latest time that was shown. */
export async function remember() {
  if (now() <= latest) return;
  latest = now();
  await setMeta("latest", latest);
}

/** Measures the clock at a contact: the server's time lies in the middle of the way there and back. */
export async function measure(serverIso, sentAt, gotAt) {
  offset = Math.round(Date.parse(serverIso) - (sentAt + gotAt) / 2);
  latest = now();
  await setMeta("offset", offset);
  await setMeta("latest", latest);
}

/** A mark on the running clock. */
export const mark = () => ({ life: LIFE, ms: performance.now() });
/** Milliseconds since a mark; none when the page was opened anew since. */
export const since = (then) => (then?.life === LIFE ? Math.round(performance.now() - then.ms) : undefined);

/** The Shanghai day of a moment: 2026-11-22. */
export const dayOf = (ms) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);
