// Meeting the book: an incoming order, placed or amended, trades with what stands on the other side,
// and what is left of it rests or is cancelled (docs/protocol.md §6.1). No guards: who calls has them.
//
// The incoming order is settled once, from sums, after its fills; only makers are touched per fill. So
// it never locks what it spends at once.

import {
  type Amount,
  type CancelReason,
  type Event,
  feeOf,
  ORDERS_PER_COMMAND_MAX,
  type Side,
  type TimeMicros,
  valueCeiling,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import { cancelOpenOrder } from './cancel-open-order.ts';
import { isDead, reasonOfDeath } from './dead-orders.ts';
import { feeUserOf, makerPpmOf, takerPpmOf } from './fees.ts';
import { accountOf, credit, debit, spendLocked } from './ledger.ts';
import { bookSide, enterBook, shrink, takeOff } from './open-orders.ts';
import type { Order } from './order.ts';
import { cancelled, closed } from './order-events.ts';
import type { Market, State, User } from './state.ts';

/** What the book is asked by an order that is not there yet. */
export interface Want {
  readonly user: User;
  readonly market: Market;
  readonly side: Side;
  readonly price: Amount;
  readonly quantity: Amount;
}

function otherSide(side: Side): Side {
  return side === 'bid' ? 'ask' : 'bid';
}

function crosses(side: Side, price: Amount, makerPrice: Amount): boolean {
  return side === 'bid' ? makerPrice <= price : makerPrice >= price;
}

/**
 * Could it trade with the best live order of the other side, whoever's that is? It looks at no more
 * orders than it could meet: behind so many dead ones there is nothing that it could take.
 */
export function wouldMatch(state: State, act: Act, { market, side, price }: Want): boolean {
  let looked = 0;
  for (const maker of bookSide(market, otherSide(side)).orders()) {
    if (looked === ORDERS_PER_COMMAND_MAX || !crosses(side, price, maker.price)) return false;
    looked += 1;
    act.looksLeft -= 1;
    if (!isDead(maker, state.time)) return true;
  }
  return false;
}

/** Would meeting the book, with the orders that it may still meet, fill it whole? */
export function wouldFill(state: State, act: Act, want: Want): boolean {
  const { user, market, side, price } = want;
  const { selfTrade } = market.rules;
  let open = want.quantity;
  let met = 0;
  for (const maker of bookSide(market, otherSide(side)).orders()) {
    if (met === act.meetsLeft || !crosses(side, price, maker.price)) return false;
    met += 1;
    act.looksLeft -= 1;
    if (isDead(maker, state.time)) continue;
    if (maker.user === user && selfTrade !== 'allow') {
      if (selfTrade === 'cancel_oldest') continue;
      return false;
    }
    open -= maker.remaining;
    if (open <= 0n) return true;
  }
  return false;
}

/** Lets an order that locks nothing meet the book; then it rests or ends. */
export function meetBook(state: State, act: Act, order: Order): void {
  const { remaining, value, fee } = order;
  const reason = meetMakers(state, act, order) ?? reasonNotToRest(order);
  if (order.remaining !== remaining) settle(order, { remaining, value, fee });

  if (order.remaining === 0n) {
    act.events.push(closed(order));
  } else if (reason === undefined) {
    enterBook(state, order);
    act.events.push({ kind: 'order_rested', orderId: order.id, remaining: order.remaining });
  } else {
    act.events.push(cancelled(order, order.remaining, reason), closed(order, reason));
  }
}

/** An incoming order pays and gets what its own sums have grown by since it began to meet the book. */
function settle(order: Order, before: Pick<Order, 'remaining' | 'value' | 'fee'>): void {
  const { user, market } = order;
  const quantity = before.remaining - order.remaining;
  const cost = order.value - before.value;
  const fee = order.fee - before.fee;
  if (order.side === 'bid') {
    if (cost > 0n) debit(accountOf(user, market.unit), cost);
    credit(user, market.stock, quantity - fee);
  } else {
    debit(accountOf(user, market.stock), quantity);
    credit(user, market.unit, cost - fee);
  }
}

function reasonNotToRest({ timeInForce }: Order): CancelReason | undefined {
  return timeInForce === 'ioc' || timeInForce === 'fok' ? 'unfilled' : undefined;
}

/** Meets the makers that its limit allows; says why it had to stop, if it had. */
function meetMakers(state: State, act: Act, order: Order): CancelReason | undefined {
  const { market, side, user } = order;
  const makers = bookSide(market, otherSide(side));
  while (order.remaining > 0n) {
    const maker = makers.best()?.oldest;
    if (maker === undefined || !crosses(side, order.price, maker.price)) return undefined;
    if (act.meetsLeft === 0) return 'too_many';
    act.meetsLeft -= 1;
    if (isDead(maker, state.time)) {
      cancelOpenOrder(state, maker, { reason: reasonOfDeath(state, maker), events: act.events });
    } else if (maker.user === user && market.rules.selfTrade !== 'allow') {
      if (preventSelfTrade(state, maker, act.events) === 'stop') return 'self_trade';
    } else {
      fill(state, act, order, maker);
    }
  }
  return undefined;
}

/** The next maker is the user's own order: the market says which of the two goes. */
function preventSelfTrade(state: State, maker: Order, events: Event[]): 'stop' | 'go on' {
  const { selfTrade } = maker.market.rules;
  if (selfTrade !== 'cancel_newest') {
    cancelOpenOrder(state, maker, { reason: 'self_trade', events });
  }
  return selfTrade === 'cancel_oldest' ? 'go on' : 'stop';
}

/** One trade. The maker is paid at once, the incoming order when it has met the book. */
function fill(state: State, act: Act, order: Order, maker: Order): void {
  const { market } = order;
  const { price } = maker;
  const isBuying = order.side === 'bid';
  const bid = isBuying ? order : maker;
  const ask = isBuying ? maker : order;
  const quantity = order.remaining < maker.remaining ? order.remaining : maker.remaining;
  const makerFreed = shrink(state, maker, quantity);
  const orderFreed = takeOff(order, quantity);
  const cost = costTo(bid, { price, quantity, freed: isBuying ? orderFreed : makerFreed });

  const takerPpm = takerPpmOf(state, order.user, market);
  const makerPpm = Math.min(maker.makerPpm, makerPpmOf(state, maker.user, market));
  const bidFee = feeOf(quantity, isBuying ? takerPpm : makerPpm);
  const askFee = feeOf(cost, isBuying ? makerPpm : takerPpm);
  if (isBuying) {
    spendLocked(accountOf(maker.user, market.stock), quantity);
    credit(maker.user, market.unit, cost - askFee);
  } else {
    spendLocked(accountOf(maker.user, market.unit), cost);
    credit(maker.user, market.stock, quantity - bidFee);
  }
  collectFees(state, { market, bidFee, askFee });
  noteTrade(market, { price, quantity, time: state.time });
  noteFill(bid, { cost, fee: bidFee, time: state.time });
  noteFill(ask, { cost, fee: askFee, time: state.time });
  act.events.push({
    kind: 'order_filled',
    tradeId: state.tradeIdNext,
    stockId: market.stock.id,
    unitId: market.unit.id,
    price,
    quantity,
    cost,
    aggressor: order.side,
    bidOrderId: bid.id,
    askOrderId: ask.id,
    bidUserId: bid.user.id,
    askUserId: ask.user.id,
    bidFee,
    askFee,
  });
  state.tradeIdNext += 1;
  if (maker.remaining === 0n) act.events.push(closed(maker));
}

/**
 * docs/protocol.md §1.2: the buyer pays the value, but never more than his lock shrank. At his own price
 * his lock shrinks by no more than the value, L(r) − L(r−q) ≤ ceil(P·q): the value is needed only at a better one.
 */
function costTo(
  bid: Order,
  { price, quantity, freed }: { price: Amount; quantity: Amount; freed: Amount },
): Amount {
  if (price === bid.price) return freed;
  const value = valueCeiling({ price, quantity });
  return value < freed ? value : freed;
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

/** An order remembers what its fills came to. */
function noteFill(
  order: Order,
  { cost, fee, time }: { cost: Amount; fee: Amount; time: TimeMicros },
): void {
  order.value += cost;
  order.fee += fee;
  order.timeLastTrade = time;
  order.timeChanged = time;
}
