import type { Amount, OrderId, Side, TimeMicros } from '@picostocks/protocol';
import type { Level } from './book-side.ts';
import type { Market, User } from './state.ts';

/**
 * An order, from the moment it is accepted. While it rests it stands in two intrusive lists: the
 * queue of its price level, and its user's open orders in the market. A JavaScript `Map` would keep
 * the same order but rescans its deleted slots when orders leave from the head.
 */
export class Order {
  readonly id: OrderId;
  readonly user: User;
  readonly market: Market;
  readonly side: Side;
  readonly price: Amount;
  readonly quantity: Amount;
  remaining: Amount;
  /** What it locks now: ceil(price × remaining) of the unit for a bid, `remaining` for an ask. */
  lock: Amount;
  /** The maker rate in force when it was sequenced. */
  readonly makerPpm: number;
  /** When it was placed, filled or reduced last. */
  timeChanged: TimeMicros;

  level: Level | undefined = undefined;
  older: Order | undefined = undefined;
  newer: Order | undefined = undefined;
  ownOlder: Order | undefined = undefined;
  ownNewer: Order | undefined = undefined;

  constructor(fields: {
    readonly id: OrderId;
    readonly user: User;
    readonly market: Market;
    readonly side: Side;
    readonly price: Amount;
    readonly quantity: Amount;
    readonly lock: Amount;
    readonly makerPpm: number;
    readonly time: TimeMicros;
  }) {
    this.id = fields.id;
    this.user = fields.user;
    this.market = fields.market;
    this.side = fields.side;
    this.price = fields.price;
    this.quantity = fields.quantity;
    this.remaining = fields.quantity;
    this.lock = fields.lock;
    this.makerPpm = fields.makerPpm;
    this.timeChanged = fields.time;
  }
}
