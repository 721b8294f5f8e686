// Placing an order: the ladder of guards, then it meets the book (docs/protocol.md §6.1). Guards change
// nothing; after the last one the command must succeed.

import {
  ceilingOf,
  type DecodedParams,
  OPERATOR_USER_ID,
  type Rejection,
  type TimeInForce,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import { makerPpmOf } from './fees.ts';
import { freeOf } from './ledger.ts';
import { meetBook, wouldFill, wouldMatch } from './match.ts';
import { lockedAsset } from './open-orders.ts';
import { Order } from './order.ts';
import { placed } from './order-events.ts';
import { capOf, checkIsOpen, checkRules } from './order-rules.ts';
import { findMarket, type Market, type State, type User } from './state.ts';

export function placeOrder(
  state: State,
  act: Act,
  params: DecodedParams<'place_order'>,
): Rejection | undefined {
  const { side, quantity, goodUntil, clientOrderId, type = 'limit' } = params;
  const { timeInForce = type === 'limit' ? 'gtc' : 'ioc' } = params;
  const { user } = act;
  if (user.id === OPERATOR_USER_ID) return 'operator_account';
  if (user.frozen !== undefined) return 'account_frozen';
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  if (looksFirst(timeInForce) && act.looksLeft <= 0) return 'capacity';
  const shut = checkIsOpen(market);
  if (shut !== undefined) return shut;
  if (quantity === 0n) return 'zero_quantity';
  if (params.price === 0n) return 'zero_price';
  if (goodUntil !== undefined && goodUntil <= state.time) return 'good_until_passed';
  const price = params.price ?? capOf(market.rules, side);
  if (price === undefined) return 'price_cap_missing';
  const product = price * quantity;
  const want = { user, market, side, price, quantity, product };
  const unruly = checkRules(market, want, 'new');
  if (unruly !== undefined) return unruly;
  if (clientOrderId !== undefined && user.clientOrderIds?.has(clientOrderId) === true) {
    return 'duplicate_client_order_id';
  }
  if (mayRest(timeInForce) && hasAllOpenOrders(user, market)) return 'too_many_open_orders';
  if (timeInForce === 'post_only' && wouldMatch(state, act, want)) return 'would_match';
  if (timeInForce === 'fok' && !wouldFill(state, act, want)) return 'would_not_fill';
  const lock = side === 'bid' ? ceilingOf(product) : quantity;
  if (freeOf(user, lockedAsset(market, side)) < lock) return 'insufficient_funds';

  // After this line the command succeeds.
  const order = new Order({
    id: state.orderIdNext,
    user,
    market,
    side,
    type,
    timeInForce,
    clientOrderId,
    goodUntil,
    price,
    quantity,
    lock,
    makerPpm: makerPpmOf(state, user, market),
    time: state.time,
  });
  state.orderIdNext += 1;
  act.events.push(placed(order));
  meetBook(state, act, order);
  return undefined;
}

/** Must it look at the book before it may meet it? */
function looksFirst(timeInForce: TimeInForce): boolean {
  return timeInForce === 'fok' || timeInForce === 'post_only';
}

function mayRest(timeInForce: TimeInForce): boolean {
  return timeInForce !== 'ioc' && timeInForce !== 'fok';
}

function hasAllOpenOrders(user: User, market: Market): boolean {
  const count = user.ownOrders[market.slot]?.count ?? 0;
  return count >= market.rules.maxOpenOrders;
}
