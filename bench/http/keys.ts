// Ed25519 keys that follow from a name, so that the process that makes the exchange and the process that
// signs need not send each other secrets.

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

export interface BenchKey {
  readonly seedHex: string;
  readonly publicHex: string;
  readonly privateKey: KeyObject;
}

/** RFC 8410 §7: a private key is the seed behind this prefix. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export function keyOf(name: string): BenchKey {
  const seed = createHash('sha256').update(`picostocks bench ${name}`).digest();
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicHex = Buffer.from(x, 'base64url').toString('hex');
  return { seedHex: seed.toString('hex'), publicHex, privateKey };
}

export function userKey(index: number): BenchKey {
  return keyOf(`user ${index}`);
}

export function signHex({ privateKey }: BenchKey, message: Uint8Array): string {
  return sign(null, message, privateKey).toString('hex');
}
