// The book that the generator of events keeps: numbers only, so that ten million orders fit.
//
// Orders are numbered from 1 on; 0 is none. Each tick of a side has a queue, and all resting orders stand in a
// list without order, so that any of them can be chosen.

export interface ModelOrder {
  readonly isAsk: boolean;
  readonly tick: number;
  readonly quantity: number;
  readonly userId: number;
}

class Queues {
  readonly oldest: Int32Array;
  readonly newest: Int32Array;

  constructor(ticks: number) {
    this.oldest = new Int32Array(ticks + 1);
    this.newest = new Int32Array(ticks + 1);
  }
}

export class ModelBook {
  readonly #tickMax: number;
  readonly #bids: Queues;
  readonly #asks: Queues;
  readonly #isAsk: Uint8Array;
  readonly #tick: Int32Array;
  readonly #userId: Int32Array;
  readonly #quantity: Float64Array;
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #resting: Int32Array;
  /** Where an order stands among the resting ones. */
  readonly #place: Int32Array;
  #last = 0;
  #bestBid = 0;
  #bestAsk: number;
  size = 0;
  levels = 0;

  constructor(orders: number, tickMax: number) {
    this.#tickMax = tickMax;
    this.#bestAsk = tickMax + 1;
    [this.#bids, this.#asks] = [new Queues(tickMax), new Queues(tickMax)];
    this.#isAsk = new Uint8Array(orders + 1);
    this.#quantity = new Float64Array(orders + 1);
    const column = (): Int32Array => new Int32Array(orders + 1);
    [this.#tick, this.#userId, this.#older, this.#newer] = [column(), column(), column(), column()];
    [this.#resting, this.#place] = [column(), column()];
  }

  get bestBid(): number | undefined {
    return this.#bestBid === 0 ? undefined : this.#bestBid;
  }

  get bestAsk(): number | undefined {
    return this.#bestAsk > this.#tickMax ? undefined : this.#bestAsk;
  }

  order(order: number): ModelOrder {
    return {
      isAsk: this.#isAsk[order] === 1,
      tick: this.#tick[order] ?? 0,
      quantity: this.#quantity[order] ?? 0,
      userId: this.#userId[order] ?? 0,
    };
  }

  /** Any resting order, by a number below `size`. */
  at(place: number): number {
    return this.#resting[place] ?? 0;
  }

  /** The number of an order that will not rest. */
  skipOrder(): number {
    this.#last += 1;
    return this.#last;
  }

  add({ isAsk, tick, quantity, userId }: ModelOrder): number {
    if (tick < 1 || tick > this.#tickMax) throw new Error(`the price has strayed to ${tick}`);
    const order = this.skipOrder();
    const queues = isAsk ? this.#asks : this.#bids;
    const newest = queues.newest[tick] ?? 0;
    this.#isAsk[order] = isAsk ? 1 : 0;
    this.#tick[order] = tick;
    this.#quantity[order] = quantity;
    this.#userId[order] = userId;
    this.#older[order] = newest;
    queues.newest[tick] = order;
    if (newest === 0) {
      queues.oldest[tick] = order;
      this.levels += 1;
    } else {
      this.#newer[newest] = order;
    }
    if (isAsk) this.#bestAsk = Math.min(this.#bestAsk, tick);
    else this.#bestBid = Math.max(this.#bestBid, tick);
    this.#resting[this.size] = order;
    this.#place[order] = this.size;
    this.size += 1;
    return order;
  }

  fill(order: number, quantity: number): void {
    const left = (this.#quantity[order] ?? 0) - quantity;
    if (left === 0) this.remove(order);
    else this.#quantity[order] = left;
  }

  remove(order: number): void {
    const queues = this.#isAsk[order] === 1 ? this.#asks : this.#bids;
    const tick = this.#tick[order] ?? 0;
    const older = this.#older[order] ?? 0;
    const newer = this.#newer[order] ?? 0;
    if (older === 0) queues.oldest[tick] = newer;
    else this.#newer[older] = newer;
    if (newer === 0) queues.newest[tick] = older;
    else this.#older[newer] = older;
    if (queues.oldest[tick] === 0) this.#closeLevel();
    this.size -= 1;
    const [place, last] = [this.#place[order] ?? 0, this.#resting[this.size] ?? 0];
    this.#resting[place] = last;
    this.#place[last] = place;
  }

  #closeLevel(): void {
    this.levels -= 1;
    while (this.#bestBid > 0 && this.#bids.oldest[this.#bestBid] === 0) this.#bestBid -= 1;
    while (this.#bestAsk <= this.#tickMax && this.#asks.oldest[this.#bestAsk] === 0) {
      this.#bestAsk += 1;
    }
  }

  /** The first order of a side by price and time. */
  first(isAsk: boolean): number {
    const { bestBid, bestAsk } = this;
    if (isAsk) return bestAsk === undefined ? 0 : (this.#asks.oldest[bestAsk] ?? 0);
    return bestBid === undefined ? 0 : (this.#bids.oldest[bestBid] ?? 0);
  }

  /** The order after it on its side. */
  next(order: number): number {
    const newer = this.#newer[order] ?? 0;
    if (newer !== 0) return newer;
    const isAsk = this.#isAsk[order] === 1;
    const queues = isAsk ? this.#asks : this.#bids;
    const step = isAsk ? 1 : -1;
    let tick = (this.#tick[order] ?? 0) + step;
    while (tick > 0 && tick <= this.#tickMax && queues.oldest[tick] === 0) tick += step;
    return queues.oldest[tick] ?? 0;
  }
}
