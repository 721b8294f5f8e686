// A log's content without a server: an operator and users, whose commands become entries.

import { randomBytes } from 'node:crypto';
import {
  ENTRY_FORMAT,
  ENTRY_KINDS,
  type Entry,
  encodeGenesis,
  encodeUtf8,
  nonceStart,
  type Proposal,
  RULES_MAX,
} from '@picostocks/protocol';
import { EMPTY_HEAD, type Head, headOf, sealEntries } from '../src/log/log.ts';
import { bytesOf, newSigner, type Signer } from './kit.ts';

/** Microseconds: the first minute of 2026 and 30 seconds. */
export const TIME = 1_767_225_630_000_000;

export class EntryMaker {
  readonly entries: Entry[] = [];
  readonly #exchange = randomBytes(16).toString('hex');
  readonly #signers: Signer[] = [newSigner()];
  readonly #nonces: number[] = [];
  #head: Head = EMPTY_HEAD;
  time = TIME;

  constructor() {
    const operator = this.#signers[0]?.publicKey ?? '';
    const message = encodeGenesis({
      format: ENTRY_FORMAT,
      exchange: this.#exchange,
      rules: RULES_MAX,
      operator,
      headKey: newSigner().publicKey,
      sandbox: true,
    });
    this.#add(ENTRY_KINDS.genesis, 0, message);
  }

  get head(): Head {
    return this.#head;
  }

  /** Two assets, a market, open registration, a gift. */
  furnish(): this {
    this.act('create_asset', { stock_id: 2, code: 'btc' });
    this.act('create_asset', { stock_id: 3, code: 'eth' });
    this.act('list_market', { stock_id: 3, unit_id: 2 });
    return this.act('change_settings', { registration_open: true, gift: '10000' });
  }

  register(): number {
    const signer = newSigner();
    const userId = this.#signers.push(signer) - 1;
    this.#add(ENTRY_KINDS.registration, userId, encodeUtf8(`REGISTER:${signer.publicKey}`));
    return userId;
  }

  act(type: string, params: object, userId = 0): this {
    const expires = Number.MAX_SAFE_INTEGER;
    const nonce = this.#nonce(userId);
    const exchange = this.#exchange;
    const envelope = { exchange, user_id: userId, key_id: 0, nonce, expires, type, params };
    return this.#add(ENTRY_KINDS.envelope, userId, encodeUtf8(JSON.stringify(envelope)));
  }

  order(
    verb: 'ASK' | 'BID',
    userId: number,
    { quantity, price }: { quantity: string; price: string },
  ): this {
    const text = `${verb}:${userId}:3:${quantity}:2:${price}:${this.#nonce(userId)}`;
    return this.#add(ENTRY_KINDS.order, userId, encodeUtf8(text));
  }

  #nonce(userId: number): number {
    const exchange = this.#exchange;
    const nonce = this.#nonces[userId] ?? nonceStart({ exchange, userId, keyId: 0 });
    this.#nonces[userId] = nonce + 1;
    return nonce;
  }

  #add(kind: Proposal['kind'], userId: number, message: Uint8Array): this {
    const signer = this.#signers[userId];
    if (signer === undefined) throw new Error(`nobody has the id ${userId}`);
    const signature = bytesOf(signer.sign(message));
    const proposals = [{ kind, key: bytesOf(signer.publicKey), signature, message }];
    const sealed = sealEntries(this.#head, { proposals, time: this.time });
    this.#head = headOf(sealed, this.#head);
    this.entries.push(...sealed);
    return this;
  }
}
