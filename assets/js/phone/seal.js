// Persons' data on the phone: sealed with a random key that only the PIN opens. The key lives in memory while the page
// does. Five wrong PINs and everything is wiped.
import { meta, setMeta, wipe } from "./box.js";

const ROUNDS = 310_000;
const TRIES = 5;
let key;

const random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));

async function pinKey(pin, salt) {
  const base = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}

export const isOpen = () => key !== undefined;
export const hasPin = async () => (await meta("lock")) !== undefined;
export const close = () => { key = undefined; };

/** Makes the key and locks it with a PIN. */
export async function setPin(pin) {
  const [salt, iv] = [random(16), random(12)];
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
  const wrapped = await crypto.subtle.wrapKey("raw", fresh, await pinKey(pin, salt), { name: "AES-GCM", iv });
  await setMeta("lock", { salt, iv, wrapped, wrong: 0 });
  await unlock(pin);
}

/** Opens with a PIN: true, or how many tries are left; with none left everything is gone. */
export async function unlock(pin) {
  const lock = await meta("lock");
  // The try is counted before it is made, so that a kill in between gives none for free.
  await setMeta("lock", { ...lock, wrong: lock.wrong + 1 });
  try {
    const how = { name: "AES-GCM", iv: lock.iv };
    const kind = { name: "AES-GCM" };
    key = await crypto.subtle.unwrapKey("raw", lock.wrapped, await pinKey(pin, lock.salt), how, kind, false, ["encrypt", "decrypt"]);
  } catch {
    const left = TRIES - lock.wrong - 1;
    if (left <= 0) await wipe();
    return Math.max(left, 0);
  }
  await setMeta("lock", { ...lock, wrong: 0 });
  return true;
}

/** Seals bytes. */
export async function seal(bytes) {
  const iv = random(12);
  return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
}

/** Opens sealed bytes. */
export const open = ({ iv, sealed }) => crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed);

export const sealJson = (value) => seal(new TextEncoder().encode(JSON.stringify(value)));
export const openJson = async (box) => JSON.parse(new TextDecoder().decode(await open(box)));
