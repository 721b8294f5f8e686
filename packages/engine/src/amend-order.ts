// Changing an open order. A smaller quantity at the same price keeps its place in the queue; anything
// else takes the order out of the book and lets it come back as if it were new (docs/protocol.md §6.1).

import {
  type Amount,
  type DecodedParams,
  OPERATOR_USER_ID,
  type Rejection,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import { findOpenOrder } from './cancel-orders.ts';
import { isDead } from './dead-orders.ts';
import { makerPpmOf } from './fees.ts';
import { freeOf } from './ledger.ts';
import { meetBook, wouldMatch } from './match.ts';
import { leaveBook, lockedAsset, lockFor, reduce } from './open-orders.ts';
import type { Order } from './order.ts';
import { amended } from './order-events.ts';
import { checkIsOpen, checkRules } from './order-rules.ts';
import type { State } from './state.ts';

export function amendOrder(
  state: State,
  act: Act,
  params: DecodedParams<'amend_order'>,
): Rejection | undefined {
  const { user } = act;
  if (user.id === OPERATOR_USER_ID) return 'operator_account';
  if (user.frozen !== undefined) return 'account_frozen';
  const order = findOpenOrder(state, user, params);
  if (order === undefined || isDead(order, state.time)) return 'order_not_found';
  const { market, side } = order;
  const { price = order.price, quantity = order.quantity } = params;
  const isReduction = price === order.price && quantity <= order.quantity;
  const looksFirst = order.timeInForce === 'post_only' && !isReduction;
  if (looksFirst && act.looksLeft <= 0) return 'capacity';
  const shut = isReduction ? undefined : checkIsOpen(market);
  if (shut !== undefined) return shut;
  if (quantity === 0n) return 'zero_quantity';
  if (price === 0n) return 'zero_price';
  const ruled = { price, quantity, product: price * quantity };
  const unruly = checkRules(market, ruled, isReduction ? 'reduction' : 'new');
  if (unruly !== undefined) return unruly;
  if (quantity <= order.filled) return 'amend_below_filled';
  const terms = {
    price,
    quantity,
    lock: lockFor(side, { price, quantity: quantity - order.filled }),
  };
  if (looksFirst && wouldMatch(state, act, { user, market, side, ...terms })) return 'would_match';
  const free = freeOf(user, lockedAsset(market, side)) + order.lock;
  if (!isReduction && free < terms.lock) return 'insufficient_funds';

  // After this line the command succeeds.
  if (isReduction) {
    reduce(state, order, order.quantity - quantity);
    order.quantity = quantity;
    act.events.push(amended(order, true));
  } else {
    returnToBook(state, act, order, terms);
  }
  return undefined;
}

interface Terms {
  readonly price: Amount;
  readonly quantity: Amount;
  /** Of what is not filled yet. */
  readonly lock: Amount;
}

function returnToBook(state: State, act: Act, order: Order, terms: Terms): void {
  leaveBook(state, order);
  order.remaining = terms.quantity - order.filled;
  order.quantity = terms.quantity;
  order.price = terms.price;
  order.lock = terms.lock;
  order.makerPpm = makerPpmOf(state, order.user, order.market);
  order.place = state.orderIdNext;
  state.orderIdNext += 1;
  order.timeChanged = state.time;
  act.events.push(amended(order, false));
  meetBook(state, act, order);
}
