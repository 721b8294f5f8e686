// Where the settings say that reads are signed, nobody but its owner and operators sees an account, and
// public rows name nobody but the reader.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ActRow, OrderBookReply, PublicTradeRow } from '@picostocks/protocol';
import { assertRefused, type Served, serve, type Trader } from './kit.ts';

let served: Served;
let anna: Trader;
let bert: Trader;
before(async () => {
  served = await serve({ nodes: 2 });
  anna = await served.newTrader();
  bert = await served.newTrader();
  await anna.put('ASK', { quantity: '2', price: '3' });
  await bert.put('BID', { quantity: '1', price: '3' });
  await served.operator.act('change_settings', { reads: 'signed' });
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

const ownPaths = ({ userId }: Trader) => [
  `/v1/account/balance/${userId}/`,
  `/v1/account/status/${userId}/`,
  `/v1/account/keys/${userId}/`,
  `/v1/account/fees/${userId}/`,
  `/v1/account/orders/${userId}/?status=open`,
  `/v1/account/trades/${userId}/`,
  `/v1/account/transfers/internal/${userId}/2/`,
  `/v1/account/transfers/external/${userId}/`,
  `/v1/account/deposit/address/${userId}/2/`,
  `/v1/account/order/history/${userId}/3/`,
  `/v1/market/orderbook/?user_id=${userId}`,
];

test('what belongs to one user is for him and for operators', async () => {
  const reader = await anna.addKey(['read']);
  const clerk = await served.operator.addKey(['compliance']);
  for (const path of ownPaths(anna)) {
    assertRefused(await served.call(path), { status: 401, code: 'read_not_signed' });
    assertRefused(await bert.read(path), { status: 403, code: 'read_forbidden' });
    for (const who of [anna, reader, clerk, served.operator]) {
      const answer = await who.read(path);
      assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    }
  }
  assertRefused(await (await anna.addKey(['trade'])).read(ownPaths(anna)[0] ?? ''), {
    status: 403,
    code: 'read_forbidden',
  });
});

test('a proof of liabilities is for its owner and for operators', async () => {
  const path = `/v1/audit/proof/${anna.userId}/2/`;
  assertRefused(await served.call(path), { status: 401, code: 'read_not_signed' });
  assertRefused(await bert.read(path), { status: 403, code: 'read_forbidden' });
  assertRefused(await anna.read(path), { code: 'liabilities_not_found' });
});

test('an unknown user cannot be told from a known one', async () => {
  const path = '/v1/account/balance/999/';
  assertRefused(await served.call(path), { status: 401, code: 'read_not_signed' });
  assertRefused(await anna.read(path), { status: 403, code: 'read_forbidden' });
});

test('custody is for operators', async () => {
  const worker = await served.operator.addKey(['custody']);
  for (const path of ['withdrawals', 'deposits', 'addresses'].map((it) => `/v1/custody/${it}/`)) {
    assertRefused(await served.call(path), { status: 401, code: 'read_not_signed' });
    assertRefused(await anna.read(path), { status: 403, code: 'read_forbidden' });
    assert.equal((await worker.read(path)).status, 200);
  }
  const idle = await served.operator.addKey([]);
  assertRefused(await idle.read('/v1/custody/deposits/'), { code: 'read_forbidden' });
});

test('public rows name nobody but the reader', async () => {
  const book = '/v1/market/orderbook/?stock_id=3';
  const trades = '/v1/market/trades/3/2/';
  const asks = async (rows: Promise<{ json: OrderBookReply }>) =>
    (await rows).json.asks[0]?.user_id;
  assert.equal(await asks(served.call<OrderBookReply>(book)), 0);
  assert.equal(await asks(bert.read<OrderBookReply>(book)), 0);
  assert.equal(await asks(anna.read<OrderBookReply>(book)), anna.userId);
  const users = async (rows: Promise<{ json: PublicTradeRow[] }>) => {
    const [row] = (await rows).json;
    return [row?.bid_user, row?.ask_user];
  };
  assert.deepEqual(await users(served.call<PublicTradeRow[]>(trades)), [0, 0]);
  assert.deepEqual(await users(bert.read<PublicTradeRow[]>(trades)), [bert.userId, 0]);
  const all = [bert.userId, anna.userId];
  assert.deepEqual(await users(served.operator.read<PublicTradeRow[]>(trades)), all);
  const acts = await served.get<ActRow[]>('/v1/audit/acts/');
  assert.ok(acts.length > 0 && acts.every(({ params }) => params === null));
});

test('the nonce stays readable; the entries of the log do not', async () => {
  assert.ok(Number.isSafeInteger(await anna.nonce()));
  assertRefused(await served.call('/v1/audit/log/'), { status: 403, code: 'log_not_public' });
  assertRefused(await served.call('/v1/audit/entry/3/'), { status: 403, code: 'log_not_public' });
  assert.equal(
    (await served.call('/v1/audit/entry/1/')).status,
    200,
    'the genesis is for everybody',
  );
  const { log_public: isPublic } = await served.get<{ log_public: boolean }>('/v1/limits/');
  assert.equal(isPublic, false);
});

test('a signature is for one address, one key and a short time', async () => {
  const path = `/v1/account/balance/${anna.userId}/`;
  const call = (headers: Record<string, string>, target = path) => served.call(target, { headers });
  const good = anna.readHeaders(path);
  assert.equal((await call(good)).status, 200);
  const other = `/v1/account/status/${anna.userId}/`;
  assertRefused(await call(good, other), { status: 401, code: 'bad_signature' });
  assertRefused(await call(good, `${path}?x=1`), { status: 401, code: 'bad_signature' });
  const asBert = { ...good, 'picostocks-user': `${bert.userId}` };
  assertRefused(await call(asBert), { status: 401, code: 'bad_signature' });
  const now = Date.now() * 1_000;
  assertRefused(await call(anna.readHeaders(path, now - 1_000_000)), { code: 'expired' });
  assertRefused(await call(anna.readHeaders(path, now + 400_000_000)), { code: 'malformed' });
  assertRefused(await call({ 'picostocks-user': '1' }), { status: 400, code: 'malformed' });
  const key = await anna.addKey(['read']);
  await anna.act('revoke_key', { revoked_key_id: key.keyId });
  assertRefused(await key.read(path), { status: 401, code: 'key_not_current' });
});
