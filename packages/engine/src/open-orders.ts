// Entering and leaving the book. The level's queue, the user's own list, the names by which an order
// is found, its timer, the market's book sequence and the lock change together, here and nowhere else,
// so that *locked equals open orders* cannot come apart.

import { type Amount, type Side, valueCeiling } from '@picostocks/protocol';
import { assert } from './assert.ts';
import type { BookSide } from './book-side.ts';
import { accountOf, lock, unlock } from './ledger.ts';
import type { Order } from './order.ts';
import {
  type Asset,
  type Market,
  type OwnOrders,
  type State,
  type User,
  withSlot,
} from './state.ts';

export function bookSide(market: Market, side: Side): BookSide {
  return side === 'bid' ? market.bids : market.asks;
}

/** Which asset an order of this side locks. */
export function lockedAsset(market: Market, side: Side): Asset {
  return side === 'bid' ? market.unit : market.stock;
}

/** What an order locks while `quantity` of it is open (docs/protocol.md §1). */
export function lockFor(
  side: Side,
  { price, quantity }: { price: Amount; quantity: Amount },
): Amount {
  return side === 'bid' ? valueCeiling({ price, quantity }) : quantity;
}

function ownOrdersOf(user: User, market: Market): OwnOrders {
  const existing = user.ownOrders[market.slot];
  if (existing !== undefined) return existing;
  const own: OwnOrders = { count: 0, newest: undefined };
  user.ownOrders = withSlot(user.ownOrders, market.slot, own);
  return own;
}

/** Locks what is left of an order and puts it into the book, behind those that stand at its price. */
export function enterBook(state: State, order: Order): void {
  lock(accountOf(order.user, lockedAsset(order.market, order.side)), order.lock);
  order.market.bookSequence += 1;
  standInBook(state, order);
}

/** Puts an order whose lock is taken where it is found; orders of one user come by their places. */
export function standInBook(state: State, order: Order): void {
  const { user, market } = order;
  bookSide(market, order.side).add(order);
  const own = ownOrdersOf(user, market);
  order.ownOlder = own.newest;
  if (own.newest !== undefined) own.newest.ownNewer = order;
  own.newest = order;
  own.count += 1;
  state.orders.add(order);
  if (order.expiry !== undefined) state.timers.add(order.expiry);
  if (order.clientOrderId === undefined) return;
  user.clientOrderIds ??= new Map();
  user.clientOrderIds.set(order.clientOrderId, order);
}

/** Takes an order out of the book, to lose its place; what it locked is free. */
export function leaveBook(state: State, order: Order): void {
  order.market.bookSequence += 1;
  takeFromBook(state, order);
  unlock(accountOf(order.user, lockedAsset(order.market, order.side)), order.lock);
}

function takeFromBook(state: State, order: Order): void {
  const { user, market } = order;
  bookSide(market, order.side).remove(order);
  const own = ownOrdersOf(user, market);
  if (order.ownNewer === undefined) own.newest = order.ownOlder;
  else order.ownNewer.ownOlder = order.ownOlder;
  if (order.ownOlder !== undefined) order.ownOlder.ownNewer = order.ownNewer;
  order.ownOlder = undefined;
  order.ownNewer = undefined;
  own.count -= 1;
  state.orders.remove(order);
  if (order.expiry !== undefined) state.timers.remove(order.expiry);
  if (order.clientOrderId !== undefined) user.clientOrderIds?.delete(order.clientOrderId);
}

/**
 * Takes `quantity` off what remains of an order and answers how much its lock shrank: L(r) − L(r−q). Most
 * orders are taken whole, and of an ask the lock is what remains, so the division is rare.
 */
export function takeOff(order: Order, quantity: Amount): Amount {
  const before = order.lock;
  if (quantity === order.remaining) {
    order.remaining = 0n;
    order.lock = 0n;
    return before;
  }
  assert(quantity >= 0n && quantity < order.remaining, 'an order shrinks by a part of itself');
  order.remaining -= quantity;
  order.lock = lockFor(order.side, { price: order.price, quantity: order.remaining });
  return order.side === 'ask' ? quantity : before - order.lock;
}

/** The same of a resting order, which leaves the book with nothing left. The caller says where the money goes. */
export function shrink(state: State, order: Order, quantity: Amount): Amount {
  const freed = takeOff(order, quantity);
  order.timeChanged = state.time;
  order.market.bookSequence += 1;
  if (order.remaining === 0n) takeFromBook(state, order);
  return freed;
}

/** Takes `quantity` off a resting order and gives its lock back to the user. */
export function reduce(state: State, order: Order, quantity: Amount): void {
  const freed = shrink(state, order, quantity);
  unlock(accountOf(order.user, lockedAsset(order.market, order.side)), freed);
}
