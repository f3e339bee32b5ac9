// The phone's own store (IndexedDB). A write is over when it is on the disk: what the screen calls saved survives a kill.
const STORES = { meta: { keyPath: "name" }, queue: { keyPath: "id" }, photos: { keyPath: "sm3" } };
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("sangyu-phone", 1);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES)) request.result.createObjectStore(name, options);
    };
    request.onsuccess = () => {
      // A full disk may close it under our feet; the next one who asks opens it anew.
      request.result.onclose = () => { opened = undefined; };
      resolve(request.result);
    };
    request.onerror = () => { opened = undefined; reject(request.error); };
  });
  return opened;
}

/** What the disk could not take. The browser's own words for it differ: quota, an aborted write, a closed database. */
export const isFull = (error) => ["QuotaExceededError", "AbortError", "InvalidStateError", "UnknownError"].includes(error?.name);

const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** Runs `work(stores)` in one write; answers its result once everything is durable. `work` awaits requests only. */
export async function write(work) {
  const db = await open();
  let tx;
  try { tx = db.transaction(Object.keys(STORES), "readwrite", { durability: "strict" }); } catch (error) {
    opened = undefined;
    throw error;
  }
  const over = new Promise((resolve, reject) => {
    tx.oncomplete = resolve;
    tx.onabort = () => reject(tx.error ?? new Error("aborted"));
  });
  const stores = Object.fromEntries(Object.keys(STORES).map((name) => [name, tx.objectStore(name)]));
  try {
    const result = await work(stores, answer);
    await over;
    return result;
  } catch (error) {
    try { tx.abort(); } catch { /* it is over already */ }
    over.catch(() => {});
    if (error?.name === "InvalidStateError") opened = undefined;
    throw error;
  }
}

export async function get(store, key) {
  const db = await open();
  return answer(db.transaction(store).objectStore(store).get(key));
}

export async function all(store) {
  const db = await open();
  return answer(db.transaction(store).objectStore(store).getAll());
}

export const put = (store, value) => write((stores) => { stores[store].put(value); });

/** One value of the phone's own; undefined when it is not there. */
export const meta = async (name) => (await get("meta", name))?.value;
export const setMeta = (name, value) => put("meta", { name, value });

/** Forgets everything: persons, queue, photos, keys. */
export const wipe = () => write((stores) => { for (const store of Object.values(stores)) store.clear(); });
