// Reads the main part aloud with the browser's own voice (no request leaves the machine) and marks what is read.
function blocks(main) {
  return [...main.querySelectorAll("h1, h2, p, dt, dd, li, label, legend, button, a, .huge")]
    .filter((element) => element.offsetParent !== null && element.textContent.trim())
    .filter((element, _, all) => !all.some((other) => other !== element && element.contains(other)));
}

export function startReading() {
  const button = document.querySelector("[data-read]");
  if (!button) return;
  if (!("speechSynthesis" in window)) { button.hidden = true; return; }
  const words = button.querySelector("[data-read-words]");
  let running = false;
  const stop = () => {
    running = false;
    speechSynthesis.cancel();
    document.querySelectorAll("mark.reading, .reading").forEach((element) => element.classList.remove("reading"));
    words.textContent = words.dataset.readWords;
    button.setAttribute("aria-pressed", "false");
  };
  const speak = (queue) => {
    if (!running || queue.length === 0) { stop(); return; }
    const [element, ...rest] = queue;
    const sentence = new SpeechSynthesisUtterance(element.textContent.trim());
    sentence.lang = document.documentElement.lang;
    sentence.rate = 0.85;
    element.classList.add("reading");
    element.scrollIntoView({ block: "nearest" });
    sentence.onend = () => { element.classList.remove("reading"); speak(rest); };
    sentence.onerror = stop;
    speechSynthesis.speak(sentence);
  };
  button.addEventListener("click", () => {
    if (running) { stop(); return; }
    running = true;
    words.textContent = words.dataset.stopWords;
    button.setAttribute("aria-pressed", "true");
    speak(blocks(document.body));
  });
  addEventListener("pagehide", stop);
}
