// Makes assets/dist: style sheets, scripts and the icon sprite, each with its content's hash in its name,
// gzipped beside itself, and a manifest that crates/web/build.rs reads. Run through `make assets` or `npm run build`.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync, constants } from "node:zlib";
import { PurgeCSS } from "purgecss";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const at = (...parts) => join(root, ...parts);

// One style sheet per door: the parts in the order in which they override each other.
const SHEETS = {
  "app.css": ["tokens", "base", "shell", "table", "form", "board", "roster", "chart", "circle", "print"],
  "portal.css": ["tokens", "base", "form", "portal", "print"],
  "phone.css": ["tokens", "base", "phone"],
};

// Tabler, reduced to the rules whose classes occur in our templates, sources and scripts.
async function tabler() {
  const [{ css }] = await new PurgeCSS().purge({
    content: [at("crates/*/templates/**/*.html"), at("crates/*/src/**/*.rs"), at("assets/js/**/*.js")],
    css: [at("node_modules/@tabler/core/dist/css/tabler.min.css")],
    variables: true,
    keyframes: true,
    fontFace: true,
    // Rules for themes and layouts that we do not offer.
    blocklist: [/^theme-/, /data-bs-theme/],
  });
  return css.replace(/@import[^;]+;/g, "").replace(/\/\*[\s\S]*?\*\//g, "");
}

// Columns of five minutes: a strict CSP forbids inline styles, so a timeline places its blocks by class.
const columns = () => Array.from({ length: 289 }, (_, n) => `.rt .x${n}{grid-column-start:${n + 1}}.rt .w${n}{grid-column-end:span ${n || 1}}`).join("")
  + Array.from({ length: 24 }, (_, n) => `.rt .h${n + 1}{grid-template-columns:repeat(${12 * (n + 1)},minmax(0,1fr));--hours:${n + 1}}`).join("");

async function sheets() {
  const base = await tabler();
  return Promise.all(Object.entries(SHEETS).map(async ([name, parts]) => {
    const own = parts.map((part) => readFileSync(at("assets/css", `${part}.css`), "utf8")).join("\n");
    const whole = name === "app.css" ? `${base}\n${own}\n${columns()}` : own;
    const { outputFiles } = await build({
      stdin: { contents: whole, loader: "css", resolveDir: at("assets/css") },
      minify: true, write: false, target: ["chrome100", "safari15", "firefox100"], legalComments: "none",
    });
    return [name, outputFiles[0].contents];
  }));
}

// `import english from "english"`: the English of the sentences in t("…") of our scripts, out of locales/en.json.
const english = {
  name: "english",
  setup(builder) {
    builder.onResolve({ filter: /^english$/ }, () => ({ path: "english", namespace: "english" }));
    builder.onLoad({ filter: /.*/, namespace: "english" }, () => {
      const words = JSON.parse(readFileSync(at("locales/en.json"), "utf8"));
      const scripts = readdirSync(at("assets/js"), { recursive: true }).filter((f) => f.endsWith(".js"));
      const said = scripts.flatMap((f) => [...readFileSync(at("assets/js", f), "utf8").matchAll(/\bt\("([^"]+)"/g)].map(([, zh]) => zh));
      return { contents: JSON.stringify(Object.fromEntries([...new Set(said)].sort().map((zh) => [zh, words[zh]]))), loader: "json" };
    });
  },
};

// Each file directly under assets/js is one script of its own; modules live in its sub-folders.
async function scripts() {
  const entries = readdirSync(at("assets/js")).filter((f) => f.endsWith(".js"));
  return Promise.all(entries.map(async (name) => {
    const { outputFiles } = await build({
      entryPoints: [at("assets/js", name)],
      bundle: true, minify: true, write: false, format: "iife", target: ["chrome100", "safari15", "firefox100"],
      legalComments: "none", charset: "utf8", plugins: [english],
    });
    return [name, outputFiles[0].contents];
  }));
}

function icons() {
  const names = readFileSync(at("assets/icons.txt"), "utf8").split("\n").map((l) => l.trim()).filter(Boolean);
  const symbols = names.map((name) => {
    const file = at("node_modules/@tabler/icons/icons/outline", `${name}.svg`);
    if (!existsSync(file)) throw new Error(`assets/icons.txt names “${name}”, which Tabler Icons do not have`);
    const paths = [...readFileSync(file, "utf8").matchAll(/<(path|circle|rect|line) [^>]*\/>/g)]
      .map(([tag]) => tag.replace(/\s*\/>$/, "/>").replace(/\s+/g, " "))
      .filter((tag) => !tag.includes('d="M0 0h24v24H0z"'));
    return `<symbol id="${name}" viewBox="0 0 24 24">${paths.join("")}</symbol>`;
  });
  return { names, sprite: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>` };
}

function images() {
  return readdirSync(at("assets/img")).map((name) => [name, readFileSync(at("assets/img", name))]);
}

function write(files, names) {
  const dist = at("assets/dist");
  const fresh = `${dist}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const manifest = { files: {}, icons: names };
  for (const [name, bytes] of files) {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
    const { name: stem, ext } = parse(name);
    const hashed = `${stem}-${hash}${ext}`;
    writeFileSync(join(fresh, hashed), bytes);
    writeFileSync(join(fresh, `${hashed}.gz`), gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
    manifest.files[name] = hashed;
    const packed = gzipSync(bytes).length;
    console.log(`${hashed.padEnd(32)} ${String(bytes.length).padStart(8)} bytes, ${String(packed).padStart(7)} gzipped`);
  }
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  writeFileSync(join(fresh, "manifest.json"), text);
  // Nothing changed: leave the folder alone, so that cargo has nothing to rebuild.
  if (existsSync(join(dist, "manifest.json")) && readFileSync(join(dist, "manifest.json"), "utf8") === text) {
    rmSync(fresh, { recursive: true, force: true });
    return;
  }
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
}

const { names, sprite } = icons();
write([...(await sheets()), ...(await scripts()), ["icons.svg", Buffer.from(sprite)], ...images()].sort(([a], [b]) => (a < b ? -1 : 1)), names);
