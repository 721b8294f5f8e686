// The load generator, a process of its own: many users, a connection each, orders signed before the clock runs.
//
//   node generate-orders.ts CONFIG.json
//
// Without a rate every user sends his next order as soon as the last was answered: as much as the exchange takes.
// With a rate it is an open loop: requests are due at fixed times, whatever became of those before, and each is
// timed from the moment at which it was due; so a stall is charged to all that it delayed.
//
// Prints "begin" and "end" around what is measured, and then the result.

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { Connection } from './connection.ts';
import { signedOrders } from './order-load.ts';
import { Pacer } from './pacer.ts';

export interface OrderLoad {
  readonly url: string;
  readonly seed: string;
  /** The next nonce of each user. */
  readonly nonces: readonly number[];
  readonly ordersEach: number;
  readonly warmupMs: number;
  readonly measureMs: number;
  /** Requests a second of all users together; without it as many as are answered. */
  readonly rate?: number;
}

export interface OrderLoadResult {
  /** Answered while measured. */
  readonly answered: number;
  readonly seconds: number;
  /** By HTTP status, in all. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The next nonce of each user. */
  readonly nonces: readonly number[];
  /** CPU seconds of the generator while measured. */
  readonly cpuSeconds: number;
  /** Compressed; microseconds from due to answered, or from sent without a rate. */
  readonly latency: string;
  /** Microseconds from due to sent, of those that had no other before them: what the generator adds. */
  readonly lateness: string;
}

interface User {
  readonly connection: Connection;
  readonly requests: readonly Uint8Array[];
  sent: number;
  isBusy: boolean;
  /** When those were due that wait for their connection. */
  readonly due: number[];
}

function newHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

class OrderGenerator {
  readonly #load: OrderLoad;
  readonly #users: User[] = [];
  readonly #statuses: Record<string, number> = {};
  readonly #latency = newHistogram();
  readonly #lateness = newHistogram();
  #isMeasuring = false;
  #isOver = false;
  #answered = 0;
  #isShort = false;

  constructor(load: OrderLoad) {
    this.#load = load;
  }

  async run(): Promise<OrderLoadResult> {
    await this.#prepare();
    const { rate, warmupMs, measureMs } = this.#load;
    const pacer = rate === undefined ? undefined : this.#pace(rate);
    const loops = rate === undefined ? this.#users.map((user) => this.#saturate(user)) : [];
    await pause(warmupMs);
    const cpu = process.cpuUsage();
    const begun = performance.now();
    this.#isMeasuring = true;
    say('begin');
    await pause(measureMs);
    this.#isMeasuring = false;
    const seconds = (performance.now() - begun) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    say('end');
    this.#isOver = true;
    await pacer?.stop();
    await Promise.all(loops);
    while (this.#users.some(({ isBusy }) => isBusy)) await pause(10);
    for (const { connection } of this.#users) connection.close();
    if (this.#isShort) throw new Error('too few orders were signed beforehand');
    return {
      answered: this.#answered,
      seconds,
      statuses: this.#statuses,
      nonces: this.#load.nonces.map((nonce, index) => nonce + (this.#users[index]?.sent ?? 0)),
      cpuSeconds: (user + system) / 1_000_000,
      latency: encodeIntoCompressedBase64(this.#latency),
      lateness: encodeIntoCompressedBase64(this.#lateness),
    };
  }

  async #prepare(): Promise<void> {
    const { nonces, ordersEach: count, seed } = this.#load;
    const url = new URL(this.#load.url);
    const signed = nonces.map((nonce, index) => signedOrders({ url, index, nonce, count, seed }));
    // Not before: a server closes connections that say nothing.
    for (const requests of signed) {
      const connection = await Connection.open(url);
      this.#users.push({ connection, requests, sent: 0, isBusy: false, due: [] });
    }
  }

  async #saturate(user: User): Promise<void> {
    while (!this.#isOver) {
      if (!(await this.#send(user, performance.now()))) return;
    }
  }

  /** Users take turns. */
  #pace(rate: number): Pacer {
    let done = 0;
    return new Pacer(rate, ({ count, at }) => {
      for (; done < count && !this.#isOver; done += 1) {
        const user = this.#users[done % this.#users.length];
        if (user === undefined) return;
        user.due.push(at);
        if (!user.isBusy) void this.#drain(user);
      }
    });
  }

  async #drain(user: User): Promise<void> {
    const [first = 0] = user.due;
    if (this.#isMeasuring) this.#lateness.recordValue(microsSince(first));
    for (let due = user.due.shift(); due !== undefined; due = user.due.shift()) {
      if (!(await this.#send(user, due))) return;
    }
  }

  async #send(user: User, due: number): Promise<boolean> {
    const request = user.requests[user.sent];
    if (request === undefined) {
      this.#isShort = true;
      return false;
    }
    user.isBusy = true;
    user.sent += 1;
    const { status, body } = await user.connection.send(request);
    user.isBusy = false;
    // Applied, or rejected by the market. Whatever else it is, the exchange did not do the work.
    if (status !== 201 && !body.includes('"sequence":')) {
      throw new Error(`an order got ${status}: ${body}`);
    }
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    if (this.#isMeasuring) {
      this.#answered += 1;
      this.#latency.recordValue(microsSince(due));
    }
    return true;
  }
}

function microsSince(time: number): number {
  return Math.max(1, Math.round((performance.now() - time) * 1_000));
}

const load = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as OrderLoad;
say(JSON.stringify(await new OrderGenerator(load).run()));
