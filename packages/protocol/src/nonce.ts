// A nonce is a strict counter per key. Where it starts depends on the exchange, so that an order
// text (which names no exchange) signed for one deployment is no order of another.

import { sha256 } from './sha256.ts';
import { encodeUtf8 } from './utf8.ts';

export interface NonceOwner {
  readonly exchange: string;
  readonly userId: number;
  readonly keyId: number;
}

/** The first nonce of a key: the first 48 bits of a hash of its owner (docs/protocol.md §4). */
export function nonceStart({ exchange, userId, keyId }: NonceOwner): number {
  const digest = sha256(encodeUtf8(`NONCE:${exchange}:${userId}:${keyId}`));
  let nonce = 0;
  for (const byte of digest.subarray(0, 6)) nonce = nonce * 256 + byte;
  return nonce;
}
