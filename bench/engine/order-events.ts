// Order flow for one market, from a seed: the same seed makes the same events on every machine.
//
// First a prefill that rests, then events: 52 % new limit orders that rest, 38 % cancels of any resting
// order, 10 % takers that trade with one to five makers. The generator keeps a book of its own, so each event
// fits the book that an exact price-time engine has at that moment: a new order never crosses, a cancelled one
// still rests, a taker is filled whole. So the trades of an engine can be counted against the generator's.
//
//   top    10,000 resting orders near the best prices, some 160 levels, some 190 orders at the level of an order
//   deep   200,000 resting orders, 2,500 ticks a side
//   n      n resting orders over the ticks of `deep`, to see how an engine grows

import { Random } from '@picostocks/engine/testing';
import { ModelBook } from './model-book.ts';

/** One column for each field; a cancel has the side and price of the order that it names. */
export interface OrderEvents {
  /** How many of the events are the prefill. */
  readonly prefill: number;
  readonly count: number;
  /** Users are numbered from 1 to this. */
  readonly users: number;
  readonly trades: number;
  /** Orders that rest after the last event. */
  readonly resting: number;
  readonly levels: number;
  readonly isCancel: Uint8Array;
  readonly isAsk: Uint8Array;
  /** New orders are numbered from 1 on, in order. */
  readonly orders: Int32Array;
  readonly userIds: Int32Array;
  readonly ticks: Int32Array;
  /** In 10⁻⁸; 0 for a cancel. */
  readonly quantities: Float64Array;
}

export interface Flow {
  readonly resting: number;
  readonly users: number;
  /** How far from the middle an order stands, in ticks, on average. */
  readonly distance: number;
  /** Of the prefill everything, of the rest this part stands anywhere in so many ticks. */
  readonly wide?: { readonly ticks: number; readonly part: number };
}

export const TOP: Flow = { resting: 10_000, users: 1_000, distance: 12 };

export function deepFlow(resting: number): Flow {
  return { resting, users: 10_000, distance: 25, wide: { ticks: 2_500, part: 0.4 } };
}

const MIDDLE = 17_770;
const TICK_MAX = 40_000;
const MAKERS_MAX = 5;
const TAKERS = 0.1;
/** Of what does not take, new orders are so many while as many rest as should; takers remove some, too. */
const NEW_ORDERS = 0.58;

export function makeOrderEvents(flow: Flow, length: number, seed = 'picostocks'): OrderEvents {
  const maker = new EventMaker(flow, length, seed);
  maker.prefill();
  for (let event = 0; event < length; event += 1) maker.add();
  return maker.finish();
}

class EventMaker {
  readonly #flow: Flow;
  readonly #random: Random;
  readonly #book: ModelBook;
  readonly #columns: Omit<OrderEvents, 'prefill' | 'count' | 'trades' | 'resting' | 'levels'>;
  #count = 0;
  #trades = 0;

  constructor(flow: Flow, length: number, seed: string) {
    const size = flow.resting + length;
    this.#flow = flow;
    this.#random = new Random(`${seed}/${JSON.stringify(flow)}`);
    this.#book = new ModelBook(size, TICK_MAX);
    this.#columns = {
      users: flow.users,
      isCancel: new Uint8Array(size),
      isAsk: new Uint8Array(size),
      orders: new Int32Array(size),
      userIds: new Int32Array(size),
      ticks: new Int32Array(size),
      quantities: new Float64Array(size),
    };
  }

  prefill(): void {
    const { wide, resting } = this.#flow;
    for (let order = 0; order < resting; order += 1) this.#rest(wide !== undefined);
  }

  add(): void {
    const { wide, resting } = this.#flow;
    const missing = (resting - this.#book.size) / resting;
    if (this.#fraction() < TAKERS) this.#take();
    else if (this.#fraction() >= NEW_ORDERS + 4 * missing) this.#cancel();
    else this.#rest(wide !== undefined && this.#fraction() < wide.part);
  }

  finish(): OrderEvents {
    return {
      ...this.#columns,
      prefill: this.#flow.resting,
      count: this.#count,
      trades: this.#trades,
      resting: this.#book.size,
      levels: this.#book.levels,
    };
  }

  #fraction(): number {
    return this.#random.integer(2 ** 32) / 2 ** 32;
  }

  /** Whole numbers from 0 on that fall off evenly and have this mean. */
  #falling(mean: number): number {
    return Math.floor(Math.log(1 - this.#fraction()) / Math.log(mean / (mean + 1)));
  }

  /** From 1 to 20,000, each size as likely as its double. */
  #quantity(): number {
    return Math.floor(1e8 * 20_000 ** this.#fraction());
  }

  #user(): number {
    return 1 + this.#random.integer(this.#flow.users);
  }

  #rest(isWide: boolean): void {
    const isAsk = this.#random.integer(2) === 1;
    const { bestBid = MIDDLE - 1, bestAsk = MIDDLE + 1 } = this.#book;
    const { distance, wide } = this.#flow;
    const away = isWide ? this.#random.integer(wide?.ticks ?? 1) : this.#falling(distance);
    // One tick from the middle at least, and never at a price at which it would trade.
    const middle = (bestBid + bestAsk) / 2;
    const tick = isAsk
      ? Math.max(Math.floor(middle) + 1 + away, bestBid + 1)
      : Math.min(Math.ceil(middle) - 1 - away, bestAsk - 1);
    const [userId, quantity] = [this.#user(), this.#quantity()];
    const order = this.#book.add({ isAsk, tick, quantity, userId });
    this.#write({ isCancel: false, isAsk, order, userId, tick, quantity });
  }

  #cancel(): void {
    const order = this.#book.at(this.#random.integer(this.#book.size));
    const { isAsk, tick, userId } = this.#book.order(order);
    this.#book.remove(order);
    this.#write({ isCancel: true, isAsk, order, userId, tick, quantity: 0 });
  }

  /** Takes the whole of some makers and all or a part of the last one, and nothing of its own. */
  #take(): void {
    const { bestBid = MIDDLE, bestAsk = MIDDLE } = this.#book;
    // The further the middle has strayed, the likelier a taker brings it back.
    const astray = ((bestBid + bestAsk) / 2 - MIDDLE) / 400;
    const isAsk = this.#fraction() < 0.5 + Math.max(-0.25, Math.min(0.25, astray));
    const makers = this.#chooseMakers(isAsk);
    const owners = makers.map((maker) => this.#book.order(maker).userId);
    let userId = this.#user();
    while (owners.includes(userId)) userId = this.#user();
    let [tick, quantity] = [0, 0];
    for (const [index, maker] of makers.entries()) {
      const resting = this.#book.order(maker);
      const isPart = index === makers.length - 1 && this.#fraction() < 0.5;
      const filled = isPart
        ? Math.max(1, Math.floor(resting.quantity * this.#fraction()))
        : resting.quantity;
      this.#book.fill(maker, filled);
      quantity += filled;
      tick = resting.tick;
    }
    this.#trades += makers.length;
    const isPatient = this.#fraction() < 0.7;
    const slack = isPatient ? 0 : this.#falling(3);
    const order = this.#book.skipOrder();
    tick += isAsk ? -slack : slack;
    this.#write({ isCancel: false, isAsk, order, userId, tick, quantity });
  }

  /** One, or with even odds one more, up to five; a side that was prefilled is never empty. */
  #chooseMakers(isAsk: boolean): number[] {
    const makers: number[] = [];
    for (let maker = this.#book.first(!isAsk); maker !== 0; maker = this.#book.next(maker)) {
      makers.push(maker);
      if (makers.length === MAKERS_MAX || this.#fraction() < 0.5) break;
    }
    return makers;
  }

  #write(event: {
    readonly isCancel: boolean;
    readonly isAsk: boolean;
    readonly order: number;
    readonly userId: number;
    readonly tick: number;
    readonly quantity: number;
  }): void {
    const row = this.#count;
    this.#columns.isCancel[row] = event.isCancel ? 1 : 0;
    this.#columns.isAsk[row] = event.isAsk ? 1 : 0;
    this.#columns.orders[row] = event.order;
    this.#columns.userIds[row] = event.userId;
    this.#columns.ticks[row] = event.tick;
    this.#columns.quantities[row] = event.quantity;
    this.#count += 1;
  }
}
