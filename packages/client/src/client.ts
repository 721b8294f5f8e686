import type { CancelReply, PutReply, RegisterReply, Role, Scope } from '@picostocks/protocol';
import {
  type AmendOrderParameters,
  type BatchOperation,
  type BatchParameters,
  type BatchReply,
  type CancelAtPriceParameters,
  type CancelOrderParameters,
  type CancelOrdersParameters,
  type PlaceOrderParameters,
  wireOperation,
  wireOperations,
} from './actions/operations.ts';
import { type NewKey, wireNewKey } from './actions/prove-key.ts';
import { type RegisterParameters, registerKey } from './actions/register-key.ts';
import type { OrderParameters } from './actions/sign-order.ts';
import { checkAmount, checkId, checkObject } from './argument.ts';
import type { SendCommandOptions } from './call-options.ts';
import { CommandClient } from './command-client.ts';
import type { TypedReply } from './command-result.ts';

export interface TransferParameters extends SendCommandOptions {
  readonly toUser: number;
  readonly stockId: number;
  readonly quantity: string;
  /** At most 64 bytes. */
  readonly memo?: string | undefined;
}
export interface CancelAfterParameters extends SendCommandOptions {
  /** 10 to 86,400; 0 takes the switch off. */
  readonly seconds: number;
}
export type AddKeyParameters = SendCommandOptions &
  NewKey & {
    /** What the key may do; roles, if it is the operator's. */
    readonly scopes: readonly (Scope | Role)[];
  };
export type RotateKeyParameters = SendCommandOptions &
  NewKey & {
    /** Which key gets another; default the client's own. */
    readonly rotatedKeyId?: number | undefined;
  };
export interface RevokeKeyParameters extends SendCommandOptions {
  readonly revokedKeyId: number;
}
export interface RequestAddressParameters extends SendCommandOptions {
  readonly stockId: number;
}
export interface RequestWithdrawalParameters extends SendCommandOptions {
  readonly stockId: number;
  /** What is to arrive; the fee is locked beside it. */
  readonly quantity: string;
  readonly address: string;
  /** At most 64 bytes. */
  readonly memo?: string | undefined;
}
export interface CancelWithdrawalParameters extends SendCommandOptions {
  readonly withdrawalId: number;
}

/**
 * One user of the exchange and his key: everything that he can read and do.
 *
 * Commands may be called all at once: each gets a nonce of its own. Await one before the next where
 * their order matters: after a refusal the later ones may change places. Use one client for one key:
 * every key counts its own nonces.
 *
 * @example
 * const privateKey = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
 * const baseUrl = 'http://127.0.0.1:8000';
 * const { user_id: userId } = await PicostocksClient.register({ baseUrl, privateKey });
 * const client = new PicostocksClient({ baseUrl, userId, privateKey });
 * await client.putBid({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.05' })
 * // { order_id: 7, filled: '0.000000000000000000', remaining: '0.500000000000000000', … }
 */
export class PicostocksClient extends CommandClient {
  /**
   * Registers a key and answers its user; a key that is registered already answers its user again.
   *
   * @example
   * await PicostocksClient.register({ baseUrl, privateKey }) // { user_id: 19, nonce: 45 }
   */
  static register(parameters: RegisterParameters): Promise<RegisterReply> {
    return registerKey(parameters);
  }

  /**
   * Offers a quantity of a stock for sale.
   *
   * @example
   * await client.putAsk({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.06' })
   * // { order_id: 8, response: "b'ASK 0.500000000000000000 shares at 0.060000000000000000; '", … }
   */
  putAsk(order: OrderParameters): Promise<PutReply> {
    return this.sendOrder('ASK', order);
  }

  /**
   * Cancels an ask, or a part of it, by its exact price.
   *
   * @example
   * await client.cancelAsk({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.06' })
   * // { response: '0.500000000000000000', … }
   */
  cancelAsk(order: OrderParameters): Promise<CancelReply> {
    return this.sendOrder('CANCELASK', order);
  }

  /**
   * Bids for a quantity of a stock.
   *
   * @example
   * await client.putBid({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.05' })
   * // { order_id: 7, response: "b'BID 0.500000000000000000 shares at 0.050000000000000000; '", … }
   */
  putBid(order: OrderParameters): Promise<PutReply> {
    return this.sendOrder('BID', order);
  }

  /**
   * Cancels a bid, or a part of it, by its exact price.
   *
   * @example
   * await client.cancelBid({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.05' })
   * // { response: '0.500000000000000000', … }
   */
  cancelBid(order: OrderParameters): Promise<CancelReply> {
    return this.sendOrder('CANCELBID', order);
  }

  /**
   * Places an order of any kind.
   *
   * @example
   * const market = { stockId: 3, unitId: 2 };
   * const bid = { ...market, side: 'bid', quantity: '1', price: '0.05' } as const;
   * await client.placeOrder({ ...bid, timeInForce: 'post_only', clientOrderId: 'grid-17' })
   * // { type: 'place_order', result: { order_id: 7, status: 'open', filled: '0…', trades: [] }, … }
   */
  async placeOrder(order: PlaceOrderParameters): Promise<TypedReply<'place_order'>> {
    return this.send('place_order', wireOperation('place_order', order), order);
  }

  /**
   * Changes an open order; one with the same price and no larger quantity keeps its place.
   *
   * @example
   * await client.amendOrder({ orderId: 7, quantity: '0.8' })
   * // { result: { order_id: 7, remaining: '0.8…', … }, … }
   */
  async amendOrder(order: AmendOrderParameters): Promise<TypedReply<'amend_order'>> {
    return this.send('amend_order', wireOperation('amend_order', order), order);
  }

  /**
   * Cancels an open order.
   *
   * @example
   * await client.cancelOrder({ clientOrderId: 'grid-17' })
   * // { result: { orders: [{ order_id: 7, quantity: '1…', remaining: '0…' }] }, … }
   */
  async cancelOrder(order: CancelOrderParameters): Promise<TypedReply<'cancel_order'>> {
    return this.send('cancel_order', wireOperation('cancel_order', order), order);
  }

  /**
   * Cancels orders, or a part of one, by their exact price: `cancelBid` and `cancelAsk` for any key.
   *
   * @example
   * await client.cancelAtPrice({ stockId: 3, unitId: 2, side: 'bid', quantity: '1', price: '0.05' })
   * // { result: { orders: [{ order_id: 7, … }] }, … }
   */
  async cancelAtPrice(order: CancelAtPriceParameters): Promise<TypedReply<'cancel_at_price'>> {
    return this.send('cancel_at_price', wireOperation('cancel_at_price', order), order);
  }

  /**
   * Cancels all open orders, or those of a market or a side; call again while it answers `more`.
   *
   * @example
   * await client.cancelOrders({ stockId: 3, unitId: 2 }) // { result: { orders: [], more: false }, … }
   */
  async cancelOrders(which: CancelOrdersParameters = {}): Promise<TypedReply<'cancel_orders'>> {
    return this.send('cancel_orders', wireOperation('cancel_orders', which), which);
  }

  /**
   * Does up to 1,000 operations in order under one signature, each with a result of its own.
   *
   * @example
   * const { result } = await client.batch({
   *   operations: [
   *     { operation: 'cancel_orders', stockId: 3, unitId: 2 },
   *     { operation: 'place_order', stockId: 3, unitId: 2, side: 'bid', quantity: '1', price: '0.05' },
   *   ],
   * });
   * result.operations[1] // { order_id: 8, … }, or { code: 'insufficient_funds', detail: '…' }
   */
  async batch<const Operations extends readonly BatchOperation[]>(
    parameters: BatchParameters<Operations>,
  ): Promise<BatchReply<Operations>> {
    const { operations, ...options } = checkObject(parameters, 'parameters');
    const reply = await this.send('batch', { operations: wireOperations(operations) }, options);
    return reply as BatchReply<Operations>;
  }

  /**
   * The dead-man's switch: cancels all orders of the user unless this key gives a command in time.
   *
   * @example
   * await client.cancelAfter({ seconds: 60 }) // { result: { seconds: 60, due: 1790000060000 }, … }
   */
  async cancelAfter(parameters: CancelAfterParameters): Promise<TypedReply<'cancel_after'>> {
    const { seconds, ...options } = checkObject(parameters, 'parameters');
    return this.send('cancel_after', { seconds }, options);
  }

  /**
   * Adds a key that may do only some things; it signs in a client of its own, made with its `keyId`.
   *
   * @example
   * const { privateKey } = await generateKey();
   * await client.addKey({ privateKey, scopes: ['trade'] }) // { result: { key_id: 1, nonce: 2718…, … }, … }
   */
  async addKey(parameters: AddKeyParameters): Promise<TypedReply<'add_key'>> {
    const { scopes } = checkObject(parameters, 'parameters');
    return this.send('add_key', { ...(await this.#newKey(parameters)), scopes }, parameters);
  }

  /**
   * Gives a key number another key. This client keeps the old one: go on with one made with the new.
   *
   * @example
   * const { privateKey } = await generateKey();
   * await client.rotateKey({ privateKey }) // { result: { key_id: 0, public_key: 'd75a…' }, … }
   */
  async rotateKey(parameters: RotateKeyParameters): Promise<TypedReply<'rotate_key'>> {
    const { rotatedKeyId = this.keyId } = checkObject(parameters, 'parameters');
    const rotated_key_id = checkId(rotatedKeyId, 'rotatedKeyId');
    const key = await this.#newKey(parameters);
    return this.send('rotate_key', { rotated_key_id, ...key }, parameters);
  }

  /**
   * Takes a key away for ever; its orders stay.
   *
   * @example
   * await client.revokeKey({ revokedKeyId: 1 }) // { result: { key_id: 1 }, … }
   */
  async revokeKey(parameters: RevokeKeyParameters): Promise<TypedReply<'revoke_key'>> {
    const { revokedKeyId } = checkObject(parameters, 'parameters');
    const revoked_key_id = checkId(revokedKeyId, 'revokedKeyId');
    return this.send('revoke_key', { revoked_key_id }, parameters);
  }

  /**
   * Moves free money to another user.
   *
   * @example
   * await client.transfer({ toUser: 20, stockId: 2, quantity: '0.1', memo: 'rent' })
   * // { type: 'transfer', result: { transfer_id: 3 }, … }
   */
  async transfer(parameters: TransferParameters): Promise<TypedReply<'transfer'>> {
    const { toUser, stockId, quantity, memo } = checkObject(parameters, 'parameters');
    const params = {
      to_user: checkId(toUser, 'toUser'),
      stock_id: checkId(stockId, 'stockId'),
      quantity: checkAmount(quantity, 'quantity'),
      memo,
    };
    return this.send('transfer', params, parameters);
  }

  /**
   * Asks for a deposit address, which `getDepositAddress` shows once an operator has registered one.
   *
   * @example
   * await client.requestAddress({ stockId: 2 }) // { result: { user_id: 19, stock_id: 2 }, … }
   */
  async requestAddress(
    parameters: RequestAddressParameters,
  ): Promise<TypedReply<'request_address'>> {
    const { stockId } = checkObject(parameters, 'parameters');
    return this.send('request_address', { stock_id: checkId(stockId, 'stockId') }, parameters);
  }

  /**
   * Asks for a withdrawal; its quantity and fee are locked until it is done or given back.
   *
   * @example
   * await client.requestWithdrawal({ stockId: 2, quantity: '0.5', address: 'bc1q…' })
   * // { result: { withdrawal_id: 4, status: 'init', quantity: '0.5…', fee: '0.0005…' }, … }
   */
  async requestWithdrawal(
    parameters: RequestWithdrawalParameters,
  ): Promise<TypedReply<'request_withdrawal'>> {
    const { stockId, quantity, address, memo } = checkObject(parameters, 'parameters');
    const params = {
      stock_id: checkId(stockId, 'stockId'),
      quantity: checkAmount(quantity, 'quantity'),
      address,
      memo,
    };
    return this.send('request_withdrawal', params, parameters);
  }

  /**
   * Takes a withdrawal back that nobody has approved or claimed yet.
   *
   * @example
   * await client.cancelWithdrawal({ withdrawalId: 4 })
   * // { result: { withdrawal_id: 4, status: 'canceled', … }, … }
   */
  async cancelWithdrawal(
    parameters: CancelWithdrawalParameters,
  ): Promise<TypedReply<'cancel_withdrawal'>> {
    const { withdrawalId } = checkObject(parameters, 'parameters');
    const withdrawal_id = checkId(withdrawalId, 'withdrawalId');
    return this.send('cancel_withdrawal', { withdrawal_id }, parameters);
  }

  async #newKey(key: NewKey): Promise<{ public_key: string; proof: string }> {
    return wireNewKey(key, { exchange: await this.exchange(), userId: this.userId });
  }
}
