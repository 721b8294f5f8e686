// The published API, endpoint by endpoint: exact fields in the documented order, types, orders of lists,
// amounts with 18 decimals. A documented field comes first and is never changed; ours come after.
// As long as the document: one suite on one exchange, in its order.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { OrderBookReply, TradesReply } from '@picostocks/protocol';
import {
  type Answer,
  assertRefused,
  type Call,
  FORM_TYPE,
  form,
  JSON_TYPE,
  json,
  type Served,
  serve,
  type Trader,
} from './kit.ts';

type Row = Record<string, unknown>;

const AMOUNT = /^[0-9]{1,38}\.[0-9]{18}$/;
const SYNC = /^[0-9]{10}\.[0-9]{6}$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const TEXT = /^/;

let served: Served;
let anna: Trader;
let bert: Trader;

before(async () => {
  served = await serve();
  anna = await served.newTrader();
  bert = await served.newTrader();
  // The book of 3/2: asks 1.1 twice and 1.2, bids 0.9 twice and 0.8; of 4/3 and 4/2 one order each.
  for (const price of ['1.1', '1.2', '1.1']) await anna.put('ASK', { quantity: '5', price });
  for (const price of ['0.8', '0.9', '0.9']) await bert.put('BID', { quantity: '5', price });
  await anna.put('ASK', { quantity: '2', price: '3', stockId: 4, unitId: 3 });
  await anna.put('ASK', { quantity: '2', price: '3', stockId: 4, unitId: 2 });
  await bert.put('BID', { quantity: '1', price: '2', stockId: 4, unitId: 3 });
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

/** Asserts that an object begins with exactly these fields in this order, each of its type. */
function assertFields(row: unknown, expected: Record<string, RegExp | 'integer' | 'null'>): void {
  const names = Object.keys(expected);
  assert.deepEqual(Object.keys(row as Row).slice(0, names.length), names);
  for (const [name, type] of Object.entries(expected)) {
    const value = (row as Row)[name];
    if (type === 'integer') assert(Number.isSafeInteger(value), `${name}: ${value}`);
    else if (type === 'null') assert.equal(value, null, name);
    else assert(typeof value === 'string' && type.test(value), `${name}: ${value}`);
  }
}

suite('account', () => {
  test('nonce', async () => {
    const reply = await served.get<Row>(`/v1/account/nonce/${anna.userId}/`);
    assertFields(reply, { nonce: 'integer' });
    assert.deepEqual(Object.keys(reply), ['nonce']);
  });

  test('balance, by asset', async () => {
    const rows = await served.get<Row[]>(`/v1/account/balance/${anna.userId}/`);
    for (const row of rows) {
      assertFields(row, { stock_id: 'integer', locked: AMOUNT, free: AMOUNT });
    }
    assert.deepEqual(
      rows.map(({ stock_id }) => stock_id),
      [2, 3, 4, 15],
    );
    assert.deepEqual(rows[1], {
      stock_id: 3,
      locked: '15.000000000000000000',
      free: '9985.000000000000000000',
    });
  });
});

suite('market/stocks', () => {
  const FIELDS = {
    id: 'integer',
    stock_rank: 'integer',
    code: TEXT,
    name: TEXT,
    stock_type: TEXT,
    email: TEXT,
    www: TEXT,
    about: TEXT,
    quantity: AMOUNT,
    traded: AMOUNT,
    status: /^traded$/,
    doc_id: 'integer',
    transaction_id: 'integer',
    ipo_user_id: 'integer',
    ipo_max_quantity: AMOUNT,
    ipo_min_price: AMOUNT,
    ipo_rec_price: AMOUNT,
    ipo_price: AMOUNT,
    ipo_balance: AMOUNT,
    btc_address: 'null',
    eth_address: 'null',
    eth_decimals: 'integer',
    min_fee: AMOUNT,
    per_fee: /^0\.[0-9]{4}$/,
    time_init: ISO,
    time_ipo: 'null',
    time_wait: TEXT,
    sync: SYNC,
  } as const;

  test('the 28 fields, by id', async () => {
    assert.equal(Object.keys(FIELDS).length, 28);
    const rows = await served.get<Row[]>('/v1/market/stocks/');
    assert.deepEqual(
      rows.map(({ id }) => id),
      [2, 3, 4, 15],
    );
    assert.deepEqual(
      rows.map(({ code }) => code),
      ['btc', 'eth', 'bst', 'pico'],
    );
    for (const row of rows) {
      assertFields(row, { ...FIELDS, time_wait: row['time_wait'] === null ? 'null' : ISO });
    }
  });

  test('what an operator says of an asset', async () => {
    const details = {
      stock_rank: 7,
      name: 'PicoStocks Inc.',
      stock_type: 'asset',
      email: 'contact@example.com',
      www: 'www.example.com',
      about: 'Shares.',
      quantity: '1000000.000000000000000000',
      doc_id: 45,
      transaction_id: 9,
      btc_address: '1N4Kh4QSwTQe657VVCVTgohDzpy7CgkuKu',
      eth_address: '0x00',
      eth_decimals: 18,
      min_fee: '0.000100000000000000',
      per_fee: '0.0050',
    };
    await served.operator.act('change_asset', { stock_id: 15, ...details });
    const rows = await served.get<Row[]>('/v1/market/stocks/');
    const row = rows.find(({ id }) => id === 15) ?? {};
    for (const [name, value] of Object.entries(details)) assert.equal(row[name], value, name);
  });
});

suite('tickers', () => {
  const FIELDS = {
    stock_id: 'integer',
    unit_id: 'integer',
    stock_code: TEXT,
    unit_code: TEXT,
    price: AMOUNT,
    quantity: AMOUNT,
    count: 'integer',
    sync: SYNC,
  } as const;

  for (const address of ['/v1/tickers/24h', '/v1/market/tickers/24h']) {
    test(`${address}: fields, filters, order`, async () => {
      const pairs = async (query: string) => {
        const rows = await served.get<Row[]>(`${address}/${query}`);
        for (const row of rows) assertFields(row, FIELDS);
        return rows.map(({ stock_id, unit_id }) => `${stock_id}/${unit_id}`);
      };
      assert.deepEqual(await pairs(''), ['3/2', '4/2', '4/3', '15/2']);
      assert.deepEqual(await pairs('?unit_id=2'), ['3/2', '4/2', '15/2']);
      assert.deepEqual(await pairs('?stock_id=4'), ['4/2', '4/3']);
      assert.deepEqual(await pairs('?stock_id=4&unit_id=3'), ['4/3']);
      assert.deepEqual(await pairs('?stock_id=15&unit_id=3'), []);
      assert.deepEqual(await served.get(`${address}`), await served.get(`${address}/`));
    });
  }

  test('codes in capitals; latest price, volume and number of trades', async () => {
    const carl = await served.newTrader();
    const market = { stockId: 15, unitId: 2 };
    await carl.put('ASK', { quantity: '3', price: '0.25', ...market });
    await anna.put('BID', { quantity: '1', price: '0.25', ...market });
    await anna.put('BID', { quantity: '1.5', price: '0.5', ...market });
    const [row] = await served.get<Row[]>('/v1/tickers/24h/?stock_id=15');
    const { sync, time, ...rest } = row ?? {};
    assert.match(String(sync), SYNC);
    assert.equal(time, Math.floor(Number(String(sync).replace('.', '')) / 1_000));
    assert.deepEqual(rest, {
      stock_id: 15,
      unit_id: 2,
      stock_code: 'PICO',
      unit_code: 'BTC',
      price: '0.250000000000000000',
      quantity: '2.500000000000000000',
      count: 2,
      // What the published API does not have.
      open: '0.250000000000000000',
      high: '0.250000000000000000',
      low: '0.250000000000000000',
      value: '0.625000000000000000',
      bid: null,
      bid_quantity: null,
      ask: '0.250000000000000000',
      ask_quantity: '0.500000000000000000',
    });
    const stocks = await served.get<Row[]>('/v1/market/stocks/');
    assert.equal(stocks.find(({ id }) => id === 15)?.['traded'], '2.500000000000000000');
  });
});

suite('market/orderbook', () => {
  const FIELDS = {
    quantity: AMOUNT,
    price: AMOUNT,
    unit_id: 'integer',
    stock_id: 'integer',
    sync: SYNC,
  } as const;
  const read = (query: string) => served.get<OrderBookReply>(`/v1/market/orderbook/${query}`);
  const short = (rows: OrderBookReply['asks']) =>
    rows.map(({ stock_id, unit_id, price }) => `${stock_id}/${unit_id} ${Number(price)}`);

  test('fields', async () => {
    const book = await read('');
    assert.deepEqual(Object.keys(book), ['asks', 'bids']);
    for (const row of [...book.asks, ...book.bids]) assertFields(row, FIELDS);
  });

  test('one row an order, best price first, then oldest', async () => {
    const { asks, bids } = await read('?stock_id=3&unit_id=2');
    assert.deepEqual(short(asks), ['3/2 1.1', '3/2 1.1', '3/2 1.2']);
    assert.deepEqual(short(bids), ['3/2 0.9', '3/2 0.9', '3/2 0.8']);
    for (const rows of [asks, bids]) {
      const [first, second] = rows;
      assert((first?.order_id ?? 0) < (second?.order_id ?? 0), 'the older stands first');
    }
  });

  test('filters', async () => {
    assert.deepEqual(short((await read('?stock_id=4')).asks), ['4/2 3', '4/3 3']);
    assert.deepEqual(short((await read('?unit_id=3')).asks), ['4/3 3']);
    assert.deepEqual(short((await read('?unit_id=3')).bids), ['4/3 2']);
    const ofBert = await read(`?user_id=${bert.userId}`);
    assert.deepEqual(short(ofBert.asks), []);
    assert.deepEqual(short(ofBert.bids), ['3/2 0.9', '3/2 0.9', '3/2 0.8', '4/3 2']);
    const ofAnna = await read(`?user_id=${anna.userId}&stock_id=3`);
    assert.deepEqual(short(ofAnna.asks), ['3/2 1.1', '3/2 1.1', '3/2 1.2']);
    assert.deepEqual(ofAnna.bids, []);
    assert.deepEqual(await read('?stock_id=15&unit_id=3'), { asks: [], bids: [] });
    assert.deepEqual(await served.get('/v1/market/orderbook?unit_id=3'), await read('?unit_id=3'));
  });

  test('limit is rounded up to hundreds, 100 when absent, 300 at most, per side', async () => {
    const carl = await served.newTrader();
    const first = await carl.nonce();
    for (let batch = 0; batch < 310; batch += 62) {
      const indexes = Array.from({ length: 62 }, (_, index) => batch + index);
      await Promise.all(
        indexes.map(async (index) => {
          const order = { quantity: '0.01', price: '0.001', nonce: first + index };
          const { path, body } = carl.signOrder('BID', order);
          const answer = await served.call(path, json({ ...body, nonce: order.nonce }));
          assert.equal(answer.status, 201, answer.text);
        }),
      );
    }
    const counts: [string, number][] = [
      ['', 100],
      ['&limit=0', 100],
      ['&limit=1', 100],
      ['&limit=100', 100],
      ['&limit=101', 200],
      ['&limit=200', 200],
      ['&limit=201', 300],
      ['&limit=300', 300],
      ['&limit=301', 300],
      ['&limit=999', 300],
      ['&limit=007', 100],
    ];
    for (const [limit, count] of counts) {
      const { bids } = await read(`?user_id=${carl.userId}${limit}`);
      assert.equal(bids.length, count, limit);
    }
    for (const limit of ['abc', '', '-1', '1.5', '1e2']) {
      assertRefused(await served.call(`/v1/market/orderbook/?limit=${limit}`), { status: 400 });
    }
  });
});

suite('transfers', () => {
  const CALLS: [string, Call][] = [
    ['GET', {}],
    ['POST without a body', { method: 'POST' }],
    ['POST with an empty JSON body', { method: 'POST', headers: JSON_TYPE, body: '' }],
    ['POST with {}', json({})],
    ['POST with an empty form', { method: 'POST', headers: FORM_TYPE, body: '' }],
    ['POST with a form', form({ x: '1' })],
  ];

  test('internal: fields, newest first, the same by GET and POST', async () => {
    const memos = ['one', 'two \u20ac'];
    for (const memo of memos) {
      const params = { to_user: bert.userId, stock_id: 15, quantity: '0.0002', memo };
      await anna.act('transfer', params);
    }
    await anna.act('transfer', { to_user: anna.userId, stock_id: 15, quantity: '1' });
    for (const trader of [anna, bert]) {
      const path = `/v1/account/transfers/internal/${trader.userId}/15`;
      const rows = await served.get<Row[]>(`${path}/`);
      for (const row of rows) {
        assertFields(row, {
          stock_id: 'integer',
          quantity: AMOUNT,
          from_user: 'integer',
          to_user: 'integer',
          memo: TEXT,
          sync: SYNC,
          id: 'integer',
        });
      }
      const expected = trader === anna ? ['', 'two \u20ac', 'one'] : ['two \u20ac', 'one'];
      assert.deepEqual(
        rows.map(({ memo }) => memo),
        expected,
      );
      assert.equal(rows[rows.length - 1]?.['quantity'], '0.000200000000000000');
      for (const [name, options] of CALLS) {
        for (const slash of ['', '/']) {
          const answer = await served.call(`${path}${slash}`, options);
          assert.equal(answer.status, 200, `${name}: ${answer.text}`);
          assert.deepEqual(answer.json, rows, name);
        }
      }
    }
  });

  test('external: fields; a deposit has an empty address and the fee "0"', async () => {
    const deposit = {
      user_id: bert.userId,
      stock_id: 2,
      quantity: '0.002',
      txid: 'dami30189',
      memo: 'hello',
    };
    await served.operator.act('credit_deposit', deposit);
    const path = `/v1/account/transfers/external/${bert.userId}/2/`;
    const reply = await served.get<{ withdrawals: Row[]; deposits: Row[] }>(path);
    assert.deepEqual(Object.keys(reply), ['withdrawals', 'deposits']);
    assert.deepEqual(reply.withdrawals, []);
    const [newest] = reply.deposits;
    assertFields(newest, {
      quantity: AMOUNT,
      status: TEXT,
      address: TEXT,
      txid: TEXT,
      memo: TEXT,
      fee: TEXT,
    });
    const { id, stock_id, reason, time, last_time, ...documented } = newest ?? {};
    for (const extra of [id, stock_id, time, last_time]) assert(Number.isSafeInteger(extra));
    assert.equal(reason, '');
    assert.deepEqual(documented, {
      quantity: '0.002000000000000000',
      status: 'done',
      address: '',
      txid: 'dami30189',
      memo: 'hello',
      fee: '0',
    });
    assert.equal(reply.deposits.length, 2, 'the gift is a deposit too');
    for (const [name, options] of CALLS) {
      assert.deepEqual((await served.call(path, options)).json, reply, name);
    }
  });
});

suite('trades', () => {
  const FIELDS = {
    stock_id: 'integer',
    quantity: AMOUNT,
    unit_id: 'integer',
    price: AMOUNT,
    bid_user: 'integer',
    ask_user: 'integer',
    sync: SYNC,
  } as const;
  const quantities = (rows: TradesReply['asks']) => rows.map(({ quantity }) => Number(quantity));

  before(async () => {
    // Incoming bids of 0.1 and 0.2, then an incoming ask of 0.3, all in 3/2.
    await bert.put('BID', { quantity: '0.1', price: '1.1' });
    await bert.put('BID', { quantity: '0.2', price: '1.1' });
    await anna.put('ASK', { quantity: '0.3', price: '0.9' });
    await bert.put('BID', { quantity: '0.4', price: '3', stockId: 4, unitId: 3 });
    await bert.put('BID', { quantity: '0.5', price: '3', stockId: 4, unitId: 2 });
  });

  for (const address of ['/v1/trader/history', '/v1/account/order/history/stocks']) {
    test(`${address}: of a market, by the incoming side, newest first`, async () => {
      const reply = await served.get<TradesReply>(`${address}/3/2/`);
      assert.deepEqual(Object.keys(reply), ['bids', 'asks']);
      for (const row of [...reply.bids, ...reply.asks]) {
        assertFields(row, FIELDS);
        assert.equal(row.bid_user, bert.userId);
        assert.equal(row.ask_user, anna.userId);
      }
      assert.deepEqual(quantities(reply.bids), [0.2, 0.1]);
      assert.deepEqual(quantities(reply.asks), [0.3]);
      assert.deepEqual(await served.get(`${address}/3/2?limit=1`), reply);
      assertRefused(await served.call(`${address}/2/3/`), {
        status: 404,
        code: 'market_not_found',
      });
    });
  }

  test("a user's: bids are what he bought, asks what he sold, in one market or all", async () => {
    const of = (trader: Trader, stockId: number, query = '') =>
      served.get<TradesReply>(`/v1/account/order/history/${trader.userId}/${stockId}/${query}`);
    const bought = await of(bert, 3);
    for (const row of bought.bids) assertFields(row, FIELDS);
    assert.deepEqual(quantities(bought.bids), [0.3, 0.2, 0.1]);
    assert.deepEqual(bought.asks, []);
    assert.deepEqual(quantities((await of(anna, 3)).asks), [0.3, 0.2, 0.1]);
    assert.deepEqual(quantities((await of(bert, 4)).bids), [0.5, 0.4]);
    assert.deepEqual(quantities((await of(bert, 4, '?unit_id=3')).bids), [0.4]);
    assert.deepEqual(quantities((await of(bert, 4, '?unit_id=2&limit=101')).bids), [0.5]);
    assert.deepEqual(await of(bert, 15), { bids: [], asks: [] });
  });
});

suite('trading', () => {
  const FIELDS = {
    user_id: 'integer',
    stock_id: 'integer',
    quantity: AMOUNT,
    unit_id: 'integer',
    price: AMOUNT,
    signature: /^[0-9a-f]{128}$/,
    response: TEXT,
  } as const;
  const market = { stockId: 4, unitId: 2 };
  const PRICE = '1000000000.000000000000000000';

  test('a put that rests', async () => {
    const quantity = '0.035000000000000000';
    const put = await anna.put('ASK', { quantity, price: PRICE, ...market });
    assertFields(put, FIELDS);
    assert.equal(put.response, `b'ASK ${quantity} shares at ${PRICE}; '`);
    assert.equal(put.remaining, quantity);
    assert.equal(put.filled, '0.000000000000000000');
  });

  test('a put that meets two prices and rests: one part each', async () => {
    const [carl, dora] = [await served.newTrader(), await served.newTrader()];
    const inMarket = market;
    await carl.put('BID', { quantity: '1', price: '0.5', ...inMarket });
    await carl.put('BID', { quantity: '2', price: '0.6', ...inMarket });
    const put = await dora.put('ASK', { quantity: '4', price: '0.5', ...inMarket });
    assert.equal(
      put.response,
      "b'SOLD 2.000000000000000000 shares at 0.600000000000000000; SOLD 1.000000000000000000 shares at 0.500000000000000000; ASK 1.000000000000000000 shares at 0.500000000000000000; '",
    );
    assert.deepEqual(
      put.trades.map(({ value }) => value),
      ['1.200000000000000000', '0.500000000000000000'],
    );
    const all = await carl.put('BID', { quantity: '1', price: '0.7', ...inMarket });
    assert.equal(all.response, "b'BOUGHT 1.000000000000000000 shares at 0.500000000000000000; '");
    assert.equal(all.remaining, '0.000000000000000000');
  });

  test('a cancel answers what was really cancelled', async () => {
    const fields = { quantity: '9', price: PRICE, ...market };
    const cut = await anna.cancel('CANCELASK', fields);
    assertFields(cut, { ...FIELDS, response: AMOUNT });
    assert.equal(cut.response, '0.035000000000000000');
  });

  test('JSON with integers, JSON with text, a form, a nonce and none, a slash and none', async () => {
    const send = async (
      style: (body: Record<string, string>, nonce: number) => Call,
      slash: string,
    ) => {
      const nonce = await bert.nonce();
      const { path, body } = bert.signOrder('BID', { quantity: '1', price: '0.01', nonce });
      const answer: Answer = await served.call(path.replace(/\/$/, slash), style(body, nonce));
      assert.equal(answer.status, 201, answer.text);
      assertFields(answer.json, FIELDS);
    };
    const numbers = (body: Record<string, string>) => ({
      ...body,
      user_id: Number(body['user_id']),
      stock_id: Number(body['stock_id']),
      unit_id: Number(body['unit_id']),
    });
    for (const slash of ['', '/']) {
      await send((body) => json(body), slash);
      await send((body) => json(numbers(body)), slash);
      await send((body) => form(body), slash);
      await send((body, nonce) => json({ ...body, nonce }), slash);
      await send((body, nonce) => json({ ...body, nonce: String(nonce) }), slash);
      await send((body, nonce) => form({ ...body, nonce: String(nonce) }), slash);
    }
    const charset = 'application/json; charset=utf-8';
    await send((body) => ({ ...json(body), headers: { 'content-type': charset } }), '/');
  });
});

test('every answer of /v1/ allows every origin', async () => {
  const origin = { headers: { origin: 'https://example.com' } };
  const compressed = { headers: { ...origin.headers, 'content-encoding': 'gzip' } };
  for (const [path, request] of [
    ['/v1/time/', origin],
    ['/v1/nothing/', origin],
    ['/v1/account/balance/99/', origin],
    ['/v1/account/balance/none/', origin],
    // Refused before it has a route.
    ['/v1/time/', compressed],
  ] as const) {
    const { headers } = await served.call(path, request);
    assert.equal(headers['access-control-allow-origin'], '*', path);
    assert.equal(
      headers['access-control-expose-headers'],
      'retry-after, link, ratelimit-limit, ratelimit-remaining, ratelimit-reset',
      path,
    );
  }
});

test('a preflight allows the methods that there are and the headers that are asked for', async () => {
  const asked = 'picostocks-signature, content-type';
  for (const path of ['/v1/trader/bid/put/', '/v1/nothing/']) {
    const { status, text, headers } = await served.call(path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      },
    });
    assert.equal(status, 204, text);
    assert.equal(text, '');
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(headers['access-control-allow-methods'], 'GET,HEAD,POST');
    assert.equal(headers['access-control-allow-headers'], asked);
    assert.equal(headers['access-control-max-age'], '86400');
    assert.match(String(headers['vary']), /^access-control-request-headers$/i);
  }
});
