// A program with one key: the real nonce queue and the real carrier over the simulated network. It signs
// what it is told, and when an outcome is unknown it asks until it knows. Its key may be rotated while what
// it signed is under way: then it goes on with the new one, as a program that was restarted.

import { createHash } from 'node:crypto';
import type { Random } from '@picostocks/engine/testing';
import {
  type EnvelopeParams,
  type EnvelopeType,
  encodeKeyText,
  encodeRegistrationText,
  encodeUtf8,
  isId,
  joinOrderText,
  type OrderVerb,
  type RegisterReply,
  SIGNATURE_HEADER,
  toHex,
  type WireOperation,
  type Written,
} from '@picostocks/protocol';
import { readAnswer } from '../../packages/client/src/answer.ts';
import {
  OutcomeUnknownError,
  PicostocksError,
  RejectedError,
} from '../../packages/client/src/errors.ts';
import { HttpCarrier } from '../../packages/client/src/http-carrier.ts';
import { NonceQueue, type Sign } from '../../packages/client/src/nonce-queue.ts';
import { JSON_HEADERS } from '../../packages/client/src/signed-command.ts';
import type { HttpRequest } from '../../packages/client/src/transport.ts';
import type { Trace } from '../time/trace.ts';
import type { Lifetime, VirtualTime } from '../time/virtual-time.ts';
import type { MachineClock } from '../world/machine-clock.ts';
import type { Network } from '../world/network.ts';
import { Deed, type DeedOutcome } from './deed.ts';
import { NetworkTransport } from './network-transport.ts';
import type { HeldKey, Signer } from './signer.ts';

export interface ClientParts {
  readonly exchange: string;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly clock: MachineClock;
  readonly network: Network;
  readonly lifetime: Lifetime;
  readonly random: Random;
  /** Judges a deed when its client believes to know what became of it. */
  readonly onSettled: (deed: Deed) => void;
}

export interface ClientFields {
  readonly held: HeldKey;
  readonly parts: ClientParts;
  /** Default 0. */
  readonly keyId?: number;
  /** Absent: the client registers. */
  readonly userId?: number;
}

export interface Order {
  readonly verb: OrderVerb;
  readonly stockId: number;
  readonly unitId: number;
  readonly quantity: string;
  readonly price: string;
}

const SECOND = 1_000_000;
const LIFE_MICROS = 60 * SECOND;
const PATHS: Record<OrderVerb, string> = {
  ASK: 'trader/ask/put/',
  BID: 'trader/bid/put/',
  CANCELASK: 'trader/ask/cancel/',
  CANCELBID: 'trader/bid/cancel/',
};

export class Client {
  readonly name: string;
  /** Several programs may hold the same key. */
  readonly held: HeldKey;
  readonly keyId: number;
  readonly #transport: NetworkTransport;
  readonly #parts: ClientParts;
  #signer: Signer;
  #userId: number | undefined;
  #queue: NonceQueue | undefined;
  #pending = 0;
  /** Its key was revoked: it signs nothing any more. */
  isRetired = false;

  constructor(name: string, fields: ClientFields) {
    this.name = name;
    this.held = fields.held;
    this.keyId = fields.keyId ?? 0;
    this.#signer = fields.held.current;
    this.#parts = fields.parts;
    this.#transport = new NetworkTransport(fields.parts);
    if (fields.userId !== undefined) this.use(fields.userId);
  }

  get userId(): number {
    if (this.#userId === undefined) throw new Error(`${this.name} is not registered`);
    return this.#userId;
  }

  /** It is registered, and its key was not revoked. */
  get mayAct(): boolean {
    return this.#userId !== undefined && !this.isRetired;
  }

  /** Deeds whose outcome this client does not know yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Begins anew, as a program that was restarted: what it did not know before, it never learns. */
  use(userId: number): void {
    this.#userId = userId;
    this.#signer = this.held.current;
    const hash = async (message: Uint8Array): Promise<string> =>
      createHash('sha256').update(message).digest('hex');
    const { keyId } = this;
    const carrier = new HttpCarrier({ transport: this.#transport, userId, keyId, hash });
    const signNoop = this.#envelope('noop', {}, new Deed(this.name, 'noop of the queue'));
    this.#queue = new NonceQueue({ carrier, signNoop });
  }

  /** Registers its key, and asks until it has a user. */
  async register(): Promise<void> {
    const { publicKey } = this.#signer;
    const signature = this.#signer.sign(encodeUtf8(encodeRegistrationText(publicKey)));
    const body = JSON.stringify({ public_key: publicKey, signature });
    const request = {
      method: 'POST',
      path: 'account/register/',
      headers: JSON_HEADERS,
      body,
    } as const;
    for (;;) {
      try {
        const answer = await this.#transport.request(request);
        const { user_id: userId } = readAnswer<RegisterReply>(answer);
        this.use(userId);
        return;
      } catch (error) {
        if (!(error instanceof PicostocksError)) throw error;
        await this.sleep(5 * SECOND);
      }
    }
  }

  order(order: Order): Promise<Deed> {
    const deed = new Deed(this.name, `${order.verb} ${order.quantity} at ${order.price}`);
    return this.#do(deed, this.#signOrder(order, deed));
  }

  command<T extends EnvelopeType>(type: T, params: Written<EnvelopeParams<T>>): Promise<Deed> {
    const deed = new Deed(this.name, `${type} ${JSON.stringify(params)}`);
    return this.#do(deed, this.#envelope(type, params, deed));
  }

  /** An operation on orders as an envelope of its own. */
  operate({ operation, ...params }: Written<WireOperation>): Promise<Deed> {
    const deed = new Deed(this.name, `${operation} ${JSON.stringify(params)}`);
    return this.#do(deed, this.#envelope(operation, params, deed));
  }

  /** Microseconds, by a clock that is right. */
  get now(): number {
    return this.#parts.clock.trueMicros;
  }

  /** Reads; nothing, where the answer was lost or is a refusal. */
  async read<Reply>(path: string, query: HttpRequest['query'] = {}): Promise<Reply | undefined> {
    try {
      const answer = await this.#transport.request({ method: 'GET', path, query });
      return answer.status === 200 ? (answer.body as Reply) : undefined;
    } catch (error) {
      if (!(error instanceof PicostocksError)) throw error;
      return undefined;
    }
  }

  /** What proves that a new key is held by who binds it to this account (docs/protocol.md §3.4). */
  proofOf(key: Signer): { public_key: string; proof: string } {
    const { exchange } = this.#parts;
    const { publicKey } = key;
    const text = encodeKeyText({ exchange, userId: this.userId, publicKey });
    return { public_key: publicKey, proof: key.sign(encodeUtf8(text)) };
  }

  /** Goes on with the key that is held now, if that is another. */
  takeKey(): void {
    if (this.#signer !== this.held.current) this.use(this.userId);
  }

  sleep(withinMicros: number): Promise<void> {
    const { time, lifetime, random } = this.#parts;
    return time.sleep(1 + random.integer(withinMicros), lifetime);
  }

  async #do(deed: Deed, sign: Sign): Promise<Deed> {
    const queue = this.#queue;
    if (queue === undefined) throw new Error(`${this.name} is not registered`);
    this.#pending += 1;
    deed.outcome = await this.#outcomeOf(queue.run(sign), deed);
    this.#pending -= 1;
    if (deed.outcome.kind === 'refused' && deed.outcome.code === 'key_not_current') this.takeKey();
    this.#parts.trace.note(`${deed.owner}: ${deed.what}: ${JSON.stringify(deed.outcome)}`);
    this.#parts.onSettled(deed);
    return deed;
  }

  async #outcomeOf(first: Promise<unknown>, deed: Deed): Promise<DeedOutcome> {
    for (let answer = first; ; ) {
      try {
        const reply = (await answer) as { sequence: unknown; result?: Record<string, unknown> };
        const { sequence } = reply;
        if (!isId(sequence)) throw new Error('an applied command has a sequence');
        deed.result = reply.result ?? reply;
        return { kind: 'applied', sequence };
      } catch (error) {
        if (error instanceof OutcomeUnknownError) {
          await this.sleep(20 * SECOND);
          answer = error.resolve();
          continue;
        }
        if (error instanceof RejectedError) {
          const { sequence, reason } = error;
          return { kind: 'rejected', sequence, reason };
        }
        if (error instanceof PicostocksError) return { kind: 'refused', code: error.code };
        throw error;
      }
    }
  }

  #signOrder({ verb, stockId, unitId, quantity, price }: Order, deed: Deed): Sign {
    return async (nonce) => {
      const { userId } = this;
      const text = { verb, userId, stockId, quantity, unitId, price, nonce };
      const message = encodeUtf8(joinOrderText(text));
      const signature = this.#sign(message, deed);
      const ids = { user_id: userId, stock_id: stockId, unit_id: unitId };
      const body = JSON.stringify({ ...ids, quantity, price, signature, nonce });
      return { nonce, path: PATHS[verb], headers: JSON_HEADERS, body, message };
    };
  }

  #envelope(type: EnvelopeType, params: unknown, deed: Deed): Sign {
    return async (nonce) => {
      const { exchange, clock } = this.#parts;
      const expires = clock.trueMicros + LIFE_MICROS;
      const { userId: user_id, keyId: key_id } = this;
      const envelope = { exchange, user_id, key_id, nonce, expires, type, params };
      const message = encodeUtf8(JSON.stringify(envelope));
      const headers = { ...JSON_HEADERS, [SIGNATURE_HEADER]: this.#sign(message, deed) };
      return { nonce, path: 'commands/', headers, body: message, message };
    };
  }

  #sign(message: Uint8Array, deed: Deed): string {
    const signature = this.#signer.sign(message);
    deed.signed.push({ message, signature });
    return signature;
  }
}

/** The exchange id that follows from a seed. */
export function exchangeOf(seed: string): string {
  return toHex(createHash('sha256').update(`${seed}/exchange`).digest()).slice(0, 32);
}
