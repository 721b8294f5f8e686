// A signature over bytes that are no request, such as genesis. Everything else the client signs.

import { createPrivateKey, sign } from 'node:crypto';
import { fromHex } from '@picostocks/protocol';
import { UsageError } from './failure.ts';

const SEED_BYTES = 32;
// RFC 8410 §7: a private key is the seed behind this prefix.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Signs with a private key of 32 bytes, or of 64 with the public half behind, in hexadecimal. */
export function signMessage(message: Uint8Array, privateKey: string): string {
  const bytes = fromHex(privateKey);
  if (bytes === undefined || bytes.length % SEED_BYTES !== 0 || bytes.length === 0) {
    throw new UsageError('a private key is 64 or 128 hexadecimal digits');
  }
  const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(0, SEED_BYTES)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return sign(null, message, key).toString('hex');
}
