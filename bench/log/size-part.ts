// How large the log becomes, in a process of its own: prints bytes an order for each way to send one.
//
//   node size-part.ts <empty folder> <orders>

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Proposal } from '@picostocks/protocol';
import { DataFolder } from '@picostocks/server';
import { LogBuilder } from './log-builder.ts';
import { batch } from './trading.ts';

export interface Sizes {
  readonly text: number;
  readonly batch: number;
}

const USERS = 1_000;
const BATCH_ORDERS = 1_000;

/** What orders add to a log of registered users. */
function measure(
  path: string,
  orders: number,
  write: (builder: LogBuilder) => Generator<Proposal>,
): number {
  const builder = new LogBuilder(new DataFolder(path));
  builder.grow(builder.author.furnish(USERS));
  const before = sizeOf(builder);
  builder.grow(write(builder));
  const added = sizeOf(builder) - before;
  builder.close();
  return added / orders;
}

function sizeOf({ folder: { segments } }: LogBuilder): number {
  return segments.reduce((sum, path) => sum + statSync(path).size, 0);
}

function* texts({ author }: LogBuilder, orders: number): Generator<Proposal> {
  for (let count = 0; count < orders; count += 1) yield author.standing(1 + (count % USERS), count);
}

function* batches({ author }: LogBuilder, orders: number): Generator<Proposal> {
  for (let count = 0; count < orders; count += BATCH_ORDERS) {
    yield batch(author, 1 + ((count / BATCH_ORDERS) % USERS), {
      from: count,
      length: BATCH_ORDERS,
    });
  }
}

const [folder = '', size = ''] = process.argv.slice(2);
const orders = Number(size);
const sizes: Sizes = {
  text: measure(join(folder, 'texts'), orders, (builder) => texts(builder, orders)),
  batch: measure(join(folder, 'batches'), orders, (builder) => batches(builder, orders)),
};
process.stdout.write(`${JSON.stringify(sizes)}\n`);
