// Runs a command to its end and prints what it cost as one line of JSON: seconds, CPU seconds (its own and its
// children's), and the most memory it held, told apart: anonymous (its own) and resident (with mapped files).
//
//   node bench/watch.mjs COMMAND…
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpuSeconds } from './proc.mjs';

const LOOK_MS = 50;

const begun = process.hrtime.bigint();
const child = spawn(process.argv[2], process.argv.slice(3), { stdio: ['ignore', 'ignore', 'inherit'] });
const most = { anon: 0, resident: 0, cpu: 0 };

function look() {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const kilobytes = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0);
    most.anon = Math.max(most.anon, kilobytes('RssAnon'));
    most.resident = Math.max(most.resident, kilobytes('VmHWM'));
    most.cpu = Math.max(most.cpu, cpuSeconds(child.pid));
  } catch {
    // It ended between two looks.
  }
}

const looking = setInterval(look, LOOK_MS);
look();
child.on('exit', (code, signal) => {
  clearInterval(looking);
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  console.log(JSON.stringify({
    seconds, cpu: most.cpu, anon_mb: Math.round(most.anon / 1024), resident_mb: Math.round(most.resident / 1024),
  }));
  process.exitCode = signal ? 1 : code;
});
