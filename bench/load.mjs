// Measures a platform through its own doors: starts `sangyu serve`, signs in, and asks each question many times, one at
// a time and several at once. Adds a line of JSON for each to a file.
//
//   node bench/load.mjs SANGYU DATA SHEET ELDERS LABELS RESULTS COUNTY_SHEET
//
// LABELS is JSON that goes into every line ({"engine":"sqlite","elders":69000,…}). In the environment: PARTS, of "requests"
// (the questions), "dashboards" (those among them) and "living" (COUNTY_SHEET, of new people, is imported while orders are
// placed); ONLY, a pattern that the questions asked must match; POSTMASTER, the id of PostgreSQL's first process.
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from './browser.mjs';
import { cpuSeconds, familyCpuSeconds } from './proc.mjs';
import { people } from './sheet.mjs';

const [sangyu, data, sheet, elders, labels, results, countySheet] = process.argv.slice(2);
const postmaster = process.env.POSTMASTER;
const parts = (process.env.PARTS ?? 'requests living').split(' ');
const only = new RegExp(process.env.ONLY ?? '');
const AT_ONCE = [1, 8];
const WARM = 12;
const ASKED = Number(process.env.ASKED ?? 160);
const FEW = 12;
/** CPU seconds a second below which nothing is left to do behind the doors. */
const CALM = 0.03;
/** Orders a second while a sheet is imported. */
const ORDERS_A_SECOND = 10;
const ITEMS = ['cleaning', 'meal', 'haircut', 'vitals', 'shopping', 'company', 'cooking', 'laundry'];
const DAY_MS = 86_400_000;

/** Starts the platform; its address and id. */
async function serve() {
  const child = spawn(sangyu, ['serve', '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const origin = line.match(/listening on (http:\S+)/)?.[1];
    if (origin) return { child, origin };
  }
  throw new Error('serve ended before it listened');
}

const spent = (pid) => ({ serve: cpuSeconds(pid), engine: postmaster ? familyCpuSeconds(postmaster) : 0 });
const less = (a, b) => ({ serve: a.serve - b.serve, engine: a.engine - b.engine });

/** Waits until what starting left behind is done; CPU seconds a second that the platform spends while nobody asks. */
async function idling(pid) {
  for (let tries = 0; ; tries += 1) {
    const [before, begun] = [spent(pid), Date.now()];
    await sleep(4_000);
    const cost = less(spent(pid), before);
    const seconds = (Date.now() - begun) / 1_000;
    if (cost.serve / seconds < CALM || tries > 150) return { serve: cost.serve / seconds, engine: cost.engine / seconds };
  }
}

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

class Bench {
  constructor(pid, idle) {
    this.pid = pid;
    this.idle = idle;
    this.labels = JSON.parse(labels);
  }

  /** Asks one question `count` times, `atOnce` at a time; `ask` gets the number of the question. */
  async ask(count, atOnce, ask) {
    const times = [];
    let next = 0;
    const asker = async () => {
      while (next < count) {
        const number = next;
        next += 1;
        const begun = performance.now();
        await ask(number);
        times.push(performance.now() - begun);
      }
    };
    const [before, begun] = [spent(this.pid), performance.now()];
    await Promise.all(Array.from({ length: atOnce }, asker));
    const seconds = (performance.now() - begun) / 1_000;
    const cost = less(spent(this.pid), before);
    times.sort((a, b) => a - b);
    const each = (part) => Math.max(0, ((cost[part] - this.idle[part] * seconds) * 1_000) / count);
    return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), cpu_ms: each('serve'), engine_ms: each('engine'), n: count };
  }

  note(what, line) {
    const whole = { ...this.labels, what, ...line };
    appendFileSync(results, `${JSON.stringify(whole)}\n`);
    const ms = (value) => (value === undefined ? '-' : value.toFixed(1));
    console.error(`${whole.engine} ${whole.elders} ${what} ×${whole.at_once}: p50 ${ms(line.p50)} p95 ${ms(line.p95)} CPU ${ms(line.cpu_ms)} + ${ms(line.engine_ms)} ms`);
  }

  /** Measures a question at each number at once. `ask` gets a number that never comes twice. */
  async measure(what, ask, { asked = ASKED, warm = WARM } = {}) {
    if (!only.test(what)) return;
    let from = 0;
    const numbered = (number) => ask(from + number);
    try {
      await this.ask(warm, 1, numbered);
      from += warm;
      for (const atOnce of AT_ONCE) {
        const line = await this.ask(asked, atOnce, numbered);
        from += asked;
        this.note(what, { at_once: atOnce, ...line });
      }
    } catch (error) {
      console.error(`${what}: ${error.message}`);
      process.exitCode = 1;
    }
  }
}

const of = (list) => (number) => list[number % list.length];
const query = encodeURIComponent;

/** Surnames and two letters of a given name, as people type them. */
function pinyins() {
  const surnames = ['zhang', 'wang', 'li', 'zhao', 'chen', 'liu', 'yang', 'zhu', 'sun', 'ma', 'hu', 'guo', 'he', 'gao'];
  const given = ['xy', 'gl', 'gy', 'lh', 'yl', 'fl', 'jg', 'zm', 'sl', 'ql'];
  const whole = ['wangxiuying', 'zhangguilan', 'lixiulan', 'zhaoyulan', 'liufengying', 'zxy', 'wgl', 'lyl', 'cgt'];
  return [...surnames.flatMap((surname) => given.map((letters) => surname + letters)), ...whole];
}

/** A list in the middle of the city: where the third county's people end. */
async function deep(browser) {
  const { items } = await browser.json('/api/v1/elders?size=1');
  const city = String(items[0].place).slice(0, 4);
  const { items: [last] } = await browser.json(`/api/v1/elders?place=${city}25&size=1`).catch(() => ({ items: items }));
  const { next } = await browser.json(`/api/v1/elders?place=${String(last.place).slice(0, 6)}&size=200`);
  return next;
}

/** Keys of people whom a session sees. */
async function keys(browser, wanted) {
  const found = [];
  let after = '';
  while (found.length < wanted) {
    const page = await browser.json(`/api/v1/elders?size=200${after && `&after=${after}`}`);
    found.push(...page.items.map((elder) => elder.key));
    if (!page.next) break;
    after = page.next;
  }
  return found;
}

/** Places orders that no other order meets: another elder or another hour each time. */
function placing(browser, elders, provider) {
  return (number) => {
    const elder = elders[number % elders.length];
    const round = Math.floor(number / elders.length);
    const start = Date.now() + (5 + (round % 40)) * DAY_MS;
    return browser.post('/api/v1/orders', {
      elder, item: ITEMS[Math.floor(round / 40) % ITEMS.length], channel: 'phone', provider,
      window_start: new Date(start).toISOString(), window_end: new Date(start + 3_600_000).toISOString(),
    });
  };
}

async function lists(bench, by, who) {
  const { city, agent } = by;
  const after = await deep(city);
  await bench.measure('elders: first page of the city', () => city.page('/elders'));
  await bench.measure('elders: a page deep in the city', () => city.page(`/elders?after=${after}`));
  if ((await city.text('/elders')).includes('sort=name')) {
    await bench.measure('elders: by name', () => city.page('/elders?sort=name'));
  }
  await bench.measure(`elders: a combination that few meet`, () => city.page(`/elders?${who.few.query}`));
  const shown = (await city.text(`/elders?${who.few.query}`)).match(/共 ?([\d,+]+) ?人/)?.[1];
  bench.note('met by', { at_once: 0, people: shown, expected: who.few.n, query: who.few.query });
  await bench.measure('elders: 100 and older', () => city.page('/elders?age=100'));
  const names = of(who.sample.map((person) => person.name));
  const numbers = of(who.sample.map((person) => person.number));
  const tails = of(who.sample.filter((person) => person.mobile).map((person) => person.mobile.slice(-4)));
  const typed = of(pinyins());
  await bench.measure('search: name', (n) => city.page(`/search?q=${query(names(n))}`));
  await bench.measure('search: pinyin', (n) => city.page(`/search?q=${typed(n)}`));
  await bench.measure('search: phone tail', (n) => city.page(`/search?q=${tails(n)}`));
  // The day's budget of a user is 60 such searches.
  const searchers = of([city, agent, by.county, by.town, by.village, by.neighbour]);
  await bench.measure('search: ID number', (n) => searchers(n).page(`/search?q=${numbers(n)}`, [303]), { asked: 80, warm: 6 });
}

async function cases(bench, by, keysOfAgent) {
  const file = of(keysOfAgent);
  await bench.measure('elder’s file', (n) => by.agent.page(`/elders/${file(n)}`));
  await bench.measure('orders: list of the city', () => by.city.page('/orders/list'));
  await bench.measure('orders: list of a provider with many elders', () => by.dispatcher.page('/orders/list'));
  await bench.measure('orders: board of a county', () => by.agent.page('/orders'));
  await bench.measure('orders: board of a provider with many elders', () => by.dispatcher.page('/orders'));
  await bench.measure('portal of a family with two', () => by.family.page('/portal'));
}

async function dashboards(bench, { city }, place) {
  for (const [name, digits] of [['city', 4], ['county', 6], ['town', 9], ['village', 12]]) {
    await bench.measure(`dashboard: ${name}`, () => city.page(`/dashboard/${String(place).slice(0, digits)}`));
  }
}

/** Imports a sheet through the page while orders are placed at a steady rate. */
async function living(bench, { county }, place) {
  const content = readFileSync(countySheet);
  const rows = content.toString().trimEnd().split('\n').length - 1;
  const form = await county.text('/elders/import');
  const formKey = form.match(/name="form_key" value="([^"]*)"/)?.[1];
  const page = await county.upload('/elders/import', formKey ? { form_key: formKey } : {}, 'living.csv', content);
  const until = async (sign) => {
    for (;;) {
      const text = await county.text(page);
      if (sign(text)) return text;
      await sleep(250);
    }
  };
  const tried = await until((text) => text.includes(`${page}/start`) || text.includes('notice bad'));
  const startKey = tried.match(/name="form_key" value="([^"]*)"/)?.[1];
  const begun = performance.now();
  await county.form(`${page}/start`, startKey ? { form_key: startKey } : {});
  const importing = { over: false };
  const watching = (async () => {
    const text = await until((said) => said.includes('notice good') || said.includes('notice bad'));
    if (!text.includes('notice good')) throw new Error('the sheet was not imported');
    importing.over = true;
    importing.seconds = (performance.now() - begun) / 1_000;
  })();
  const times = [];
  const answers = [];
  for (let number = 0; !importing.over; number += 1) {
    const asked = performance.now();
    answers.push(place(number).then(() => times.push(performance.now() - asked)));
    await sleep(1_000 / ORDERS_A_SECOND);
  }
  await Promise.all([watching, ...answers]);
  times.sort((a, b) => a - b);
  bench.note('living', {
    at_once: 0, rows, rows_a_second: rows / importing.seconds, orders: times.length,
    p50: quantile(times, 0.5), p95: quantile(times, 0.95),
  });
}

async function questions(bench, by, theirs) {
  await lists(bench, by, await people(sheet, Number(elders), FEW));
  await cases(bench, by, theirs);
}

async function main() {
  const { child, origin } = await serve();
  try {
    const bench = new Bench(child.pid, await idling(child.pid));
    const by = {};
    for (const login of ['city', 'county', 'town', 'village', 'agent', 'neighbour', 'dispatcher', 'family']) {
      by[login] = await Browser.signIn(origin, login);
    }
    const theirs = await keys(by.agent, 2_000);
    const { items: [served] } = await by.dispatcher.json('/api/v1/orders?size=25');
    const village = (await by.village.json('/api/v1/elders?size=1')).items[0].place;
    const place = placing(by.agent, theirs, served.provider);
    // Orders of earlier runs on a kept platform stand at earlier hours.
    const fresh = Math.floor(Date.now() / 1_000) % 50_000;
    if (parts.includes('requests')) await questions(bench, by, theirs);
    if (parts.includes('requests') || parts.includes('dashboards')) await dashboards(bench, by, village);
    if (parts.includes('requests')) await bench.measure('order placed', (n) => place(fresh + n));
    if (parts.includes('living')) await living(bench, by, (n) => place(1_000_000 + 20 * fresh + n));
    Object.values(by).forEach((browser) => browser.close());
  } finally {
    child.kill('SIGINT');
  }
}

await main();
