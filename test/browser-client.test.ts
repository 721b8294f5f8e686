// The client in a real browser, from another origin, against a real exchange: WebCrypto signs, orders fill,
// and many at once all land. And the page that shows the API.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { serve } from '../packages/server/test/kit.ts';
import { BROWSER_ARGUMENTS, findBrowser } from './browser.ts';
import { serveModules } from './module-server.ts';

const executablePath = findBrowser();
const skip = executablePath === undefined ? 'there is no Chromium on this machine' : false;

// Its profile is a temporary folder of playwright's, which removes it once every process of the browser is gone.
const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: executablePath ?? '', args: BROWSER_ARGUMENTS });

test('browser: a trader registers, trades and cancels from another origin', { skip }, async () => {
  await using served = await serve({ nodes: 2 });
  await using modules = await serveModules();
  await using browser = await openBrowser();
  const page = await browser.newPage();
  await page.goto(modules.url);
  const outcome = await page.evaluate(async (baseUrl) => {
    const name = '@picostocks/client';
    const { generateKey, PicostocksClient } = (await import(
      name
    )) as typeof import('@picostocks/client');
    const register = async () => {
      const { privateKey } = await generateKey();
      const { user_id: userId } = await PicostocksClient.register({ baseUrl, privateKey });
      return new PicostocksClient({ baseUrl, userId, privateKey });
    };
    const [seller, buyer] = [await register(), await register()];
    const market = { stockId: 3, unitId: 2 };
    await seller.putAsk({ ...market, quantity: '2', price: '0.05' });
    const bid = await buyer.putBid({ ...market, quantity: '0.5', price: '0.06' });
    const cancelled = await seller.cancelAsk({ ...market, quantity: '1.5', price: '0.05' });
    const puts = Array.from({ length: 100 }, (_, index) =>
      buyer.putBid({ ...market, quantity: '1', price: `0.000${index + 100}` }),
    );
    const placed = await Promise.all(puts);
    return {
      bid: bid.response,
      cancelled: cancelled.response,
      orders: new Set(placed.map(({ order_id }) => order_id)).size,
      balance: await seller.getAssetsBalance(),
    };
  }, served.url);
  assert.equal(outcome.bid, "b'BOUGHT 0.500000000000000000 shares at 0.050000000000000000; '");
  assert.equal(outcome.cancelled, '1.500000000000000000');
  assert.equal(outcome.orders, 100);
  const btc = outcome.balance.find(({ stock_id }) => stock_id === 2);
  assert.equal(btc?.free, '10000.025000000000000000');
});

test('browser: the page of the API shows every endpoint', { skip }, async () => {
  await using served = await serve({ nodes: 1 });
  await using browser = await openBrowser();
  const page = await browser.newPage();
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('requestfailed', (request) => failures.push(request.url()));
  await page.goto(`${served.url}/docs/`);
  for (const path of ['/v1/trader/bid/put/', '/v1/market/orderbook/', '/v1/audit/head/']) {
    await page.waitForSelector(`[data-path="${path}"]`);
  }
  assert.deepEqual(failures, []);
});
