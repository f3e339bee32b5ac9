// Somebody else's map under our own: its pictures, of the window and as detailed as the scale asks for. A picture that does
// not come leaves our own ground.

const DEGREE = (6371008.8 * Math.PI) / 180;
const AROUND = 2 * Math.PI * 6378137;
const SIDE = 256;
const DEEPEST = 18;
const KEPT = 300;

const north = (row, count) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / count))) * 180) / Math.PI;

export class Tiles {
  constructor(template, onCome) {
    this.template = template;
    this.onCome = onCome;
    this.pictures = new Map();
  }

  #picture(z, x, y) {
    const key = `${z}/${x}/${y}`;
    let picture = this.pictures.get(key);
    if (!picture) {
      if (this.pictures.size > KEPT) this.pictures.delete(this.pictures.keys().next().value);
      picture = new Image();
      picture.decoding = "async";
      picture.addEventListener("load", this.onCome);
      picture.src = this.template.replaceAll("{z}", z).replaceAll("{x}", x).replaceAll("{y}", y);
      this.pictures.set(key, picture);
    }
    return picture;
  }

  /** Pictures of a window with where they lie: west, south, east, north in metres from the origin in degrees. */
  of([lon, lat], [w, s, e, n], scale) {
    const wide = Math.cos((lat * Math.PI) / 180);
    const z = Math.max(3, Math.min(DEEPEST, Math.round(Math.log2((AROUND * wide * scale) / SIDE))));
    const count = 2 ** z;
    const column = (x) => ((lon + x / (DEGREE * wide) + 180) / 360) * count;
    const row = (y) => {
      const angle = ((lat + y / DEGREE) * Math.PI) / 180;
      return ((1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2) * count;
    };
    const found = [];
    for (let x = Math.floor(column(w)); x <= column(e); x += 1) {
      for (let y = Math.floor(row(n)); y <= row(s); y += 1) {
        if (x < 0 || y < 0 || x >= count || y >= count) continue;
        const metres = (at) => ((at / count) * 360 - 180 - lon) * DEGREE * wide;
        found.push({ picture: this.#picture(z, x, y), box: [metres(x), (north(y + 1, count) - lat) * DEGREE, metres(x + 1), (north(y, count) - lat) * DEGREE] });
      }
    }
    return found;
  }
}
