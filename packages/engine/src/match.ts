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
  type OrderFilled,
  type Side,
  type TimeMicros,
  valueCeiling,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import { cancelOpenOrder } from './cancel-open-order.ts';
import { isDead, reasonOfDeath } from './dead-orders.ts';
import { feeUserOf, makerPpmOf, takerPpmOf } from './fees.ts';
import { accountOf, credit, debit, spendLocked } from './ledger.ts';
import { bookSide, enterBook, lockedAsset, lockFor, shrink } from './open-orders.ts';
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

/** What an incoming order has paid and got so far, and at which rate it pays fees. */
interface Taken {
  readonly ppm: number;
  paid: Amount;
  received: Amount;
}

/** Lets an order that locks nothing meet the book; then it rests or ends. */
export function meetBook(state: State, act: Act, order: Order): void {
  const { market, side, user } = order;
  const taken: Taken = { ppm: takerPpmOf(state, user, market), paid: 0n, received: 0n };
  const reason = meetMakers(state, act, order, taken) ?? reasonNotToRest(order);
  if (taken.paid > 0n) debit(accountOf(user, lockedAsset(market, side)), taken.paid);
  credit(user, side === 'bid' ? market.stock : market.unit, taken.received);

  if (order.remaining === 0n) {
    act.events.push(closed(order));
  } else if (reason === undefined) {
    enterBook(state, order);
    act.events.push({ kind: 'order_rested', orderId: order.id, remaining: order.remaining });
  } else {
    act.events.push(cancelled(order, order.remaining, reason), closed(order, reason));
  }
}

function reasonNotToRest({ timeInForce }: Order): CancelReason | undefined {
  return timeInForce === 'ioc' || timeInForce === 'fok' ? 'unfilled' : undefined;
}

/** Meets the makers that its limit allows; says why it had to stop, if it had. */
function meetMakers(state: State, act: Act, order: Order, taken: Taken): CancelReason | undefined {
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
      fill(state, { order, maker, taken, events: act.events });
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

interface Fill {
  readonly order: Order;
  readonly maker: Order;
  readonly taken: Taken;
  readonly events: Event[];
}

function fill(state: State, { order, maker, taken, events }: Fill): void {
  const { market, side } = order;
  const quantity = order.remaining < maker.remaining ? order.remaining : maker.remaining;
  const makerFreed = shrink(state, maker, quantity);
  const orderFreed = shrinkIncoming(order, quantity);
  // docs/protocol.md §1.2: the buyer pays the value, but never more than his lock shrank.
  const bidFreed = side === 'bid' ? orderFreed : makerFreed;
  const value = valueCeiling({ price: maker.price, quantity });
  const cost = value < bidFreed ? value : bidFreed;

  const makerPpm = Math.min(maker.makerPpm, makerPpmOf(state, maker.user, market));
  const bidFee = feeOf(quantity, side === 'bid' ? taken.ppm : makerPpm);
  const askFee = feeOf(cost, side === 'ask' ? taken.ppm : makerPpm);
  if (side === 'bid') {
    taken.paid += cost;
    taken.received += quantity - bidFee;
    spendLocked(accountOf(maker.user, market.stock), quantity);
    credit(maker.user, market.unit, cost - askFee);
  } else {
    taken.paid += quantity;
    taken.received += cost - askFee;
    // At its own price a bid pays all that its lock shrank by: L(r) − L(r−q) ≤ ceil(P·q).
    spendLocked(accountOf(maker.user, market.unit), cost);
    credit(maker.user, market.stock, quantity - bidFee);
  }
  collectFees(state, { market, bidFee, askFee });
  noteTrade(market, { price: maker.price, quantity, time: state.time });
  noteFill(order, { cost, fee: side === 'bid' ? bidFee : askFee, time: state.time });
  noteFill(maker, { cost, fee: side === 'bid' ? askFee : bidFee, time: state.time });
  events.push(filled(state, { order, maker, quantity, cost, bidFee, askFee }));
  if (maker.remaining === 0n) events.push(closed(maker));
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
): OrderFilled {
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
