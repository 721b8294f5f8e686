// Orders in the naive engine: docs/protocol.md §6.1 and §6.2, read aloud.

import type {
  Amount,
  CancelOrder,
  Event,
  OrderCancelled,
  PlaceOrder,
  Rejection,
} from '@picostocks/protocol';
import { bookOf } from './naive-describe.ts';
import {
  addTotal,
  ceilValue,
  findAsset,
  findMarket,
  floorValue,
  freeOf,
  type NaiveMarket,
  type NaiveOrder,
  type NaiveState,
  NO_AMOUNT_REACHES,
  type Outcome,
} from './naive-state.ts';

const MILLION = 1_000_000n;

export function placeOrder(state: NaiveState, command: PlaceOrder, time: number): Outcome {
  if (command.userId === 0) return 'operator_account';
  const market = findMarket(state, command);
  if (market === undefined) return 'market_not_found';
  const rejection = rejectionOfOrder(state, { command, market });
  if (rejection !== undefined) return rejection;

  const { userId, stockId, unitId, side, price, quantity } = command;
  const orderId = state.nextOrderId;
  state.nextOrderId += 1;
  const incoming: NaiveOrder = {
    orderId,
    userId,
    stockId,
    unitId,
    side,
    price,
    quantity,
    makerPpm: market.makerPpm,
    remaining: quantity,
    timeChanged: time,
  };
  // The incoming order is open from here on, so that what it needs is locked while it trades.
  state.orders.push(incoming);
  const events: Event[] = [
    { kind: 'order_placed', orderId, userId, stockId, unitId, side, price, quantity },
    ...matchOrder(state, { incoming, market, time }),
  ];
  if (incoming.remaining > 0n) {
    events.push({ kind: 'order_rested', orderId, remaining: incoming.remaining });
  }
  state.orders = state.orders.filter((order) => order.remaining > 0n);
  return events;
}

interface Placing {
  readonly command: PlaceOrder;
  readonly market: NaiveMarket;
}

function rejectionOfOrder(state: NaiveState, placing: Placing): Rejection | undefined {
  const { command, market } = placing;
  const { stockId, unitId, price, quantity } = command;
  if (findAsset(state, stockId)?.status !== 'traded') return 'asset_not_traded';
  if (findAsset(state, unitId)?.status !== 'traded') return 'asset_not_traded';
  if (market.status !== 'open') return 'market_halted';
  if (quantity === 0n) return 'zero_quantity';
  if (price === 0n) return 'zero_price';
  if (price % market.tick !== 0n) return 'tick_size';
  if (quantity % market.lot !== 0n) return 'lot_size';
  if (quantity < market.minQuantity) return 'quantity_too_small';
  if (quantity > market.maxQuantity) return 'quantity_too_large';
  const least = floorValue(price, quantity);
  if (least < market.minValue || least < 1n) return 'order_value_too_small';
  const most = ceilValue(price, quantity);
  if (most > market.maxValue || most >= NO_AMOUNT_REACHES) return 'order_value_too_large';
  if (isOutsideBand(market, price)) return 'price_band';
  return rejectionOfMeans(state, placing);
}

function isOutsideBand(market: NaiveMarket, price: Amount): boolean {
  if (market.priceBandPpm === 0 || market.referencePrice === 0n) return false;
  const away =
    price > market.referencePrice ? price - market.referencePrice : market.referencePrice - price;
  return away * MILLION > market.referencePrice * BigInt(market.priceBandPpm);
}

function rejectionOfMeans(state: NaiveState, { command, market }: Placing): Rejection | undefined {
  const { userId, side, price, quantity, stockId, unitId } = command;
  const open = bookOf(state, market).filter((order) => order.userId === userId);
  if (open.length >= market.maxOpenOrders) return 'too_many_open_orders';
  const free = freeOf(state, { userId, stockId: side === 'ask' ? stockId : unitId });
  const needed = side === 'ask' ? quantity : ceilValue(price, quantity);
  return free < needed ? 'insufficient_funds' : undefined;
}

/** docs/protocol.md §7. */
const MOST_ORDERS_MET = 1_000;

interface Matching {
  readonly incoming: NaiveOrder;
  readonly market: NaiveMarket;
  readonly time: number;
}

function matchOrder(state: NaiveState, matching: Matching): Event[] {
  const { incoming, market } = matching;
  const events: Event[] = [];
  let met = 0;
  while (incoming.remaining > 0n) {
    const maker = nextMaker(state, matching);
    if (maker === undefined) break;
    if (met === MOST_ORDERS_MET) {
      events.push(takeOff(incoming, { quantity: incoming.remaining, reason: 'too_many' }));
      break;
    }
    met += 1;
    if (maker.userId !== incoming.userId || market.selfTrade === 'allow') {
      events.push(fillOrders(state, matching, maker));
      continue;
    }
    const reason = 'self_trade';
    if (market.selfTrade === 'cancel_oldest' || market.selfTrade === 'cancel_both') {
      events.push(takeOff(maker, { quantity: maker.remaining, reason }));
    }
    if (market.selfTrade === 'cancel_newest' || market.selfTrade === 'cancel_both') {
      events.push(takeOff(incoming, { quantity: incoming.remaining, reason }));
    }
  }
  return events;
}

function nextMaker(state: NaiveState, { incoming, market }: Matching): NaiveOrder | undefined {
  return bookOf(state, market).find((maker) => {
    if (maker.side === incoming.side) return false;
    return incoming.side === 'bid' ? maker.price <= incoming.price : maker.price >= incoming.price;
  });
}

function fillOrders(state: NaiveState, matching: Matching, maker: NaiveOrder): Event {
  const { incoming, market, time } = matching;
  const { stockId, unitId } = market;
  const [bid, ask] = incoming.side === 'bid' ? [incoming, maker] : [maker, incoming];
  const price = maker.price;
  const quantity = bid.remaining < ask.remaining ? bid.remaining : ask.remaining;

  const lockedBefore = ceilValue(bid.price, bid.remaining);
  const lockedAfter = ceilValue(bid.price, bid.remaining - quantity);
  const rounded = ceilValue(price, quantity);
  const cost = rounded < lockedBefore - lockedAfter ? rounded : lockedBefore - lockedAfter;

  const makerPpm = maker.makerPpm < market.makerPpm ? maker.makerPpm : market.makerPpm;
  const bidPpm = bid === maker ? makerPpm : market.takerPpm;
  const askPpm = ask === maker ? makerPpm : market.takerPpm;
  const bidFee = (quantity * BigInt(bidPpm)) / MILLION;
  const askFee = (cost * BigInt(askPpm)) / MILLION;

  addTotal(state, { userId: bid.userId, stockId: unitId }, -cost);
  addTotal(state, { userId: bid.userId, stockId }, quantity - bidFee);
  addTotal(state, { userId: ask.userId, stockId }, -quantity);
  addTotal(state, { userId: ask.userId, stockId: unitId }, cost - askFee);
  if (bidFee > 0n || askFee > 0n) {
    if (state.feeUserId === undefined) throw new Error('a fee was taken that nobody receives');
    addTotal(state, { userId: state.feeUserId, stockId }, bidFee);
    addTotal(state, { userId: state.feeUserId, stockId: unitId }, askFee);
  }

  for (const order of [bid, ask]) {
    order.remaining -= quantity;
    order.timeChanged = time;
  }
  recordTrade(state, { market, price, quantity, time });
  const tradeId = state.nextTradeId;
  state.nextTradeId += 1;
  return {
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
  const stock = findAsset(state, market.stockId);
  if (stock === undefined) throw new Error('a market without its stock');
  stock.traded += quantity;
  stock.timeChanged = time;
}

function takeOff(
  order: NaiveOrder,
  { quantity, reason }: { quantity: Amount; reason: OrderCancelled['reason'] },
): OrderCancelled {
  order.remaining -= quantity;
  const { orderId, userId, stockId, unitId, side, price, remaining } = order;
  const whose = { orderId, userId, stockId, unitId, side, price };
  return { kind: 'order_cancelled', ...whose, quantity, remaining, reason };
}

export function cancelOrder(state: NaiveState, command: CancelOrder, time: number): Outcome {
  const { userId, side, price, quantity } = command;
  if (userId === 0) return 'operator_account';
  if (findMarket(state, command) === undefined) return 'market_not_found';
  if (quantity === 0n) return 'zero_quantity';
  const newestFirst = bookOf(state, command)
    .filter((order) => order.userId === userId && order.side === side && order.price === price)
    .sort((left, right) => right.orderId - left.orderId);
  if (newestFirst.length === 0) return 'order_not_found';

  const exact = newestFirst.find((order) => order.remaining === quantity);
  const chosen = exact === undefined ? newestFirst : [exact];
  const events: Event[] = [];
  let left = quantity;
  for (const order of chosen) {
    if (left === 0n || events.length === MOST_ORDERS_MET) break;
    const taken = order.remaining < left ? order.remaining : left;
    events.push(takeOff(order, { quantity: taken, reason: 'user' }));
    order.timeChanged = time;
    left -= taken;
  }
  state.orders = state.orders.filter((order) => order.remaining > 0n);
  return events;
}
