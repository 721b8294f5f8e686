// Makes entries as the log would hold them, for tests: numbered, stamped, with the right nonces.
//
// Nothing is signed. An engine trusts the log and never looks at a signature, so 64 bytes that are
// different in every entry do as well, and a test needs no key pairs.

import {
  ENTRY_KINDS,
  type Entry,
  type EntryKind,
  type EnvelopeParams,
  type EnvelopeType,
  encodeGenesis,
  encodeOrderText,
  encodeRegistrationText,
  encodeUtf8,
  KEY_BYTES,
  LEAP_PER_MICRO,
  nonceStart,
  type OrderVerb,
  RECOVERY_PAUSE,
  SIGNATURE_BYTES,
  toHex,
  type Written,
} from '@picostocks/protocol';

type Unhashed = Omit<Entry, 'hash'>;

/** Microseconds in a minute: how long an envelope lives unless a test says otherwise. */
export const LIFE_MICROS = 60_000_000;

export interface EntryMakerOptions {
  readonly exchange?: string;
  readonly sandbox?: boolean;
  readonly time?: number;
}

export interface MadeOrder {
  readonly verb: OrderVerb;
  readonly userId: number;
  readonly stockId: number;
  readonly unitId: number;
  readonly quantity: bigint;
  readonly price: bigint;
}

/** A command and who signs it; with key 0 unless another is named. */
export interface MadeEnvelope<T extends EnvelopeType> {
  readonly userId: number;
  readonly keyId?: number | undefined;
  readonly type: T;
  readonly params: Written<EnvelopeParams<T>>;
}

/** What to put in the place of what is right. With any but `expires` the entry should be void. */
export interface Forgery {
  readonly keyId?: number;
  readonly nonce?: number;
  readonly key?: Uint8Array;
  readonly exchange?: string;
  readonly expires?: number;
}

/** A public key that belongs to a number: that of the user with this id, unless a test mixes them. */
export function fakeKey(number: number): Uint8Array {
  const key = new Uint8Array(KEY_BYTES).fill(0xa5);
  new DataView(key.buffer).setBigUint64(KEY_BYTES - 8, BigInt(number));
  return key;
}

export function fakeKeyHex(number: number): string {
  return toHex(fakeKey(number));
}

/** The public key with this number of a user, unless it was bound to another: key 0 is `fakeKey(userId)`. */
export function fakeKeyOf(userId: number, keyId: number): Uint8Array {
  return fakeKey(keyId * FURTHER_KEYS + userId);
}

/** Stands where a proof of possession does: nobody below the door looks at it. */
export const FAKE_PROOF = '5a'.repeat(SIGNATURE_BYTES);

/** Further keys are numbered above every user and every key that a test makes up. */
const FURTHER_KEYS = 10 ** 9;

export class EntryMaker {
  readonly exchange: string;
  readonly #sandbox: boolean;
  readonly #nonces = new Map<string, number>();
  readonly #keys = new Map<string, Uint8Array>();
  #sequence = 0;
  #time: number;
  #timeBefore = 0;
  #leaped = 0;

  constructor({ exchange = 'e0'.repeat(16), sandbox = true, time = 1 }: EntryMakerOptions = {}) {
    this.exchange = exchange;
    this.#sandbox = sandbox;
    this.#time = time;
  }

  /** What a recovery names: the last entry that was made, or one so many before it. */
  headBefore(back = 0): EnvelopeParams<'recover'> {
    return { sequence: this.#sequence - back, hash: 'ab'.repeat(32) };
  }

  get time(): number {
    return this.#time;
  }

  /** Lets time pass before the next entry. */
  elapse(micros: number): void {
    this.#time += micros;
  }

  /** The nonce that the key must use next, if every entry made so far was applied. */
  nonceOf(userId: number, keyId = 0): number {
    const { exchange } = this;
    return (
      this.#nonces.get(`${userId}/${keyId}`) ??
      nonceStart({ exchange, userId, keyId }) + this.#leaped
    );
  }

  /** The public key that signs for the user under this number. */
  keyOf(userId: number, keyId = 0): Uint8Array {
    return this.#keys.get(`${userId}/${keyId}`) ?? fakeKeyOf(userId, keyId);
  }

  /** From now on the user signs under this number with another public key: it was rotated. */
  bindKey({ userId, keyId, key }: { userId: number; keyId: number; key: Uint8Array }): void {
    this.#keys.set(`${userId}/${keyId}`, key);
  }

  genesis(): Unhashed {
    const message = encodeGenesis({
      format: 1,
      exchange: this.exchange,
      rules: 1,
      operator: fakeKeyHex(0),
      headKey: fakeKeyHex(1_000_000),
      sandbox: this.#sandbox,
    });
    return this.raw({ kind: ENTRY_KINDS.genesis, message, key: fakeKey(0) });
  }

  /** A tick so many microseconds after the entry before. */
  tick(micros = 0): Unhashed {
    this.elapse(micros);
    const { sequence, time } = this.#next();
    const nothing = new Uint8Array(0);
    const [key, signature] = [new Uint8Array(KEY_BYTES), new Uint8Array(SIGNATURE_BYTES)];
    return { kind: ENTRY_KINDS.tick, sequence, time, key, signature, message: nothing };
  }

  register(keyNumber: number, { key = fakeKey(keyNumber) }: Pick<Forgery, 'key'> = {}): Unhashed {
    const message = encodeUtf8(encodeRegistrationText(fakeKeyHex(keyNumber)));
    return this.raw({ kind: ENTRY_KINDS.registration, message, key });
  }

  order(order: MadeOrder, forgery: Forgery = {}): Unhashed {
    const { userId } = order;
    const nonce = forgery.nonce ?? this.nonceOf(userId);
    const message = encodeUtf8(encodeOrderText({ ...order, nonce }));
    this.#spend({ userId, keyId: 0 }, forgery);
    return this.raw({ kind: ENTRY_KINDS.order, message, key: forgery.key ?? this.keyOf(userId) });
  }

  envelope<T extends EnvelopeType>(
    { userId, keyId = 0, type, params }: MadeEnvelope<T>,
    forgery: Forgery = {},
  ): Unhashed {
    const envelope = {
      exchange: forgery.exchange ?? this.exchange,
      user_id: userId,
      key_id: forgery.keyId ?? keyId,
      nonce: forgery.nonce ?? this.nonceOf(userId, keyId),
      expires: forgery.expires ?? this.#time + LIFE_MICROS,
      type,
      params,
    };
    const message = encodeUtf8(JSON.stringify(envelope));
    this.#spend({ userId, keyId }, forgery);
    const mayRecover = userId === 0 && keyId === 0 && envelope.expires >= this.#time;
    if (mayRecover && isRight(forgery)) this.#noteLeap(params as object);
    const key = forgery.key ?? this.keyOf(userId, keyId);
    return this.raw({ kind: ENTRY_KINDS.envelope, message, key });
  }

  /** An entry of any kind with any bytes. */
  raw({ kind, message, key }: { kind: EntryKind; message: Uint8Array; key: Uint8Array }): Unhashed {
    const { sequence, time } = this.#next();
    const signature = new Uint8Array(SIGNATURE_BYTES).fill(0x5a);
    new DataView(signature.buffer).setBigUint64(0, BigInt(sequence));
    return { kind, sequence, time, key, signature, message };
  }

  /** A recovery that names the entry before it raises every nonce. */
  #noteLeap(params: object): void {
    if (!('hash' in params && 'sequence' in params)) return;
    if (params.sequence !== this.#sequence) return;
    const leap = LEAP_PER_MICRO * Math.max(this.#time - this.#timeBefore, RECOVERY_PAUSE);
    this.#leaped += leap;
    for (const [name, nonce] of this.#nonces) this.#nonces.set(name, nonce + leap);
  }

  #next(): { sequence: number; time: number } {
    this.#sequence += 1;
    this.#timeBefore = this.#time;
    return { sequence: this.#sequence, time: this.#time };
  }

  #spend({ userId, keyId }: { userId: number; keyId: number }, forgery: Forgery): void {
    if (!isRight(forgery)) return;
    this.#nonces.set(`${userId}/${keyId}`, this.nonceOf(userId, keyId) + 1);
  }
}

/** Does the entry count, applied or rejected? */
function isRight({ keyId, nonce, key, exchange }: Forgery): boolean {
  return [keyId, nonce, key, exchange].every((wrong) => wrong === undefined);
}
