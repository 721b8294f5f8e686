import type {
  BalanceRow,
  ConsistencyReply,
  EntryReply,
  ExternalTransfersReply,
  HeadReply,
  InclusionReply,
  InternalTransferRow,
  LiabilitiesReply,
  LiabilityReply,
  MarketRow,
  NonceReply,
  OrderBookReply,
  ResultReply,
  StockRow,
  TickerRow,
  TimeReply,
  TradesReply,
} from '@picostocks/protocol';
import { readAnswer } from './answer.ts';
import { checkId, checkObject, checkOptionalId } from './argument.ts';
import type { CallOptions } from './call-options.ts';
import { type HttpRequest, Transport, type TransportOptions } from './transport.ts';

export interface PicostocksReaderOptions extends TransportOptions {
  /** Whom the calls of one user are about, unless they say otherwise. */
  readonly userId?: number | undefined;
}

export interface UserParameters extends CallOptions {
  /** Default: the user of this client. */
  readonly userId?: number | undefined;
}
export interface LimitParameters extends CallOptions {
  /** Rounded up to the nearest hundred; 100 by default, 300 at most. */
  readonly limit?: number | undefined;
}
export interface MarketFilter {
  readonly stockId?: number | undefined;
  readonly unitId?: number | undefined;
}
export interface OrderBookParameters extends MarketFilter, LimitParameters {
  /** Default: the orders of everybody. */
  readonly userId?: number | undefined;
}
export interface OpenOrdersParameters extends MarketFilter, LimitParameters, UserParameters {}
export interface TickersParameters extends MarketFilter, CallOptions {}
export interface HistoricalOrdersParameters extends LimitParameters, UserParameters {
  readonly stockId: number;
  readonly unitId?: number | undefined;
}
export interface TradesHistoryParameters extends LimitParameters {
  readonly stockId: number;
  readonly unitId: number;
}
export interface TransfersParameters extends UserParameters {
  readonly stockId: number;
}
export interface ResultParameters extends UserParameters {
  readonly nonce: number;
}
export interface HeadsParameters extends LimitParameters {
  /** Heads of later entries only; default 0. */
  readonly after?: number | undefined;
}
export interface ConsistencyParameters extends CallOptions {
  /** Entries of the older log, from 1. */
  readonly from: number;
  /** Entries of the newer one. */
  readonly to: number;
}
export interface InclusionParameters extends CallOptions {
  readonly sequence: number;
  /** Entries of the log; default those that the newest head covers. */
  readonly size?: number | undefined;
}
export interface LiabilitiesParameters extends CallOptions {
  /** The last entry of the head that published them; default: of the newest that published any. */
  readonly head?: number | undefined;
}
export interface LiabilityParameters extends LiabilitiesParameters, UserParameters {
  readonly assetId: number;
}
export interface EntryParameters extends CallOptions {
  readonly sequence: number;
  /** The entry's own, in hexadecimal: shows it to you where the operator does not publish the log. */
  readonly signature?: string | undefined;
}

/**
 * Everything that can be read without a key; answers are the documented JSON as it is.
 *
 * @example
 * const reader = new PicostocksReader({ baseUrl: 'http://127.0.0.1:8000' });
 * await reader.getTickers({ stockId: 3, unitId: 2 }) // [{ stock_id: 3, unit_id: 2, price: '0.05…', … }]
 */
export class PicostocksReader {
  readonly #transport: Transport;
  readonly #userId: number | undefined;

  constructor(options: PicostocksReaderOptions) {
    this.#transport = new Transport(checkObject(options, 'options'));
    this.#userId = checkOptionalId(options.userId, 'userId');
  }

  /**
   * The nonce that the user's next signed command must use.
   *
   * @example
   * await client.getNonce() // { nonce: 45 }
   */
  async getNonce({ userId, signal }: UserParameters = {}): Promise<NonceReply> {
    return this.#get({ path: `account/nonce/${this.#user(userId)}/`, signal });
  }

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
    return this.#get({ path: 'market/orderbook/', query, signal });
  }

  /**
   * What the user has, free and locked in orders, by asset.
   *
   * @example
   * await client.getAssetsBalance() // [{ stock_id: 2, locked: '0.00123…', free: '0.0123…' }]
   */
  async getAssetsBalance({ userId, signal }: UserParameters = {}): Promise<BalanceRow[]> {
    return this.#get({ path: `account/balance/${this.#user(userId)}/`, signal });
  }

  /**
   * The user's own open orders.
   *
   * @example
   * await client.getOpenOrders({ stockId: 3 }) // { asks: [{ order_id: 7, … }], bids: [] }
   */
  async getOpenOrders(parameters: OpenOrdersParameters = {}): Promise<OrderBookReply> {
    return this.getOrderBook({ ...parameters, userId: this.#user(parameters.userId) });
  }

  /**
   * The user's trades in one asset: in `bids` what he bought, in `asks` what he sold.
   *
   * @example
   * await client.getHistoricalOrders({ stockId: 3 }) // { bids: [{ id: 9, price: '0.05…', … }], asks: [] }
   */
  async getHistoricalOrders(parameters: HistoricalOrdersParameters): Promise<TradesReply> {
    const { userId, stockId, unitId, limit, signal } = checkObject(parameters, 'parameters');
    const path = `account/order/history/${this.#user(userId)}/${checkId(stockId, 'stockId')}/`;
    const query = {
      unit_id: checkOptionalId(unitId, 'unitId'),
      limit: checkOptionalId(limit, 'limit'),
    };
    return this.#get({ path, query, signal });
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
    const { stockId, unitId, limit, signal } = checkObject(parameters, 'parameters');
    const path = `trader/history/${checkId(stockId, 'stockId')}/${checkId(unitId, 'unitId')}/`;
    return this.#get({ path, query: { limit: checkOptionalId(limit, 'limit') }, signal });
  }

  /**
   * The user's transfers of one asset from and to other users.
   *
   * @example
   * await client.getTransfersInternal({ stockId: 2 }) // [{ from_user: 19, to_user: 20, memo: '', … }]
   */
  async getTransfersInternal(parameters: TransfersParameters): Promise<InternalTransferRow[]> {
    return this.#get(this.#transfers('internal', parameters));
  }

  /**
   * The user's deposits and withdrawals of one asset.
   *
   * @example
   * await client.getTransfersExternal({ stockId: 2 }) // { withdrawals: [], deposits: [{ txid: '…', … }] }
   */
  async getTransfersExternal(parameters: TransfersParameters): Promise<ExternalTransfersReply> {
    return this.#get(this.#transfers('external', parameters));
  }

  /**
   * The assets.
   *
   * @example
   * await client.getStocks() // [{ id: 2, code: 'btc', status: 'traded', … }]
   */
  async getStocks({ limit, signal }: LimitParameters = {}): Promise<StockRow[]> {
    const query = { limit: checkOptionalId(limit, 'limit') };
    return this.#get({ path: 'market/stocks/', query, signal });
  }

  /**
   * Latest price, volume and number of trades in the last 24 hours, by market.
   *
   * @example
   * await client.getTickers({ unitId: 2 }) // [{ stock_code: 'ETH', unit_code: 'BTC', count: 547, … }]
   */
  async getTickers({ stockId, unitId, signal }: TickersParameters = {}): Promise<TickerRow[]> {
    return this.#get({ path: 'tickers/24h/', query: marketQuery({ stockId, unitId }), signal });
  }

  /**
   * The markets and their rules.
   *
   * @example
   * await client.getMarkets() // [{ stock_id: 3, unit_id: 2, status: 'open', tick: '0.01…', … }]
   */
  async getMarkets({ signal }: CallOptions = {}): Promise<MarketRow[]> {
    return this.#get({ path: 'market/list/', signal });
  }

  /**
   * The exchange's id, clock and place in its log.
   *
   * @example
   * await client.getTime() // { exchange: '9f86d081…', milliseconds: 1790000000000, read_only: false, … }
   */
  async getTime({ signal }: CallOptions = {}): Promise<TimeReply> {
    return this.#get({ path: 'time/', signal });
  }

  /**
   * What became of the user's command that used this nonce.
   *
   * @example
   * await client.getResult({ nonce: 45 }) // { status: 'applied', sequence: 1207, reply: { … }, … }
   */
  async getResult(parameters: ResultParameters): Promise<ResultReply> {
    const { userId, nonce, signal } = checkObject(parameters, 'parameters');
    const path = `account/result/${this.#user(userId)}/${checkId(nonce, 'nonce')}/`;
    return this.#get({ path, signal });
  }

  /**
   * The newest signed head of the log, as the exchange says it: `HeadKeeper` verifies it.
   *
   * @example
   * await client.getHead() // { text: 'HEAD:1:9f86…', signature: '…', sequence: 1207, … }
   */
  async getHead({ signal }: CallOptions = {}): Promise<HeadReply> {
    return this.#get({ path: 'audit/head/', signal });
  }

  /**
   * The signed heads of the log, oldest first.
   *
   * @example
   * await client.getHeads({ after: 1000 }) // [{ text: 'HEAD:1:9f86…', sequence: 1207, … }]
   */
  async getHeads({ after, limit, signal }: HeadsParameters = {}): Promise<HeadReply[]> {
    const query = {
      after: checkOptionalId(after, 'after'),
      limit: checkOptionalId(limit, 'limit'),
    };
    return this.#get({ path: 'audit/heads/', query, signal });
  }

  /**
   * The proof that a log of `to` entries begins with that of `from` entries.
   *
   * @example
   * await client.getConsistency({ from: 1000, to: 1207 }) // { from: 1000, to: 1207, proof: ['…'] }
   */
  async getConsistency(parameters: ConsistencyParameters): Promise<ConsistencyReply> {
    const { from, to, signal } = checkObject(parameters, 'parameters');
    const path = `audit/consistency/${checkId(from, 'from')}/${checkId(to, 'to')}/`;
    return this.#get({ path, signal });
  }

  /**
   * The proof that an entry is in the log of a size.
   *
   * @example
   * await client.getInclusion({ sequence: 45 }) // { sequence: 45, size: 1207, proof: ['…'] }
   */
  async getInclusion(parameters: InclusionParameters): Promise<InclusionReply> {
    const { sequence, size, signal } = checkObject(parameters, 'parameters');
    const path = `audit/inclusion/${checkId(sequence, 'sequence')}/`;
    return this.#get({ path, query: { size: checkOptionalId(size, 'size') }, signal });
  }

  /**
   * What all users had together, by asset, and the head with which it was published: `LiabilityWatch`
   * verifies it.
   *
   * @example
   * await client.getLiabilities() // { head: 1207, text: 'HEAD:1:9f86…', lines: ['2:3:…'], … }
   */
  async getLiabilities({ head, signal }: LiabilitiesParameters = {}): Promise<LiabilitiesReply> {
    const query = { head: checkOptionalId(head, 'head') };
    return this.#get({ path: 'audit/liabilities/', query, signal });
  }

  /**
   * The proof that what the user had is in what was published: `LiabilityWatch` verifies it.
   *
   * @example
   * await client.getLiability({ assetId: 2, head: 1207 }) // { amount: '0.5…', index: 1, siblings: […], … }
   */
  async getLiability(parameters: LiabilityParameters): Promise<LiabilityReply> {
    const { assetId, userId, head, signal } = checkObject(parameters, 'parameters');
    const path = `audit/proof/${this.#user(userId)}/${checkId(assetId, 'assetId')}/`;
    return this.#get({ path, query: { head: checkOptionalId(head, 'head') }, signal });
  }

  /**
   * One entry of the log.
   *
   * @example
   * await client.getEntry({ sequence: 45 }) // { kind: 'order', message: 'BID:19:3:…', record: '…', … }
   */
  async getEntry(parameters: EntryParameters): Promise<EntryReply> {
    const { sequence, signature, signal } = checkObject(parameters, 'parameters');
    const path = `audit/entry/${checkId(sequence, 'sequence')}/`;
    return this.#get({ path, query: { signature }, signal });
  }

  async #get<Reply>(request: Omit<HttpRequest, 'method'>): Promise<Reply> {
    return readAnswer(await this.#transport.request({ method: 'GET', ...request }));
  }

  #user(userId: number | undefined): number {
    return checkId(userId ?? this.#userId, 'userId');
  }

  #transfers(kind: 'internal' | 'external', parameters: TransfersParameters) {
    const { userId, stockId, signal } = checkObject(parameters, 'parameters');
    const path = `account/transfers/${kind}/${this.#user(userId)}/${checkId(stockId, 'stockId')}/`;
    return { path, signal };
  }
}

function marketQuery({ stockId, unitId }: MarketFilter) {
  return {
    stock_id: checkOptionalId(stockId, 'stockId'),
    unit_id: checkOptionalId(unitId, 'unitId'),
  };
}
