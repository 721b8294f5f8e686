// What is about one user, and what a custody worker polls.

import type {
  AddressReply,
  BalanceRow,
  DepositRow,
  ExternalStatus,
  ExternalTransfersReply,
  FeesReply,
  InternalTransferRow,
  KeyRow,
  LiabilityReply,
  NonceReply,
  OrderBookReply,
  OrderReply,
  OrderRow,
  OwnTradeRow,
  ResultReply,
  StatusReply,
  TradesReply,
  WantedRow,
  WithdrawalRow,
} from '@picostocks/protocol';
import type { OrderName } from './actions/operations.ts';
import { checkId, checkObject, checkOptionalId } from './argument.ts';
import type { LiabilitiesParameters, LimitParameters } from './audit-reader.ts';
import type { CallOptions } from './call-options.ts';
import { InvalidArgumentError } from './errors.ts';
import {
  type MarketFilter,
  MarketReader,
  marketQuery,
  type PageParameters,
  pageQuery,
} from './market-reader.ts';
import { type Requester, Transport, type TransportOptions } from './transport.ts';

export interface PicostocksReaderOptions extends TransportOptions {
  /** Whom the calls of one user are about, unless they say otherwise. */
  readonly userId?: number | undefined;
}

export interface UserParameters extends CallOptions {
  /** Default: the user of this client. */
  readonly userId?: number | undefined;
}
export interface NonceParameters extends UserParameters {
  /** Which of the user's keys; default the client's own, else 0. */
  readonly keyId?: number | undefined;
}
export interface ResultParameters extends NonceParameters {
  readonly nonce: number;
}
export interface OpenOrdersParameters extends MarketFilter, LimitParameters, UserParameters {}
export interface HistoricalOrdersParameters extends LimitParameters, UserParameters {
  readonly stockId: number;
  readonly unitId?: number | undefined;
}
export type OrderParametersByName = OrderName & UserParameters;
export interface OrdersParameters extends MarketFilter, PageParameters, UserParameters {
  /** Default `open`. */
  readonly status?: 'open' | 'closed' | undefined;
}
export interface OwnTradesParameters extends MarketFilter, PageParameters, UserParameters {
  /** Only trades of this order. */
  readonly orderId?: number | undefined;
}
export interface TransfersParameters extends PageParameters, UserParameters {
  /** Default: of all assets. */
  readonly stockId?: number | undefined;
}
export interface LiabilityParameters extends LiabilitiesParameters, UserParameters {
  readonly assetId: number;
}
export interface DepositAddressParameters extends UserParameters {
  readonly stockId: number;
}
export interface CustodyParameters extends PageParameters {
  /** Default: all that are not final. */
  readonly status?: ExternalStatus | undefined;
  readonly stockId?: number | undefined;
}

export interface CustodyWithdrawalParameters extends CallOptions {
  readonly withdrawalId: number;
}
export interface CustodyDepositParameters extends CallOptions {
  readonly depositId: number;
}

/**
 * Everything that can be read without a key; answers are the documented JSON as it is.
 *
 * @example
 * const reader = new PicostocksReader({ baseUrl: 'http://127.0.0.1:8000' });
 * await reader.getTickers({ stockId: 3, unitId: 2 }) // [{ stock_id: 3, unit_id: 2, price: '0.05…', … }]
 */
export class PicostocksReader extends MarketReader {
  readonly #userId: number | undefined;
  readonly #keyId: number;

  /** The second argument is for who sends requests in another way than over the network. */
  constructor(
    options: PicostocksReaderOptions,
    { requester, keyId = 0 }: { readonly requester?: Requester; readonly keyId?: number } = {},
  ) {
    super(requester ?? new Transport(checkObject(options, 'options')));
    this.#userId = checkOptionalId(options.userId, 'userId');
    this.#keyId = keyId;
  }

  /**
   * The nonce that the next command signed by the user's key must use.
   *
   * @example
   * await client.getNonce() // { nonce: 45 }
   */
  async getNonce({ userId, keyId, signal }: NonceParameters = {}): Promise<NonceReply> {
    const path = `account/nonce/${this.#user(userId)}/`;
    return this.read({ path, query: this.#key({ userId, keyId }), signal });
  }

  /**
   * What the user has, free and locked in orders and withdrawals, by asset.
   *
   * @example
   * await client.getAssetsBalance() // [{ stock_id: 2, locked: '0.00123…', free: '0.0123…' }]
   */
  async getAssetsBalance({ userId, signal }: UserParameters = {}): Promise<BalanceRow[]> {
    return this.read({ path: `account/balance/${this.#user(userId)}/`, signal });
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
   * The user's orders, newest first unless `after` or `since` is given: those that are open, or closed ones.
   *
   * @example
   * await client.getOrders({ status: 'closed' }) // [{ order_id: 7, status: 'filled', filled: '0.5…', … }]
   */
  async getOrders(parameters: OrdersParameters = {}): Promise<OrderRow[]> {
    const { userId, status, signal } = checkObject(parameters, 'parameters');
    const query = { status, ...marketQuery(parameters), ...pageQuery(parameters) };
    return this.read({ path: `account/orders/${this.#user(userId)}/`, query, signal });
  }

  /**
   * One order of the user, open or not, with its newest trades.
   *
   * @example
   * await client.getOrder({ clientOrderId: 'grid-17' }) // { order_id: 7, status: 'open', trades: [], … }
   */
  async getOrder(parameters: OrderParametersByName): Promise<OrderReply> {
    const { userId, orderId, clientOrderId, signal } = checkObject(parameters, 'parameters');
    if ((orderId === undefined) === (clientOrderId === undefined)) {
      throw new InvalidArgumentError('parameters', 'name the order by orderId or by clientOrderId');
    }
    const name =
      clientOrderId === undefined
        ? checkId(orderId, 'orderId')
        : `client/${encodeURIComponent(clientOrderId)}`;
    return this.read({ path: `account/order/${this.#user(userId)}/${name}/`, signal });
  }

  /**
   * The user's trades, newest first unless `after` or `since` is given.
   *
   * @example
   * await client.getOwnTrades({ orderId: 7 }) // [{ id: 9, own: 'bid', role: 'taker', fee: '0…', … }]
   */
  async getOwnTrades(parameters: OwnTradesParameters = {}): Promise<OwnTradeRow[]> {
    const { userId, orderId, signal } = checkObject(parameters, 'parameters');
    const query = {
      ...marketQuery(parameters),
      order_id: checkOptionalId(orderId, 'orderId'),
      ...pageQuery(parameters),
    };
    return this.read({ path: `account/trades/${this.#user(userId)}/`, query, signal });
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
    return this.read({ path, query, signal });
  }

  /**
   * The user's transfers from and to other users, newest first unless `after` or `since` is given.
   *
   * @example
   * await client.getTransfersInternal({ stockId: 2 }) // [{ from_user: 19, to_user: 20, memo: '', … }]
   */
  async getTransfersInternal(parameters: TransfersParameters = {}): Promise<InternalTransferRow[]> {
    return this.read(this.#transfers('internal', parameters));
  }

  /**
   * The user's deposits and withdrawals, newest first unless `after` or `since` is given.
   *
   * @example
   * await client.getTransfersExternal({ stockId: 2 }) // { withdrawals: [], deposits: [{ txid: '…', … }] }
   */
  async getTransfersExternal(
    parameters: TransfersParameters = {},
  ): Promise<ExternalTransfersReply> {
    return this.read(this.#transfers('external', parameters));
  }

  /**
   * Where the user deposits an asset; `requestAddress` asks for an address if there is none.
   *
   * @example
   * await client.getDepositAddress({ stockId: 2 }) // { address: 'bc1q…', memo: '', wanted: false, … }
   */
  async getDepositAddress(parameters: DepositAddressParameters): Promise<AddressReply> {
    const { userId, stockId, signal } = checkObject(parameters, 'parameters');
    const user = this.#user(userId);
    const path = `account/deposit/address/${user}/${checkId(stockId, 'stockId')}/`;
    return this.read({ path, signal });
  }

  /**
   * The user's trading fees in every market, in parts per million of what he receives.
   *
   * @example
   * await client.getFees() // { fee_tier: 0, markets: [{ stock_id: 3, unit_id: 2, maker_ppm: 0, … }] }
   */
  async getFees({ userId, signal }: UserParameters = {}): Promise<FeesReply> {
    return this.read({ path: `account/fees/${this.#user(userId)}/`, signal });
  }

  /**
   * The user's keys, and what each may do.
   *
   * @example
   * await client.getKeys() // [{ key_id: 0, scopes: ['all'], nonce: 45, revoked: false, … }]
   */
  async getKeys({ userId, signal }: UserParameters = {}): Promise<KeyRow[]> {
    return this.read({ path: `account/keys/${this.#user(userId)}/`, signal });
  }

  /**
   * Whether the user is frozen, and why; his fee tier.
   *
   * @example
   * await client.getStatus() // { user_id: 19, frozen: false, reason: null, since: null, fee_tier: 0 }
   */
  async getStatus({ userId, signal }: UserParameters = {}): Promise<StatusReply> {
    return this.read({ path: `account/status/${this.#user(userId)}/`, signal });
  }

  /**
   * What became of the user's command that used this nonce.
   *
   * @example
   * await client.getResult({ nonce: 45 }) // { status: 'applied', sequence: 1207, reply: { … }, … }
   */
  async getResult(parameters: ResultParameters): Promise<ResultReply> {
    const { userId, keyId, nonce, signal } = checkObject(parameters, 'parameters');
    const path = `account/result/${this.#user(userId)}/${checkId(nonce, 'nonce')}/`;
    return this.read({ path, query: this.#key({ userId, keyId }), signal });
  }

  /**
   * Withdrawals of all users, as operators and custody workers see them.
   *
   * @example
   * await worker.getCustodyWithdrawals({ status: 'accepted' }) // [{ id: 4, address: 'bc1q…', … }]
   */
  async getCustodyWithdrawals(parameters: CustodyParameters = {}): Promise<WithdrawalRow[]> {
    return this.read(custodyRequest('withdrawals', parameters));
  }

  /**
   * Deposits of all users, as operators and custody workers see them.
   *
   * @example
   * await worker.getCustodyDeposits({ stockId: 2 }) // [{ id: 6, status: 'init', txid: '…', … }]
   */
  async getCustodyDeposits(parameters: CustodyParameters = {}): Promise<DepositRow[]> {
    return this.read(custodyRequest('deposits', parameters));
  }

  /**
   * One withdrawal of any user.
   *
   * @example
   * await worker.getCustodyWithdrawal({ withdrawalId: 4 }) // { id: 4, status: 'busy', claimed_by: 2, … }
   */
  async getCustodyWithdrawal(parameters: CustodyWithdrawalParameters): Promise<WithdrawalRow> {
    const { withdrawalId, signal } = checkObject(parameters, 'parameters');
    const id = checkId(withdrawalId, 'withdrawalId');
    return this.read({ path: `custody/withdrawals/${id}/`, signal });
  }

  /**
   * One deposit of any user.
   *
   * @example
   * await worker.getCustodyDeposit({ depositId: 6 }) // { id: 6, status: 'confirmed', txid: '…', … }
   */
  async getCustodyDeposit(parameters: CustodyDepositParameters): Promise<DepositRow> {
    const { depositId, signal } = checkObject(parameters, 'parameters');
    return this.read({ path: `custody/deposits/${checkId(depositId, 'depositId')}/`, signal });
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
    return this.read({ path, query: { head: checkOptionalId(head, 'head') }, signal });
  }

  /**
   * Who waits for a deposit address.
   *
   * @example
   * await worker.getWantedAddresses() // [{ user_id: 19, stock_id: 2 }]
   */
  async getWantedAddresses({ limit, signal }: LimitParameters = {}): Promise<WantedRow[]> {
    const query = { limit: checkOptionalId(limit, 'limit') };
    return this.read({ path: 'custody/addresses/', query, signal });
  }

  #user(userId: number | undefined): number {
    return checkId(userId ?? this.#userId, 'userId');
  }

  /** Key 0 goes without saying, as it does in the published API. */
  #key({ userId = this.#userId, keyId }: Pick<NonceParameters, 'userId' | 'keyId'>) {
    const own = userId === this.#userId ? this.#keyId : 0;
    const key = checkId(keyId ?? own, 'keyId');
    return { key_id: key === 0 ? undefined : key };
  }

  #transfers(kind: 'internal' | 'external', parameters: TransfersParameters) {
    const { userId, stockId, signal } = checkObject(parameters, 'parameters');
    const asset = stockId === undefined ? '' : `${checkId(stockId, 'stockId')}/`;
    const path = `account/transfers/${kind}/${this.#user(userId)}/${asset}`;
    return { path, query: pageQuery(parameters), signal };
  }
}

function custodyRequest(kind: 'withdrawals' | 'deposits', parameters: CustodyParameters) {
  const { status, stockId, signal } = checkObject(parameters, 'parameters');
  const query = { status, stock_id: checkOptionalId(stockId, 'stockId'), ...pageQuery(parameters) };
  return { path: `custody/${kind}/`, query, signal };
}
