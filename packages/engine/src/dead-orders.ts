// Dead orders: those whose time is over, and those that a switch or a freeze has killed. They still
// stand in the book and lock their money, but trade with nobody; time and who meets them cancel them
// (docs/protocol.md §6.1, §6.11). To kill all orders of a user is one number, however many he has.

import type { CancelReason, TimeMicros } from '@picostocks/protocol';
import { assert } from './assert.ts';
import type { Order } from './order.ts';
import type { State, SweepReason, User } from './state.ts';

export function isDead(order: Order, time: TimeMicros): boolean {
  return isKilled(order) || isOver(order, time);
}

export function isKilled(order: Order): boolean {
  return order.place < order.user.deadBefore;
}

function isOver({ expiry }: Order, time: TimeMicros): boolean {
  return expiry !== undefined && expiry.due <= time;
}

/** Why a dead order is cancelled. */
export function reasonOfDeath(state: State, order: Order): CancelReason {
  if (isOver(order, state.time)) return 'expired';
  const reason = state.sweeps.get(order.user);
  assert(reason !== undefined, 'who has killed orders is to be swept');
  return reason;
}

/** A user who is to be swept already keeps his place and his reason. */
export function killOrders(state: State, user: User, reason: SweepReason): void {
  user.deadBefore = state.orderIdNext;
  if (!state.sweeps.has(user)) state.sweeps.set(user, reason);
}
