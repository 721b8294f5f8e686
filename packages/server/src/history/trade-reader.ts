// Reads of trades and of orders that are closed.

import type { Sequence, Side } from '@picostocks/protocol';
import { unpackOrder, unpackTrade } from './packed-rows.ts';
import type { Page, Row, Rows, Selection } from './page.ts';

export interface InMarket {
  readonly stockId: number;
  readonly unitId: number;
}

export interface TradeRecord {
  readonly id: number;
  readonly sequence: number;
  readonly time: number;
  readonly stock_id: number;
  readonly unit_id: number;
  readonly aggressor: Side;
  readonly price: string;
  readonly quantity: string;
  readonly cost: string;
  readonly bid_user: number;
  readonly ask_user: number;
  readonly bid_order: number;
  readonly ask_order: number;
  readonly bid_fee: string;
  readonly ask_fee: string;
}

export interface ClosedOrderRecord {
  readonly id: number;
  /** When it was placed. */
  readonly time: number;
  readonly user_id: number;
  readonly stock_id: number;
  readonly unit_id: number;
  readonly client_order_id: string | null;
  readonly side: Side;
  readonly type: string;
  readonly time_in_force: string;
  readonly good_until: number | null;
  readonly price: string;
  readonly quantity: string;
  readonly filled: string;
  readonly cancelled: string;
  readonly value: string;
  readonly fee: string;
  readonly status: string;
  readonly reason: string | null;
  readonly time_last_trade: number | null;
  readonly time_closed: number;
}

/** One side of a trade: what a user did with which order. */
export interface OwnTradeRecord extends TradeRecord {
  readonly own: Side;
  /** Its order is closed, so that its name is known here. */
  readonly isClosed: boolean;
  readonly clientOrderId: string | null;
}

const SIDES: readonly Side[] = ['bid', 'ask'];

export class TradeReader {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Trades of a market in which the incoming order stood on one side. */
  marketTrades(by: InMarket & { aggressor: Side; page: Page }): TradeRecord[] {
    const where = 'stock_id = ? AND unit_id = ? AND aggressor = ?';
    const values = [by.stockId, by.unitId, by.aggressor];
    return this.#trades(by.page, [{ where, values }]);
  }

  /** All trades of a market. */
  allMarketTrades(by: InMarket & { page: Page }): TradeRecord[] {
    const where = 'stock_id = ? AND unit_id = ? AND aggressor = ?';
    const selections = SIDES.map((side) => ({ where, values: [by.stockId, by.unitId, side] }));
    return this.#trades(by.page, selections);
  }

  /** Trades in which a user bought (`bid`) or sold (`ask`) an asset, for any of the given units. */
  userTrades(by: {
    userId: number;
    stockId: number;
    unitIds: readonly number[];
    side: Side;
    page: Page;
  }): TradeRecord[] {
    const { userId, stockId, side } = by;
    const selections = by.unitIds.map((unitId) => ofUser({ userId, stockId, unitId, side }));
    return this.#trades(by.page, selections);
  }

  /**
   * All that a user traded, or one order of his. One with himself is there once for each side, on one page, which
   * then may have one row more than its limit: the next page begins behind an id.
   */
  ownTrades(by: {
    userId: number;
    market: InMarket | undefined;
    orderId: number | undefined;
    /** Nothing that came after this entry. */
    upTo: Sequence;
    page: Page;
  }): OwnTradeRecord[] {
    const { page, upTo, orderId } = by;
    const own =
      orderId === undefined ? this.#tradesOf(by) : this.#tradesOfOrder({ ...by, orderId });
    const sign = page.after === undefined && page.since === undefined ? -1 : 1;
    const sorted = own
      .filter(({ sequence }) => sequence <= upTo)
      .sort((left, right) => sign * (left.id - right.id));
    const { limit } = page;
    const isDivided = sorted[limit] !== undefined && sorted[limit].id === sorted[limit - 1]?.id;
    return sorted.slice(0, isDivided ? limit + 1 : limit).map((trade) => this.#named(trade));
  }

  closedOrders(by: {
    userId: number;
    market: InMarket | undefined;
    page: Page;
  }): ClosedOrderRecord[] {
    const { userId, market, page } = by;
    const markets = market === undefined ? this.#rows.marketsOf('closed_order', userId) : [market];
    const selections = markets.map(({ stockId, unitId }) => ({
      where: 'user_id = ? AND stock_id = ? AND unit_id = ?',
      values: [userId, stockId, unitId],
    }));
    return this.#rows.page('closed_order', { page, selections }).map(unpackOrder);
  }

  closedOrder(by: { userId: number; orderId: number }): ClosedOrderRecord | undefined {
    const sql = 'SELECT * FROM closed_order WHERE id = ? AND user_id = ?';
    return toOrder(this.#rows.all(sql, by.orderId, by.userId)[0]);
  }

  /** The newest that had this name. */
  closedOrderByName(by: { userId: number; clientOrderId: string }): ClosedOrderRecord | undefined {
    const sql = `SELECT * FROM closed_order WHERE user_id = ? AND client_order_id = ?
      ORDER BY id DESC LIMIT 1`;
    return toOrder(this.#rows.all(sql, by.userId, by.clientOrderId)[0]);
  }

  /** Of each side by itself: in a trade with himself a user has both. */
  #tradesOf(by: { userId: number; market: InMarket | undefined; page: Page }) {
    const { userId, market, page } = by;
    const markets = market === undefined ? this.#rows.marketsOf('trade_of_user', userId) : [market];
    return SIDES.flatMap((side) => {
      const selections = markets.map((one) => ofUser({ userId, side, ...one }));
      return this.#trades(page, selections).map((trade) => ({ ...trade, own: side }));
    });
  }

  /** Whose order it is was looked at by the caller, and is again here. */
  #tradesOfOrder({ userId, orderId, page }: { userId: number; orderId: number; page: Page }) {
    const where = 'order_id = ?';
    const selection = { where, values: [orderId], through: 'trade_of_order' } as const;
    return this.#trades(page, [selection])
      .map((trade) => ({ ...trade, own: sideOf(orderId, trade) }))
      .filter((trade) => userId === (trade.own === 'bid' ? trade.bid_user : trade.ask_user));
  }

  #trades(page: Page, selections: readonly Selection[]): TradeRecord[] {
    return this.#rows.page('trade', { page, selections }).map(unpackTrade);
  }

  #named(trade: TradeRecord & { readonly own: Side }): OwnTradeRecord {
    const orderId = trade.own === 'bid' ? trade.bid_order : trade.ask_order;
    const sql = 'SELECT client_order_id FROM closed_order WHERE id = ?';
    const closed = this.#rows.all(sql, orderId)[0];
    const name = closed?.['client_order_id'];
    return {
      ...trade,
      isClosed: closed !== undefined,
      clientOrderId: typeof name === 'string' ? name : null,
    };
  }
}

function ofUser(by: { userId: number; stockId: number; unitId: number; side: Side }): Selection {
  const table = 'trade_of_user';
  const columns = ['user_id', 'stock_id', 'unit_id', 'side'];
  const where = columns.map((column) => `${table}.${column} = ?`).join(' AND ');
  return { where, values: [by.userId, by.stockId, by.unitId, by.side], through: table };
}

function sideOf(orderId: number, trade: TradeRecord): Side {
  return trade.bid_order === orderId ? 'bid' : 'ask';
}

function toOrder(row: Row | undefined): ClosedOrderRecord | undefined {
  return row && unpackOrder(row);
}
