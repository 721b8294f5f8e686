// Cancelling by price and quantity, as the published API does (docs/protocol.md §6.2).

import {
  type Amount,
  type CancelOrder,
  type Event,
  ORDERS_PER_COMMAND_MAX,
  type Rejection,
} from '@picostocks/protocol';
import { reduce } from './open-orders.ts';
import type { Order } from './order.ts';
import { cancelled } from './place-order.ts';
import { findMarket, findTrader, type State } from './state.ts';

export function cancelOrder(
  state: State,
  command: CancelOrder,
  events: Event[],
): Rejection | undefined {
  const user = findTrader(state, command.userId);
  if (user === undefined) return 'operator_account';
  const market = findMarket(state, command);
  if (market === undefined) return 'market_not_found';
  if (command.quantity === 0n) return 'zero_quantity';
  const newest = nextAt(user.ownOrders[market.slot]?.newest, command);
  if (newest === undefined) return 'order_not_found';

  // After this line the command succeeds.
  for (const { order, quantity } of chooseOrders(newest, command)) {
    events.push(cancelled(order, { quantity, reason: 'user' }));
    reduce(order, quantity, state.time);
  }
  return undefined;
}

/** The user's next older order on this side at this price, from `order` on. */
function nextAt(order: Order | undefined, { side, price }: CancelOrder): Order | undefined {
  let candidate = order;
  while (candidate !== undefined && (candidate.side !== side || candidate.price !== price)) {
    candidate = candidate.ownOlder;
  }
  return candidate;
}

interface Cut {
  readonly order: Order;
  readonly quantity: Amount;
}

function chooseOrders(newest: Order, command: CancelOrder): Cut[] {
  const cuts: Cut[] = [];
  let left = command.quantity;
  for (
    let order: Order | undefined = newest;
    order !== undefined;
    order = nextAt(order.ownOlder, command)
  ) {
    if (order.remaining === command.quantity) return [{ order, quantity: command.quantity }];
    if (left === 0n || cuts.length === ORDERS_PER_COMMAND_MAX) continue;
    const quantity = order.remaining < left ? order.remaining : left;
    cuts.push({ order, quantity });
    left -= quantity;
  }
  return cuts;
}
