// Signatures that some Ed25519 verifiers take and libsodium refuses.

import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';

/** The order of the base point: RFC 8032 §5.1. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Every encoding of a point whose order divides 8, those with a coordinate above the prime included. */
export const SMALL_ORDER_KEYS = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(31)}`,
  `ee${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(31)}`,
  `ed${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(31)}`,
] as const;

function fromLittleEndian(hex: string): bigint {
  return BigInt(`0x${Buffer.from(hex, 'hex').reverse().toString('hex')}`);
}

function toLittleEndian(value: bigint): string {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse().toString('hex');
}

/** The same signature with S + L: equal to S for who does not check that S is reduced. */
export function withOrderAdded(signature: string): string {
  return signature.slice(0, 64) + toLittleEndian(fromLittleEndian(signature.slice(64)) + ORDER);
}

/** R the neutral point and S zero: for a key of small order, any message, and who multiplies by 8. */
export function lowSignature(): string {
  return `01${'00'.repeat(63)}`;
}

/** R = S × base point: the same forgery with an ordinary R. */
export function forgedFor(seedText: string): string {
  const seed = createHash('sha256').update(seedText).digest();
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const point = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
  const scalar = createHash('sha512').update(seed).digest().subarray(0, 32);
  // RFC 8032 §5.1.5: the three lowest bits and the highest are cleared, the one below it is set.
  scalar[0] = (scalar[0] ?? 0) & 248;
  scalar[31] = ((scalar[31] ?? 0) & 127) | 64;
  return point.toString('hex') + toLittleEndian(fromLittleEndian(scalar.toString('hex')) % ORDER);
}
