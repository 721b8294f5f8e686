// Which orders the naive engine takes: the rejections of place_order and amend_order, each asked in
// the order of docs/protocol.md §6.1.

import {
  type Amount,
  type OperationOf,
  ORDERS_PER_COMMAND_MAX,
  type Rejection,
  type Side,
} from '@picostocks/protocol';
import {
  ceilValue,
  findAsset,
  floorValue,
  freeOf,
  lockOf,
  type NaiveMarket,
  type NaiveOrder,
  type NaiveState,
  NO_AMOUNT_REACHES,
} from './naive-state.ts';
import {
  allows,
  bookSide,
  isDead,
  type Meetings,
  mayLook,
  otherSide,
  wouldFill,
} from './naive-trading.ts';

const MILLION = 1_000_000n;

export interface Placing {
  readonly userId: number;
  readonly params: OperationOf<'place_order'>['params'];
  readonly market: NaiveMarket;
  readonly time: number;
  readonly meetings: Meetings;
}

/** The limit price, or the cap of a market order; `undefined` if there is none to be had. */
export function priceOf({ params, market }: Placing): Amount | undefined {
  if (params.price !== undefined) return params.price;
  const { referencePrice, priceBandPpm, tick } = market;
  if (referencePrice === 0n || priceBandPpm === 0) return undefined;
  const band = BigInt(priceBandPpm);
  let cap: Amount;
  if (params.side === 'bid') {
    const edge = (referencePrice * (MILLION + band)) / MILLION;
    cap = edge - (edge % tick);
  } else {
    const product = referencePrice * (band > MILLION ? 0n : MILLION - band);
    const edge = product % MILLION === 0n ? product / MILLION : product / MILLION + 1n;
    cap = edge % tick === 0n ? edge : edge - (edge % tick) + tick;
  }
  if (cap < tick) cap = tick;
  return cap < NO_AMOUNT_REACHES ? cap : undefined;
}

export function timeInForceOf({ params }: Placing) {
  return params.timeInForce ?? (params.type === 'market' ? 'ioc' : 'gtc');
}

export function rejectionOfPlacing(state: NaiveState, placing: Placing): Rejection | undefined {
  const looks = ['fok', 'post_only'].includes(timeInForceOf(placing));
  if (looks && !mayLook(placing.meetings)) return 'capacity';
  const { params, market, time } = placing;
  const closed = rejectionOfMarket(state, market);
  if (closed !== undefined) return closed;
  const { quantity, goodUntil } = params;
  if (quantity === 0n) return 'zero_quantity';
  if (params.price === 0n) return 'zero_price';
  if (goodUntil !== undefined && goodUntil <= time) return 'good_until_passed';
  const price = priceOf(placing);
  if (price === undefined) return 'price_cap_missing';
  return (
    rejectionOfTerms(market, { price, quantity, isReduction: false }) ??
    rejectionOfMeans(state, placing, price)
  );
}

export function rejectionOfMarket(state: NaiveState, market: NaiveMarket): Rejection | undefined {
  if (findAsset(state, market.stockId)?.status !== 'traded') return 'asset_not_traded';
  if (findAsset(state, market.unitId)?.status !== 'traded') return 'asset_not_traded';
  return market.status === 'open' ? undefined : 'market_halted';
}

interface Terms {
  readonly price: Amount;
  readonly quantity: Amount;
  /** One that makes an order smaller at the same price. */
  readonly isReduction: boolean;
}

/** The rules from `tick_size` to `price_band`. */
export function rejectionOfTerms(
  market: NaiveMarket,
  { price, quantity, isReduction }: Terms,
): Rejection | undefined {
  if (!isReduction && price % market.tick !== 0n) return 'tick_size';
  if (quantity % market.lot !== 0n) return 'lot_size';
  if (quantity < market.minQuantity) return 'quantity_too_small';
  if (quantity > market.maxQuantity) return 'quantity_too_large';
  const least = floorValue(price, quantity);
  if (least < market.minValue || least < 1n) return 'order_value_too_small';
  const most = ceilValue(price, quantity);
  if (most > market.maxValue || most >= NO_AMOUNT_REACHES) return 'order_value_too_large';
  return !isReduction && isOutsideBand(market, price) ? 'price_band' : undefined;
}

function isOutsideBand(market: NaiveMarket, price: Amount): boolean {
  if (market.priceBandPpm === 0 || market.referencePrice === 0n) return false;
  const away =
    price > market.referencePrice ? price - market.referencePrice : market.referencePrice - price;
  return away * MILLION > market.referencePrice * BigInt(market.priceBandPpm);
}

function rejectionOfMeans(
  state: NaiveState,
  placing: Placing,
  price: Amount,
): Rejection | undefined {
  const { userId, params, market } = placing;
  const { side, quantity, clientOrderId, stockId, unitId } = params;
  const own = state.orders.filter((order) => order.userId === userId);
  if (clientOrderId !== undefined && own.some((order) => order.clientOrderId === clientOrderId)) {
    return 'duplicate_client_order_id';
  }
  const timeInForce = timeInForceOf(placing);
  const rests = timeInForce !== 'ioc' && timeInForce !== 'fok';
  const here = own.filter((order) => order.stockId === stockId && order.unitId === unitId);
  if (rests && here.length >= market.maxOpenOrders) return 'too_many_open_orders';
  const wish = { userId, side, price, quantity };
  if (timeInForce === 'post_only' && wouldMatch(state, wish, placing)) {
    return 'would_match';
  }
  if (timeInForce === 'fok' && !wouldFill(state, wish, placing)) return 'would_not_fill';
  const free = freeOf(state, { userId, stockId: side === 'ask' ? stockId : unitId });
  const needed = side === 'ask' ? quantity : ceilValue(price, quantity);
  return free < needed ? 'insufficient_funds' : undefined;
}

/** Is the first live order of the 1,000 best of the other side, whoever's it is, one with which it could trade? */
function wouldMatch(
  state: NaiveState,
  wish: { side: Side; price: Amount },
  { market, time, meetings }: { market: NaiveMarket; time: number; meetings: Meetings },
): boolean {
  const others = bookSide(state, market, otherSide(wish.side)).slice(0, ORDERS_PER_COMMAND_MAX);
  const crossing = others.filter((other) => allows(wish, other));
  const best = crossing.findIndex((other) => !isDead(state, other, time));
  meetings.looked += best === -1 ? crossing.length : best + 1;
  return best !== -1;
}

export interface Amending {
  readonly order: NaiveOrder;
  readonly market: NaiveMarket;
  /** All of it, what was filled included. */
  readonly quantity: Amount;
  readonly price: Amount;
  readonly time: number;
  readonly meetings: Meetings;
}

export function isReduction({ order, quantity, price }: Amending): boolean {
  return price === order.price && quantity <= order.filled + order.remaining;
}

export function rejectionOfAmending(state: NaiveState, amending: Amending): Rejection | undefined {
  const { order, market, quantity, price } = amending;
  const reduces = isReduction(amending);
  const isPostOnly = order.timeInForce === 'post_only';
  if (isPostOnly && !reduces && !mayLook(amending.meetings)) return 'capacity';
  const closed = reduces ? undefined : rejectionOfMarket(state, market);
  if (closed !== undefined) return closed;
  if (quantity === 0n) return 'zero_quantity';
  if (price === 0n) return 'zero_price';
  const broken = rejectionOfTerms(market, { price, quantity, isReduction: reduces });
  if (broken !== undefined) return broken;
  if (quantity <= order.filled) return 'amend_below_filled';
  if (reduces) return undefined;
  const { side, userId } = order;
  if (isPostOnly && wouldMatch(state, { side, price }, amending)) return 'would_match';
  const { stockId, locked } = lockOf(order);
  const left = quantity - order.filled;
  const needed = side === 'ask' ? left : ceilValue(price, left);
  return freeOf(state, { userId, stockId }) + locked < needed ? 'insufficient_funds' : undefined;
}
