// Measures the care circle of a city through its own doors: starts `sangyu serve`, signs in, counts the city, and asks
// for pages, map, grounds, "what if one stood here", sheet, report and siting. Writes a table in Markdown.
//
//   node bench/circle.mjs SANGYU DATA      (a demo city: sangyu demo --elders 690000 --orders 0 --data DATA)
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './browser.mjs';
import { cpuSeconds } from './proc.mjs';

const [sangyu, data] = process.argv.slice(2);
const ASKED = Number(process.env.ASKED ?? 60);
const KINDS = ['community', 'canteen', 'happiness_house', 'community_station'];
const GROUPS = ['all', 'aged', 'alone'];

const child = spawn(sangyu, ['serve', '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] });
let origin;
for await (const line of createInterface({ input: child.stdout })) {
  origin = line.match(/listening on (http:\S+)/)?.[1];
  if (origin) break;
}
child.stdout.resume();

const peak = () => Number(readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024;
const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const rows = [];

/** Asks a question several times, one at a time; `ask` gets a number that never comes twice. */
async function measure(what, ask, asked = ASKED) {
  const times = [];
  const before = cpuSeconds(child.pid);
  let bytes = 0;
  for (let number = 0; number < asked; number += 1) {
    const begun = performance.now();
    bytes = Math.max(bytes, await ask(number));
    times.push(performance.now() - begun);
  }
  const cpu = ((cpuSeconds(child.pid) - before) * 1000) / asked;
  const first = times[0];
  times.sort((a, b) => a - b);
  rows.push([what, first, quantile(times, 0.5), quantile(times, 0.95), times.at(-1), cpu, bytes / 1024]);
  console.error(`${what}: first ${first.toFixed(1)} p50 ${quantile(times, 0.5).toFixed(1)} p95 ${quantile(times, 0.95).toFixed(1)} worst ${times.at(-1).toFixed(1)} ms, CPU ${cpu.toFixed(1)} ms, ${(bytes / 1024).toFixed(0)} KiB`);
}

/** Waits until the platform does nothing. */
async function calm() {
  for (;;) {
    const before = cpuSeconds(child.pid);
    await sleep(4_000);
    if (cpuSeconds(child.pid) - before < 0.15) return;
  }
}

/** Asks as a browser does; how many packed bytes came. */
const lives = async (browser, path) => (await browser.page(path)).body.length;

try {
  const browser = await Browser.signIn(origin, 'city');
  const begun = performance.now();
  await calm();
  console.error(`calm after ${((performance.now() - begun) / 1000).toFixed(1)} s, peak ${peak().toFixed(0)} MiB, CPU ${cpuSeconds(child.pid).toFixed(1)} s`);
  const counted = async () => (await browser.json('/api/v1/circle/4110')).counted_at;
  if (process.env.COUNT !== '0') {
    const [before, cpu, start] = [await counted(), cpuSeconds(child.pid), performance.now()];
    await browser.form('/circle/4110/count', {});
    while ((await counted()) === before) await sleep(200);
    console.error(`count: ${((performance.now() - start) / 1000).toFixed(1)} s, CPU ${(cpuSeconds(child.pid) - cpu).toFixed(1)} s, peak ${peak().toFixed(0)} MiB`);
    await calm();
  }
  const county = (await browser.json('/api/v1/circle/4110')).inside[0].place;
  const look = (number) => `kind=${KINDS[number % KINDS.length]}&group=${GROUPS[Math.floor(number / KINDS.length) % GROUPS.length]}&minutes=15`;
  for (const place of ['4110', county]) {
    await measure(`page ${place}`, (number) => lives(browser, `/circle/${place}?${look(number)}`));
    await measure(`map ${place}`, (number) => lives(browser, `/circle/${place}/map?${look(number)}`));
    await measure(`figures as JSON ${place}`, (number) => lives(browser, `/api/v1/circle/${place}?${look(number)}`));
    await measure(`sheet ${place}`, (number) => lives(browser, `/circle/${place}/export?${look(number)}`), 12);
    await measure(`report ${place}`, (number) => lives(browser, `/circle/${place}/print?${look(number)}`), 12);
    const map = await browser.json(`/circle/${place}/map?kind=community&minutes=15&group=all`);
    const [w, s, e, n] = map.bounds;
    const at = (number, low, high) => low + (high - low) * ((number * 0.6180339887498949) % 1);
    const answered = async (number, minutes) => {
      const [x, y] = [at(number, w, e), at(number * 7 + 3, s, n)];
      return lives(browser, `/circle/${place}/try?x=${x.toFixed(1)}&y=${y.toFixed(1)}&kind=community&minutes=${minutes}&group=all`).catch(() => 0);
    };
    await measure(`what if, 15 min ${place}`, (number) => answered(number, 15), 200);
    await measure(`what if, 5 min ${place}`, (number) => answered(number, 5), 200);
    await measure(`ground of a view of 8 km ${place}`, (number) => {
      const [x, y] = [at(number, w, e), at(number * 7 + 3, s, n)].map(Math.round);
      return lives(browser, `/circle/${place}/ground?w=${x - 4000}&s=${y - 3000}&e=${x + 4000}&n=${y + 3000}&kind=community&minutes=15&group=all`);
    });
    await measure(`streets of a square ${place}`, (number) => {
      const [x, y] = [at(number, w, e), at(number * 7 + 3, s, n)].map((metres) => Math.floor(metres / 2000));
      return lives(browser, `/circle/${place}/streets/${x}/${y}`);
    });
  }
  for (const [place, count] of [[county, 3], ['4110', 3], ['4110', 20]]) {
    const start = performance.now();
    let siting = JSON.parse((await browser.post(`/api/v1/circle/${place}/sitings`, { kind: 'community', minutes: 15, group: 'all', count }, [202])).body);
    while (siting.state === 'running') {
      await sleep(100);
      siting = await browser.json(`/api/v1/circle/${place}/sitings/${siting.key}`);
    }
    const { answer } = siting;
    console.error(`siting ${place} ${count}: ${((performance.now() - start) / 1000).toFixed(1)} s, ${answer?.took_millis} ms in the engine, ${answer?.candidates} candidates, gained ${answer?.gained}, at most ${answer?.better_percent?.toFixed(2)} % better ${siting.note}`);
  }
  console.error(`peak ${peak().toFixed(0)} MiB`);
  console.log('| question | first | p50 | p95 | worst | CPU | KiB |\n|---|---|---|---|---|---|---|');
  for (const [what, ...numbers] of rows) console.log(`| ${what} | ${numbers.map((number) => number.toFixed(number < 100 ? 1 : 0)).join(' | ')} |`);
} finally {
  child.kill('SIGTERM');
}
