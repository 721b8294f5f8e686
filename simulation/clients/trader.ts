// A trader: a person or a bot that places and cancels orders, transfers and reads, now one at a time, now
// many at once. Amounts are crooked on purpose, so that every fill has something to round.

import type { Random } from '@picostocks/engine/testing';
import { formatAmount, verbOf } from '@picostocks/protocol';
import type { Client, Order } from './client.ts';

export interface Market {
  readonly stockId: number;
  readonly unitId: number;
}

const ONE = 10n ** 18n;
const REMEMBERED = 30;
const BURST_MAX = 25;

export class Trader {
  readonly #client: Client;
  readonly #random: Random;
  readonly #markets: readonly [Market, ...Market[]];
  readonly #users: () => readonly number[];
  readonly #placed: Order[] = [];

  constructor(
    client: Client,
    fields: {
      random: Random;
      markets: readonly [Market, ...Market[]];
      /** Who there is to give money to. */
      users: () => readonly number[];
    },
  ) {
    this.#client = client;
    this.#random = fields.random;
    this.#markets = fields.markets;
    this.#users = fields.users;
  }

  /** Acts at intervals until told to stop; does not wait for what it began. */
  async act(everyMicros: number, goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await this.#client.sleep(2 * everyMicros);
      if (!goesOn()) return;
      const count = this.#random.chance(3) ? 2 + this.#random.integer(BURST_MAX) : 1;
      for (let index = 0; index < count; index += 1) void this.#actOnce();
    }
  }

  #actOnce(): Promise<unknown> {
    const act = this.#random.weighted<() => Promise<unknown>>([
      [50, () => this.#place()],
      [18, () => this.#cancel()],
      [6, () => this.#transfer()],
      [2, () => this.#client.command('noop', {})],
      [18, () => this.#read()],
      // Rules 1 of the protocol has no command that changes a key. When there is one, rotations that
      // overtake orders belong here.
    ]);
    return act();
  }

  #place(): Promise<unknown> {
    const side = this.#random.chance(50) ? 'bid' : 'ask';
    const order = {
      ...this.#random.pick(this.#markets),
      verb: verbOf('place_order', side),
      quantity: formatAmount(this.#quantity()),
      price: formatAmount(this.#price()),
    };
    if (this.#placed.length >= REMEMBERED) this.#placed.shift();
    this.#placed.push(order);
    return this.#client.order(order);
  }

  #cancel(): Promise<unknown> {
    const order = this.#random.pickAny(this.#placed);
    if (order === undefined) return this.#place();
    const verb = verbOf('cancel_order', order.verb === 'BID' ? 'bid' : 'ask');
    const quantity = this.#random.chance(70) ? order.quantity : formatAmount(this.#quantity());
    return this.#client.order({ ...order, verb, quantity });
  }

  #transfer(): Promise<unknown> {
    const to = this.#random.pickAny(this.#users()) ?? this.#client.userId;
    const { stockId, unitId } = this.#random.pick(this.#markets);
    return this.#client.command('transfer', {
      to_user: to,
      stock_id: this.#random.chance(50) ? stockId : unitId,
      quantity: formatAmount(this.#random.amount(2n * ONE)),
    });
  }

  #read(): Promise<void> {
    const user = this.#random.chance(60)
      ? this.#client.userId
      : (this.#random.pickAny(this.#users()) ?? 1);
    const { stockId, unitId } = this.#random.pick(this.#markets);
    const path = this.#random.weighted<string>([
      [3, `account/nonce/${user}/`],
      [3, `account/balance/${user}/`],
      [3, `market/orderbook/${stockId}/${unitId}/`],
    ]);
    return this.#client.read(path);
  }

  /** One to four, and some atoms that do not divide evenly. */
  #quantity(): bigint {
    return BigInt(1 + this.#random.integer(4)) * ONE + BigInt(this.#random.integer(1_000));
  }

  #price(): bigint {
    const steps = BigInt(this.#random.integer(12));
    return ONE / 20n + (steps * ONE) / 10_000n + BigInt(this.#random.integer(4));
  }
}
