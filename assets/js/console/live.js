// Live topics. The server says only “topic changed” (SSE, event "topic", data = the topic's name); each element with
// data-live="topic …" and hx-get fetches itself again through its own scope (hx-trigger="sy:live").
// While the stream is away, elements refresh by polling; without JavaScript, pages simply reload by hand.
const POLL_MS = 10_000;
const GATHER_MS = 120; // several changes in one breath become one fetch

let pending = new Set();
let gathering = 0;
let polling = 0;

function elementsOf(topic) {
  return [...document.querySelectorAll("[data-live]")].filter((element) => element.dataset.live.split(/\s+/).includes(topic));
}

function flush() {
  const elements = new Set([...pending].flatMap(elementsOf));
  pending = new Set();
  gathering = 0;
  for (const element of elements) element.dispatchEvent(new CustomEvent("sy:live", { bubbles: false }));
}

function changed(topic) {
  document.dispatchEvent(new CustomEvent("sy:topic", { detail: { topic } }));
  pending.add(topic);
  if (!gathering) gathering = setTimeout(flush, GATHER_MS);
}

function topics() {
  return new Set([...document.querySelectorAll("[data-live]")].flatMap((element) => element.dataset.live.split(/\s+/)));
}

function poll(on) {
  if (on && !polling) polling = setInterval(() => topics().forEach(changed), POLL_MS);
  if (!on && polling) { clearInterval(polling); polling = 0; }
}

function standing(state) {
  document.documentElement.dataset.stream = state;
  for (const element of document.querySelectorAll("[data-stream-word]")) {
    element.hidden = element.dataset.streamWord !== state;
  }
}

function listen() {
  const stream = new EventSource("/live");
  let lost = false;
  stream.addEventListener("topic", (message) => changed(message.data));
  stream.addEventListener("open", () => {
    poll(false);
    standing("open");
    if (lost) topics().forEach(changed); // what happened while the stream was away
    lost = false;
  });
  stream.addEventListener("error", () => {
    lost = true;
    standing("away");
    poll(true);
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, POLL_MS);
  });
  stream.addEventListener("end", () => { stream.close(); poll(false); });
  addEventListener("pagehide", () => stream.close(), { once: true });
}

// What a page fetches by itself (a topic changed, a clock ticked) is nobody at the desk: it must not renew the session.
function mark(event) {
  const type = event.detail.triggeringEvent?.type;
  if (!type || type.startsWith("sy:") || type.startsWith("hx:poll")) event.detail.headers["X-By-Itself"] = "1";
}

export function startLive() {
  document.addEventListener("htmx:configRequest", mark);
  if (topics().size === 0) return;
  if (!("EventSource" in window)) { poll(true); return; }
  listen();
}
