// The state at a past entry is the one that the exchange was in, from a snapshot or without.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { BalanceReply, OrderBookReply } from '@picostocks/protocol';
import type { Static } from 'typebox';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { Past } from '../src/past.ts';
import { snapshotPath } from '../src/snapshot/snapshot-file.ts';
import { makeSnapshot } from '../src/snapshot/start-engine.ts';
import { type Served, serve, type Trader } from './kit.ts';

interface Moment {
  readonly sequence: number;
  readonly balances: Static<typeof BalanceReply>;
  readonly book: OrderBookReply;
  readonly orders: OrderBookReply;
}

async function momentOf(served: Served, trader: Trader): Promise<Moment> {
  return {
    balances: await served.get(`/v1/account/balance/${trader.userId}/`),
    book: await served.get('/v1/market/orderbook/?stock_id=3&unit_id=2'),
    orders: await trader.openOrders(),
    sequence: await served.sequence(),
  };
}

test('past: every moment is what the API answered then', async () => {
  await using served = await serve({ nodes: 1 });
  const [seller, buyer] = [await served.newTrader(), await served.newTrader()];
  const moments = [await momentOf(served, buyer)];
  const { logFolder: path, snapshots } = served.folder;
  const log = SqliteLog.openReader(path);
  let snapshot = 0;
  for (const price of ['0.03', '0.04', '0.05']) {
    await seller.put('ASK', { quantity: '1', price });
    await buyer.put('BID', { quantity: '0.4', price });
    await buyer.put('BID', { quantity: '2', price: '0.01' });
    moments.push(await momentOf(served, buyer));
    if (price === '0.04') snapshot = makeSnapshot({ log, snapshots, warn: assert.fail });
  }
  const check = (folder: string | undefined, warn: (message: string) => void): void => {
    for (const { sequence, balances, book, orders } of moments) {
      const past = Past.replay({ log, snapshots: folder, to: sequence, warn });
      assert.equal(past.sequence, sequence);
      assert.deepEqual(past.balances(buyer.userId), balances);
      assert.deepEqual(past.orders(buyer.userId), orders);
      const market = past.market('ETH/btc');
      assert(market !== undefined);
      assert.deepEqual(past.book(market), book);
      assert.equal(past.market('3/2'), market);
    }
  };
  check(undefined, assert.fail);
  check(snapshots, assert.fail);
  writeFileSync(snapshotPath(snapshots, snapshot), 'nonsense\n');
  const warnings: string[] = [];
  check(snapshots, (message) => warnings.push(message));
  assert.equal(warnings.length, 2, 'the two moments that are not before it');

  const early = Past.replay({ log, to: 1, warn: assert.fail });
  assert.equal(early.balances(buyer.userId), undefined);
  assert.equal(early.market('eth/btc'), undefined);
  assert.equal(early.market('eth'), undefined);
  assert.equal([...early.lines()][0], `exchange ${served.id} 1 true`);
  log.close();
});
