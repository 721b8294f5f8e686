// Goal: a sandbox whose first start was interrupted is completed by the next one; its simulated traders
// trade on every market, at no more than one command a second each, with a book that stays bounded.
// Method: the traders' timer is the test's, so that minutes pass in seconds; the exchange is real.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { generateKey, PicostocksClient, PicostocksReader } from '@picostocks/client';
import { DataFolder, Exchange } from '@picostocks/server';
import { foundSandbox } from '../src/sandbox/found-sandbox.ts';
import { MARKETS } from '../src/sandbox/listing.ts';
import { OPEN_ORDERS_MAX } from '../src/sandbox/trader.ts';
import { type Pause, TRADER_COUNT, TradingFloor } from '../src/sandbox/trading-floor.ts';
import { startSandbox, temporaryFolder } from './kit.ts';

/** How many turns each of the traders gets. */
const TURNS = 150;

suite('a sandbox with traders', () => {
  const cleanup = new AsyncDisposableStack();
  after(() => cleanup.disposeAsync());
  const pauses: number[] = [];
  const logged: string[] = [];
  let data = '';
  let url = '';
  let reader = new PicostocksReader({ baseUrl: 'http://127.0.0.1:1' });

  before(async () => {
    data = join(temporaryFolder(cleanup), 'data');
    await leaveHalfASandbox();
    const enough = Promise.withResolvers<void>();
    const pause: Pause = async (milliseconds) => {
      pauses.push(milliseconds);
      if (pauses.length === TURNS * TRADER_COUNT) enough.resolve();
      await setImmediate();
    };
    const log = (line: string): void => void logged.push(line);
    ({ url } = await startSandbox(cleanup, { data, hasTraders: true, pause, seed: 7, log }));
    reader = new PicostocksReader({ baseUrl: url });
    await enough.promise;
  });

  async function leaveHalfASandbox(): Promise<void> {
    const folder = new DataFolder(data);
    await foundSandbox(folder);
    const half = await Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1 });
    const privateKey = readFileSync(join(data, 'operator.key'), 'utf8').trim();
    const operator = new PicostocksClient({ baseUrl: half.url, userId: 0, privateKey });
    await operator.sendCommand('create_asset', { stock_id: 2, code: 'btc', name: 'Kept' });
    await operator.sendCommand('create_asset', { stock_id: 3, code: 'eth' });
    await operator.sendCommand('list_market', { stock_id: 3, unit_id: 2 });
    await half.stop();
  }

  test('what was missing was made, and what was there was kept', async () => {
    const stocks = await reader.getStocks();
    assert.deepEqual(
      stocks.map(({ id, code }) => `${id} ${code}`),
      ['2 btc', '3 eth', '4 bst', '15 pico'],
    );
    assert.equal(stocks[0]?.name, 'Kept');
    const markets = await reader.getMarkets();
    assert.deepEqual(
      markets.map(({ stock_id, unit_id }) => `${stock_id}/${unit_id}`),
      ['3/2', '4/2', '4/3', '15/2'],
    );
    assert.equal(markets[1]?.min_value, '0.000000000000000001');
    const { privateKey } = await generateKey();
    const { user_id: userId } = await PicostocksClient.register({ baseUrl: url, privateKey });
    const balance = await reader.getAssetsBalance({ userId });
    assert.deepEqual(
      balance.map(({ free }) => free),
      Array(4).fill('10000.000000000000000000'),
    );
  });

  test('they trade on every market', async () => {
    for (const { stockId, unitId } of MARKETS) {
      const { bids, asks } = await reader.getTradesHistory({ stockId, unitId });
      assert.ok(bids.length + asks.length > 0, `${stockId}/${unitId}`);
    }
  });

  test('none has more open orders than it may, nor more than one command a second', async () => {
    for (let userId = 1; userId <= TRADER_COUNT; userId += 1) {
      const { asks, bids } = await reader.getOpenOrders({ userId, limit: 300 });
      assert.ok(asks.length + bids.length <= OPEN_ORDERS_MAX);
    }
    // The first pause of each spreads them; after that a second is the least.
    assert.ok(pauses.slice(TRADER_COUNT).every((milliseconds) => milliseconds >= 1_000));
    assert.deepEqual(logged, []);
  });

  test('their keys are kept, for them alone', () => {
    const keys = readdirSync(join(data, 'traders'));
    assert.equal(keys.length, TRADER_COUNT);
    for (const key of keys) assert.equal(statSync(join(data, 'traders', key)).mode & 0o777, 0o600);
  });
});

test('traders: an exchange that is away is one line each, and they go on trying', async () => {
  await using cleanup = new AsyncDisposableStack();
  const enough = Promise.withResolvers<void>();
  let count = 0;
  const logged: string[] = [];
  const floor = new TradingFloor({
    url: 'http://127.0.0.1:1',
    folder: temporaryFolder(cleanup),
    log: (line) => void logged.push(line),
    pause: async () => {
      count += 1;
      if (count === 50) enough.resolve();
      await setImmediate();
    },
    seed: 1,
  });
  await enough.promise;
  await floor.stop();
  assert.equal(logged.length, TRADER_COUNT);
  for (const line of logged) assert.match(line, /^trader \d: /);
});
