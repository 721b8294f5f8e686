// One side of a market's book: price levels, best price first, and in each level its orders, oldest
// first.
//
// Levels stand in a sorted array with the best price at the END, where most changes happen and where
// adding and removing is cheap. Beside it stand their prices as numbers, the best one greatest, so that a search
// touches nothing else; equal numbers are compared exactly. The numbers decide nothing else.

import type { Amount, Side } from '@picostocks/protocol';
import { assert } from './assert.ts';
import type { Order } from './order.ts';

export interface Level {
  readonly price: Amount;
  oldest: Order | undefined;
  newest: Order | undefined;
}

export class BookSide {
  readonly side: Side;
  readonly #levels: Level[] = [];
  readonly #ranks: number[] = [];

  constructor(side: Side) {
    this.side = side;
  }

  best(): Level | undefined {
    return this.#levels[this.#levels.length - 1];
  }

  /** Every order, best price first, then oldest first. */
  *orders(): Generator<Order> {
    for (let index = this.#levels.length - 1; index >= 0; index -= 1) {
      for (let order = this.#levels[index]?.oldest; order !== undefined; order = order.newer) {
        yield order;
      }
    }
  }

  /** Puts an order behind those that stand at its price. */
  add(order: Order): void {
    assert(order.level === undefined, 'an order rests once');
    const level = this.#levelAt(order.price);
    order.level = level;
    // The same amount, kept once for the level instead of once for each of its orders.
    order.price = level.price;
    order.older = level.newest;
    if (level.newest === undefined) level.oldest = order;
    else level.newest.newer = order;
    level.newest = order;
  }

  remove(order: Order): void {
    const { level, older, newer } = order;
    assert(level !== undefined, 'only a resting order can be removed');
    if (older === undefined) level.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) level.newest = older;
    else newer.older = older;
    order.level = undefined;
    order.older = undefined;
    order.newer = undefined;
    if (level.oldest === undefined) this.#removeLevel(level);
  }

  #levelAt(price: Amount): Level {
    const rank = this.#rankOf(price);
    const index = this.#indexOf(price, rank);
    const found = this.#levels[index];
    if (found !== undefined && found.price === price) return found;
    const level: Level = { price, oldest: undefined, newest: undefined };
    if (index === this.#levels.length) {
      this.#levels.push(level);
      this.#ranks.push(rank);
    } else {
      this.#levels.splice(index, 0, level);
      this.#ranks.splice(index, 0, rank);
    }
    return level;
  }

  #removeLevel(level: Level): void {
    if (level === this.best()) {
      this.#levels.pop();
      this.#ranks.pop();
      return;
    }
    const index = this.#indexOf(level.price, this.#rankOf(level.price));
    assert(this.#levels[index] === level, 'a level stands where its price says');
    this.#levels.splice(index, 1);
    this.#ranks.splice(index, 1);
  }

  #rankOf(price: Amount): number {
    return this.side === 'bid' ? Number(price) : -Number(price);
  }

  /** Where a price stands or would stand: the first index whose price is not worse. */
  #indexOf(price: Amount, rank: number): number {
    let low = 0;
    let high = this.#ranks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#ranks[middle] ?? 0;
      if (other < rank || (other === rank && this.#isWorse(middle, price))) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isWorse(index: number, price: Amount): boolean {
    const level = this.#levels[index];
    assert(level !== undefined, 'every rank is that of a level');
    return this.side === 'bid' ? level.price < price : level.price > price;
  }
}
