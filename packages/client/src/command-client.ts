// Who signs, and how a signed command finds its way: one user, one of his keys, its queue of nonces.

import { type EnvelopeType, OPERATOR_USER_ID, type OrderVerb } from '@picostocks/protocol';
import {
  type CheckedCommand,
  type CommandParameters,
  checkCommand,
  signEnvelope,
} from './actions/sign-envelope.ts';
import { type OrderParameters, signOrder } from './actions/sign-order.ts';
import { checkId, checkObject } from './argument.ts';
import type { SendCommandOptions } from './call-options.ts';
import type { TypedReply } from './command-result.ts';
import { InvalidArgumentError, type OutcomeUnknownError, type PicostocksError } from './errors.ts';
import { ExchangeClock } from './exchange-clock.ts';
import { HttpCarrier } from './http-carrier.ts';
import { parsePrivateKey, SigningKey } from './key.ts';
import { NonceQueue, type Sign } from './nonce-queue.ts';
import { PicostocksReader, type PicostocksReaderOptions } from './reader.ts';
import { SignedReads } from './signed-reads.ts';
import { Transport } from './transport.ts';

export interface PicostocksClientOptions extends PicostocksReaderOptions {
  readonly userId: number;
  /** 32 bytes, or 64 with the public half behind, in hexadecimal. */
  readonly privateKey: string;
  /** Which of the user's keys it is; default 0, the one that was registered. */
  readonly keyId?: number | undefined;
  /** Sign every read; default only where the exchange asks for it, and always as the operator. */
  readonly signReads?: boolean | undefined;
}

const LIFE_MS = 60_000;

/** Sends any command that is signed; `PicostocksClient` has a method for each that traders give. */
export class CommandClient extends PicostocksReader {
  readonly userId: number;
  readonly keyId: number;
  readonly #key: Promise<SigningKey>;
  readonly #queue: NonceQueue;
  readonly #clock: ExchangeClock;

  constructor(options: PicostocksClientOptions) {
    const { privateKey, signReads } = checkObject(options, 'options');
    const userId = checkId(options.userId, 'userId');
    const keyId = checkId(options.keyId ?? 0, 'keyId');
    const key = SigningKey.import(parsePrivateKey(privateKey));
    // Every command awaits the key and fails with it; a client that sends none need not.
    key.catch(() => undefined);
    const transport = new Transport(options);
    const clock = new ExchangeClock(transport);
    const isAlways = signReads ?? userId === OPERATOR_USER_ID;
    const requester = new SignedReads({ transport, clock, key, userId, keyId, isAlways });
    super(options, { requester, keyId });
    this.userId = userId;
    this.keyId = keyId;
    this.#key = key;
    this.#clock = clock;
    this.#queue = new NonceQueue({
      carrier: new HttpCarrier({ transport: requester, userId, keyId }),
      signNoop: async (nonce) => (await this.#signer(checkCommand('noop', {}), LIFE_MS))(nonce),
    });
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
   * Signs and sends any command that travels in an envelope, those of operators too.
   *
   * @example
   * await operator.sendCommand('list_market', { stock_id: 15, unit_id: 2, tick: '0.0001' })
   * // { type: 'list_market', sequence: 12, result: { stock_id: 15, unit_id: 2 }, … }
   */
  async sendCommand<T extends EnvelopeType>(
    type: T,
    params: CommandParameters<T>,
    options: SendCommandOptions = {},
  ): Promise<TypedReply<T>> {
    return this.send(type, params, options);
  }

  protected async send<T extends EnvelopeType>(
    type: T,
    params: unknown,
    { lifeMs = LIFE_MS, signal }: SendCommandOptions,
  ): Promise<TypedReply<T>> {
    const command = checkCommand(type, params);
    if (!Number.isSafeInteger(lifeMs) || lifeMs < 1) {
      throw new InvalidArgumentError('lifeMs', 'a positive integer is expected');
    }
    const sign = await this.#signer(command, lifeMs);
    try {
      return (await this.#queue.run(sign, signal)) as TypedReply<T>;
    } catch (error) {
      const { code } = error as PicostocksError;
      if (code === 'wrong_exchange' || code === 'expired') this.#clock.forget();
      throw error;
    }
  }

  protected async sendOrder<Reply>(verb: OrderVerb, order: OrderParameters): Promise<Reply> {
    if (this.keyId !== 0) {
      const why = 'only key 0 signs order texts: use placeOrder and cancelAtPrice';
      throw new InvalidArgumentError('keyId', why);
    }
    const sign = signOrder({ verb, userId: this.userId, key: this.#key, order });
    await this.#key;
    return (await this.#queue.run(sign, order.signal)) as Reply;
  }

  /** The id of the exchange, which some texts are signed for. */
  protected async exchange(): Promise<string> {
    return (await this.#clock.get()).exchange;
  }

  async #signer(command: CheckedCommand, lifeMs: number): Promise<Sign> {
    await this.#key;
    const time = await this.#clock.get();
    const { userId, keyId } = this;
    return signEnvelope({ command, userId, keyId, key: this.#key, time, lifeMs });
  }
}
