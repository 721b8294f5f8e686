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

async function readsOfFile(part: string, file: string, scale: Scale): Promise<number> {
  const responder = await Responder.start(new URL(part, import.meta.url), { args: [file] });
  try {
    return await readsPerSecond(`${responder.url}/`, scale);
  } finally {
    await responder.stop();
  }
}

/** Sends the exchange orders, and runs `read` beside them. */
class Orders {
  readonly #exchange: BenchExchange;
  readonly #folder: string;
  readonly #seed: string;
  #nonces: readonly number[];

  constructor(
    exchange: BenchExchange,
    fields: { folder: string; seed: string; nonces: readonly number[] },
  ) {
    this.#exchange = exchange;
    this.#folder = fields.folder;
    this.#seed = fields.seed;
    this.#nonces = fields.nonces;
  }

  async beside(
    scale: Scale,
    read: (scale: Scale) => Promise<number>,
  ): Promise<{ reads: number; orders: number }> {
    // The orders begin before the reads, which have to start and to warm up, and end after them.
    const warmupMs = scale.warmupMs + 500;
    const load = {
      url: this.#exchange.url,
      seed: this.#seed,
      rate: CHANGES_PER_SECOND,
      nonces: this.#nonces,
      ordersEach: (CHANGES_PER_SECOND / USERS) * (scale.measureMs / 1_000 + 3),
      warmupMs,
      measureMs: scale.measureMs,
    };
    const changing = generate(load, { folder: this.#folder });
    const reads = await read({ ...scale, warmupMs });
    const { answered, seconds, nonces } = (await changing).result;
    this.#nonces = nonces;
    return { reads, orders: answered / seconds };
  }

  /** Fills the book. */
  async fill(): Promise<void> {
    const load = { url: this.#exchange.url, seed: this.#seed, rate: CHANGES_PER_SECOND };
    const filling = { ...load, nonces: this.#nonces, ordersEach: 150, warmupMs: 0 };
    const { result } = await generate({ ...filling, measureMs: 1_500 }, { folder: this.#folder });
    this.#nonces = result.nonces;
  }
}

async function run({ isShort, run: number, folder, say }: RunOptions): Promise<RunResult> {
  const scale = isShort ? SHORT : FULL;
  say('a book is filled');
  const exchange = await BenchExchange.start({ folder, nodes: 1, users: USERS });
  try {
    const nonces = firstNonces(await exchangeIdOf(exchange.url), USERS);
    const orders = new Orders(exchange, { folder, seed: `book ${number}`, nonces });
    await orders.fill();
    const url = exchange.url + PATH;
    const file = join(folder, 'book.json');
    writeFileSync(file, await (await fetch(url)).text());
    const bareReads = (when: Scale) => readsOfFile('./answer-bytes.ts', file, when);
    say('what the generator can read');
    const ceiling = await readsOfFile('./respond.ts', file, scale);
    say('bare Fastify');
    const bare = await bareReads(scale);
    say('a book that stands still');
    const still = await readsPerSecond(url, scale);
    say('bare Fastify beside orders');
    const bareBeside = await orders.beside(scale, bareReads);
    say('a book that changes');
    const changed = await orders.beside(scale, (when) => readsPerSecond(url, when));
    return { figures: figures({ ceiling, bare, still, bareBeside: bareBeside.reads, changed }) };
  } finally {
    await exchange.stop();
  }
}

function figures(measured: {
  readonly ceiling: number;
  readonly bare: number;
  readonly still: number;
  readonly bareBeside: number;
  readonly changed: { readonly reads: number; readonly orders: number };
}): Figure[] {
  const { ceiling, bare, still, bareBeside, changed } = measured;
  const unit = 'reads/s';
  const peer = { name: 'bare Fastify, the same bytes', value: bare };
  const name = 'bare Fastify beside an exchange that takes the same orders';
  return [
    { name: 'what the generator can read', unit, value: ceiling },
    { name: 'a book that stands still', unit, value: still, peer, bar: { atLeast: 0.6 } },
    { name: 'a book that changes', unit, value: changed.reads, peer, bar: { atLeast: 0.6 } },
    {
      name: 'a book that changes, and a peer on a machine as busy',
      unit,
      value: changed.reads,
      peer: { name, value: bareBeside },
    },
    { name: 'orders and cancels meanwhile', unit: 'per second', value: changed.orders },
  ];
}

export const bookRow: Row = {
  id: 'book',
  title: 'Order book reads over HTTP',
  workload: `GET /v1/market/orderbook/ of one market, 100 orders a side, ${CONNECTIONS} connections that ask again as soon as they are answered; then the same while ${CHANGES_PER_SECOND} signed orders and cancels a second change the book. They, the log and the history take their part of the same two cores, so the peer is measured without and beside them.`,
  run,
};
