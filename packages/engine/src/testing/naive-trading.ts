// How orders meet in the naive engine: docs/protocol.md §6.1 from "Then the order takes the next
// order id" on, read aloud. What orders may be placed at all is in naive-rules.ts.

import type {
  Amount,
  CancelReason,
  ClosedStatus,
  Event,
  OrderClosed,
  Side,
} from '@picostocks/protocol';
import {
  addTotal,
  assetOf,
  ceilValue,
  findMarket,
  type NaiveMarket,
  type NaiveOrder,
  type NaiveState,
  type Pair,
  userOf,
} from './naive-state.ts';

const MILLION = 1_000_000n;
/** docs/protocol.md §7. */
const MOST_ORDERS_MET = 1_000;
const MOST_ORDERS_MET_IN_BATCH = 5_000;

/** How many orders were met so far. */
export interface Meetings {
  inOperation: number;
  inBatch: number;
  /** Orders that were looked at without being taken. */
  looked: number;
}

export function mayMeet({ inOperation, inBatch }: Meetings): boolean {
  return inOperation < MOST_ORDERS_MET && inBatch < MOST_ORDERS_MET_IN_BATCH;
}

const MOST_LOOKS_IN_BATCH = 100_000;

export function mayLook({ looked }: Meetings): boolean {
  return looked < MOST_LOOKS_IN_BATCH;
}

export function countMeeting(meetings: Meetings): void {
  meetings.inOperation += 1;
  meetings.inBatch += 1;
}

// --- The book --------------------------------------------------------------------------------------

export const otherSide = (side: Side): Side => (side === 'bid' ? 'ask' : 'bid');

/** Negative if the left one is met before the right one, which is on the same side. */
function byPrecedence(left: NaiveOrder, right: NaiveOrder): number {
  if (left.price === right.price) return left.place - right.place;
  const isLower = left.price < right.price;
  return isLower === (left.side === 'ask') ? -1 : 1;
}

function restingOn(state: NaiveState, { stockId, unitId }: Pair, side: Side): NaiveOrder[] {
  return state.orders.filter(
    (order) =>
      order.resting && order.side === side && order.stockId === stockId && order.unitId === unitId,
  );
}

/** The orders that rest on one side of a market, in the order in which they are met. */
export function bookSide(state: NaiveState, market: Pair, side: Side): NaiveOrder[] {
  return restingOn(state, market, side).sort(byPrecedence);
}

export function newestFirst(orders: readonly NaiveOrder[]): NaiveOrder[] {
  return [...orders].sort((left, right) => right.place - left.place);
}

/** Does an order with this limit trade at the other's price? */
export function allows(limit: { side: Side; price: Amount }, other: NaiveOrder): boolean {
  return limit.side === 'bid' ? other.price <= limit.price : other.price >= limit.price;
}

export function isDead(state: NaiveState, order: NaiveOrder, time: number): boolean {
  return isOver(order, time) || order.place < userOf(state, order.userId).deadBefore;
}

function isOver(order: NaiveOrder, time: number): boolean {
  return order.goodUntil !== undefined && order.goodUntil <= time;
}

function reasonOfDeath(state: NaiveState, order: NaiveOrder, time: number): CancelReason {
  if (isOver(order, time)) return 'expired';
  const sweep = state.sweeps.find(({ userId }) => userId === order.userId);
  if (sweep === undefined) throw new Error('orders died that nobody sweeps');
  return sweep.reason;
}

/** Fees of docs/protocol.md §6.7. */
export function ratesOf(
  state: NaiveState,
  market: NaiveMarket,
  userId: number,
): { makerPpm: number; takerPpm: number } {
  const { tier } = userOf(state, userId);
  const discount = state.tiers.find((known) => known.tier === tier);
  const rate = (ppm: number, discountPpm: number) =>
    Number((BigInt(ppm) * (MILLION - BigInt(discountPpm))) / MILLION);
  return {
    makerPpm: rate(market.makerPpm, discount?.makerDiscountPpm ?? 0),
    takerPpm: rate(market.takerPpm, discount?.takerDiscountPpm ?? 0),
  };
}

// --- Meeting ---------------------------------------------------------------------------------------

export interface Meeting {
  readonly incoming: NaiveOrder;
  readonly market: NaiveMarket;
  readonly time: number;
  readonly meetings: Meetings;
}

/** The incoming order meets the book, and what is then left of it rests or goes. */
export function meetBook(state: NaiveState, meeting: Meeting): Event[] {
  const { incoming, market, time, meetings } = meeting;
  const events: Event[] = [];
  while (incoming.remaining > 0n) {
    const other = nextToMeet(state, incoming);
    if (other === undefined) break;
    if (!mayMeet(meetings)) {
      events.push(...takeOffAll(state, incoming, { reason: 'too_many', time }));
      break;
    }
    countMeeting(meetings);
    events.push(...meetOne(state, meeting, other));
  }
  if (incoming.remaining === 0n) return events;
  const { timeInForce, orderId, remaining } = incoming;
  if (timeInForce === 'ioc' || timeInForce === 'fok') {
    return [...events, ...takeOffAll(state, incoming, { reason: 'unfilled', time })];
  }
  incoming.resting = true;
  market.bookSequence += 1;
  return [...events, { kind: 'order_rested', orderId, remaining }];
}

function nextToMeet(state: NaiveState, incoming: NaiveOrder): NaiveOrder | undefined {
  let next: NaiveOrder | undefined;
  for (const other of restingOn(state, incoming, otherSide(incoming.side))) {
    if (!allows(incoming, other)) continue;
    if (next === undefined || byPrecedence(other, next) < 0) next = other;
  }
  return next;
}

function meetOne(state: NaiveState, meeting: Meeting, other: NaiveOrder): Event[] {
  const { incoming, market, time } = meeting;
  if (isDead(state, other, time)) {
    const reason = reasonOfDeath(state, other, time);
    return takeOffAll(state, other, { reason, time });
  }
  if (other.userId !== incoming.userId || market.selfTrade === 'allow') {
    return fillOrders(state, meeting, other);
  }
  const events: Event[] = [];
  const reason = 'self_trade';
  if (market.selfTrade !== 'cancel_newest') {
    events.push(...takeOffAll(state, other, { reason, time }));
  }
  if (market.selfTrade !== 'cancel_oldest') {
    events.push(...takeOffAll(state, incoming, { reason, time }));
  }
  return events;
}

/** What a fill-or-kill order asks before it is placed: the same walk, without doing anything. */
export function wouldFill(
  state: NaiveState,
  wish: { userId: number; side: Side; price: Amount; quantity: Amount },
  { market, time, meetings }: Omit<Meeting, 'incoming'>,
): boolean {
  const tried = { ...meetings };
  let left = wish.quantity;
  for (const other of bookSide(state, market, otherSide(wish.side))) {
    if (left <= 0n || !allows(wish, other) || !mayMeet(tried)) break;
    countMeeting(tried);
    if (isDead(state, other, time)) continue;
    if (other.userId === wish.userId && market.selfTrade === 'cancel_oldest') continue;
    if (other.userId === wish.userId && market.selfTrade !== 'allow') break;
    left -= other.remaining;
  }
  meetings.looked += tried.inOperation - meetings.inOperation;
  return left <= 0n;
}

function fillOrders(state: NaiveState, meeting: Meeting, maker: NaiveOrder): Event[] {
  const { incoming, market, time } = meeting;
  const { stockId, unitId } = market;
  const [bid, ask] = incoming.side === 'bid' ? [incoming, maker] : [maker, incoming];
  const price = maker.price;
  const quantity = bid.remaining < ask.remaining ? bid.remaining : ask.remaining;

  const lockedBefore = ceilValue(bid.price, bid.remaining);
  const lockedAfter = ceilValue(bid.price, bid.remaining - quantity);
  const rounded = ceilValue(price, quantity);
  const cost = rounded < lockedBefore - lockedAfter ? rounded : lockedBefore - lockedAfter;

  const now = ratesOf(state, market, maker.userId).makerPpm;
  const makerPpm = maker.makerPpm < now ? maker.makerPpm : now;
  const { takerPpm } = ratesOf(state, market, incoming.userId);
  const bidFee = (quantity * BigInt(bid === maker ? makerPpm : takerPpm)) / MILLION;
  const askFee = (cost * BigInt(ask === maker ? makerPpm : takerPpm)) / MILLION;

  addTotal(state, { userId: bid.userId, stockId: unitId }, -cost);
  addTotal(state, { userId: bid.userId, stockId }, quantity - bidFee);
  addTotal(state, { userId: ask.userId, stockId }, -quantity);
  addTotal(state, { userId: ask.userId, stockId: unitId }, cost - askFee);
  if (bidFee > 0n || askFee > 0n) {
    if (state.feeUserId === undefined) throw new Error('a fee was taken that nobody receives');
    addTotal(state, { userId: state.feeUserId, stockId }, bidFee);
    addTotal(state, { userId: state.feeUserId, stockId: unitId }, askFee);
  }
  bid.fee += bidFee;
  ask.fee += askFee;
  for (const order of [bid, ask]) {
    order.filled += quantity;
    order.remaining -= quantity;
    order.value += cost;
    order.timeTraded = time;
    order.timeChanged = time;
  }
  recordTrade(state, { market, price, quantity, time });
  const tradeId = state.nextTradeId;
  state.nextTradeId += 1;
  const filled: Event = {
    kind: 'order_filled',
    stockId,
    unitId,
    tradeId,
    price,
    quantity,
    cost,
    aggressor: incoming.side,
    bidOrderId: bid.orderId,
    askOrderId: ask.orderId,
    bidUserId: bid.userId,
    askUserId: ask.userId,
    bidFee,
    askFee,
  };
  return [filled, ...closeIfFilled(state, maker), ...closeIfFilled(state, incoming)];
}

interface Trade {
  readonly market: NaiveMarket;
  readonly price: Amount;
  readonly quantity: Amount;
  readonly time: number;
}

function recordTrade(state: NaiveState, { market, price, quantity, time }: Trade): void {
  market.referencePrice = price;
  market.lastPrice = price;
  market.timeChanged = time;
  market.bookSequence += 1;
  const stock = assetOf(state, market.stockId);
  stock.traded += quantity;
  stock.timeChanged = time;
}

// --- The end of an order -----------------------------------------------------------------------------

interface Taking {
  readonly reason: CancelReason;
  readonly time: number;
}

export function takeOffAll(state: NaiveState, order: NaiveOrder, taking: Taking): Event[] {
  return takeOff(state, order, { ...taking, quantity: order.remaining });
}

/** Takes a part of an open order off, or all that is left of it. */
export function takeOff(
  state: NaiveState,
  order: NaiveOrder,
  { reason, time, quantity }: Taking & { readonly quantity: Amount },
): Event[] {
  const { orderId, userId, stockId, unitId, side, price } = order;
  if (order.resting) bookChanged(state, order);
  const whole = order.filled + order.remaining;
  order.remaining -= quantity;
  order.timeChanged = time;
  const { remaining } = order;
  const whose = { orderId, userId, stockId, unitId, side, price };
  const cancelled: Event = { kind: 'order_cancelled', ...whose, quantity, remaining, reason };
  if (remaining > 0n) return [cancelled];
  const status = reason === 'expired' ? 'expired' : 'cancelled';
  return [cancelled, closeOrder(state, order, { status, reason, whole })];
}

export function bookChanged(state: NaiveState, pair: Pair): void {
  const market = findMarket(state, pair);
  if (market !== undefined) market.bookSequence += 1;
}

function closeIfFilled(state: NaiveState, order: NaiveOrder): Event[] {
  if (order.remaining > 0n) return [];
  return [closeOrder(state, order, { status: 'filled', reason: undefined, whole: order.filled })];
}

function closeOrder(
  state: NaiveState,
  order: NaiveOrder,
  end: { status: ClosedStatus; reason: CancelReason | undefined; whole: Amount },
): OrderClosed {
  state.orders = state.orders.filter((other) => other !== order);
  const { orderId, userId, stockId, unitId, side, type, timeInForce, goodUntil } = order;
  const { clientOrderId, price, filled, value, fee, timePlaced, timeTraded } = order;
  return {
    kind: 'order_closed',
    ...{ orderId, userId, stockId, unitId, side, type, timeInForce, goodUntil, clientOrderId },
    ...{ price, quantity: end.whole, status: end.status, reason: end.reason },
    ...{ filled, value, fee, timePlaced, timeLastTrade: timeTraded },
  };
}
