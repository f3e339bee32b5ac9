// What every page must pass: axe, fitting its window, staying on its own server; and its picture for the eye.
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { DESKTOP, PHONE } from './browser.mjs';

export const OUT = new URL('../out/', import.meta.url).pathname;
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails with a list when axe finds any violation of WCAG 2.0–2.2 A/AA. */
export async function axe(page) {
  await page.evaluate(axeSource); // the debugger may evaluate what the page's own CSP forbids
  const violations = await page.evaluate(async (tags) => {
    const result = await window.axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
    return result.violations.map((v) => ({
      id: v.id,
      help: v.help,
      nodes: v.nodes.map((n) => `${n.target.join(' ')}: ${n.any.concat(n.all, n.none).map((c) => c.message).join('; ')}`),
    }));
  }, TAGS);
  if (violations.length === 0) return;
  const list = violations.map((v) => `  ${v.id}: ${v.help}\n${v.nodes.slice(0, 5).map((n) => `    ${n}`).join('\n')}`);
  throw new Error(`axe finds ${violations.length} violations on ${page.url()}\n${list.join('\n')}`);
}

/** Fails when the page scrolls sideways at its present width. */
export async function fits(page) {
  const { wide, width, widest } = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const widest = [...document.body.querySelectorAll('*')]
      .filter((e) => e.getBoundingClientRect().right > width + 1)
      .slice(0, 5)
      .map((e) => `${e.tagName.toLowerCase()}.${String(e.className?.baseVal ?? e.className).replaceAll(' ', '.')}`);
    return { wide: document.documentElement.scrollWidth, width, widest };
  });
  if (wide > width + 1) throw new Error(`${page.url()} is ${wide} px wide in a ${width} px window: ${widest.join(', ')}`);
}

/** Saves e2e/out/NAME-desktop.png (1440×900) and NAME-phone.png (390×844); the page must fit both. */
export async function shot(page, name, { fullPage = false } = {}) {
  await mkdir(OUT, { recursive: true });
  const before = page.viewportSize();
  for (const [device, size] of [['desktop', DESKTOP], ['phone', PHONE]]) {
    await page.setViewportSize(size);
    await page.screenshot({ path: `${OUT}${name}-${device}.png`, fullPage, animations: 'disabled' });
    await fits(page);
  }
  await page.setViewportSize(before);
}

/** Fails when any page of this device asked another origin than its server for anything. */
export function noForeignRequests(page) {
  const { foreign, origin } = page.context();
  if (foreign.length) throw new Error(`${foreign.length} requests left ${origin}: ${[...new Set(foreign)].slice(0, 5).join(', ')}`);
}
