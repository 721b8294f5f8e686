import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { generateKey, PicostocksClient, publicKeyOf } from '@picostocks/client';
import { fromHex } from '@picostocks/protocol';
import { parsePrivateKey, SigningKey } from '../src/key.ts';
import { PRIVATE_KEY, PUBLIC_KEY, VECTORS } from './support/vectors.ts';

const invalidKey = { name: 'InvalidArgumentError', argument: 'privateKey' };

for (const { seed, publicKey, message, signature } of VECTORS) {
  test(`key: RFC 8032 §7.1, message ${message || 'empty'}`, async () => {
    assert.equal(await publicKeyOf(seed), publicKey);
    for (const privateKey of [seed, seed + publicKey, seed.toUpperCase()]) {
      const key = await SigningKey.import(parsePrivateKey(privateKey));
      assert.equal(key.publicKey, publicKey);
      assert.equal(await key.sign(fromHex(message) ?? new Uint8Array()), signature);
    }
  });
}

test('key: a wrong public half is an error and not a signature', async () => {
  const privateKey = PRIVATE_KEY + VECTORS[1].publicKey;
  await assert.rejects(publicKeyOf(privateKey), invalidKey);
});

test('key: what is no key is refused, and the error does not show it', async () => {
  const bad = ['', 'zz'.repeat(32), PRIVATE_KEY.slice(2), `${PRIVATE_KEY}00`, ` ${PRIVATE_KEY}`];
  for (const privateKey of bad) {
    await assert.rejects(publicKeyOf(privateKey), invalidKey);
    const fails = () => new PicostocksClient({ baseUrl: 'http://x', userId: 1, privateKey });
    assert.throws(fails, (error) => {
      assert.ok(privateKey === '' || !inspect(error).includes(privateKey.trim()));
      return true;
    });
  }
});

test('key: generateKey makes a pair, another one each time', async () => {
  const first = await generateKey();
  const second = await generateKey();
  assert.match(first.privateKey, /^[0-9a-f]{64}$/);
  assert.equal(await publicKeyOf(first.privateKey), first.publicKey);
  assert.notEqual(first.privateKey, second.privateKey);
});

test('key: neither a logger nor JSON sees it', async () => {
  const client = new PicostocksClient({
    baseUrl: 'http://127.0.0.1:1',
    userId: 19,
    privateKey: PRIVATE_KEY,
  });
  const shown = inspect(client, { depth: 10, showHidden: true }) + JSON.stringify(client);
  assert.ok(!shown.includes(PRIVATE_KEY.slice(0, 16)));
  const key = await SigningKey.import(parsePrivateKey(PRIVATE_KEY));
  assert.deepEqual(Object.values(key), [PUBLIC_KEY]);
});
