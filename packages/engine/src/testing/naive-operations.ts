// The five operations on orders and the batch in the naive engine: docs/protocol.md §6.1 and §6.2.

import type { EnvelopeCommandOf, Event, Operation, OperationOf } from '@picostocks/protocol';
import {
  isReduction,
  type Placing,
  priceOf,
  rejectionOfAmending,
  rejectionOfPlacing,
  timeInForceOf,
} from './naive-rules.ts';
import {
  findMarket,
  type NaiveOrder,
  type NaiveState,
  type Outcome,
  type Pair,
  userOf,
} from './naive-state.ts';
import {
  bookChanged,
  countMeeting,
  isDead,
  type Meetings,
  mayLook,
  mayMeet,
  meetBook,
  newestFirst,
  ratesOf,
  takeOff,
  takeOffAll,
} from './naive-trading.ts';

export interface Asking {
  readonly userId: number;
  readonly time: number;
  readonly meetings: Meetings;
}

export function newMeetings(): Meetings {
  return { inOperation: 0, inBatch: 0, looked: 0 };
}

export function applyOperation(state: NaiveState, operation: Operation, asking: Asking): Outcome {
  const { userId } = asking;
  if (userId === 0) return 'operator_account';
  const isFrozen = userOf(state, userId).frozen !== undefined;
  switch (operation.type) {
    case 'place_order':
      return isFrozen ? 'account_frozen' : placeOrder(state, operation.params, asking);
    case 'amend_order':
      return isFrozen ? 'account_frozen' : amendOrder(state, operation.params, asking);
    case 'cancel_order':
      return cancelOrder(state, operation.params, asking);
    case 'cancel_at_price':
      return cancelAtPrice(state, operation.params, asking);
    case 'cancel_orders':
      return cancelOrders(state, operation.params, asking);
  }
}

export function applyBatch(
  state: NaiveState,
  { userId, params }: EnvelopeCommandOf<'batch'>,
  time: number,
): Outcome {
  if (userId === 0) return 'operator_account';
  const meetings = newMeetings();
  const events: Event[] = [];
  for (const [index, operation] of params.operations.entries()) {
    meetings.inOperation = 0;
    const outcome = applyOperation(state, operation, { userId, time, meetings });
    const isRejected = typeof outcome === 'string';
    if (!isRejected) events.push(...outcome);
    const rejection = isRejected ? outcome : undefined;
    events.push({ kind: 'operation_ended', index, rejection });
  }
  return events;
}

type ParamsOf<T extends Operation['type']> = OperationOf<T>['params'];

function placeOrder(state: NaiveState, params: ParamsOf<'place_order'>, asking: Asking): Outcome {
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  const placing: Placing = { ...asking, params, market };
  const rejection = rejectionOfPlacing(state, placing);
  if (rejection !== undefined) return rejection;

  const { userId, time } = asking;
  const { stockId, unitId, side, quantity, type = 'limit', goodUntil, clientOrderId } = params;
  const timeInForce = timeInForceOf(placing);
  const price = priceOf(placing) ?? 0n;
  const orderId = state.nextOrderId;
  state.nextOrderId += 1;
  const named = { orderId, userId, stockId, unitId, side };
  const terms = { type, timeInForce, goodUntil, clientOrderId, price };
  const incoming: NaiveOrder = {
    ...named,
    ...terms,
    timePlaced: time,
    filled: 0n,
    remaining: quantity,
    makerPpm: ratesOf(state, market, userId).makerPpm,
    place: orderId,
    value: 0n,
    fee: 0n,
    timeTraded: undefined,
    timeChanged: time,
    resting: false,
  };
  // The incoming order is open from here on, so that what it needs is locked while it trades.
  state.orders.push(incoming);
  const placed: Event = { kind: 'order_placed', ...named, ...terms, quantity };
  return [placed, ...meetBook(state, { incoming, market, time, meetings: asking.meetings })];
}

interface OrderName {
  readonly orderId?: number | undefined;
  readonly clientOrderId?: string | undefined;
}

function findOwn(state: NaiveState, userId: number, name: OrderName): NaiveOrder | undefined {
  const own = state.orders.filter((order) => order.userId === userId);
  return name.orderId !== undefined
    ? own.find((order) => order.orderId === name.orderId)
    : own.find((order) => order.clientOrderId === name.clientOrderId);
}

function amendOrder(state: NaiveState, params: ParamsOf<'amend_order'>, asking: Asking): Outcome {
  const { userId, time, meetings } = asking;
  const order = findOwn(state, userId, params);
  if (order === undefined || isDead(state, order, time)) return 'order_not_found';
  const market = findMarket(state, order);
  if (market === undefined) throw new Error('an order without its market');
  const { quantity = order.filled + order.remaining, price = order.price } = params;
  const amending = { order, market, quantity, price, time, meetings };
  const rejection = rejectionOfAmending(state, amending);
  if (rejection !== undefined) return rejection;

  const keepsPlace = isReduction(amending);
  const remaining = quantity - order.filled;
  order.price = price;
  order.remaining = remaining;
  order.timeChanged = time;
  bookChanged(state, market);
  const { orderId, stockId, unitId, side } = order;
  const named = { orderId, userId, stockId, unitId, side };
  const terms = { price, quantity, remaining, keepsPlace };
  const amended: Event = { kind: 'order_amended', ...named, ...terms };
  if (keepsPlace) return [amended];
  order.resting = false;
  order.place = state.nextOrderId;
  state.nextOrderId += 1;
  order.makerPpm = ratesOf(state, market, userId).makerPpm;
  return [amended, ...meetBook(state, { incoming: order, market, time, meetings })];
}

function cancelOrder(state: NaiveState, params: ParamsOf<'cancel_order'>, asking: Asking): Outcome {
  const order = findOwn(state, asking.userId, params);
  if (order === undefined) return 'order_not_found';
  return takeOffAll(state, order, { reason: 'user', time: asking.time });
}

function cancelAtPrice(
  state: NaiveState,
  { stockId, unitId, side, quantity, price }: ParamsOf<'cancel_at_price'>,
  { userId, time, meetings }: Asking,
): Outcome {
  const market = findMarket(state, { stockId, unitId });
  if (market === undefined) return 'market_not_found';
  if (!mayLook(meetings)) return 'capacity';
  meetings.looked += ownIn(state, userId, market).length;
  const there = state.orders.filter(
    (order) =>
      order.userId === userId &&
      order.stockId === stockId &&
      order.unitId === unitId &&
      order.side === side &&
      order.price === price,
  );
  if (there.length === 0) return 'order_not_found';
  if (quantity === 0n) return 'zero_quantity';
  const newest = newestFirst(there);
  const exact = newest.find((order) => order.remaining === quantity);
  const events: Event[] = [];
  let left = quantity;
  for (const order of exact === undefined ? newest : [exact]) {
    if (left === 0n || !mayMeet(meetings)) break;
    countMeeting(meetings);
    const taken = order.remaining < left ? order.remaining : left;
    events.push(...takeOff(state, order, { quantity: taken, reason: 'user', time }));
    left -= taken;
  }
  return events;
}

function ownIn(state: NaiveState, userId: number, { stockId, unitId }: Pair): NaiveOrder[] {
  return state.orders.filter(
    (order) => order.userId === userId && order.stockId === stockId && order.unitId === unitId,
  );
}

function cancelOrders(
  state: NaiveState,
  { stockId, unitId, side }: ParamsOf<'cancel_orders'>,
  { userId, time, meetings }: Asking,
): Outcome {
  let markets = [...state.markets];
  if (stockId !== undefined && unitId !== undefined) {
    const market = findMarket(state, { stockId, unitId });
    if (market === undefined) return 'market_not_found';
    markets = [market];
  }
  if (!mayLook(meetings)) return 'capacity';
  if (stockId === undefined) meetings.looked += state.markets.length;
  for (const market of markets) meetings.looked += ownIn(state, userId, market).length;
  const events: Event[] = [];
  for (const market of markets) {
    const there = state.orders.filter(
      (order) =>
        order.userId === userId &&
        order.stockId === market.stockId &&
        order.unitId === market.unitId &&
        (side === undefined || order.side === side),
    );
    for (const order of newestFirst(there)) {
      if (!mayMeet(meetings)) return events;
      countMeeting(meetings);
      events.push(...takeOffAll(state, order, { reason: 'user', time }));
    }
  }
  return events;
}
