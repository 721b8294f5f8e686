// Bad input for every newer command: what the door refuses costs nothing, what the market rejects costs
// its nonce and nothing else.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ENVELOPE_PARAMS, type ErrorReply } from '@picostocks/protocol';
import { type Answer, assertRefused, type Served, serve, type Trader } from './kit.ts';

let served: Served;
let anna: Trader;
before(async () => {
  served = await serve({ nodes: 2 });
  anna = await served.newTrader();
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

/** The answer to a command that the door must refuse, having sequenced nothing. */
async function refused(send: () => Promise<Answer>, code: string): Promise<void> {
  const before = [await served.sequence(), await anna.nonce()];
  const answer = await send();
  assertRefused(answer, { code });
  assert.equal((answer.json as ErrorReply).sequence, undefined);
  assert.deepEqual([await served.sequence(), await anna.nonce()], before);
}

test('every command: expired, of another exchange, spelled otherwise, with a doubled or unknown key', async () => {
  for (const type of Object.keys(ENVELOPE_PARAMS)) {
    const nonce = await anna.nonce();
    await refused(() => anna.try(type, { more: 1 }), 'malformed');
    const noop = anna.envelopeText({ type: 'noop', params: {}, nonce });
    const text = noop.replace('"noop"', `"${type}"`);
    for (const bad of [text.replace('{', '{ '), text.replace('{', '{"user_id":1,')]) {
      await refused(() => anna.sendEnvelope(bad), 'malformed');
    }
  }
  const nonce = await anna.nonce();
  const params = { revoked_key_id: 1 };
  const old = anna.envelopeText({ type: 'revoke_key', params, nonce, expires: 1 });
  await refused(() => anna.sendEnvelope(old), 'expired');
  const exchange = '0'.repeat(32);
  const foreign = anna.envelopeText({ type: 'revoke_key', params, nonce, exchange });
  await refused(() => anna.sendEnvelope(foreign), 'wrong_exchange');
});

const bid = { stock_id: 3, unit_id: 2, side: 'bid', quantity: '1', price: '1' };
const money = { stock_id: 2, quantity: '1', address: 'there' };

test('params that do not fit', async () => {
  const operation = { operation: 'place_order', ...bid };
  const cases: [string, object][] = [
    ['place_order', { ...bid, price: undefined }],
    ['place_order', { ...bid, type: 'market', time_in_force: 'gtc' }],
    ['place_order', { ...bid, good_until: 5 }],
    ['place_order', { ...bid, time_in_force: 'gtt' }],
    ['place_order', { ...bid, side: 'buy' }],
    ['place_order', { ...bid, quantity: 1 }],
    ['place_order', { ...bid, quantity: '-1' }],
    ['place_order', { ...bid, quantity: '0.0000000000000000001' }],
    ['place_order', { ...bid, client_order_id: '' }],
    ['place_order', { ...bid, client_order_id: 'x'.repeat(41) }],
    ['place_order', { ...bid, client_order_id: 'a b' }],
    ['amend_order', { order_id: 1 }],
    ['amend_order', { quantity: '1' }],
    ['cancel_order', {}],
    ['cancel_order', { order_id: 1, client_order_id: 'x' }],
    ['cancel_orders', { stock_id: 3 }],
    ['batch', { operations: [] }],
    ['batch', { operations: Array(1_001).fill(operation) }],
    ['batch', { operations: [operation, { operation: 'noop' }] }],
    ['batch', { operations: [operation, { ...operation, price: undefined }] }],
    ['cancel_after', { seconds: 5 }],
    ['cancel_after', { seconds: 86_401 }],
    ['transfer', { to_user: 1, stock_id: 2, quantity: '1', memo: 'é'.repeat(33) }],
    ['transfer', { to_user: 1, stock_id: 2, quantity: '1', memo: 'x'.repeat(65) }],
    ['request_withdrawal', { ...money, memo: 'x'.repeat(65) }],
    ['request_withdrawal', { ...money, memo: '\ud800' }],
    ['request_withdrawal', { ...money, address: 'a\u0000b' }],
    ['request_withdrawal', { ...money, address: 'a\nb' }],
    ['request_withdrawal', { ...money, address: 'x'.repeat(1_001) }],
    ['add_key', { public_key: 'x', proof: 'y', scopes: [] }],
  ];
  for (const [type, params] of cases) await refused(() => anna.try(type, params), 'malformed');
});

test('ids that name nothing', async () => {
  const { operator } = served;
  const stock = { ...money, stock_id: 99 };
  const line = { user_id: 99, stock_id: 2, quantity: '1', direction: 'credit' };
  const cases: [Trader, string, object, string][] = [
    [anna, 'place_order', { ...bid, stock_id: 99 }, 'stock_not_found'],
    [anna, 'place_order', { ...bid, stock_id: 2, unit_id: 3 }, 'market_not_found'],
    [anna, 'cancel_orders', { stock_id: 2, unit_id: 3 }, 'market_not_found'],
    [anna, 'request_withdrawal', stock, 'stock_not_found'],
    [anna, 'request_address', { stock_id: 99 }, 'stock_not_found'],
    [operator, 'freeze_user', { user_id: 99, reason: 'x' }, 'unknown_user'],
    [operator, 'set_user_tier', { user_id: 99, tier: 1 }, 'unknown_user'],
    [operator, 'correct', { sequence: 1, reason: 'x', lines: [line] }, 'unknown_user'],
    [operator, 'halt_market', { stock_id: 2, unit_id: 3, reason: 'x' }, 'market_not_found'],
  ];
  for (const [who, type, params, code] of cases) await refused(() => who.try(type, params), code);
});

test('what the market rejects was sequenced, and costs its nonce only', async () => {
  for (const [type, params, code] of [
    ['place_order', { ...bid, quantity: '10000.000000000000000001' }, 'insufficient_funds'],
    ['freeze_user', { user_id: anna.userId, reason: 'x' }, 'not_operator'],
    ['amend_order', { order_id: 99, quantity: '1' }, 'order_not_found'],
    ['revoke_key', { revoked_key_id: 0 }, 'key_permanent'],
    ['cancel_withdrawal', { withdrawal_id: 99 }, 'withdrawal_not_found'],
  ] as const) {
    const nonce = await anna.nonce();
    const answer = await anna.try(type, params);
    assertRefused(answer, { code });
    assert.equal(answer.json.nonce, nonce);
    assert.equal(answer.json.sequence, await served.sequence());
    assert.equal(await anna.nonce(), nonce + 1);
  }
  const balance = await anna.balance();
  assert.equal(balance[2]?.locked, '0.000000000000000000');
});

test('a message of 256 KiB is the longest', async () => {
  const operations = Array(1_000).fill({ operation: 'cancel_order', client_order_id: 'x' });
  await anna.act('batch', { operations });
  const nonce = await anna.nonce();
  const text = anna.envelopeText({ type: 'batch', params: { operations }, nonce });
  const long = text.replace('"x"', `"${'x'.repeat(262_145)}"`);
  await refused(() => anna.sendEnvelope(long), 'too_large');
});
