// What a bot needs of an order: its answer, its state by either name, its trades, in pages, and the
// market's data beside it.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { crc32 } from 'node:zlib';
import type {
  BatchResult,
  CancelResult,
  CandleRow,
  DepthReply,
  OrderReply,
  OrderResult,
  OrderRow,
  OwnTradeRow,
  PublicTradeRow,
  TickerRow,
  TradesReply,
} from '@picostocks/protocol';
import { type Answer, ATOM, assertRefused, type Served, serve, type Trader } from './kit.ts';

let served: Served;
let anna: Trader;
let bert: Trader;
before(async () => {
  served = await serve({ nodes: 2 });
  anna = await served.newTrader();
  bert = await served.newTrader();
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

const bid = { stock_id: 3, unit_id: 2, side: 'bid', quantity: '2', price: '5' };
const ask = { ...bid, side: 'ask' };
const amount = (whole: string) => `${whole}.000000000000000000`;
const place = (trader: Trader, params: object) => trader.result<OrderResult>('place_order', params);
const orderOf = ({ userId }: Trader, name: number | string) =>
  served.get<OrderReply>(`/v1/account/order/${userId}/${name}/`);

suite('answers', () => {
  test('place, fill, amend, cancel: each says how the order stands', async () => {
    const rests = await place(anna, { ...ask, client_order_id: 'anna-1' });
    assert.deepEqual(
      [rests.status, rests.client_order_id, rests.remaining, rests.filled],
      ['open', 'anna-1', amount('2'), amount('0')],
    );
    const taker = await place(bert, { ...bid, quantity: '3', time_in_force: 'ioc' });
    assert.deepEqual(
      [taker.status, taker.filled, taker.cancelled, taker.reason, taker.trades.length],
      ['cancelled', amount('2'), amount('1'), 'unfilled', 1],
    );
    const closed = await orderOf(anna, rests.order_id);
    assert.deepEqual(
      [closed.status, closed.filled, closed.value, closed.trades[0]?.role],
      ['filled', amount('2'), amount('10'), 'maker'],
    );
    const again = await place(anna, { ...ask, client_order_id: 'anna-1' });
    assert.equal((await orderOf(anna, 'client/anna-1')).order_id, again.order_id);
    const amended = await anna.result<OrderResult>('amend_order', {
      client_order_id: 'anna-1',
      quantity: '1',
    });
    assert.deepEqual(
      [amended.order_id, amended.status, amended.remaining],
      [again.order_id, 'open', amount('1')],
    );
    const cancelled = await anna.result<CancelResult>('cancel_order', { order_id: again.order_id });
    assert.deepEqual(cancelled.orders, [
      {
        order_id: again.order_id,
        client_order_id: 'anna-1',
        quantity: amount('1'),
        remaining: amount('0'),
      },
    ]);
    const gone = await orderOf(anna, 'client/anna-1');
    assert.deepEqual([gone.status, gone.reason, gone.trades], ['cancelled', 'user', []]);
  });

  test('a batch has a result for each operation, those after a rejected one too', async () => {
    const { operations } = await anna.result<BatchResult>('batch', {
      operations: [
        { operation: 'place_order', ...ask, client_order_id: 'b1' },
        { operation: 'place_order', ...ask, client_order_id: 'b1' },
        { operation: 'place_order', ...ask, quantity: '10001' },
        { operation: 'cancel_order', client_order_id: 'b1' },
        { operation: 'cancel_orders' },
      ],
    });
    const codes = operations.map((one) => ('code' in one ? one.code : 'done'));
    assert.deepEqual(codes, [
      'done',
      'duplicate_client_order_id',
      'insufficient_funds',
      'done',
      'done',
    ]);
    assert.deepEqual(operations[4], { orders: [], more: false });
  });

  test('1,000 orders at most are cancelled at once, and the answer says that there may be more', async () => {
    const carl = await served.newTrader();
    const one = { operation: 'place_order', ...bid, quantity: ATOM, price: '1' };
    const operations = Array.from({ length: 1_000 }, () => one);
    await carl.act('batch', { operations });
    await carl.act('batch', { operations: operations.slice(0, 3) });
    const first = await carl.result<CancelResult>('cancel_orders', {});
    assert.deepEqual([first.orders.length, first.more], [1_000, true]);
    const second = await carl.result<CancelResult>('cancel_orders', { stock_id: 3, unit_id: 2 });
    assert.deepEqual([second.orders.length, second.more], [3, false]);
  });

  test('an answer is kept whole: the same bytes get it again', async () => {
    const message = anna.envelopeText({
      type: 'place_order',
      params: { ...bid, price: '1' },
      nonce: await anna.nonce(),
    });
    const first = await anna.sendEnvelope(message);
    assert.equal((await anna.sendEnvelope(message)).text, first.text);
    await anna.act('cancel_orders', {});
  });
});

suite('reads', () => {
  test('orders by status, market and page; an id of another user is not found', async () => {
    const carl = await served.newTrader();
    const ids: number[] = [];
    for (const price of ['1', '2', '3']) ids.push((await place(carl, { ...bid, price })).order_id);
    await carl.act('cancel_order', { order_id: ids[1] });
    const list = async (query: string) => {
      const path = `/v1/account/orders/${carl.userId}/?${query}`;
      return (await served.get<OrderRow[]>(path)).map(({ order_id }) => order_id);
    };
    assert.deepEqual(await list(''), [ids[2], ids[0]]);
    assert.deepEqual(await list('after=0'), [ids[0], ids[2]]);
    assert.deepEqual(await list(`before=${ids[2]}`), [ids[0]]);
    assert.deepEqual(await list('stock_id=4&unit_id=2'), []);
    assert.deepEqual(await list('status=closed&stock_id=3&unit_id=2&since=0'), [ids[1]]);
    assert.deepEqual(await list('until=1'), []);
    for (const name of [ids[0], '999999', 'client/nobody']) {
      const answer = await served.call(`/v1/account/order/${anna.userId}/${name}/`);
      assertRefused(answer, { status: 404, code: 'order_not_found' });
    }
    await carl.act('cancel_orders', {});
  });

  test('trades: flat, own and by order, in pages that leave nothing out', async () => {
    const [maker, taker] = [await served.newTrader(), await served.newTrader()];
    const market = { stock_id: 15, unit_id: 2 };
    const rests = await place(maker, { ...ask, ...market, quantity: '250', client_order_id: 'm' });
    const one = { operation: 'place_order', ...bid, ...market, quantity: '1' };
    await taker.act('batch', { operations: Array.from({ length: 250 }, () => one) });
    const all = await pages<PublicTradeRow>('/v1/market/trades/15/2/?since=0');
    assert.equal(all.length, 250);
    assert.deepEqual(
      ids(all),
      ids(all).toSorted((a, b) => a - b),
    );
    const newest = await pages<PublicTradeRow>('/v1/market/trades/15/2/');
    assert.deepEqual(ids(newest), ids(all).toReversed());
    const own = await pages<OwnTradeRow>(`/v1/account/trades/${maker.userId}/`);
    assert.deepEqual(ids(own), ids(newest));
    assert.ok(
      own.every(({ role, own: side, client_order_id }) => {
        return role === 'maker' && side === 'ask' && client_order_id === 'm';
      }),
    );
    const path = `/v1/account/trades/${maker.userId}/?order_id=${rests.order_id}`;
    assert.equal((await pages(path)).length, 250);
    assert.deepEqual(
      await served.get(`/v1/account/trades/${bert.userId}/?order_id=${rests.order_id}`),
      [],
    );
    const published = await served.call<TradesReply>('/v1/trader/history/15/2/');
    assert.equal(published.json.bids.length, 100);
    assert.match(
      String(published.headers['link']),
      /^<\/v1\/trader\/history\/15\/2\/\?before=\d+>; rel="next"$/,
    );
    const history = `/v1/account/order/history/${taker.userId}/15/`;
    const [bought] = (await served.get<TradesReply>(`${history}?after=0`)).bids;
    assert.equal(bought?.id, all[0]?.id);
  });

  test('depth has levels and a checksum over the best ten of each side', async () => {
    const market = { stock_id: 4, unit_id: 2 };
    for (const price of ['1', '2', '2']) await place(anna, { ...bid, ...market, price });
    await place(bert, { ...ask, ...market, price: '3' });
    const depth = await served.get<DepthReply>('/v1/market/depth/4/2/?levels=1');
    assert.deepEqual(depth.bids, [[amount('2'), amount('4'), 2]]);
    assert.deepEqual(depth.asks, [[amount('3'), amount('2'), 1]]);
    const text = [`${amount('2')}:${amount('4')}`, `${amount('1')}:${amount('2')}`];
    assert.equal(depth.checksum, crc32([...text, `${amount('3')}:${amount('2')}`].join(',')));
    await anna.act('cancel_orders', market);
    const after = await served.get<DepthReply>('/v1/market/depth/4/2/');
    assert.deepEqual([after.bids, after.sequence], [[], depth.sequence + 3]);
    const [ticker] = await served.get<TickerRow[]>('/v1/tickers/24h/?stock_id=4&unit_id=2');
    assert.deepEqual([ticker?.bid, ticker?.ask, ticker?.open], [null, amount('3'), null]);
  });

  test('candles of every interval hold the same trades, the running one included', async () => {
    await place(anna, { ...ask, stock_id: 4, unit_id: 3, price: '7' });
    await place(bert, { ...bid, stock_id: 4, unit_id: 3, price: '7' });
    for (const interval of ['1m', '5m', '15m', '1h', '4h', '1d', '1w']) {
      const path = `/v1/market/candles/4/3/?interval=${interval}`;
      const [candle, ...others] = await served.get<CandleRow[]>(path);
      assert.deepEqual(others, []);
      assert.deepEqual(candle?.slice(1), [
        ...Array(4).fill(amount('7')),
        amount('2'),
        amount('14'),
        1,
      ]);
      assert.equal(Number(candle?.[0]) % 60_000, 0);
      assert.deepEqual(await served.get(`${path}&since=${Number(candle?.[0])}`), [candle]);
      assert.deepEqual(await served.get(`${path}&since=${Number(candle?.[0]) + 1}`), []);
      assert.deepEqual(await served.get(`${path}&until=${Number(candle?.[0]) - 1}`), []);
      if (interval === '1w') assert.equal(new Date(Number(candle?.[0])).getUTCDay(), 1);
    }
  });

  test('the rate of requests is in the headers, and the limits say what it is', async () => {
    await using strict = await serve({ sandbox: false, node: { requestsPerSecond: 1_000 } });
    const { headers } = await strict.call('/v1/time/');
    assert.equal(headers['ratelimit-limit'], '2000');
    assert.ok(Number(headers['ratelimit-remaining']) < 2_000);
    assert.ok(Number(headers['ratelimit-reset']) >= 1);
    const limits = await strict.get<{ requests: object; reads: string }>('/v1/limits/');
    assert.deepEqual(limits.requests, {
      per_second: 1_000,
      bytes_per_weight: 32_768,
      burst: 2_000,
      window_seconds: 2,
    });
    assert.equal(limits.reads, 'public');
  });
});

function ids(rows: readonly { readonly id: number }[]): number[] {
  return rows.map(({ id }) => id);
}

/** All rows of a list, page after page. */
async function pages<T>(path: string): Promise<T[]> {
  const rows: T[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const page: Answer<T[]> = await served.call<T[]>(next);
    assert.equal(page.status, 200, page.text);
    rows.push(...page.json);
    next = /^<([^>]+)>; rel="next"$/.exec(String(page.headers['link'] ?? ''))?.[1];
  }
  return rows;
}
