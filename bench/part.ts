// A part of a row in a process of its own: so that one measurement does not warm up, fill or fragment
// the heap of another. A part is a program that prints one line of JSON at its end.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface PartOptions {
  readonly args?: readonly string[];
  /** Of Node.js: `--expose-gc`, `--max-old-space-size=…`. */
  readonly execArgv?: readonly string[];
  /** Only on this core, where the system can say so (Linux). */
  readonly core?: number;
  /** Told every line that it prints, at once. */
  readonly onLine?: (line: string) => void;
}

const TASKSET = '/usr/bin/taskset';

/** The command that runs a program of ours, pinned to a core where that is possible. */
export function commandOf(part: URL, { args = [], execArgv = [], core }: PartOptions): string[] {
  const command = [process.execPath, ...execArgv, fileURLToPath(part), ...args];
  const canPin = core !== undefined && existsSync(TASKSET) && core < availableParallelism();
  return canPin ? [TASKSET, '-c', `${core}`, ...command] : command;
}

/** Runs a part to its end and answers what it printed last. */
export async function runPart<T>(part: URL, options: PartOptions = {}): Promise<T> {
  const [program = '', ...args] = commandOf(part, options);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = '';
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    options.onLine?.(line);
    last = line;
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  const code = await promise;
  if (code !== 0) throw new Error(`${fileURLToPath(part)} ended with ${code}`);
  return JSON.parse(last) as T;
}
