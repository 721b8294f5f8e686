// The OpenAPI document is made from the schemas that validate; here it is held against what the server
// really answers to.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';
import type { Exchange } from '../src/index.ts';
import { foundExchange, newSigner, Served, start, temporaryFolder } from './kit.ts';

type Json = Record<string, unknown>;
type Operations = Record<string, Json>;

let exchange: Exchange;
let served: Served;
let document: Json;
let paths: Record<string, Operations>;
before(async () => {
  const temporary = temporaryFolder();
  const operator = newSigner();
  foundExchange(temporary.folder, { operator });
  exchange = await start(temporary.folder);
  served = new Served({ temporary, operator, exchange });
  await served.furnish(true);
  document = await served.get<Json>('/openapi.json');
  paths = document['paths'] as Record<string, Operations>;
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

/** Every address of the API with its methods, as the documents of this project list them. */
const ROUTES: Record<string, readonly string[]> = {
  '/healthz': ['get'],
  '/readyz': ['get'],
  '/v1/account/balance/{user_id}/': ['get'],
  '/v1/account/deposit/address/{user_id}/{stock_id}/': ['get'],
  '/v1/account/fees/{user_id}/': ['get'],
  '/v1/account/keys/{user_id}/': ['get'],
  '/v1/account/nonce/{user_id}/': ['get'],
  '/v1/account/order/history/stocks/{stock_id}/{unit_id}/': ['get'],
  '/v1/account/order/history/{user_id}/{stock_id}/': ['get'],
  '/v1/account/order/{user_id}/client/{client_order_id}/': ['get'],
  '/v1/account/order/{user_id}/{order_id}/': ['get'],
  '/v1/account/orders/{user_id}/': ['get'],
  '/v1/account/register/': ['post'],
  '/v1/account/result/{user_id}/{nonce}/': ['get'],
  '/v1/account/status/{user_id}/': ['get'],
  '/v1/account/trades/{user_id}/': ['get'],
  '/v1/account/transfers/external/{user_id}/': ['get', 'post'],
  '/v1/account/transfers/external/{user_id}/{stock_id}/': ['get', 'post'],
  '/v1/account/transfers/internal/{user_id}/': ['get', 'post'],
  '/v1/account/transfers/internal/{user_id}/{stock_id}/': ['get', 'post'],
  '/v1/audit/acts/': ['get'],
  '/v1/audit/consistency/{from}/{to}/': ['get'],
  '/v1/audit/entry/{sequence}/': ['get'],
  '/v1/audit/head/': ['get'],
  '/v1/audit/heads/': ['get'],
  '/v1/audit/inclusion/{sequence}/': ['get'],
  '/v1/audit/liabilities/': ['get'],
  '/v1/audit/log/': ['get'],
  '/v1/audit/proof/{user_id}/{asset_id}/': ['get'],
  '/v1/commands/': ['post'],
  '/v1/custody/addresses/': ['get'],
  '/v1/custody/deposits/': ['get'],
  '/v1/custody/deposits/{id}/': ['get'],
  '/v1/custody/withdrawals/': ['get'],
  '/v1/custody/withdrawals/{id}/': ['get'],
  '/v1/limits/': ['get'],
  '/v1/market/candles/{stock_id}/{unit_id}/': ['get'],
  '/v1/market/depth/{stock_id}/{unit_id}/': ['get'],
  '/v1/market/list/': ['get'],
  '/v1/market/orderbook/': ['get'],
  '/v1/market/stocks/': ['get'],
  '/v1/market/tickers/24h/': ['get'],
  '/v1/market/trades/{stock_id}/{unit_id}/': ['get'],
  '/v1/tickers/24h/': ['get'],
  '/v1/time/': ['get'],
  '/v1/trader/ask/cancel/': ['post'],
  '/v1/trader/ask/put/': ['post'],
  '/v1/trader/bid/cancel/': ['post'],
  '/v1/trader/bid/put/': ['post'],
  '/v1/trader/history/{stock_id}/{unit_id}/': ['get'],
};

test('it is OpenAPI 3.1 and lists every address and method', () => {
  assert.match(String(document['openapi']), /^3\.1\./);
  const listed = Object.entries(paths).map(([path, operations]) => [
    path,
    Object.keys(operations).sort(),
  ]);
  assert.deepEqual(Object.fromEntries(listed), ROUTES);
});

test('what it lists is there, and no other method', async () => {
  for (const [path, operations] of Object.entries(paths)) {
    const url = path.replace(/\{\w+\}/g, '1');
    for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
      const answer = await served.call(url, { method: method.toUpperCase() });
      const isListed = operations[method] !== undefined;
      assert.equal(answer.status !== 405, isListed, `${method} ${url}: ${answer.status}`);
      const { code } = answer.json as { code?: string };
      assert.notEqual(code, 'not_found', `${method} ${url}`);
    }
  }
});

test('every operation has a summary, a tag and its answers', () => {
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`;
      assert.equal(typeof operation['summary'], 'string', name);
      assert.equal((operation['tags'] as unknown[]).length, 1, name);
      const answers = Object.keys(operation['responses'] as Json);
      assert(
        answers.some((status) => status.startsWith('20')),
        name,
      );
      if (path.startsWith('/v1/')) assert(answers.includes('4XX') && answers.includes('5XX'), name);
    }
  }
});

test('what stands in an address or a header is text, since nothing is converted', () => {
  let count = 0;
  for (const [path, operations] of Object.entries(paths)) {
    for (const operation of Object.values(operations)) {
      const parameters = (operation['parameters'] ?? []) as { name: string; schema: TSchema }[];
      for (const { name, schema } of parameters) {
        count += 1;
        assert.equal((schema as { type?: string }).type, 'string', `${name} of ${path}`);
      }
    }
  }
  assert(count > 100, `${count} parameters`);
});

/** Every schema inside a value that gives examples. */
function* schemasWithExamples(value: unknown): Generator<Json> {
  if (value === null || typeof value !== 'object') return;
  if ('examples' in value && 'type' in value) yield value as Json;
  for (const part of Object.values(value)) yield* schemasWithExamples(part);
}

test('every example fits its schema', () => {
  let count = 0;
  for (const schema of schemasWithExamples(document)) {
    const examples = schema['examples'];
    assert(Array.isArray(examples), JSON.stringify(schema));
    for (const example of examples) {
      count += 1;
      assert(
        Check(schema as TSchema, example),
        `${JSON.stringify(example)} ${JSON.stringify(schema)}`,
      );
    }
  }
  assert(count > 20, `${count} examples`);
});

test('real answers fit the schemas of the document', async () => {
  const trader = await served.newTrader();
  const { order_id } = await trader.put('ASK', { quantity: '1', price: '2' });
  const order = { stock_id: 3, unit_id: 2, side: 'bid', quantity: '1', price: '2' };
  await trader.act('place_order', { ...order, client_order_id: 'mine' });
  await trader.act('place_order', { ...order, price: '3', type: 'market' });
  const address = { user_id: trader.userId, stock_id: 3, address: 'there' };
  await trader.act('request_address', { stock_id: 2 });
  await served.operator.act('register_address', address);
  await served.operator.act('freeze_user', { user_id: trader.userId, reason: 'a look' });
  await served.operator.act('unfreeze_user', { user_id: trader.userId });
  const money = { stock_id: 2, quantity: '1', address: 'elsewhere' };
  await trader.act('request_withdrawal', money);
  await trader.act('transfer', { to_user: trader.userId, stock_id: 2, quantity: '1' });
  await exchange.publishLiabilities();
  const ids = { user_id: `${trader.userId}`, stock_id: '3', unit_id: '2' } as const;
  const nonce = (await trader.nonce()) - 1;
  for (const [path, { get }] of Object.entries(paths)) {
    if (get === undefined) continue;
    const isTransfers = path.includes('transfers');
    const url = path
      .replace('{user_id}', ids.user_id)
      .replace('{stock_id}', isTransfers ? '2' : ids.stock_id)
      .replace('{unit_id}', ids.unit_id)
      .replace('{nonce}', `${nonce}`)
      .replace('{order_id}', `${order_id}`)
      .replace('{client_order_id}', 'mine')
      .replace('{asset_id}', '2')
      .replace(/\{(sequence|from|to|id)\}/g, '1');
    const responses = get['responses'] as Record<string, { content: Record<string, Json> }>;
    const content = responses['200']?.content['application/json'];
    // The log is no JSON document but a stream of them.
    if (content === undefined && path === '/v1/audit/log/') continue;
    const reply = await served.get(url);
    const schema = content?.['schema'];
    assert(Check(schema as TSchema, reply), `${url}: ${JSON.stringify(reply)}`);
  }
});

test('the page that shows it answers', async () => {
  const page = await served.call('/docs/');
  assert.equal(page.status, 200);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.match(page.text, /swagger/i);
  const root = await served.call('/');
  assert.equal(root.status, 302);
  assert.equal(root.headers.location, '/docs/');
});
