// Who writes the messages of a measured exchange: operator and users, each with his key and the nonces that
// he needs. A replay trusts the log, so that signatures are bytes of no key, unlike each other as real ones.

import { createHash } from 'node:crypto';
import {
  ENTRY_KINDS,
  encodeOrderText,
  encodeUtf8,
  nonceStart,
  ONE,
  type OrderVerb,
  type Proposal,
} from '@picostocks/protocol';

export const [UNIT, STOCK] = [2, 3];

const LEVELS = 5_000;

export interface Amounts {
  readonly quantity: bigint;
  readonly price: bigint;
}

/** The `count`th order that stays: bids below a half and asks above two, so that none of them meet. */
export function standingTerms(count: number): Amounts & { readonly isBid: boolean } {
  const isBid = count % 2 === 0;
  const step = (BigInt(count % LEVELS) * ONE) / 100_000n;
  const price = isBid ? ONE / 2n - step : 2n * ONE + step;
  return { isBid, quantity: ONE + BigInt(count), price };
}

export class Author {
  readonly exchange: string;
  readonly #operator: Uint8Array;
  /** By user. */
  readonly #nonces: number[] = [];
  readonly #keys: Uint8Array[] = [];
  #count = 0;

  constructor(exchange: string, operator: Uint8Array) {
    this.exchange = exchange;
    this.#operator = operator;
  }

  operate(type: string, params: object): Proposal {
    return this.envelope(0, type, params);
  }

  envelope(userId: number, type: string, params: object): Proposal {
    const { exchange } = this;
    const nonce = this.#nonce(userId);
    const expires = Number.MAX_SAFE_INTEGER;
    const envelope = { exchange, user_id: userId, key_id: 0, nonce, expires, type, params };
    return this.#propose(ENTRY_KINDS.envelope, userId, JSON.stringify(envelope));
  }

  register(userId: number): Proposal {
    const key = Buffer.from(this.#key(userId)).toString('hex');
    return this.#propose(ENTRY_KINDS.registration, userId, `REGISTER:${key}`);
  }

  order(verb: OrderVerb, userId: number, amounts: Amounts): Proposal {
    const ids = { userId, stockId: STOCK, unitId: UNIT };
    const text = encodeOrderText({ verb, ...ids, ...amounts, nonce: this.#nonce(userId) });
    return this.#propose(ENTRY_KINDS.order, userId, text);
  }

  /** Opens the one market, and registration to so many users, who find their money there. */
  *furnish(users: number): Generator<Proposal> {
    yield this.operate('create_asset', { stock_id: UNIT, code: 'btc' });
    yield this.operate('create_asset', { stock_id: STOCK, code: 'eth' });
    yield this.operate('list_market', { stock_id: STOCK, unit_id: UNIT });
    yield this.operate('change_settings', { registration_open: true, gift: '1000000' });
    for (let userId = 1; userId <= users; userId += 1) yield this.register(userId);
  }

  standing(userId: number, count: number): Proposal {
    const { isBid, ...amounts } = standingTerms(count);
    return this.order(isBid ? 'BID' : 'ASK', userId, amounts);
  }

  #nonce(userId: number): number {
    const { exchange } = this;
    const nonce = this.#nonces[userId] ?? nonceStart({ exchange, userId, keyId: 0 });
    this.#nonces[userId] = nonce + 1;
    return nonce;
  }

  #key(userId: number): Uint8Array {
    const known = this.#keys[userId];
    if (known !== undefined) return known;
    const made = (): Uint8Array => createHash('sha256').update(`user ${userId}`).digest();
    const key = userId === 0 ? this.#operator : made();
    this.#keys[userId] = key;
    return key;
  }

  /** The signature has no order, as real ones: an index over them must feel it. */
  #propose(kind: Proposal['kind'], userId: number, text: string): Proposal {
    this.#count += 1;
    const signature = createHash('sha512').update(`${this.#count}`).digest();
    return { kind, key: this.#key(userId), signature, message: encodeUtf8(text) };
  }
}
