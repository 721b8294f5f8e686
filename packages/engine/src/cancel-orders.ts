// The cancels: one order by its name, orders at a price as the published API does, and all of a market
// or side (docs/protocol.md §6.1). They work whatever the market's status is, and for a frozen user.

import {
  type Amount,
  type DecodedParams,
  OPERATOR_USER_ID,
  type Rejection,
  type Side,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import { cancelOpenOrder, cancelPart } from './cancel-open-order.ts';
import type { Order } from './order.ts';
import { findMarket, type Market, type State, type User } from './state.ts';

/** A user's open order by its id or by the name that he gave it. */
export function findOpenOrder(
  state: State,
  user: User,
  { orderId, clientOrderId = '' }: { readonly orderId?: number; readonly clientOrderId?: string },
): Order | undefined {
  if (orderId === undefined) return user.clientOrderIds?.get(clientOrderId);
  const order = state.orders.get(orderId);
  return order?.user === user ? order : undefined;
}

export function cancelOrder(
  state: State,
  { user, events }: Act,
  params: DecodedParams<'cancel_order'>,
): Rejection | undefined {
  if (user.id === OPERATOR_USER_ID) return 'operator_account';
  const order = findOpenOrder(state, user, params);
  if (order === undefined) return 'order_not_found';

  // After this line the command succeeds.
  cancelOpenOrder(state, order, { reason: 'user', events });
  return undefined;
}

export function cancelAtPrice(
  state: State,
  act: Act,
  params: DecodedParams<'cancel_at_price'>,
): Rejection | undefined {
  const { user, events } = act;
  if (user.id === OPERATOR_USER_ID) return 'operator_account';
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  if (!mayLook(act, ownCount(user, market))) return 'capacity';
  const newest = nextAt(user.ownOrders[market.slot]?.newest, params);
  if (newest === undefined) return 'order_not_found';
  if (params.quantity === 0n) return 'zero_quantity';

  // After this line the command succeeds.
  for (const { order, quantity } of chooseOrders(newest, params, act.meetsLeft)) {
    act.meetsLeft -= 1;
    if (quantity < order.remaining) cancelPart(state, order, { quantity, events });
    else cancelOpenOrder(state, order, { reason: 'user', events });
  }
  return undefined;
}

/** May a cancel look through that many? The last one of a batch may pass the limit, the next may not. */
function mayLook(act: Act, orders: number): boolean {
  if (act.looksLeft <= 0) return false;
  act.looksLeft -= orders;
  return true;
}

function ownCount(user: User, market: Market): number {
  return user.ownOrders[market.slot]?.count ?? 0;
}

interface AtPrice {
  readonly side: Side;
  readonly price: Amount;
  readonly quantity: Amount;
}

/** The user's next older order on this side at this price, from `order` on. */
function nextAt(order: Order | undefined, { side, price }: AtPrice): Order | undefined {
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

/** The newest order of just that quantity, or else orders from the newest on, at most so many. */
function chooseOrders(newest: Order, asked: AtPrice, most: number): Cut[] {
  const cuts: Cut[] = [];
  if (most === 0) return cuts;
  let left = asked.quantity;
  for (
    let order: Order | undefined = newest;
    order !== undefined;
    order = nextAt(order.ownOlder, asked)
  ) {
    if (order.remaining === asked.quantity) return [{ order, quantity: asked.quantity }];
    if (left === 0n || cuts.length === most) continue;
    const quantity = order.remaining < left ? order.remaining : left;
    cuts.push({ order, quantity });
    left -= quantity;
  }
  return cuts;
}

export function cancelOrders(
  state: State,
  act: Act,
  { stockId, unitId, side }: DecodedParams<'cancel_orders'>,
): Rejection | undefined {
  const { user } = act;
  if (user.id === OPERATOR_USER_ID) return 'operator_account';
  if (stockId === undefined || unitId === undefined) {
    const own = user.ownOrders.reduce((sum, orders) => sum + (orders?.count ?? 0), 0);
    if (!mayLook(act, own + state.markets.length)) return 'capacity';

    // After this line the command succeeds.
    for (const market of state.markets) cancelAllIn(state, act, { market, side });
    return undefined;
  }
  const market = findMarket(state, { stockId, unitId });
  if (market === undefined) return 'market_not_found';
  if (!mayLook(act, ownCount(user, market))) return 'capacity';

  // After this line the command succeeds.
  cancelAllIn(state, act, { market, side });
  return undefined;
}

function cancelAllIn(
  state: State,
  act: Act,
  { market, side }: { readonly market: Market; readonly side: Side | undefined },
): void {
  let order = act.user.ownOrders[market.slot]?.newest;
  while (order !== undefined && act.meetsLeft > 0) {
    const older: Order | undefined = order.ownOlder;
    if (side === undefined || order.side === side) {
      act.meetsLeft -= 1;
      cancelOpenOrder(state, order, { reason: 'user', events: act.events });
    }
    order = older;
  }
}
