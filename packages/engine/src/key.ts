// A key of a user or of the operator: what it may do, and its next nonce.
//
// Its 32 bytes are eight words of the object itself. Every command is held against its signer's key, which among
// thousands is in no cache, and an array of bytes would be three more objects to fetch, and 200 bytes more.

import type { Role, Scope } from '@picostocks/protocol';
import { assert } from './assert.ts';
import type { Timer } from './timer-queue.ts';

const BYTES = 32;

/** The dead man's switch that a key has set (docs/protocol.md §6.11). */
export interface Switch {
  readonly seconds: number;
  /** When it fires. */
  readonly timer: Timer;
  /** It was due while the exchange did not run, and was set anew since the key's last command. */
  isSpared: boolean;
}

export class Key {
  readonly id: number;
  isRevoked = false;
  nonceNext: number;
  #word0 = 0;
  #word1 = 0;
  #word2 = 0;
  #word3 = 0;
  #word4 = 0;
  #word5 = 0;
  #word6 = 0;
  #word7 = 0;
  /** Of a user his scopes, of the operator roles; `all` for key 0. */
  readonly scopes: readonly (Scope | Role)[];
  switch: Switch | undefined = undefined;

  constructor(fields: {
    readonly id: number;
    readonly publicKey: Uint8Array;
    readonly nonceNext: number;
    readonly scopes: readonly (Scope | Role)[];
  }) {
    this.id = fields.id;
    this.nonceNext = fields.nonceNext;
    this.scopes = fields.scopes;
    this.publicKey = fields.publicKey;
  }

  /** A copy. */
  get publicKey(): Uint8Array<ArrayBuffer> {
    const bytes = new DataView(new ArrayBuffer(BYTES));
    bytes.setInt32(0, this.#word0, true);
    bytes.setInt32(4, this.#word1, true);
    bytes.setInt32(8, this.#word2, true);
    bytes.setInt32(12, this.#word3, true);
    bytes.setInt32(16, this.#word4, true);
    bytes.setInt32(20, this.#word5, true);
    bytes.setInt32(24, this.#word6, true);
    bytes.setInt32(28, this.#word7, true);
    return new Uint8Array(bytes.buffer);
  }

  /** A rotation gives the number another key. */
  set publicKey(bytes: Uint8Array) {
    assert(bytes.length === BYTES, 'a public key has 32 bytes');
    this.#word0 = wordAt(bytes, 0);
    this.#word1 = wordAt(bytes, 4);
    this.#word2 = wordAt(bytes, 8);
    this.#word3 = wordAt(bytes, 12);
    this.#word4 = wordAt(bytes, 16);
    this.#word5 = wordAt(bytes, 20);
    this.#word6 = wordAt(bytes, 24);
    this.#word7 = wordAt(bytes, 28);
  }

  /** Is this the public key that the number stands for now? */
  isCurrent(publicKey: Uint8Array): boolean {
    return (
      !this.isRevoked &&
      publicKey.length === BYTES &&
      wordAt(publicKey, 0) === this.#word0 &&
      wordAt(publicKey, 4) === this.#word1 &&
      wordAt(publicKey, 8) === this.#word2 &&
      wordAt(publicKey, 12) === this.#word3 &&
      wordAt(publicKey, 16) === this.#word4 &&
      wordAt(publicKey, 20) === this.#word5 &&
      wordAt(publicKey, 24) === this.#word6 &&
      wordAt(publicKey, 28) === this.#word7
    );
  }
}

/** Four bytes, the lowest first; they need not be aligned. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}
