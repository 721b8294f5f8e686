// An order, from the moment it is accepted.

import type {
  Amount,
  OrderId,
  OrderType,
  Side,
  TimeInForce,
  TimeMicros,
} from '@picostocks/protocol';
import type { Level } from './book-side.ts';
import type { Market, User } from './state.ts';
import { Timer } from './timer-queue.ts';

/**
 * While it rests it stands in three intrusive lists: the queue of its price level, its user's open orders
 * in the market, and those that the table of all orders finds in one bucket. A JavaScript `Map` would keep the same order but rescans its deleted slots when
 * orders leave from the head.
 */
export class Order {
  readonly id: OrderId;
  readonly user: User;
  readonly market: Market;
  readonly side: Side;
  /** A market order never rests. */
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly clientOrderId: string | undefined;
  /** When it is to be cancelled; waits among the state's timers while the order rests. */
  readonly expiry: Timer | undefined;
  price: Amount;
  /** All of it: what was filled, and what remains. */
  quantity: Amount;
  remaining: Amount;
  /** What it locks now: ceil(price × remaining) of the unit for a bid, `remaining` for an ask. */
  lock: Amount;
  /** Its user's maker rate when it took its place. */
  makerPpm: number;
  /** Its place among the orders of one price: the lower goes first. */
  place: OrderId;
  /** In the unit: what its fills cost together. */
  value: Amount = 0n;
  /** The fees of its fills: in the stock for a bid, in the unit for an ask. */
  fee: Amount = 0n;
  readonly timePlaced: TimeMicros;
  timeLastTrade: TimeMicros | undefined = undefined;
  /** When it was placed, filled, reduced or amended last. */
  timeChanged: TimeMicros;

  level: Level | undefined = undefined;
  older: Order | undefined = undefined;
  newer: Order | undefined = undefined;
  ownOlder: Order | undefined = undefined;
  ownNewer: Order | undefined = undefined;
  nextInBucket: Order | undefined = undefined;

  constructor(fields: {
    readonly id: OrderId;
    readonly user: User;
    readonly market: Market;
    readonly side: Side;
    readonly type: OrderType;
    readonly timeInForce: TimeInForce;
    readonly clientOrderId: string | undefined;
    readonly goodUntil: TimeMicros | undefined;
    readonly price: Amount;
    readonly quantity: Amount;
    readonly lock: Amount;
    readonly makerPpm: number;
    readonly time: TimeMicros;
  }) {
    const { id, goodUntil } = fields;
    this.id = id;
    this.user = fields.user;
    this.market = fields.market;
    this.side = fields.side;
    this.type = fields.type;
    this.timeInForce = fields.timeInForce;
    this.clientOrderId = fields.clientOrderId;
    this.expiry = goodUntil === undefined ? undefined : new Timer(goodUntil, { of: 'order', id });
    this.price = fields.price;
    this.quantity = fields.quantity;
    this.remaining = fields.quantity;
    this.lock = fields.lock;
    this.makerPpm = fields.makerPpm;
    this.place = id;
    this.timePlaced = fields.time;
    this.timeChanged = fields.time;
  }

  /** Only of `gtt`. */
  get goodUntil(): TimeMicros | undefined {
    return this.expiry?.due;
  }

  get filled(): Amount {
    return this.quantity === this.remaining ? 0n : this.quantity - this.remaining;
  }
}
