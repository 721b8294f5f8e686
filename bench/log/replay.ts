// A log replayed into an engine, as by a replica that starts without a snapshot, and by an audit but for the
// signatures: against the sum of its parts, each measured alone.

import { join } from 'node:path';
import { runPart } from '../part.ts';
import type { Figure, Row, RunOptions, RunResult } from '../row.ts';

const PART = new URL('./replay-part.ts', import.meta.url);
const PARTS = ['read', 'hash', 'parse', 'apply'] as const;
/** The sum of the parts is at least so much of the whole. */
const SHARE_LEAST = 0.6;

export const replay: Row = {
  id: 'replay',
  title: 'A log, replayed into an engine',
  workload:
    'A log of 400,000 entries of one market and 13,334 users: order texts that rest, meet or are cancelled, one in forty a small batch. ' +
    'Read from SQLite, every hash of the chain verified, parsed and applied, on one core: against reading the rows, hashing the records, ' +
    'parsing the messages and applying them, each alone in a process of its own.',
  run,
};

async function run({ isShort, run: number, folder, say }: RunOptions): Promise<RunResult> {
  const entries = isShort ? 2_000 : 400_000;
  const measure = (what: string): Promise<number> => {
    say(what);
    return runPart<number>(PART, { args: [what, join(folder, 'data'), `${entries}`], core: 1 });
  };
  await measure('build');
  const times = new Map<string, number>();
  const order = number % 2 === 0 ? [...PARTS, 'replay'] : ['replay', ...PARTS];
  for (const what of order) times.set(what, (await measure(what)) / 1_000);
  const [read = 0, hash = 0, parse = 0, applied = 0] = PARTS.map((part) => times.get(part));
  // The engine parses by itself, so that this is in `applied`.
  const parts: Figure[] = [
    { name: 'read', unit: 'µs an entry', value: read },
    { name: 'hash', unit: 'µs an entry', value: hash },
    { name: 'parse', unit: 'µs an entry', value: parse },
    { name: 'apply, without parsing', unit: 'µs an entry', value: applied - parse },
  ];
  const whole: Figure = {
    name: 'replay',
    unit: 'entries/s',
    value: 1_000_000 / (times.get('replay') ?? Number.NaN),
    peer: { name: 'the parts, one after the other', value: 1_000_000 / (read + hash + applied) },
    bar: { atLeast: SHARE_LEAST },
  };
  return { figures: [...parts, whole] };
}
