// What Linux says about processes.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second, as Linux counts them for every program. */
const TICKS = 100;

function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything; the numbers begin behind it, with the state as field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number) => Number(fields[number - 3]);
  return { parent: field(4), own: field(14) + field(15), ended: field(16) + field(17) };
}

/** CPU seconds of a process and of its children that ended. */
export function cpuSeconds(pid) {
  const { own, ended } = stat(pid);
  return (own + ended) / TICKS;
}

/** CPU seconds of a process and of all its children, living or ended: a PostgreSQL server with its backends. */
export function familyCpuSeconds(pid) {
  let total = cpuSeconds(pid);
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (stat(name).parent === Number(pid)) total += cpuSeconds(name);
    } catch {
      // It ended meanwhile; its parent counts it now.
    }
  }
  return total;
}
