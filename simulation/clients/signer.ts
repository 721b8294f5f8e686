// An Ed25519 key that follows from the seed. Signing is synchronous here, so that it takes no time that
// another thread of the machine would decide; the exchange verifies with libsodium as ever.

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** RFC 8410 §7: what stands before the 32 bytes of an Ed25519 seed in PKCS#8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export class Signer {
  /** Hexadecimal. */
  readonly publicKey: string;
  readonly #key: KeyObject;

  constructor(seed: string) {
    const secret = createHash('sha256').update(seed).digest();
    const key = Buffer.concat([PKCS8_PREFIX, secret]);
    this.#key = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
    const { x = '' } = createPublicKey(this.#key).export({ format: 'jwk' });
    this.publicKey = Buffer.from(x, 'base64url').toString('hex');
  }

  /** The signature in hexadecimal. */
  sign(message: Uint8Array): string {
    return sign(null, message, this.#key).toString('hex');
  }
}

/** A key of an account as its owner holds it now: whoever shares it has to learn of a rotation. */
export class HeldKey {
  current: Signer;

  constructor(current: Signer) {
    this.current = current;
  }
}
