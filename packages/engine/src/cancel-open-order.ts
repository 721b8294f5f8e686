// Taking an open order off, whoever or whatever wants it: its money is free and the events say so.

import type { Amount, CancelReason, Event } from '@picostocks/protocol';
import { assert } from './assert.ts';
import { leaveBook, reduce, takeOff } from './open-orders.ts';
import type { Order } from './order.ts';
import { cancelled, closed } from './order-events.ts';
import type { State } from './state.ts';

/** Cancels all that is left of a resting order. */
export function cancelOpenOrder(
  state: State,
  order: Order,
  { reason, events }: { reason: CancelReason; events: Event[] },
): void {
  // Made while it remains, since what was filled is what does not.
  events.push(cancelled(order, order.remaining, reason), closed(order, reason));
  leaveBook(state, order);
  takeOff(order, order.remaining);
}

/** Its owner takes a part off; the order keeps its place. */
export function cancelPart(
  state: State,
  order: Order,
  { quantity, events }: { quantity: Amount; events: Event[] },
): void {
  assert(quantity < order.remaining, 'a part is not the whole');
  events.push(cancelled(order, quantity, 'user'));
  reduce(state, order, quantity);
  order.quantity -= quantity;
}
