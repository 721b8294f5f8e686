// Placing an order: the ladder of guards, then matching, then what is left rests (docs/protocol.md
// §6.1). Guards change nothing; after the last one the command must succeed.
//
// The incoming order is settled once, from sums, after its fills; only makers are touched per fill. So
// it never locks what it spends at once.

import {
  AMOUNT_LIMIT,
  type Amount,
  type CancelReason,
  type Event,
  feeOf,
  ORDERS_PER_COMMAND_MAX,
  type PlaceOrder,
  type Rejection,
  type Side,
  type TimeMicros,
  valueCeiling,
  valueFloor,
} from '@picostocks/protocol';
import { assert } from './assert.ts';
import { accountOf, credit, debit, freeOf, lock, spendLocked } from './ledger.ts';
import { bookSide, enterBook, lockedAsset, lockFor, reduce, shrink } from './open-orders.ts';
import { Order } from './order.ts';
import { findMarket, findTrader, type Market, type State, type User } from './state.ts';

export function placeOrder(
  state: State,
  command: PlaceOrder,
  events: Event[],
): Rejection | undefined {
  const { side, price, quantity } = command;
  const user = findTrader(state, command.userId);
  if (user === undefined) return 'operator_account';
  const market = findMarket(state, command);
  if (market === undefined) return 'market_not_found';
  const rejection = checkMarketRules(market, command);
  if (rejection !== undefined) return rejection;
  const openOrders = user.ownOrders[market.slot]?.count ?? 0;
  if (openOrders >= market.rules.maxOpenOrders) return 'too_many_open_orders';
  const lockAll = lockFor(side, { price, quantity });
  if (freeOf(user, lockedAsset(market, side)) < lockAll) return 'insufficient_funds';

  // After this line the command succeeds.
  const order = new Order({
    id: state.orderIdNext,
    user,
    market,
    side,
    price,
    quantity,
    lock: lockAll,
    makerPpm: market.makerPpm,
    time: state.time,
  });
  state.orderIdNext += 1;
  events.push({
    kind: 'order_placed',
    orderId: order.id,
    stockId: market.stock.id,
    unitId: market.unit.id,
    userId: user.id,
    side,
    price,
    quantity,
  });
  const left = matchOrder(state, order, events);
  if (left === 'rests' && order.remaining > 0n) {
    lock(accountOf(user, lockedAsset(market, side)), order.lock);
    enterBook(order);
    events.push({ kind: 'order_rested', orderId: order.id, remaining: order.remaining });
  }
  return undefined;
}

function checkMarketRules(market: Market, command: PlaceOrder): Rejection | undefined {
  const { rules } = market;
  const { price, quantity } = command;
  if (market.stock.details.status !== 'traded') return 'asset_not_traded';
  if (market.unit.details.status !== 'traded') return 'asset_not_traded';
  if (rules.status !== 'open') return 'market_halted';
  if (quantity === 0n) return 'zero_quantity';
  if (price === 0n) return 'zero_price';
  if (price % rules.tick !== 0n) return 'tick_size';
  if (quantity % rules.lot !== 0n) return 'lot_size';
  if (quantity < rules.minQuantity) return 'quantity_too_small';
  if (quantity > rules.maxQuantity) return 'quantity_too_large';
  const value = valueFloor({ price, quantity });
  if (value < rules.minValue || value === 0n) return 'order_value_too_small';
  const valueMost = valueCeiling({ price, quantity });
  if (valueMost > rules.maxValue || valueMost >= AMOUNT_LIMIT) return 'order_value_too_large';
  if (isOutsideBand(rules, price)) return 'price_band';
  return undefined;
}

function isOutsideBand(rules: Market['rules'], price: Amount): boolean {
  const { priceBandPpm, referencePrice } = rules;
  if (priceBandPpm === 0 || referencePrice === 0n) return false;
  const distance = price > referencePrice ? price - referencePrice : referencePrice - price;
  return distance * 1_000_000n > referencePrice * BigInt(priceBandPpm);
}

/** What the incoming order has paid and got so far. */
interface Taken {
  paid: Amount;
  received: Amount;
}

/** Fills what can be filled and settles the taker; says whether the rest may stand in the book. */
function matchOrder(state: State, order: Order, events: Event[]): 'rests' | 'ends' {
  const { market, side, user } = order;
  const makers = bookSide(market, side === 'bid' ? 'ask' : 'bid');
  const taken: Taken = { paid: 0n, received: 0n };
  let outcome: 'rests' | 'ends' = 'rests';
  for (let met = 0; order.remaining > 0n && outcome === 'rests'; met += 1) {
    const maker = makers.best()?.oldest;
    if (maker === undefined || !crosses(side, order.price, maker.price)) break;
    if (met === ORDERS_PER_COMMAND_MAX) {
      events.push(cancelled(order, { quantity: order.remaining, reason: 'too_many' }));
      outcome = 'ends';
    } else if (maker.user === user && market.rules.selfTrade !== 'allow') {
      outcome = preventSelfTrade(order, maker, { state, events });
    } else {
      fill(state, { order, maker, taken, events });
    }
  }
  if (taken.paid > 0n) debit(accountOf(user, lockedAsset(market, side)), taken.paid);
  credit(user, side === 'bid' ? market.stock : market.unit, taken.received);
  return outcome;
}

function crosses(side: Side, price: Amount, makerPrice: Amount): boolean {
  return side === 'bid' ? makerPrice <= price : makerPrice >= price;
}

interface Fill {
  readonly order: Order;
  readonly maker: Order;
  readonly taken: Taken;
  readonly events: Event[];
}

function fill(state: State, { order, maker, taken, events }: Fill): void {
  const { market, side } = order;
  const quantity = order.remaining < maker.remaining ? order.remaining : maker.remaining;
  const makerFreed = shrink(maker, quantity, state.time);
  const orderFreed = shrinkIncoming(order, quantity);
  // docs/protocol.md §1.2: the buyer pays the value, but never more than his lock shrank.
  const bidFreed = side === 'bid' ? orderFreed : makerFreed;
  const value = valueCeiling({ price: maker.price, quantity });
  const cost = value < bidFreed ? value : bidFreed;

  const makerPpm = Math.min(maker.makerPpm, market.makerPpm);
  const takerPpm = market.takerPpm;
  const bidFee = feeOf(quantity, side === 'bid' ? takerPpm : makerPpm);
  const askFee = feeOf(cost, side === 'ask' ? takerPpm : makerPpm);
  if (side === 'bid') {
    taken.paid += cost;
    taken.received += quantity - bidFee;
    spendLocked(accountOf(maker.user, market.stock), quantity);
    credit(maker.user, market.unit, cost - askFee);
  } else {
    taken.paid += quantity;
    taken.received += cost - askFee;
    spendLocked(accountOf(maker.user, market.unit), cost);
    credit(maker.user, market.stock, quantity - bidFee);
  }
  collectFees(state, { market, bidFee, askFee });
  noteTrade(market, { price: maker.price, quantity, time: state.time });
  events.push(filled(state, { order, maker, quantity, cost, bidFee, askFee }));
}

/** The incoming order has no lock to give back yet; what it would lock shrinks all the same. */
function shrinkIncoming(order: Order, quantity: Amount): Amount {
  const before = order.lock;
  order.remaining -= quantity;
  order.lock = lockFor(order.side, { price: order.price, quantity: order.remaining });
  return before - order.lock;
}

function collectFees(
  state: State,
  { market, bidFee, askFee }: { market: Market; bidFee: Amount; askFee: Amount },
): void {
  if (bidFee === 0n && askFee === 0n) return;
  const feeUser = feeUserOf(state);
  credit(feeUser, market.stock, bidFee);
  credit(feeUser, market.unit, askFee);
}

function feeUserOf(state: State): User {
  const { feeUserId } = state.settings;
  const feeUser = feeUserId === undefined ? undefined : state.users[feeUserId];
  assert(feeUser !== undefined, 'a market has fees only after a fee user was named');
  return feeUser;
}

function noteTrade(
  market: Market,
  { price, quantity, time }: { price: Amount; quantity: Amount; time: TimeMicros },
): void {
  market.lastPrice = price;
  market.rules.referencePrice = price;
  market.timeChanged = time;
  market.stock.traded += quantity;
  market.stock.timeChanged = time;
}

function filled(
  state: State,
  fields: {
    readonly order: Order;
    readonly maker: Order;
    readonly quantity: Amount;
    readonly cost: Amount;
    readonly bidFee: Amount;
    readonly askFee: Amount;
  },
): Event {
  const { order, maker, quantity, cost, bidFee, askFee } = fields;
  const { market, side } = order;
  const bid = side === 'bid' ? order : maker;
  const ask = side === 'bid' ? maker : order;
  const tradeId = state.tradeIdNext;
  state.tradeIdNext += 1;
  return {
    kind: 'order_filled',
    tradeId,
    stockId: market.stock.id,
    unitId: market.unit.id,
    price: maker.price,
    quantity,
    cost,
    aggressor: side,
    bidOrderId: bid.id,
    askOrderId: ask.id,
    bidUserId: bid.user.id,
    askUserId: ask.user.id,
    bidFee,
    askFee,
  };
}

/** The next maker is the user's own order: docs/protocol.md §6.1. */
function preventSelfTrade(
  order: Order,
  maker: Order,
  { state, events }: { state: State; events: Event[] },
): 'rests' | 'ends' {
  const mode = order.market.rules.selfTrade;
  if (mode !== 'cancel_newest') {
    events.push(cancelled(maker, { quantity: maker.remaining, reason: 'self_trade' }));
    reduce(maker, maker.remaining, state.time);
  }
  if (mode === 'cancel_oldest') return 'rests';
  events.push(cancelled(order, { quantity: order.remaining, reason: 'self_trade' }));
  return 'ends';
}

/** The event of taking `quantity` off an order, made before it is taken. */
export function cancelled(
  order: Order,
  { quantity, reason }: { quantity: Amount; reason: CancelReason },
): Event {
  return {
    kind: 'order_cancelled',
    orderId: order.id,
    stockId: order.market.stock.id,
    unitId: order.market.unit.id,
    userId: order.user.id,
    side: order.side,
    price: order.price,
    quantity,
    remaining: order.remaining - quantity,
    reason,
  };
}
