// Runs the journeys of e2e/journeys one after the other: `node e2e/run.mjs [part of a name]…`
import { mkdir, readdir } from 'node:fs/promises';
import { closeBrowsers } from './harness/browser.mjs';
import { OUT } from './harness/checks.mjs';
import { Journey } from './harness/journey.mjs';
import { removeWorkFolder } from './harness/server.mjs';

const TIMEOUT_SECS = 180;
const folder = new URL('./journeys/', import.meta.url);

const wanted = process.argv.slice(2);
const names = (await readdir(folder))
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -'.mjs'.length))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();

async function within(secs, promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`took over ${secs} s`)), secs * 1000); });
  try { return await Promise.race([promise, late]); } finally { clearTimeout(timer); }
}

/** Runs one journey; answers why it failed, or nothing. */
async function failure(name) {
  const journey = new Journey(name);
  try {
    const { default: walk } = await import(new URL(`${name}.mjs`, folder));
    await within(TIMEOUT_SECS, walk(journey));
    const problems = journey.problems();
    if (problems.length) throw new Error(`beside the journey:\n${[...new Set(problems)].slice(0, 20).map((p) => `  ${p}`).join('\n')}`);
  } catch (error) {
    await journey.shootFailure();
    const logs = journey.servers.map((server) => `\n  the server's last lines:\n${server.tail()}`);
    const others = journey.problems().slice(0, 10).map((p) => `\n  also: ${p}`);
    return `${error.stack ?? error}${others.join('')}${logs.join('')}`;
  } finally {
    await journey.finish();
  }
}

await mkdir(OUT, { recursive: true });
let passed = 0;
let failed = 0;
for (const name of names) {
  const start = performance.now();
  const why = await failure(name);
  const secs = ((performance.now() - start) / 1000).toFixed(1);
  console.log(why ? `not ok ${name} (${secs} s)\n${why}` : `ok ${name} (${secs} s)`);
  if (why) failed += 1; else passed += 1;
}
await closeBrowsers();
await removeWorkFolder();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
