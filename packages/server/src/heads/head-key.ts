// The key with which the server signs heads: an Ed25519 seed in hexadecimal, made at the founding.

import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fromHex } from '@picostocks/protocol';
import { ExchangeError } from '../exchange-error.ts';

/** RFC 8410 §7: what stands before the seed in PKCS#8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

export class HeadKey {
  /** Hexadecimal. */
  readonly publicKey: string;
  readonly #key: KeyObject;

  constructor(seed: Uint8Array) {
    const key = Buffer.concat([PKCS8_PREFIX, seed]);
    this.#key = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
    const x = createPublicKey(this.#key).export({ format: 'jwk' }).x ?? '';
    this.publicKey = Buffer.from(x, 'base64url').toString('hex');
  }

  /** The signature of a head's text, in hexadecimal. */
  sign(text: string): string {
    return sign(null, Buffer.from(text, 'ascii'), this.#key).toString('hex');
  }

  /**
   * Reads the key, which must be the one that genesis names; answers `undefined` where there is none.
   *
   * @throws ExchangeError `head_key_wrong`.
   */
  static read(path: string, publicKey: string): HeadKey | undefined {
    if (!existsSync(path)) return undefined;
    const seed = fromHex(readFileSync(path, 'utf8').trim());
    const key = seed?.length === SEED_BYTES ? new HeadKey(seed) : undefined;
    if (key?.publicKey === publicKey) return key;
    throw new ExchangeError({
      code: 'head_key_wrong',
      message: `${path} is not the key that genesis names for heads of this log: put back the one that was made at its founding`,
    });
  }
}
