// Everything that can be done to orders: of each type and time in force, by order text and by envelope, with
// and without a name, alone and in batches. Amounts are crooked on purpose, so that every fill has
// something to round.

import type { Random } from '@picostocks/engine/testing';
import {
  formatAmount,
  type Side,
  verbOf,
  type WireOperation,
  type Written,
} from '@picostocks/protocol';
import type { Client, Order } from './client.ts';
import type { Deed } from './deed.ts';

export interface Market {
  readonly stockId: number;
  readonly unitId: number;
}

const ONE = 10n ** 18n;
const SECOND = 1_000_000;
const REMEMBERED = 30;
/** Ids of orders that may still be open. */
const IDS = 6;
/** Few names, so that one is often still in use. */
const NAMES = 12;
const BATCH_MAX = 8;

export class OrderActs {
  readonly #client: Client;
  readonly #random: Random;
  readonly #markets: readonly [Market, ...Market[]];
  readonly #placed: Order[] = [];
  readonly #ids: number[] = [];

  constructor(client: Client, fields: { random: Random; markets: readonly [Market, ...Market[]] }) {
    this.#client = client;
    this.#random = fields.random;
    this.#markets = fields.markets;
  }

  /** One thing that a trader may do to his orders. */
  act(): Promise<unknown> {
    const act = this.#random.weighted<() => Promise<unknown>>([
      // Order texts are signed by key 0 alone.
      [this.#client.keyId === 0 ? 30 : 0, () => this.#placeText()],
      [this.#client.keyId === 0 ? 10 : 0, () => this.#cancelText()],
      [25, () => this.#operate(this.#placing())],
      [13, () => this.#operate(this.#changing())],
      [6, () => this.#batch()],
      [1, () => this.#setSwitch()],
    ]);
    return act();
  }

  #placeText(): Promise<unknown> {
    const order = {
      ...this.#random.pick(this.#markets),
      verb: verbOf('place_order', this.#side()),
      quantity: formatAmount(this.#quantity()),
      price: formatAmount(this.#price()),
    };
    if (this.#placed.length >= REMEMBERED) this.#placed.shift();
    this.#placed.push(order);
    return this.#client.order(order).then((deed) => this.#remember(deed));
  }

  #cancelText(): Promise<unknown> {
    const order = this.#random.pickAny(this.#placed);
    if (order === undefined) return this.#placeText();
    const verb = verbOf('cancel_at_price', order.verb === 'BID' ? 'bid' : 'ask');
    const quantity = this.#random.chance(70) ? order.quantity : formatAmount(this.#quantity());
    return this.#client.order({ ...order, verb, quantity });
  }

  #operate(operation: Written<WireOperation>): Promise<unknown> {
    return this.#client.operate(operation).then((deed) => this.#remember(deed));
  }

  #batch(): Promise<unknown> {
    const count = 1 + this.#random.integer(BATCH_MAX);
    const operations = Array.from({ length: count }, () =>
      this.#random.chance(60) ? this.#placing() : this.#changing(),
    );
    return this.#client.command('batch', { operations });
  }

  #setSwitch(): Promise<unknown> {
    const seconds = this.#random.pick([0, 10, 15, 30, 60, 300]);
    return this.#client.command('cancel_after', { seconds });
  }

  #placing(): Written<WireOperation> {
    const random = this.#random;
    const { stockId, unitId } = random.pick(this.#markets);
    const price = formatAmount(this.#price());
    const order = {
      operation: 'place_order',
      stock_id: stockId,
      unit_id: unitId,
      side: this.#side(),
      quantity: formatAmount(this.#quantity()),
      ...(random.chance(50) ? { client_order_id: this.#name() } : {}),
    } as const;
    if (random.chance(15)) {
      const time_in_force = random.pick(['ioc', 'fok'] as const);
      const cap = random.chance(50) ? { price } : {};
      return { ...order, type: 'market', time_in_force, ...cap };
    }
    const time_in_force = random.pick(['gtc', 'gtt', 'gtt', 'ioc', 'fok', 'post_only'] as const);
    if (time_in_force !== 'gtt') return { ...order, price, time_in_force };
    // Now and then over before it begins.
    const good_until = this.#client.now + random.integer(100 * SECOND) - SECOND;
    return { ...order, price, time_in_force, good_until };
  }

  #changing(): Written<WireOperation> {
    const random = this.#random;
    const { stockId, unitId } = random.pick(this.#markets);
    const market = { stock_id: stockId, unit_id: unitId };
    const which = random.integer(10);
    if (which < 4) {
      const quantity = formatAmount(this.#quantity());
      const price = formatAmount(this.#price());
      const change = random.pick<{ quantity?: string; price?: string }>([
        { quantity },
        { price },
        { quantity, price },
      ]);
      return { operation: 'amend_order', ...this.#named(), ...change };
    }
    if (which < 8) return { operation: 'cancel_order', ...this.#named() };
    if (which < 9) {
      const order = random.pickAny(this.#placed);
      const { quantity, price } = order ?? { quantity: '1', price: '0.05' };
      const of = { ...market, side: this.#side(), quantity, price };
      return { operation: 'cancel_at_price', ...of };
    }
    const side = this.#side();
    return { operation: 'cancel_orders', ...random.pick<object>([{}, market, { side }]) };
  }

  /** One of the own orders; mostly one that was there. */
  #named(): { order_id: number } | { client_order_id: string } {
    const id = this.#random.pickAny(this.#ids);
    if (id === undefined || this.#random.chance(20)) return { client_order_id: this.#name() };
    return { order_id: id };
  }

  #remember({ result }: Deed): void {
    const id = result['order_id'];
    const hasEnded = ['filled', 'cancelled', 'expired'].includes(`${result['status']}`);
    if (typeof id !== 'number' || hasEnded) return;
    if (this.#ids.length >= IDS) this.#ids.shift();
    this.#ids.push(id);
  }

  #name(): string {
    return `order-${this.#random.integer(NAMES)}`;
  }

  #side(): Side {
    return this.#random.chance(50) ? 'bid' : 'ask';
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
