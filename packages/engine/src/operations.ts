// The operations on orders, alone or many under one signature (docs/protocol.md §6.1, §6.2).

import {
  type DecodedParams,
  OPERATOR_USER_ID,
  type OperationOf,
  type OperationType,
  ORDERS_PER_BATCH_MAX,
  ORDERS_PER_COMMAND_MAX,
  type Rejection,
} from '@picostocks/protocol';
import type { Act, Apply } from './act.ts';
import { amendOrder } from './amend-order.ts';
import { cancelAtPrice, cancelOrder, cancelOrders } from './cancel-orders.ts';
import { placeOrder } from './place-order.ts';
import type { State } from './state.ts';

export const OPERATIONS: { readonly [T in OperationType]: Apply<OperationOf<T>['params']> } = {
  place_order: placeOrder,
  amend_order: amendOrder,
  cancel_order: cancelOrder,
  cancel_at_price: cancelAtPrice,
  cancel_orders: cancelOrders,
};

/** One operation after the other: each succeeds or is rejected for itself, and none is undone. */
export function batch(
  state: State,
  act: Act,
  { operations }: DecodedParams<'batch'>,
): Rejection | undefined {
  if (act.user.id === OPERATOR_USER_ID) return 'operator_account';

  // After this line the command succeeds.
  let meetsLeft = ORDERS_PER_BATCH_MAX;
  for (const [index, operation] of operations.entries()) {
    const most = Math.min(ORDERS_PER_COMMAND_MAX, meetsLeft);
    act.meetsLeft = most;
    const rejection = operate(state, act, operation);
    meetsLeft -= most - act.meetsLeft;
    act.events.push({ kind: 'operation_ended', index, rejection });
  }
  return undefined;
}

function operate<T extends OperationType>(
  state: State,
  act: Act,
  { type, params }: OperationOf<T>,
): Rejection | undefined {
  const apply = OPERATIONS[type] as Apply<OperationOf<T>['params']>;
  return apply(state, act, params);
}
