// What is told of an order: the events that carry its terms.

import type {
  Amount,
  CancelReason,
  ClosedStatus,
  OrderAmended,
  OrderCancelled,
  OrderClosed,
  OrderPlaced,
} from '@picostocks/protocol';
import type { Order } from './order.ts';

export function placed(order: Order): OrderPlaced {
  return {
    kind: 'order_placed',
    orderId: order.id,
    stockId: order.market.stock.id,
    unitId: order.market.unit.id,
    userId: order.user.id,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    goodUntil: order.goodUntil,
    clientOrderId: order.clientOrderId,
    price: order.price,
    quantity: order.quantity,
  };
}

export function amended(order: Order, keepsPlace: boolean): OrderAmended {
  return {
    kind: 'order_amended',
    orderId: order.id,
    stockId: order.market.stock.id,
    unitId: order.market.unit.id,
    userId: order.user.id,
    side: order.side,
    price: order.price,
    quantity: order.quantity,
    remaining: order.remaining,
    keepsPlace,
  };
}

/** Made before the quantity is taken off. */
export function cancelled(order: Order, quantity: Amount, reason: CancelReason): OrderCancelled {
  return {
    kind: 'order_cancelled',
    orderId: order.id,
    stockId: order.market.stock.id,
    unitId: order.market.unit.id,
    userId: order.user.id,
    side: order.side,
    price: order.price,
    quantity,
    remaining: order.remaining === quantity ? 0n : order.remaining - quantity,
    reason,
  };
}

/** Nothing is left of the order: it was filled, or what remained was cancelled for this reason. */
export function closed(order: Order, reason?: CancelReason): OrderClosed {
  return {
    kind: 'order_closed',
    orderId: order.id,
    stockId: order.market.stock.id,
    unitId: order.market.unit.id,
    userId: order.user.id,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    goodUntil: order.goodUntil,
    clientOrderId: order.clientOrderId,
    price: order.price,
    quantity: order.quantity,
    status: closedStatus(reason),
    reason,
    filled: order.filled,
    value: order.value,
    fee: order.fee,
    timePlaced: order.timePlaced,
    timeLastTrade: order.timeLastTrade,
  };
}

function closedStatus(reason: CancelReason | undefined): ClosedStatus {
  if (reason === undefined) return 'filled';
  return reason === 'expired' ? 'expired' : 'cancelled';
}
