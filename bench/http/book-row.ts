// Reading the order book, a hundred orders a side, while it stands still and while it changes.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPart } from '../part.ts';
import type { Figure, Row, RunOptions, RunResult } from '../row.ts';
import { BenchExchange, STOCK, UNIT } from './bench-exchange.ts';
import type { ReadLoadResult } from './generate-reads.ts';
import { exchangeIdOf, firstNonces, generate } from './orders-row.ts';
import { Responder } from './responder.ts';

const PATH = `/v1/market/orderbook/?stock_id=${STOCK}&unit_id=${UNIT}&limit=100`;
const USERS = 20;
const CONNECTIONS = 16;
const CHANGES_PER_SECOND = 1_000;
const GENERATOR = new URL('./generate-reads.ts', import.meta.url);

interface Scale {
  readonly warmupMs: number;
  readonly measureMs: number;
}

const FULL: Scale = { warmupMs: 1_000, measureMs: 4_000 };
const SHORT: Scale = { warmupMs: 50, measureMs: 200 };

async function readsPerSecond(url: string, { warmupMs, measureMs }: Scale): Promise<number> {
  const args = [url, CONNECTIONS, warmupMs, measureMs].map(String);
  const { answered, seconds } = await runPart<ReadLoadResult>(GENERATOR, { args });
  return answered / seconds;
}

async function run({ isShort, run: number, folder, say }: RunOptions): Promise<RunResult> {
  const scale = isShort ? SHORT : FULL;
  say('a book is filled');
  const exchange = await BenchExchange.start({ folder, nodes: 1, users: USERS });
  try {
    const nonces = firstNonces(await exchangeIdOf(exchange.url), USERS);
    const load = { url: exchange.url, seed: `book ${number}`, rate: CHANGES_PER_SECOND };
    const filling = { ...load, nonces, ordersEach: 150, warmupMs: 0, measureMs: 1_500 };
    const { result: filled } = await generate(filling, { folder });
    const url = exchange.url + PATH;
    const file = join(folder, 'book.json');
    writeFileSync(file, await (await fetch(url)).text());
    say('bare Fastify');
    const bare = await Responder.start(new URL('./answer-bytes.ts', import.meta.url), {
      args: [file],
    });
    const bareReads = await readsPerSecond(`${bare.url}/`, scale);
    await bare.stop();
    say('a book that stands still');
    const still = await readsPerSecond(url, scale);
    say('a book that changes');
    const changing = generate(
      {
        ...load,
        nonces: filled.nonces,
        ordersEach: (CHANGES_PER_SECOND / USERS) * (scale.measureMs / 1_000 + 3),
        warmupMs: scale.warmupMs + 500,
        measureMs: scale.measureMs,
      },
      { folder },
    );
    const changed = await readsPerSecond(url, { ...scale, warmupMs: scale.warmupMs + 500 });
    const changes = (await changing).result;
    return {
      figures: figures({ bareReads, still, changed, changes: changes.answered / changes.seconds }),
    };
  } finally {
    await exchange.stop();
  }
}

function figures(measured: {
  readonly bareReads: number;
  readonly still: number;
  readonly changed: number;
  readonly changes: number;
}): Figure[] {
  const { bareReads, still, changed, changes } = measured;
  const unit = 'reads/s';
  const peer = { name: 'bare Fastify, the same bytes', value: bareReads };
  return [
    { name: 'a book that stands still', unit, value: still, peer, bar: { atLeast: 0.6 } },
    { name: 'a book that changes', unit, value: changed, peer, bar: { atLeast: 0.6 } },
    { name: 'orders and cancels meanwhile', unit: 'per second', value: changes },
  ];
}

export const bookRow: Row = {
  id: 'book',
  title: 'Order book reads over HTTP',
  workload: `GET /v1/market/orderbook/ of one market, 100 orders a side, ${CONNECTIONS} connections that ask again as soon as they are answered; then the same while ${CHANGES_PER_SECOND} signed orders and cancels a second change the book.`,
  run,
};
