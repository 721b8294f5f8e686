// Order books, an order a row. What everybody may see of one market is the most wanted answer of all: its
// bytes are kept until the book changes, and the text of a row until its order does.

import { bookSide, type Market, type Order, type User } from '@picostocks/engine';
import { type Amount, formatAmount, type OrderBookRow, type Side } from '@picostocks/protocol';
import { EVERYBODY, shownTo, type Viewer } from './signed-reads.ts';
import { formatSync } from './times.ts';

export interface BookQuestion {
  /** Only his orders. */
  readonly user: User | undefined;
  /** Orders a side. */
  readonly limit: number;
  readonly viewer: Viewer;
}

/** The first orders of one side of some markets: best price first, then oldest first. */
export function orderBookRows(
  markets: readonly Market[],
  { side, user, limit, viewer }: BookQuestion & { readonly side: Side },
): OrderBookRow[] {
  const rows: OrderBookRow[] = [];
  for (const market of markets) {
    const orders =
      user === undefined ? bookSide(market, side).orders() : ownOrders(market, user, side);
    for (const order of orders) {
      if (rows.length >= limit) return rows;
      rows.push(orderBookRow(order, viewer));
    }
  }
  return rows;
}

function ownOrders(market: Market, user: User, side: Side): Order[] {
  const own: Order[] = [];
  const newest = user.ownOrders[market.slot]?.newest;
  for (let order = newest; order !== undefined; order = order.ownOlder) {
    if (order.side === side) own.push(order);
  }
  return own.sort(side === 'bid' ? byBidPriority : byAskPriority);
}

function byBidPriority(left: Order, right: Order): number {
  if (left.price !== right.price) return left.price > right.price ? -1 : 1;
  return left.place - right.place;
}

function byAskPriority(left: Order, right: Order): number {
  if (left.price !== right.price) return left.price < right.price ? -1 : 1;
  return left.place - right.place;
}

function orderBookRow(order: Order, viewer: Viewer): OrderBookRow {
  return {
    quantity: formatAmount(order.remaining),
    price: formatAmount(order.price),
    unit_id: order.market.unit.id,
    stock_id: order.market.stock.id,
    sync: formatSync(order.timeChanged),
    order_id: order.id,
    user_id: shownTo(viewer, order.user.id),
  };
}

// --- As bytes ------------------------------------------------------------------------------------

interface Pages {
  readonly bookSequence: number;
  readonly byLimit: Map<number, Buffer>;
}

const pagesOf = new WeakMap<Market, Pages>();

/** The answer in JSON: `{"asks": […], "bids": […]}`. */
export function orderBookBytes(markets: readonly Market[], question: BookQuestion): Buffer {
  const { user, limit, viewer } = question;
  if (user !== undefined || !viewer.seesAll) {
    const rows = (side: Side) => orderBookRows(markets, { ...question, side });
    return Buffer.from(JSON.stringify({ asks: rows('ask'), bids: rows('bid') }));
  }
  const [market] = markets;
  if (market === undefined || markets.length > 1) return makePage(markets, limit);
  let pages = pagesOf.get(market);
  if (pages?.bookSequence !== market.bookSequence) {
    pages = { bookSequence: market.bookSequence, byLimit: new Map() };
    pagesOf.set(market, pages);
  }
  const page = pages.byLimit.get(limit) ?? makePage(markets, limit);
  pages.byLimit.set(limit, page);
  return page;
}

function makePage(markets: readonly Market[], limit: number): Buffer {
  const [asks, bids] = [rowTexts(markets, 'ask', limit), rowTexts(markets, 'bid', limit)];
  return Buffer.from(`{"asks":[${asks.join()}],"bids":[${bids.join()}]}`);
}

function rowTexts(markets: readonly Market[], side: Side, limit: number): string[] {
  const texts: string[] = [];
  for (const market of markets) {
    for (const order of bookSide(market, side).orders()) {
      if (texts.length >= limit) return texts;
      texts.push(rowText(order));
    }
  }
  return texts;
}

interface RowText {
  readonly remaining: Amount;
  readonly price: Amount;
  readonly time: number;
  readonly text: string;
}

const textsOfRows = new WeakMap<Order, RowText>();

/** All that can change of a row is what it is compared by. */
function rowText(order: Order): string {
  const { remaining, price, timeChanged: time } = order;
  const known = textsOfRows.get(order);
  if (known?.remaining === remaining && known.price === price && known.time === time) {
    return known.text;
  }
  const text = JSON.stringify(orderBookRow(order, EVERYBODY));
  textsOfRows.set(order, { remaining, price, time, text });
  return text;
}
