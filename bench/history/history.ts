// What an order costs behind the node: the log thread, the historian, and decoding, in processor time. Held
// against one verification of a signature by libsodium, which no signed order can do without.

import { runPart } from '../part.ts';
import type { Figure, RunOptions, RunResult } from '../row.ts';
import type { Costs } from './part.ts';

interface Shape {
  readonly name: string;
  readonly kind: 'single' | 'batch';
  /** Entries of one commit. */
  readonly group: number;
  readonly orders: number;
  /** Of log and historian together, in verifications. */
  readonly atMost?: number;
}

const SHAPES: readonly Shape[] = [
  { name: 'orders, 10 a commit', kind: 'single', group: 10, orders: 200_000, atMost: 0.8 },
  { name: 'orders, 50 a commit', kind: 'single', group: 50, orders: 200_000, atMost: 0.8 },
  { name: 'orders, 1000 a commit', kind: 'single', group: 1_000, orders: 200_000 },
  // 12 µs: a half of what 20,000 orders a second leave one of two cores.
  { name: 'batches of 1000', kind: 'batch', group: 1, orders: 1_000_000, atMost: 0.23 },
];
const PART = new URL('part.ts', import.meta.url);

async function run({ isShort, folder, say }: RunOptions): Promise<RunResult> {
  const figures: Figure[] = [];
  for (const [index, shape] of SHAPES.entries()) {
    say(shape.name);
    const orders = isShort ? 20_000 : shape.orders;
    const args = [`${folder}/${index}`, shape.kind, `${orders}`, `${shape.group}`];
    figures.push(...figuresOf(shape, await runPart<Costs>(PART, { args, core: 1 })));
  }
  return { figures };
}

function figuresOf({ name, kind, atMost }: Shape, costs: Costs): Figure[] {
  const peer = { name: 'one verification', value: costs.verify };
  const figure = (what: string, value: number): Figure => ({
    name: `${name}: ${what}`,
    unit: 'µs',
    value,
    peer,
  });
  const together = figure('log and historian', costs.append + costs.follow);
  return [
    figure('decode', costs.decode),
    figure('log', costs.append),
    figure('historian', costs.follow),
    figure('historian at the end', costs.followAtEnd),
    atMost === undefined ? together : { ...together, bar: { atMost } },
  ].slice(kind === 'single' ? 1 : 0);
}

export const historyRow = {
  id: 'history',
  title: 'Log, historian and decoding',
  workload:
    'Orders of 100 users in one market, of ten four rest, four cancel, two meet; as signed texts in commits of a stated size and in batches of 1,000; the historian is told the time as if 10,000 and 20,000 orders came in a second: processor time of an order at the log thread (with fsync), at the historian, and for decoding, against one verification of 300 bytes by libsodium.',
  run,
};
