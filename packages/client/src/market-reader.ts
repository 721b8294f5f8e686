// What is the same for everybody: the exchange, its assets and markets, and what its operators did.

import type {
  ActRow,
  CandleInterval,
  CandleRow,
  DepthReply,
  LimitsReply,
  MarketRow,
  OrderBookReply,
  PublicTradeRow,
  StockRow,
  TickerRow,
  TimeReply,
  TradesReply,
} from '@picostocks/protocol';
import { checkId, checkObject, checkOptionalId } from './argument.ts';
import { AuditReader, type LimitParameters } from './audit-reader.ts';
import type { CallOptions } from './call-options.ts';

export interface MarketFilter {
  readonly stockId?: number | undefined;
  readonly unitId?: number | undefined;
}
/** Where a page of a list begins and ends: with `after` or `since` oldest first, else newest first. */
export interface PageParameters extends LimitParameters {
  /** Only rows with a larger id. */
  readonly after?: number | undefined;
  /** Only rows with a smaller id. */
  readonly before?: number | undefined;
  /** Milliseconds: only rows from then on. */
  readonly since?: number | undefined;
  /** Milliseconds: only rows up to then. */
  readonly until?: number | undefined;
}
export interface OrderBookParameters extends MarketFilter, LimitParameters {
  /** Default: the orders of everybody. */
  readonly userId?: number | undefined;
}
export interface TickersParameters extends MarketFilter, CallOptions {}
export interface MarketParameters {
  readonly stockId: number;
  readonly unitId: number;
}
export interface TradesHistoryParameters extends MarketParameters, LimitParameters {}
export interface TradesParameters extends MarketParameters, PageParameters {}
export interface DepthParameters extends MarketParameters, CallOptions {
  /** Price levels of each side; 100 by default. */
  readonly levels?: number | undefined;
}
export interface CandlesParameters extends MarketParameters, LimitParameters {
  /** Default `1m`. */
  readonly interval?: CandleInterval | undefined;
  /** Milliseconds: candles that begin from then on, oldest first. */
  readonly since?: number | undefined;
  /** Milliseconds: candles that begin up to then. */
  readonly until?: number | undefined;
}

/** Everything about the exchange and its markets; `PicostocksReader` has the accounts too. */
export class MarketReader extends AuditReader {
  /**
   * The open orders of everybody, best price first.
   *
   * @example
   * await client.getOrderBook({ stockId: 3, unitId: 2 }) // { asks: [{ price: '0.06…', … }], bids: [] }
   */
  async getOrderBook(parameters: OrderBookParameters = {}): Promise<OrderBookReply> {
    const { userId, stockId, unitId, limit, signal } = parameters;
    const query = {
      user_id: checkOptionalId(userId, 'userId'),
      ...marketQuery({ stockId, unitId }),
      limit: checkOptionalId(limit, 'limit'),
    };
    return this.read({ path: 'market/orderbook/', query, signal });
  }

  /**
   * The open orders of a market together, by price level.
   *
   * @example
   * await client.getDepth({ stockId: 3, unitId: 2, levels: 5 })
   * // { sequence: 17, bids: [['0.05…', '1.5…', 2]], asks: [], … }
   */
  async getDepth(parameters: DepthParameters): Promise<DepthReply> {
    const { levels, signal } = checkObject(parameters, 'parameters');
    const query = { levels: checkOptionalId(levels, 'levels') };
    return this.read({ path: `market/depth/${marketPath(parameters)}`, query, signal });
  }

  /**
   * The trades of one market, each in its own row, newest first unless `after` or `since` is given.
   *
   * @example
   * await client.getTrades({ stockId: 3, unitId: 2 }) // [{ id: 9, side: 'bid', price: '0.05…', … }]
   */
  async getTrades(parameters: TradesParameters): Promise<PublicTradeRow[]> {
    const { signal } = checkObject(parameters, 'parameters');
    const path = `market/trades/${marketPath(parameters)}`;
    return this.read({ path, query: pageQuery(parameters), signal });
  }

  /**
   * Prices of a market over time; intervals without a trade are left out.
   *
   * @example
   * await client.getCandles({ stockId: 3, unitId: 2, interval: '1h' })
   * // [[1790000000000, '0.05…', '0.06…', '0.05…', '0.055…', '12…', '0.66…', 31]]
   */
  async getCandles(parameters: CandlesParameters): Promise<CandleRow[]> {
    const { interval, since, until, limit, signal } = checkObject(parameters, 'parameters');
    const query = {
      interval,
      since: checkOptionalId(since, 'since'),
      until: checkOptionalId(until, 'until'),
      limit: checkOptionalId(limit, 'limit'),
    };
    return this.read({ path: `market/candles/${marketPath(parameters)}`, query, signal });
  }

  /**
   * The old name of `getTradesHistory`.
   *
   * @example
   * await client.getAllHistoricalOrders({ stockId: 3, unitId: 2 }) // { bids: [], asks: [{ id: 9, … }] }
   */
  getAllHistoricalOrders(parameters: TradesHistoryParameters): Promise<TradesReply> {
    return this.getTradesHistory(parameters);
  }

  /**
   * The trades of one market, newest first: in `bids` those where the incoming order was a bid.
   *
   * @example
   * await client.getTradesHistory({ stockId: 3, unitId: 2 }) // { bids: [], asks: [{ id: 9, … }] }
   */
  async getTradesHistory(parameters: TradesHistoryParameters): Promise<TradesReply> {
    const { limit, signal } = checkObject(parameters, 'parameters');
    const path = `trader/history/${marketPath(parameters)}`;
    return this.read({ path, query: { limit: checkOptionalId(limit, 'limit') }, signal });
  }

  /**
   * The assets.
   *
   * @example
   * await client.getStocks() // [{ id: 2, code: 'btc', status: 'traded', … }]
   */
  async getStocks({ limit, signal }: LimitParameters = {}): Promise<StockRow[]> {
    const query = { limit: checkOptionalId(limit, 'limit') };
    return this.read({ path: 'market/stocks/', query, signal });
  }

  /**
   * Latest price, volume and number of trades in the last 24 hours, by market.
   *
   * @example
   * await client.getTickers({ unitId: 2 }) // [{ stock_code: 'ETH', unit_code: 'BTC', count: 547, … }]
   */
  async getTickers({ stockId, unitId, signal }: TickersParameters = {}): Promise<TickerRow[]> {
    return this.read({ path: 'tickers/24h/', query: marketQuery({ stockId, unitId }), signal });
  }

  /**
   * The markets and their rules.
   *
   * @example
   * await client.getMarkets() // [{ stock_id: 3, unit_id: 2, status: 'open', tick: '0.01…', … }]
   */
  async getMarkets({ signal }: CallOptions = {}): Promise<MarketRow[]> {
    return this.read({ path: 'market/list/', signal });
  }

  /**
   * The exchange's id, clock and place in its log.
   *
   * @example
   * await client.getTime() // { exchange: '9f86d081…', milliseconds: 1790000000000, read_only: false, … }
   */
  async getTime({ signal }: CallOptions = {}): Promise<TimeReply> {
    return this.read({ path: 'time/', signal });
  }

  /**
   * How much may be asked for: rates, sizes, and whether reads about a user are signed.
   *
   * @example
   * await client.getLimits() // { reads: 'public', registration_open: true, batch_operations_max: 1000, … }
   */
  async getLimits({ signal }: CallOptions = {}): Promise<LimitsReply> {
    return this.read({ path: 'limits/', signal });
  }

  /**
   * What the operators did, newest first unless `after` or `since` is given.
   *
   * @example
   * await client.getActs() // [{ sequence: 12, key_id: 0, type: 'halt_market', params: { … }, … }]
   */
  async getActs(parameters: PageParameters = {}): Promise<ActRow[]> {
    const { signal } = checkObject(parameters, 'parameters');
    return this.read({ path: 'audit/acts/', query: pageQuery(parameters), signal });
  }
}

export function marketQuery({ stockId, unitId }: MarketFilter) {
  return {
    stock_id: checkOptionalId(stockId, 'stockId'),
    unit_id: checkOptionalId(unitId, 'unitId'),
  };
}

export function pageQuery({ after, before, since, until, limit }: PageParameters) {
  return {
    after: checkOptionalId(after, 'after'),
    before: checkOptionalId(before, 'before'),
    since: checkOptionalId(since, 'since'),
    until: checkOptionalId(until, 'until'),
    limit: checkOptionalId(limit, 'limit'),
  };
}

function marketPath({ stockId, unitId }: MarketParameters): string {
  return `${checkId(stockId, 'stockId')}/${checkId(unitId, 'unitId')}/`;
}
