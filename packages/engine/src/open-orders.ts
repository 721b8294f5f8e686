// Entering and leaving the book: the level's queue, the user's own list and the lock change together,
// here and nowhere else, so that *locked equals open orders* cannot come apart.

import { type Amount, type Side, type TimeMicros, valueCeiling } from '@picostocks/protocol';
import { assert } from './assert.ts';
import type { BookSide } from './book-side.ts';
import { accountOf, unlock } from './ledger.ts';
import type { Order } from './order.ts';
import type { Asset, Market, OwnOrders, User } from './state.ts';

export function bookSide(market: Market, side: Side): BookSide {
  return side === 'bid' ? market.bids : market.asks;
}

/** Which asset an order of this side locks. */
export function lockedAsset(market: Market, side: Side): Asset {
  return side === 'bid' ? market.unit : market.stock;
}

/** What an order locks while `remaining` of it is open (docs/protocol.md §1). */
export function lockFor(
  side: Side,
  { price, quantity }: { price: Amount; quantity: Amount },
): Amount {
  return side === 'bid' ? valueCeiling({ price, quantity }) : quantity;
}

export function ownOrdersOf(user: User, market: Market): OwnOrders {
  const existing = user.ownOrders[market.slot];
  if (existing !== undefined) return existing;
  while (user.ownOrders.length < market.slot) user.ownOrders.push(undefined);
  const own: OwnOrders = { count: 0, newest: undefined };
  user.ownOrders[market.slot] = own;
  return own;
}

/** Puts an order whose lock is already taken into the book. */
export function enterBook(order: Order): void {
  bookSide(order.market, order.side).add(order);
  const own = ownOrdersOf(order.user, order.market);
  order.ownOlder = own.newest;
  if (own.newest !== undefined) own.newest.ownNewer = order;
  own.newest = order;
  own.count += 1;
}

function leaveBook(order: Order): void {
  bookSide(order.market, order.side).remove(order);
  const own = ownOrdersOf(order.user, order.market);
  if (order.ownNewer === undefined) own.newest = order.ownOlder;
  else order.ownNewer.ownOlder = order.ownOlder;
  if (order.ownOlder !== undefined) order.ownOlder.ownNewer = order.ownNewer;
  order.ownOlder = undefined;
  order.ownNewer = undefined;
  own.count -= 1;
}

/**
 * Takes `quantity` off a resting order and answers how much its lock shrank: L(r) − L(r−q). The
 * caller says where that money goes; an order with nothing left leaves the book.
 */
export function shrink(order: Order, quantity: Amount, time: TimeMicros): Amount {
  assert(quantity > 0n && quantity <= order.remaining, 'an order shrinks by a part of itself');
  const before = order.lock;
  order.remaining -= quantity;
  order.lock = lockFor(order.side, { price: order.price, quantity: order.remaining });
  order.timeChanged = time;
  if (order.remaining === 0n) leaveBook(order);
  return before - order.lock;
}

/** Takes `quantity` off a resting order and gives its lock back to the user. */
export function reduce(order: Order, quantity: Amount, time: TimeMicros): void {
  const freed = shrink(order, quantity, time);
  unlock(accountOf(order.user, lockedAsset(order.market, order.side)), freed);
}
