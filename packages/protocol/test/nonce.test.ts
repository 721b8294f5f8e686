import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { nonceStart } from '@picostocks/protocol';
import fc from 'fast-check';
import { seed } from './seed.ts';

const EXCHANGE = 'e0'.repeat(16);

test('nonceStart: known values', () => {
  assert.equal(nonceStart({ exchange: EXCHANGE, userId: 0, keyId: 0 }), 216_342_911_848_541);
  assert.equal(nonceStart({ exchange: EXCHANGE, userId: 1, keyId: 0 }), 8_112_658_402_543);
  assert.equal(nonceStart({ exchange: EXCHANGE, userId: 1, keyId: 1 }), 56_520_813_667_995);
  assert.equal(nonceStart({ exchange: 'ff'.repeat(16), userId: 1, keyId: 0 }), 114_586_078_332_773);
});

test('nonceStart: the first 48 bits of the hash of its owner, by another SHA-256', () => {
  const owner = fc.record({
    exchange: fc.string({
      unit: fc.constantFrom(...'0123456789abcdef'),
      minLength: 32,
      maxLength: 32,
    }),
    userId: fc.nat(Number.MAX_SAFE_INTEGER),
    keyId: fc.nat(100),
  });
  const property = fc.property(owner, ({ exchange, userId, keyId }) => {
    const text = `NONCE:${exchange}:${userId}:${keyId}`;
    const expected = createHash('sha256').update(text).digest().readUIntBE(0, 6);
    assert.equal(nonceStart({ exchange, userId, keyId }), expected);
  });
  fc.assert(property, { seed, numRuns: 500 });
});
