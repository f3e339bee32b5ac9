// Which part of the ground is seen: a middle in metres and a scale, moved by mouse, touch, wheel and keys.

const MOST = 2; // pixels a metre
const STEP = 1.6;

export class View {
  constructor(box, canvas) {
    this.box = box;
    this.canvas = canvas;
    this.middle = [0, 0];
    this.scale = 0.02;
    this.least = 0.001;
    this.pointers = new Map();
    this.onMove = () => {};
    this.onPress = () => false;
    this.onDrag = () => {};
    this.onRelease = () => {};
    this.onTap = () => {};
    this.#listen();
  }

  get size() {
    return [this.box.clientWidth, this.box.clientHeight];
  }

  /** Metres from edge to edge. */
  get width() {
    return this.size[0] / this.scale;
  }

  /** West, south, east, north in metres. */
  get window() {
    const [w, h] = this.size.map((side) => side / this.scale / 2);
    const [x, y] = this.middle;
    return [x - w, y - h, x + w, y + h];
  }

  toScreen([x, y]) {
    const [w, h] = this.size;
    return [(x - this.middle[0]) * this.scale + w / 2, h / 2 - (y - this.middle[1]) * this.scale];
  }

  toGround([x, y]) {
    const [w, h] = this.size;
    return [(x - w / 2) / this.scale + this.middle[0], (h / 2 - y) / this.scale + this.middle[1]];
  }

  /** Brings a place into the middle, near enough to see its streets. */
  go(middle, metres = this.width) {
    this.isWhole = false;
    this.middle = middle;
    this.scale = Math.max(this.scale, this.size[0] / metres);
    this.onMove();
  }

  /** Shows a rectangle whole. */
  fit([w, s, e, n]) {
    const [wide, high] = this.size;
    this.bounds = [w, s, e, n];
    this.middle = [(w + e) / 2, (s + n) / 2];
    this.scale = Math.min(MOST, wide / Math.max(1, e - w), high / Math.max(1, n - s)) * 0.94;
    this.least = this.scale / 3;
    this.onMove();
    this.isWhole = true;
  }

  zoom(factor, at = this.size.map((side) => side / 2)) {
    this.isWhole = false;
    const before = this.toGround(at);
    this.scale = Math.min(MOST, Math.max(this.least, this.scale * factor));
    const after = this.toGround(at);
    this.middle = this.middle.map((value, axis) => value + before[axis] - after[axis]);
    this.onMove();
  }

  pan(dx, dy) {
    this.isWhole = false;
    this.middle = [this.middle[0] - dx / this.scale, this.middle[1] + dy / this.scale];
    this.onMove();
  }

  #at(event) {
    const rect = this.canvas.getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top];
  }

  #listen() {
    const { canvas } = this;
    canvas.addEventListener("wheel", (event) => {
      // A page scrolls past the map; with Ctrl, or once the map has the focus, the wheel zooms.
      if (!event.ctrlKey && document.activeElement !== this.box) return;
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), this.#at(event));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#moved(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.#up(event));
    this.box.addEventListener("keydown", (event) => this.#key(event));
    // What was seen whole stays so when the window changes.
    new ResizeObserver(() => (this.isWhole ? this.fit(this.bounds) : this.onMove())).observe(this.box);
  }

  #down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.#at(event);
    this.pointers.set(event.pointerId, at);
    this.travelled = 0;
    this.holds = this.pointers.size === 1 && this.onPress(at);
  }

  #moved(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const at = this.#at(event);
    this.pointers.set(event.pointerId, at);
    const [dx, dy] = [at[0] - before[0], at[1] - before[1]];
    this.travelled += Math.hypot(dx, dy);
    if (this.pointers.size === 2) return this.#pinch(event.pointerId, before, at);
    if (this.holds) this.onDrag(at);
    else this.pan(dx, dy);
  }

  #pinch(id, before, at) {
    const other = [...this.pointers].find(([key]) => key !== id)[1];
    const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
    this.zoom(apart(at) / Math.max(1, apart(before)), [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2]);
  }

  #up(event) {
    const at = this.pointers.get(event.pointerId);
    this.pointers.delete(event.pointerId);
    if (!at) return;
    if (this.holds) this.onRelease(at);
    else if (this.travelled < 6 && event.type === "pointerup" && this.pointers.size === 0) this.onTap(at);
    this.holds = false;
  }

  #key(event) {
    const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (steps[event.key] && !event.shiftKey) this.pan(...steps[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "0" && this.bounds) this.fit(this.bounds);
    else if (!this.onKey?.(event)) return;
    event.preventDefault();
  }
}

export { STEP };
