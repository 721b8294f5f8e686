// The load generator for batches, a process of its own: market makers who replace all their quotes with every
// batch. Its first operation cancels what the user has open, the 999 others place orders.
//
//   node generate-batches.ts CONFIG.json
//
// Without a rate every user sends the next batch as soon as the last was answered; all are signed before the
// clock runs. With a rate, which is low, each is signed shortly before it is due.

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '@picostocks/engine/testing';
import { encodeUtf8, SIGNATURE_HEADER } from '@picostocks/protocol';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { type BatchLoad, type BatchLoadResult, ORDERS_PER_BATCH } from './batch-load.ts';
import { FIRST_USER, STOCK, UNIT } from './bench-exchange.ts';
import { Connection, requestBytes } from './connection.ts';
import { signHex, userKey } from './keys.ts';
import { amountsOf, type OwnOrder, randomOrder } from './order-load.ts';
import { Pacer } from './pacer.ts';

/** Signs the batches of one market maker, one after the other. */
class Maker {
  readonly #load: BatchLoad;
  readonly #index: number;
  readonly #random: Random;
  #nonce: number;

  constructor(load: BatchLoad, { index, nonce }: { index: number; nonce: number }) {
    this.#load = load;
    this.#index = index;
    this.#nonce = nonce;
    this.#random = new Random(`${load.seed}/${index}`);
  }

  next(): Uint8Array {
    const pair = { stock_id: STOCK, unit_id: UNIT };
    const places = Array.from({ length: ORDERS_PER_BATCH }, () => {
      const order = randomOrder(this.#random);
      return { operation: 'place_order', ...pair, side: order.side, ...shortAmountsOf(order) };
    });
    const body = JSON.stringify({
      exchange: this.#load.exchange,
      user_id: FIRST_USER + this.#index,
      key_id: 0,
      nonce: this.#nonce,
      expires: Number.MAX_SAFE_INTEGER,
      type: 'batch',
      params: { operations: [{ operation: 'cancel_orders', ...pair }, ...places] },
    });
    this.#nonce += 1;
    const headers = { [SIGNATURE_HEADER]: signHex(userKey(this.#index), encodeUtf8(body)) };
    const url = new URL(this.#load.url);
    return requestBytes(url, { method: 'POST', path: '/v1/commands/', body, headers });
  }
}

/** As a program writes them: without the zeros at the end. */
function shortAmountsOf(order: OwnOrder): { quantity: string; price: string } {
  const { quantity, price } = amountsOf(order);
  const short = (text: string): string => text.replace(/\.?0+$/, '');
  return { quantity: short(quantity), price: short(price) };
}

class BatchGenerator {
  readonly #load: BatchLoad;
  readonly #makers: readonly Maker[];
  readonly #statuses: Record<string, number> = {};
  readonly #latency = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
  #batches = 0;
  #isOver = false;

  constructor(load: BatchLoad) {
    this.#load = load;
    this.#makers = load.nonces.map((nonce, index) => new Maker(load, { index, nonce }));
  }

  async run(): Promise<BatchLoadResult> {
    const { rate, batchesEach, measureMs } = this.#load;
    // Before anybody connects: a server closes connections that say nothing.
    const signed = this.#makers.map((maker) =>
      Array.from({ length: rate === undefined ? batchesEach : 0 }, () => maker.next()),
    );
    const url = new URL(this.#load.url);
    const connections = await Promise.all(this.#makers.map(() => Connection.open(url)));
    const cpu = process.cpuUsage();
    const begun = performance.now();
    say('begin');
    const over = pause(measureMs).then(() => {
      this.#isOver = true;
      say('end');
      return { seconds: (performance.now() - begun) / 1_000, used: process.cpuUsage(cpu) };
    });
    await (rate === undefined
      ? this.#saturate(connections, signed)
      : this.#pace(connections, rate));
    const { seconds, used } = await over;
    for (const connection of connections) connection.close();
    return {
      batches: this.#batches,
      seconds,
      statuses: this.#statuses,
      cpuSeconds: (used.user + used.system) / 1_000_000,
      latency: encodeIntoCompressedBase64(this.#latency),
    };
  }

  /** Everybody as fast as he is answered. */
  async #saturate(
    connections: readonly Connection[],
    signed: readonly (readonly Uint8Array[])[],
  ): Promise<void> {
    const loops = connections.map(async (connection, index) => {
      for (const bytes of signed[index] ?? []) {
        if (this.#isOver) return;
        await this.#send(connection, bytes, performance.now());
      }
      if (!this.#isOver) throw new Error('too few batches were signed beforehand');
    });
    await Promise.all(loops);
  }

  /** Makers take turns; the next batch is signed while nothing is due. */
  async #pace(connections: readonly Connection[], rate: number): Promise<void> {
    const count = Math.floor((this.#load.measureMs * rate) / 1_000);
    const sends: Promise<void>[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const batchOf = (turn: number) => this.#makers[turn % this.#makers.length]?.next();
    let ready = batchOf(0);
    const pacer = new Pacer(rate, (due) => {
      while (sends.length < Math.min(due.count, count)) {
        const turn = sends.length;
        const connection = connections[turn % connections.length];
        if (connection === undefined || ready === undefined) return resolve();
        sends.push(this.#send(connection, ready, due.at));
        ready = batchOf(turn + 1);
      }
      if (sends.length >= count) resolve();
    });
    await promise;
    await pacer.stop();
    await Promise.all(sends);
  }

  async #send(connection: Connection, bytes: Uint8Array, due: number): Promise<void> {
    const { status, body } = await connection.send(bytes);
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    if (status !== 201) throw new Error(`a batch got ${status}: ${body.slice(0, 300)}`);
    if (this.#isOver) return;
    this.#batches += 1;
    this.#latency.recordValue(Math.max(1, Math.round((performance.now() - due) * 1_000)));
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const load = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as BatchLoad;
say(JSON.stringify(await new BatchGenerator(load).run()));
