// Money in and out, as a user, an operator and a custody worker see it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type ActRow,
  type AddressReply,
  type DepositRow,
  type ExternalResult,
  type ExternalTransfersReply,
  formatAmount,
  type InternalTransferRow,
  parseAmount,
  type StatusReply,
  type WantedRow,
  type WithdrawalRow,
} from '@picostocks/protocol';
import { assertRefused, type Served, serve, type Trader } from './kit.ts';

let served: Served;
let worker: Trader;
let finance: Trader;
before(async () => {
  served = await serve({ nodes: 2 });
  worker = await served.operator.addKey(['custody']);
  finance = await served.operator.addKey(['finance']);
  const feeUser = await served.newTrader();
  await served.operator.act('change_settings', { fee_user_id: feeUser.userId });
  const rules = { min_fee: '0.5', approval_above: '10', daily_withdrawal: '100' };
  await served.operator.act('change_asset', { stock_id: 2, ...rules });
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

const amount = (text: string) => formatAmount(parseAmount(text) ?? 0n);
const externalOf = ({ userId }: Trader, stock = '') =>
  served.get<ExternalTransfersReply>(`/v1/account/transfers/external/${userId}/${stock}`);

test('a deposit: asked for, addressed, reported, credited once', async () => {
  const anna = await served.newTrader();
  const path = `/v1/account/deposit/address/${anna.userId}/3/`;
  await anna.act('request_address', { stock_id: 3 });
  assert.equal((await served.get<AddressReply>(path)).wanted, true);
  const wanted = await served.get<WantedRow[]>('/v1/custody/addresses/');
  assert.deepEqual(wanted, [{ user_id: anna.userId, stock_id: 3 }]);
  const to = { stock_id: 3, address: '0xabc', memo: '7' };
  await worker.act('register_address', { user_id: anna.userId, ...to });
  const known = await served.get<AddressReply>(path);
  assert.deepEqual([known.address, known.memo, known.wanted], ['0xabc', '7', false]);
  assert.deepEqual(await served.get('/v1/custody/addresses/'), []);

  const seen = { ...to, quantity: '2', txid: 't1', status: 'confirmed' };
  const { deposit_id, status } = await worker.result<ExternalResult>('report_deposit', seen);
  assert.equal(status, 'confirmed');
  assertRefused(await worker.try('report_deposit', seen), { code: 'deposit_known' });
  const open = await served.get<DepositRow[]>('/v1/custody/deposits/?after=0&stock_id=3');
  assert.deepEqual(
    open.map(({ id }) => id),
    [deposit_id],
  );
  await worker.act('change_deposit', { deposit_id, status: 'done' });
  assert.deepEqual(await served.get('/v1/custody/deposits/'), []);
  const one = await served.get<DepositRow>(`/v1/custody/deposits/${deposit_id}/`);
  assert.deepEqual([one.status, one.user_id, one.txid], ['done', anna.userId, 't1']);
  assert.equal((await anna.balance())[3]?.free, amount('10002'));
  const [newest] = (await externalOf(anna)).deposits;
  assert.deepEqual([newest?.id, newest?.address, newest?.fee], [deposit_id, '0xabc', '0']);
});

test('a withdrawal: locked, approved, claimed by one, paid once', async () => {
  const anna = await served.newTrader();
  const ask = { stock_id: 2, quantity: '20', address: 'bc1', memo: 'm' };
  type Asked = ExternalResult & { fee: string; quantity: string };
  const asked = await anna.result<Asked>('request_withdrawal', ask);
  const { withdrawal_id } = asked;
  assert.deepEqual(
    [asked.status, asked.fee, asked.quantity],
    ['init', amount('0.5'), amount('20')],
  );
  assert.equal((await anna.balance())[2]?.locked, amount('20.5'));
  await finance.act('change_withdrawal', { withdrawal_id, status: 'accepted' });
  const queue = await served.get<WithdrawalRow[]>(
    '/v1/custody/withdrawals/?status=accepted&after=0',
  );
  assert.deepEqual(
    queue.map(({ id, address }) => [id, address]),
    [[withdrawal_id, 'bc1']],
  );

  await worker.act('change_withdrawal', { withdrawal_id, status: 'busy' });
  const rival = await served.operator.addKey(['custody']);
  const done = { withdrawal_id, status: 'done', txid: 'out1' };
  assertRefused(await rival.try('change_withdrawal', done), { code: 'claimed_by_other' });
  const row = await served.get<WithdrawalRow>(`/v1/custody/withdrawals/${withdrawal_id}/`);
  assert.deepEqual([row.status, row.claimed_by], ['busy', worker.keyId]);
  await worker.act('change_withdrawal', done);
  assertRefused(await worker.try('change_withdrawal', done), { code: 'withdrawal_not_found' });
  const [paid] = (await externalOf(anna, '2/')).withdrawals;
  assert.deepEqual([paid?.status, paid?.txid, paid?.fee], ['done', 'out1', amount('0.5')]);
  assert.equal((await anna.balance())[2]?.free, amount('9979.5'));
});

test('a withdrawal of one atom too much, to nowhere, or of a frozen user is rejected', async () => {
  const anna = await served.newTrader();
  const ask = { stock_id: 2, quantity: '5', address: 'bc1' };
  const all = '9999.500000000000000001';
  await served.operator.act('set_withdrawal_limit', {
    user_id: anna.userId,
    stock_id: 2,
    daily_withdrawal: '100000',
  });
  for (const [params, code] of [
    [{ ...ask, quantity: all }, 'insufficient_funds'],
    [{ ...ask, address: '' }, 'bad_address'],
    [{ ...ask, address: 'x'.repeat(101) }, 'bad_address'],
    [{ ...ask, quantity: '0' }, 'zero_quantity'],
  ] as const) {
    assertRefused(await anna.try('request_withdrawal', params), { status: 400, code });
  }
  const { withdrawal_id } = await anna.result<ExternalResult>('request_withdrawal', ask);
  await anna.act('cancel_withdrawal', { withdrawal_id });
  const place = { stock_id: 3, unit_id: 2, side: 'bid', quantity: '1', price: '1' };
  await anna.act('place_order', place);
  await served.operator.act('freeze_user', { user_id: anna.userId, reason: 'a court order' });
  assertRefused(await anna.try('request_withdrawal', ask), { code: 'account_frozen' });
  const status = await served.get<StatusReply>(`/v1/account/status/${anna.userId}/`);
  assert.deepEqual([status.frozen, status.reason], [true, 'a court order']);
  assert.deepEqual((await anna.openOrders()).bids, [], 'his orders are gone');
});

test('corrections and acts are for everybody to see', async () => {
  const anna = await served.newTrader();
  const sequence = await served.sequence();
  const line = { user_id: anna.userId, stock_id: 4, quantity: '3' };
  const lines = [
    { ...line, direction: 'debit' },
    { ...line, user_id: 0, direction: 'credit' },
  ];
  const { transfer_ids } = await finance.result<{ transfer_ids: number[] }>('correct', {
    sequence,
    reason: 'credited twice',
    lines,
  });
  const path = `/v1/account/transfers/internal/${anna.userId}/`;
  const [row] = await served.get<InternalTransferRow[]>(path);
  assert.deepEqual(
    [row?.id, row?.from_user, row?.to_user, row?.memo, row?.corrects],
    [transfer_ids[0], anna.userId, 0, 'credited twice', sequence],
  );
  assertRefused(await worker.try('correct', { sequence, reason: 'x', lines }), {
    code: 'key_scope',
  });
  const [refused, act] = await served.get<ActRow[]>('/v1/audit/acts/');
  assert.deepEqual(
    [refused?.key_id, refused?.type, refused?.status, refused?.code],
    [worker.keyId, 'correct', 'rejected', 'key_scope'],
  );
  assert.deepEqual(
    [act?.key_id, act?.status, act?.params?.['reason']],
    [finance.keyId, 'applied', 'credited twice'],
  );
});

test('what is not there', async () => {
  for (const [path, code] of [
    ['/v1/custody/withdrawals/999/', 'withdrawal_not_found'],
    ['/v1/custody/deposits/9999/', 'deposit_not_found'],
    ['/v1/custody/withdrawals/?stock_id=99', 'stock_not_found'],
    ['/v1/account/deposit/address/1/99/', 'stock_not_found'],
    ['/v1/account/deposit/address/99/2/', 'unknown_user'],
    ['/v1/account/status/0/', 'unknown_user'],
  ] as const) {
    assertRefused(await served.call(path), { status: 404, code });
  }
  const bad = await served.call('/v1/custody/withdrawals/?status=paid');
  assertRefused(bad, { status: 400, code: 'malformed' });
});
