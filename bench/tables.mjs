// Prints the tables of a run and writes them into docs/PERFORMANCE.md, between the marks that name them.
//
//   node bench/tables.mjs RESULTS
import { readFileSync, writeFileSync } from 'node:fs';

const DOCUMENT = new URL('../docs/PERFORMANCE.md', import.meta.url);
const ENGINES = { sqlite: 'SQLite', postgres: 'PostgreSQL' };

const lines = readFileSync(process.argv[2], 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
const number = (value) => Math.round(value).toLocaleString('en');
const ms = (value) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
/** The last of the lines that fit: a measurement that was repeated counts once. */
const last = (fits) => lines.findLast(fits);
const unique = (values) => [...new Set(values)];
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function imports() {
  const runs = lines.filter((line) => line.what === 'import');
  const rows = unique(runs.map((line) => `${line.elders}/${line.engine}`)).map((name) => {
    const [elders, engine] = name.split('/');
    const of = (what) => last((line) => line.what === what && line.elders === Number(elders) && line.engine === engine);
    const [first, again] = [of('import'), of('import again')];
    const floor = last((line) => line.what === 'floor' && line.elders === Number(elders));
    const rate = (line) => (line ? elders / line.seconds : 0);
    const ratio = floor ? `${number(rate(floor))} rows/s (ratio ${ms(rate(floor) / rate(first))})` : '-';
    return [number(elders), ENGINES[engine], `${number(rate(first))} rows/s in ${ms(first.seconds)} s`, `${ms(first.cpu)} s`,
      `${number(first.anon_mb)} MB`, `${number(first.resident_mb)} MB`, again ? `${number(rate(again))} rows/s` : '-', ratio];
  });
  return table(['elders', 'engine', 'first load', 'CPU', 'own memory', 'with mapped files', 'the same sheet again', '`sqlite3 .import`'], rows);
}

function requests() {
  const asked = lines.filter((line) => line.at_once > 0);
  const bySize = [...asked].sort((a, b) => (a.engine < b.engine) - (a.engine > b.engine) || a.elders - b.elders);
  const sides = unique(bySize.map((line) => `${line.engine}/${line.elders}`));
  const cell = (what, side) => {
    const of = (atOnce) => last((line) => line.what === what && `${line.engine}/${line.elders}` === side && line.at_once === atOnce);
    const [one, many] = [of(1), of(8)];
    if (!one) return '-';
    const engine = side.startsWith('postgres') ? ` + ${ms(one.engine_ms)}` : '';
    return `${ms(one.p50)} / ${ms(one.p95)} / ${many ? ms(many.p95) : '-'} · ${ms(one.cpu_ms)}${engine}`;
  };
  const title = (side) => {
    const [engine, elders] = side.split('/');
    return `${ENGINES[engine]} ${number(elders)}`;
  };
  const rows = unique(asked.map((line) => line.what)).map((what) => [what, ...sides.map((side) => cell(what, side))]);
  return table(['question', ...sides.map(title)], rows);
}

function living() {
  const runs = lines.filter((line) => line.what === 'living');
  const rows = unique(runs.map((line) => `${line.engine}/${line.elders}`)).map((side) => {
    const line = last((run) => run.what === 'living' && `${run.engine}/${run.elders}` === side);
    return [number(line.elders), ENGINES[line.engine], `${number(line.rows_a_second)} rows/s`, number(line.orders),
      `${ms(line.p50)} ms`, `${ms(line.p95)} ms`];
  });
  return table(['elders there', 'engine', 'import', 'orders placed meanwhile', 'p50', 'p95'], rows);
}

let document = readFileSync(DOCUMENT, 'utf8');
for (const [name, made] of Object.entries({ imports, requests, living })) {
  const text = made();
  console.log(`\n${name}\n${text}`);
  const mark = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end of ${name} -->)`);
  if (text.split('\n').length > 2) document = document.replace(mark, (_, begin, end) => `${begin}\n${text}\n\n${end}`);
}
writeFileSync(DOCUMENT, document);
