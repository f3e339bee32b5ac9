// The phone's service worker: keeps the shell (page, style, script, icons) so that /m opens without a network. It never
// keeps answers that hold data. The server puts `self.SHELL = { version, files }` in front of it.
const { version, files } = self.SHELL;
const CACHE = `shell-${version}`;
const PATIENCE_MS = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(files)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("shell-") && name !== CACHE);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

// A page belongs to its version: it is kept only when it asks for the very files that are kept with it. One of a newer
// version is shown, but waits for its own service worker to be kept, whole.
const named = files.filter((file) => /\/phone-[^/]*\.(js|css)$/.test(file));
async function keep(cache, response) {
  const text = await response.text();
  if (!named.every((file) => text.includes(file))) return;
  await cache.put("/m", new Response(text, { headers: response.headers }));
}

// The page from the server when it answers soon, else the kept one; with the page its language is renewed.
async function page(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match("/m");
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
  const fresh = fetch(request).then((response) => {
    if (response.ok && !response.redirected) keep(cache, response.clone()).catch(() => {});
    return response;
  }, () => kept ?? Response.error());
  return kept ? (await Promise.race([fresh, late])) ?? fresh : fresh;
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === "/m") event.respondWith(page(event.request));
  else if (files.includes(url.pathname)) {
    event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
  }
});
