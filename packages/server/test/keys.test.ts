// Keys at the door: further ones with scopes, rotation, revocation, and the proof that who binds a key
// holds it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KeyRow } from '@picostocks/protocol';
import { assertRefused, form, newSigner, type Served, serve, type Trader } from './kit.ts';

let served: Served;
before(async () => {
  served = await serve({ nodes: 2 });
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

const order = { stock_id: 3, unit_id: 2, side: 'bid', quantity: '1', price: '1' };
const keysOf = ({ userId }: Trader) => served.get<KeyRow[]>(`/v1/account/keys/${userId}/`);

test('a further key has a counter of its own and does what its scopes say', async () => {
  const anna = await served.newTrader();
  const bot = await anna.addKey(['trade']);
  assert.equal(bot.keyId, 1);
  const before = await anna.nonce();
  await bot.act('place_order', order);
  assert.equal(await anna.nonce(), before);
  const refused = await bot.try('transfer', { to_user: anna.userId, stock_id: 2, quantity: '1' });
  assertRefused(refused, { status: 400, code: 'key_scope' });
  assert.ok(refused.json.sequence !== undefined, 'it was sequenced and cost a nonce');
  const [first, second] = await keysOf(anna);
  assert.deepEqual([first?.scopes, second?.scopes], [['all'], ['trade']]);
  assert.equal(second?.nonce, await bot.nonce());
});

test('a proof must be of this key, for this user, on this exchange', async () => {
  const [anna, bert] = [await served.newTrader(), await served.newTrader()];
  const signer = newSigner();
  const { publicKey: public_key } = signer;
  const before = [await served.sequence(), await anna.nonce()];
  const wrong = [
    anna.proofOf(signer, bert.userId),
    anna.proofOf(newSigner()),
    signer.sign(`KEY:${'0'.repeat(32)}:${anna.userId}:${public_key}`),
  ];
  for (const proof of wrong) {
    const added = await anna.try('add_key', { public_key, proof, scopes: [] });
    assertRefused(added, { status: 400, code: 'bad_proof' });
    const rotated = await anna.try('rotate_key', { rotated_key_id: 0, public_key, proof });
    assertRefused(rotated, { status: 400, code: 'bad_proof' });
  }
  assert.deepEqual([await served.sequence(), await anna.nonce()], before);
});

test('after a rotation the old key is known as such, and what it signed before keeps its answer', async () => {
  const anna = await served.newTrader();
  const text = anna.envelopeText({ type: 'place_order', params: order, nonce: await anna.nonce() });
  const first = await anna.sendEnvelope(text);
  const bid = anna.signOrder('BID', { quantity: '1', price: '1', nonce: await anna.nonce() });
  const placed = await served.call(bid.path, form(bid.body));
  const signer = newSigner();
  const { publicKey: public_key } = signer;
  await anna.act('rotate_key', { rotated_key_id: 0, public_key, proof: anna.proofOf(signer) });
  const fresh = await anna.try('noop', {});
  assertRefused(fresh, { status: 401, code: 'key_not_current' });
  assertRefused(await anna.send('BID', { quantity: '1', price: '1' }), {
    status: 401,
    code: 'key_not_current',
  });
  assert.equal((await anna.sendEnvelope(text)).text, first.text, 'a resend gets its answer');
  assert.equal((await served.call(bid.path, form(bid.body))).text, placed.text);
  const forged = await anna.sendEnvelope(text.replace('"1"', '"2"'), '0'.repeat(128));
  assertRefused(forged, { status: 401, code: 'bad_signature' });
});

test('a revoked key signs nothing any more, and what it did before keeps its answer', async () => {
  const anna = await served.newTrader();
  const bot = await anna.addKey(['trade']);
  const text = bot.envelopeText({ type: 'place_order', params: order, nonce: await bot.nonce() });
  const first = await bot.sendEnvelope(text);
  await anna.act('revoke_key', { revoked_key_id: bot.keyId });
  assertRefused(await bot.try('noop', {}), { status: 401, code: 'key_not_current' });
  assert.equal((await bot.sendEnvelope(text)).text, first.text);
  assert.equal((await keysOf(anna))[1]?.revoked, true);
});

test('a key that is rotated while a command of it waits for its turn: the command is refused at once', async () => {
  const anna = await served.newTrader();
  const bot = await anna.addKey(['trade']);
  const nonce = (await bot.nonce()) + 1;
  const waits = bot.sendEnvelope(bot.envelopeText({ type: 'noop', params: {}, nonce }));
  const signer = newSigner();
  const { publicKey: public_key } = signer;
  const proof = anna.proofOf(signer);
  await anna.act('rotate_key', { rotated_key_id: bot.keyId, public_key, proof });
  assertRefused(await waits, { status: 401, code: 'key_not_current' });
});

test('a user whose rejections are used up can still cancel, and rotate or revoke a key', async () => {
  await using strict = await serve({ sandbox: false, node: { rejectionsPerSecond: 1 } });
  const anna = await strict.newTrader();
  const codes: string[] = [];
  while (codes.at(-1) !== 'rate_limited' && codes.length < 1_000) {
    codes.push((await anna.try('place_order', order)).json.code);
  }
  assert.equal(codes.at(-1), 'rate_limited', 'his rejections are used up');
  const signer = newSigner();
  const [public_key, proof] = [signer.publicKey, anna.proofOf(signer)];
  for (const [type, params, status] of [
    ['cancel_orders', {}, 201],
    ['cancel_order', { order_id: 9 }, 404],
    ['cancel_after', { seconds: 10 }, 201],
    ['cancel_withdrawal', { withdrawal_id: 9 }, 404],
    ['revoke_key', { revoked_key_id: 7 }, 404],
    ['rotate_key', { rotated_key_id: 7, public_key, proof }, 404],
  ] as const) {
    const answer = await anna.try(type, params);
    assert.equal(answer.status, status, `${type}: ${answer.text}`);
  }
});
