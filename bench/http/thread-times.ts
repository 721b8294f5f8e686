// What each thread of a process has used of the processors, as Linux counts it. Elsewhere: nothing.

import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The unit of the kernel's figures, the same on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** CPU seconds by the name of the thread; those of one name are added. */
export function threadTimes(pid: number): Map<string, number> {
  const times = new Map<string, number>();
  const folder = `/proc/${pid}/task`;
  if (!existsSync(folder)) return times;
  for (const thread of readdirSync(folder)) {
    const { name, seconds } = readThread(`${folder}/${thread}/stat`);
    times.set(name, (times.get(name) ?? 0) + seconds);
  }
  return times;
}

/** proc(5): the name in brackets, then `utime` and `stime` as the 12th and 13th field behind it. */
function readThread(path: string): { name: string; seconds: number } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // It has ended since.
    return { name: '', seconds: 0 };
  }
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { name: text.slice(text.indexOf('(') + 1, close), seconds: ticks / TICKS_PER_SECOND };
}

export function timeBetween(before: Map<string, number>, after: Map<string, number>) {
  return new Map([...after].map(([name, seconds]) => [name, seconds - (before.get(name) ?? 0)]));
}
