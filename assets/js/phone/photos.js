// Photos: shrunk to at most 300 KB, with a watermark, sealed on the disk at once; uploaded in pieces when there is a net.
import { all, get, put, write } from "./box.js";
import * as clock from "./clock.js";
import { open, seal } from "./seal.js";
import { sm3 } from "./sm3.js";

const MOST_BYTES = 300 * 1024;
const SIDES = [1280, 1024, 800, 640];
const QUALITIES = [0.82, 0.7, 0.55, 0.4];

const encoded = (canvas, quality) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));

function drawn(bitmap, side, lines) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const size = Math.max(14, Math.round(canvas.width / 32));
  pen.font = `600 ${size}px sans-serif`;
  pen.fillStyle = "rgba(0, 0, 0, .55)";
  pen.fillRect(0, canvas.height - lines.length * size * 1.4 - size, canvas.width, lines.length * size * 1.4 + size);
  pen.fillStyle = "#fff";
  lines.forEach((line, i) => pen.fillText(line, size * 0.6, canvas.height - (lines.length - i - 0.6) * size * 1.4));
  return canvas;
}

/** The browser cannot open the photo; `format` when it is one that browsers do not know. */
export class Unreadable extends Error {
  constructor(format) {
    super("unreadable");
    this.format = format;
  }
}

/** HEIC and HEIF say what they are in their first bytes, whatever the file is called. */
async function formatOf(file) {
  const head = new TextDecoder("latin1").decode(await file.slice(0, 32).arrayBuffer());
  const isHeic = head.slice(4, 8) === "ftyp" && /hei[cmsx]|hev[cmsx]|mif1|msf1/.test(head.slice(8));
  return isHeic || /hei[cf]/i.test(file.type) || /\.hei[cf]$/i.test(file.name ?? "") ? "HEIC" : undefined;
}

async function shrunk(file, lines) {
  let bitmap;
  try { bitmap = await createImageBitmap(file); } catch { throw new Unreadable(await formatOf(file)); }
  for (const side of SIDES) {
    const canvas = drawn(bitmap, side, lines);
    for (const quality of QUALITIES) {
      const blob = await encoded(canvas, quality);
      if (blob && blob.size <= MOST_BYTES) return blob;
    }
  }
  throw new Error("the photo stays too large");
}

/** Shrinks, marks, names and keeps a photo of a visit; it is on the disk when this returns. */
export async function take(file, visit, moment, watermark) {
  const bytes = new Uint8Array(await (await shrunk(file, watermark)).arrayBuffer());
  const photo = {
    sm3: sm3(bytes), key: visit.key, moment, bytes: bytes.length, at: new Date(Date.now()).toISOString(), state: "draft",
    ...(await seal(bytes)),
  };
  await write(async (stores, answer) => {
    // A photo taken anew replaces the draft of before.
    for (const old of await answer(stores.photos.getAll())) {
      if (old.state === "draft" && old.key === visit.key && old.moment === moment) stores.photos.delete(old.sm3);
    }
    stores.photos.put(photo);
  });
  return photo;
}

/** The photo of a visit's moment that no command spoke of yet. */
export const draft = async (key, moment) =>
  (await all("photos")).find((photo) => photo.state === "draft" && photo.key === key && photo.moment === moment);

/** Photos that wait for upload. */
export const waiting = async () => (await all("photos")).filter((photo) => photo.state === "waiting");

/** The content of a photo. */
export const content = async (photo) => new Uint8Array(await open(photo));

/** It is on the server: only its name stays here; or the server wants it no more, for a reason. */
export async function settle(photo, state, text) {
  const { sm3: name, key, moment, bytes, at } = (await get("photos", photo.sm3)) ?? photo;
  await put("photos", { sm3: name, key, moment, bytes, at, state, text });
}

/** Forgets drafts and settled photos of earlier days. */
export const tidy = (today) => write(async (stores, answer) => {
  for (const photo of await answer(stores.photos.getAll())) {
    if (photo.state !== "waiting" && clock.dayOf(Date.parse(photo.at) + clock.offsetMs()) < today) stores.photos.delete(photo.sm3);
  }
});
