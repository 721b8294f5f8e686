// Exports, from the log of an exchange on which people traded. Each number is compared with what the API
// answered while it ran, so the two ways to the same fact must agree.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BalanceReply, CancelReply, PutReply } from '@picostocks/protocol';
import type { Static } from 'typebox';
import { type ExportOptions, exportColumns, exportLines, exportRows } from '../src/export.ts';
import type { Log } from '../src/log/log.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { type Served, serve, type Trader } from './kit.ts';

const FULL = '0'.repeat(18);
const GIFT = `10000.${FULL}`;

interface Traded {
  readonly seller: Trader;
  readonly buyer: Trader;
  readonly ask: PutReply;
  readonly bid: PutReply;
  readonly cut: CancelReply;
  readonly balances: Readonly<Record<number, Static<typeof BalanceReply>>>;
}

async function trade(served: Served): Promise<Traded> {
  const [seller, buyer] = [await served.newTrader(), await served.newTrader()];
  await served.operator.act('set_fees', {
    ...{ stock_id: 3, unit_id: 2, maker_ppm: 1_000, taker_ppm: 2_000 },
  });
  const ask = await seller.put('ASK', { quantity: '2', price: '0.05' });
  const bid = await buyer.put('BID', { quantity: '0.5', price: '0.06' });
  const cut = await seller.cancel('CANCELASK', { quantity: '1', price: '0.05' });
  await buyer.send('BID', { quantity: '1000000', price: '1' });
  // Meets his own ask: the incoming order is cancelled.
  await seller.put('BID', { quantity: '0.1', price: '0.05' });
  await seller.act('transfer', { to_user: buyer.userId, stock_id: 3, quantity: '1', memo: '=1+1' });
  const deposit = { user_id: buyer.userId, stock_id: 3, quantity: '7', txid: '-"x",y', output: 1 };
  await served.operator.act('credit_deposit', deposit);
  const balances: Record<number, Static<typeof BalanceReply>> = {};
  for (const { userId } of [seller, buyer]) {
    balances[userId] = await served.get(`/v1/account/balance/${userId}/`);
  }
  return { seller, buyer, ask, bid, cut, balances };
}

const served = await serve({ nodes: 1 });
test.after(() => served[Symbol.asyncDispose]());
await served.operator.act('change_settings', { fee_user_id: (await served.newTrader()).userId });
const { seller, buyer, ask, bid, cut, balances } = await trade(served);
const log = SqliteLog.openReader(served.folder.logFolder);
test.after(() => log.close());

type Named = Record<string, string | number | undefined>;

function rows(options: ExportOptions): Named[] {
  const names = exportColumns(options.what).map(({ name }) => name);
  return [...exportRows(log, options)].map((row) =>
    Object.fromEntries(names.map((name, index) => [name, row[index]])),
  );
}

function lines(options: ExportOptions & { format: 'csv' | 'jsonl' }): string[] {
  return [...exportLines(log, options)];
}

function timeOf(sequence: number): number {
  const [entry] = log.read(sequence).take(1);
  assert(entry !== undefined);
  return entry.time;
}

test('export: a trade says what both paid and got, to the last atom', () => {
  const [fill] = bid.trades;
  const all = rows({ what: 'trades' });
  assert.equal(all.length, 1);
  const { time, ...row } = all[0] ?? {};
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.equal(Date.parse(String(time)), Math.floor(timeOf(bid.sequence) / 1_000));
  assert.deepEqual(row, {
    id: fill?.id,
    sequence: bid.sequence,
    market: 'eth/btc',
    stock_id: 3,
    unit_id: 2,
    price: '0.050000000000000000',
    quantity: '0.500000000000000000',
    value: '0.025000000000000000',
    side: 'bid',
    bid_user: buyer.userId,
    ask_user: seller.userId,
    bid_order: bid.order_id,
    ask_order: ask.order_id,
    bid_fee: fill?.fee,
    ask_fee: '0.000025000000000000',
  });
});

test('export: every placement and every cancel has its outcome', () => {
  const short = rows({ what: 'orders' }).map((row) =>
    ['action', 'side', 'user_id', 'quantity', 'outcome', 'reason', 'order_id', 'filled']
      .map((name) => row[name] ?? '-')
      .concat(row['remaining'] ?? '-')
      .join(' ')
      .replaceAll(FULL, '0')
      .replaceAll(/(\.\d+?)0+(?= |$)/g, '$1'),
  );
  const own = bid.order_id + 1;
  assert.deepEqual(short, [
    `place ask ${seller.userId} 2.0 applied - ${ask.order_id} 0.0 2.0`,
    `place bid ${buyer.userId} 0.5 applied - ${bid.order_id} 0.5 0.0`,
    `cancel ask ${seller.userId} 1.0 applied - ${ask.order_id} - 0.5`,
    `place bid ${buyer.userId} 1000000.0 rejected insufficient_funds - - -`,
    `place bid ${seller.userId} 0.1 applied - ${own} 0.0 0.0`,
    `self_trade bid ${seller.userId} 0.1 applied - ${own} - 0.0`,
  ]);
  assert.equal(cut.orders[0]?.order_id, ask.order_id);
});

test('export: transfers and deposits, gifts too', () => {
  const all = rows({ what: 'transfers' });
  assert.equal(all.filter(({ txid }) => String(txid).startsWith('gift:')).length, 3 * 4);
  const [transfer, deposit] = all.slice(-2);
  assert.equal(transfer?.['kind'], 'transfer');
  assert.equal(transfer?.['from_user'], seller.userId);
  assert.equal(transfer?.['to_user'], buyer.userId);
  assert.equal(transfer?.['memo'], '=1+1');
  assert.equal(transfer?.['txid'], undefined);
  assert.equal(deposit?.['kind'], 'deposit');
  assert.equal(deposit?.['from_user'], undefined);
  assert.equal(deposit?.['txid'], '-"x",y');
  assert.equal(deposit?.['output'], 1);
});

test('export: balances are those that the API answers', () => {
  const all = rows({ what: 'balances' });
  for (const { userId } of [seller, buyer]) {
    const own = all.filter(({ user_id }) => user_id === userId);
    const expected = balances[userId]?.map(({ stock_id, free, locked }) => [
      stock_id,
      free,
      locked,
    ]);
    assert.deepEqual(
      own.map(({ stock_id, free, locked }) => [stock_id, free, locked]),
      expected,
    );
  }
});

test('export: a range takes its first moment and not its last', () => {
  const moment = timeOf(bid.sequence);
  assert.equal(rows({ what: 'trades', range: { from: moment } }).length, 1);
  assert.equal(rows({ what: 'trades', range: { from: moment + 1 } }).length, 0);
  assert.equal(rows({ what: 'trades', range: { to: moment + 1 } }).length, 1);
  assert.equal(rows({ what: 'trades', range: { to: moment } }).length, 0);
  const before = rows({ what: 'balances', range: { to: moment } });
  assert.ok(before.every(({ sequence }) => sequence === bid.sequence - 1));
  const coins = before.find((row) => row['user_id'] === buyer.userId && row['stock_id'] === 2);
  assert.deepEqual([coins?.['free'], coins?.['locked']], [GIFT, `0.${FULL}`]);
});

test('export: CSV has a header and CRLF, and no text becomes a formula', () => {
  const all = lines({ what: 'transfers', format: 'csv' });
  assert.equal(
    all[0],
    'kind,id,sequence,time,stock_id,asset,quantity,from_user,to_user,txid,output,memo,fee,address,corrects\r\n',
  );
  assert.ok(all.every((line) => line.endsWith('\r\n')));
  assert.match(all.at(-2) ?? '', /,,,"'=1\+1",,,\r\n$/);
  assert.match(all.at(-1) ?? '', /,,\d+,"'-""x"",y",1,"",,"",\r\n$/);
});

test('export: JSON lines keep every text as it is', () => {
  const all = lines({ what: 'transfers', format: 'jsonl' }).map((line) => JSON.parse(line));
  assert.equal(all.at(-2).memo, '=1+1');
  assert.equal(all.at(-2).txid, null);
  assert.equal(all.at(-1).txid, '-"x",y');
});

test('export: rows come while the log is read, not after', () => {
  let entries = 0;
  const counting: Log = {
    head: () => log.head(),
    append: () => assert.fail('an export only reads'),
    hashAt: (sequence) => log.hashAt(sequence),
    close: () => undefined,
    *read(from) {
      for (const entry of log.read(from)) {
        entries += 1;
        yield entry;
      }
    },
  };
  const reading = exportRows(counting, { what: 'transfers' });
  reading.next();
  assert.ok(entries < log.head().sequence);
  assert.equal([...reading].length, 3 * 4 + 1);
  assert.equal(entries, log.head().sequence);
});
