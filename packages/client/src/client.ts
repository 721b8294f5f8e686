import type {
  CancelReply,
  CommandReply,
  EnvelopeType,
  OrderVerb,
  PutReply,
  RegisterReply,
} from '@picostocks/protocol';
import { type RegisterParameters, registerKey } from './actions/register-key.ts';
import {
  type CheckedCommand,
  type CommandParameters,
  checkCommand,
  signEnvelope,
} from './actions/sign-envelope.ts';
import { type OrderParameters, signOrder } from './actions/sign-order.ts';
import { checkAmount, checkId, checkObject } from './argument.ts';
import type { CallOptions } from './call-options.ts';
import { InvalidArgumentError, type OutcomeUnknownError, type PicostocksError } from './errors.ts';
import { ExchangeClock } from './exchange-clock.ts';
import { HttpCarrier } from './http-carrier.ts';
import { parsePrivateKey, SigningKey } from './key.ts';
import { NonceQueue, type Sign } from './nonce-queue.ts';
import { PicostocksReader, type PicostocksReaderOptions } from './reader.ts';
import { Transport } from './transport.ts';

export interface PicostocksClientOptions extends PicostocksReaderOptions {
  readonly userId: number;
  /** 32 bytes, or 64 with the public half behind, in hexadecimal. */
  readonly privateKey: string;
}

export interface SendCommandOptions extends CallOptions {
  /** How long after it was signed the command may still be sequenced. Default 60,000. */
  readonly lifeMs?: number | undefined;
}

export interface TransferParameters extends SendCommandOptions {
  readonly toUser: number;
  readonly stockId: number;
  readonly quantity: string;
  /** At most 64 bytes. */
  readonly memo?: string | undefined;
}

const LIFE_MS = 60_000;

/**
 * One user of the exchange and his key: everything that he can read and do.
 *
 * Commands may be called all at once: each gets a nonce of its own. Await one before the next where
 * their order matters: after a refusal the later ones may change places. Use one client for one key.
 *
 * @example
 * const privateKey = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
 * const baseUrl = 'http://127.0.0.1:8000';
 * const { user_id: userId } = await PicostocksClient.register({ baseUrl, privateKey });
 * const client = new PicostocksClient({ baseUrl, userId, privateKey });
 * await client.putBid({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.05' })
 * // { order_id: 7, filled: '0.000000000000000000', remaining: '0.500000000000000000', … }
 */
export class PicostocksClient extends PicostocksReader {
  readonly userId: number;
  readonly #key: Promise<SigningKey>;
  readonly #queue: NonceQueue;
  readonly #clock: ExchangeClock;

  constructor(options: PicostocksClientOptions) {
    super(options);
    this.userId = checkId(options.userId, 'userId');
    this.#key = SigningKey.import(parsePrivateKey(options.privateKey));
    // Every command awaits the key and fails with it; a client that sends none need not.
    this.#key.catch(() => undefined);
    const transport = new Transport(options);
    this.#clock = new ExchangeClock(transport);
    this.#queue = new NonceQueue({
      carrier: new HttpCarrier({ transport, userId: this.userId }),
      signNoop: async (nonce) => (await this.#signer(checkCommand('noop', {}), LIFE_MS))(nonce),
    });
  }

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
   * Commands whose outcome is unknown and behind which later ones may have to wait, oldest first.
   *
   * @example
   * for (const error of client.inDoubt) await error.resolve() // { order_id: 7, … }
   */
  get inDoubt(): readonly OutcomeUnknownError[] {
    return this.#queue.doubts;
  }

  /**
   * Offers a quantity of a stock for sale.
   *
   * @example
   * await client.putAsk({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.06' })
   * // { order_id: 8, response: "b'ASK 0.500000000000000000 shares at 0.060000000000000000; '", … }
   */
  putAsk(order: OrderParameters): Promise<PutReply> {
    return this.#order('ASK', order);
  }

  /**
   * Cancels an ask, or a part of it, by its exact price.
   *
   * @example
   * await client.cancelAsk({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.06' })
   * // { response: '0.500000000000000000', … }
   */
  cancelAsk(order: OrderParameters): Promise<CancelReply> {
    return this.#order('CANCELASK', order);
  }

  /**
   * Bids for a quantity of a stock.
   *
   * @example
   * await client.putBid({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.05' })
   * // { order_id: 7, response: "b'BID 0.500000000000000000 shares at 0.050000000000000000; '", … }
   */
  putBid(order: OrderParameters): Promise<PutReply> {
    return this.#order('BID', order);
  }

  /**
   * Cancels a bid, or a part of it, by its exact price.
   *
   * @example
   * await client.cancelBid({ stockId: 3, unitId: 2, quantity: '0.5', price: '0.05' })
   * // { response: '0.500000000000000000', … }
   */
  cancelBid(order: OrderParameters): Promise<CancelReply> {
    return this.#order('CANCELBID', order);
  }

  /**
   * Moves free money to another user.
   *
   * @example
   * await client.transfer({ toUser: 20, stockId: 2, quantity: '0.1', memo: 'rent' })
   * // { type: 'transfer', result: { transfer_id: 3 }, … }
   */
  async transfer(parameters: TransferParameters): Promise<CommandReply> {
    const { toUser, stockId, quantity, memo, ...options } = checkObject(parameters, 'parameters');
    const params = {
      to_user: checkId(toUser, 'toUser'),
      stock_id: checkId(stockId, 'stockId'),
      quantity: checkAmount(quantity, 'quantity'),
    };
    return this.sendCommand('transfer', memo === undefined ? params : { ...params, memo }, options);
  }

  /**
   * Signs and sends any command that travels in an envelope, those of operators too.
   *
   * @example
   * await operator.sendCommand('list_market', { stock_id: 15, unit_id: 2, tick: '0.0001' })
   * // { type: 'list_market', sequence: 12, result: {}, … }
   */
  async sendCommand<T extends EnvelopeType>(
    type: T,
    params: CommandParameters<T>,
    { lifeMs = LIFE_MS, signal }: SendCommandOptions = {},
  ): Promise<CommandReply> {
    const command = checkCommand(type, params);
    if (!Number.isSafeInteger(lifeMs) || lifeMs < 1) {
      throw new InvalidArgumentError('lifeMs', 'a positive integer is expected');
    }
    const sign = await this.#signer(command, lifeMs);
    try {
      return (await this.#queue.run(sign, signal)) as CommandReply;
    } catch (error) {
      const { code } = error as PicostocksError;
      if (code === 'wrong_exchange' || code === 'expired') this.#clock.forget();
      throw error;
    }
  }

  async #signer(command: CheckedCommand, lifeMs: number): Promise<Sign> {
    await this.#key;
    const time = await this.#clock.get();
    return signEnvelope({ command, userId: this.userId, key: this.#key, time, lifeMs });
  }

  async #order<Reply>(verb: OrderVerb, order: OrderParameters): Promise<Reply> {
    const sign = signOrder({ verb, userId: this.userId, key: this.#key, order });
    await this.#key;
    return (await this.#queue.run(sign, order.signal)) as Reply;
  }
}
