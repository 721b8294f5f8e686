// Pages of what a user has in many markets: whatever is asked for, it is what sorting all of his rows and
// taking the asked part gives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAmount, type OrderClosed, type OrderFilled } from '@picostocks/protocol';
import { EventTables } from '../src/history/event-tables.ts';
import { HistoryReader } from '../src/history/history-reader.ts';
import { openHistoryWriter } from '../src/history/history-schema.ts';
import { isForward, type Page } from '../src/history/page.ts';
import { EntryMaker } from './entries.ts';
import { temporaryFolder } from './kit.ts';

const [ANNA, BERT] = [7, 8];
const COUNT = 60;
const ENTRY_EVERY = 1_000_000;
const MARKETS = [
  { stockId: 3, unitId: 2 },
  { stockId: 3, unitId: 4 },
  { stockId: 5, unitId: 2 },
];

function closed(id: number): OrderClosed {
  const market = MARKETS[(id * id) % 3] ?? MARKETS[0];
  const isFilled = id % 4 === 0;
  return {
    kind: 'order_closed',
    ...(market ?? { stockId: 3, unitId: 2 }),
    orderId: id,
    userId: id % 5 === 0 ? BERT : ANNA,
    side: id % 2 === 0 ? 'bid' : 'ask',
    type: 'limit',
    timeInForce: id % 7 === 0 ? 'gtt' : 'gtc',
    goodUntil: id % 7 === 0 ? id : undefined,
    clientOrderId: id % 3 === 0 ? `name - ${id}` : undefined,
    price: BigInt(id) ** 20n,
    quantity: BigInt(id) + 1n,
    status: isFilled ? 'filled' : 'cancelled',
    reason: isFilled ? undefined : 'self_trade',
    filled: isFilled ? BigInt(id) + 1n : 0n,
    value: BigInt(id) * 2n,
    fee: 0n,
    timePlaced: id * ENTRY_EVERY,
    timeLastTrade: isFilled ? id + 3 : undefined,
  };
}

/** Every tenth is a user's with himself. */
function filled(id: number): OrderFilled {
  const market = MARKETS[(id * id + 1) % 3] ?? MARKETS[0];
  const [bidUserId, askUserId] = id % 2 === 0 ? [ANNA, BERT] : [BERT, ANNA];
  return {
    kind: 'order_filled',
    ...(market ?? { stockId: 3, unitId: 2 }),
    tradeId: id,
    price: BigInt(id),
    quantity: 10n ** 55n + BigInt(id),
    cost: BigInt(id) + 2n,
    aggressor: 'bid',
    bidOrderId: 2 * (id % 4),
    askOrderId: 2 * id + 1,
    bidUserId,
    askUserId: id % 10 === 0 ? bidUserId : askUserId,
    bidFee: 1n,
    askFee: 0n,
  };
}

const orders = Array.from({ length: COUNT }, (_, index) => closed(index + 1));
const trades = Array.from({ length: COUNT }, (_, index) => filled(index + 1));

const PAGES: readonly Page[] = [
  { limit: 1 },
  { limit: 7 },
  { limit: COUNT },
  { limit: 7, before: 31 },
  { limit: 7, after: 0 },
  { limit: 7, after: 30 },
  { limit: 7, after: 20, before: 25 },
  { limit: 1, before: 31 },
  { limit: 1, after: 19 },
  { limit: 7, since: 12 * ENTRY_EVERY },
  { limit: 50, since: 12 * ENTRY_EVERY, until: 40 * ENTRY_EVERY },
  { limit: 50, after: COUNT },
];

/** The ids of a page out of all. */
function expected(ids: readonly number[], page: Page): number[] {
  const { after = 0, before = Infinity, since = 0, until = Infinity, limit } = page;
  const within = ids.filter((id) => {
    const time = id * ENTRY_EVERY;
    return id > after && id < before && time >= since && time <= until;
  });
  return (isForward(page) ? within : within.toReversed()).slice(0, limit);
}

/** The same, but both rows of a trade with oneself. */
function undivided(ids: readonly number[], page: Page): number[] {
  const exact = expected(ids, page);
  const next = expected(ids, { ...page, limit: page.limit + 1 })[page.limit];
  return next !== undefined && next === exact.at(-1) ? [...exact, next] : exact;
}

function openReader(path: string): HistoryReader {
  const database = openHistoryWriter(path);
  const tables = new EventTables(database);
  const [entry] = new EntryMaker().furnish().entries;
  assert.ok(entry !== undefined);
  for (const order of orders.toReversed()) tables.write({ ...entry, time: order.orderId }, order);
  for (const trade of trades) {
    tables.write({ ...entry, sequence: trade.tradeId, time: trade.tradeId * ENTRY_EVERY }, trade);
  }
  database.close();
  return new HistoryReader(path);
}

test('history: pages of a user over all markets and of one', () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const reader = openReader(temporary.folder.history);
  const inMarket = (row: { stockId: number; unitId: number }, market?: (typeof MARKETS)[number]) =>
    market === undefined || (row.stockId === market.stockId && row.unitId === market.unitId);
  for (const market of [undefined, ...MARKETS]) {
    const own = orders.filter((order) => order.userId === ANNA && inMarket(order, market));
    const sides = trades
      .filter((trade) => inMarket(trade, market))
      .flatMap(({ tradeId, bidUserId, askUserId }) =>
        [bidUserId, askUserId].filter((user) => user === ANNA).map(() => tradeId),
      );
    for (const page of PAGES) {
      const say = JSON.stringify({ market, page });
      const rows = reader.read('closedOrders', { userId: ANNA, market, page });
      const ids = own.map(({ orderId }) => orderId);
      assert.deepEqual(
        rows.map(({ id }) => id),
        expected(ids, page),
        say,
      );
      const by = { userId: ANNA, market, orderId: undefined, upTo: COUNT, page };
      const traded = reader.read('ownTrades', by).map(({ id }) => id);
      assert.deepEqual(traded, undivided(sides, page), say);
    }
  }
  reader.close();
});

test('history: the trades of an order are those of its user', () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const reader = openReader(temporary.folder.history);
  const page = { limit: 100, after: 0 };
  for (const userId of [ANNA, BERT]) {
    for (const orderId of [2, 4, 9]) {
      const by = { userId, market: undefined, orderId, upTo: COUNT, page };
      const found = reader.read('ownTrades', by).map(({ id, own }) => [id, own]);
      const bids = trades.filter((one) => one.bidOrderId === orderId && one.bidUserId === userId);
      const asks = trades.filter((one) => one.askOrderId === orderId && one.askUserId === userId);
      const sides = [
        bids.map(({ tradeId }) => [tradeId, 'bid']),
        asks.map((one) => [one.tradeId, 'ask']),
      ];
      assert.deepEqual(found, sides.flat());
    }
  }
  reader.close();
});

test('history: a closed order and a trade are read as they were', () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const reader = openReader(temporary.folder.history);
  for (const order of orders) {
    const by = { userId: order.userId, orderId: order.orderId };
    assert.deepEqual(reader.read('closedOrder', by), {
      id: order.orderId,
      time: order.timePlaced,
      user_id: order.userId,
      stock_id: order.stockId,
      unit_id: order.unitId,
      client_order_id: order.clientOrderId ?? null,
      side: order.side,
      type: order.type,
      time_in_force: order.timeInForce,
      status: order.status,
      reason: order.reason ?? null,
      price: formatAmount(order.price),
      quantity: formatAmount(order.quantity),
      filled: formatAmount(order.filled),
      cancelled: formatAmount(order.quantity - order.filled),
      value: formatAmount(order.value),
      fee: formatAmount(order.fee),
      good_until: order.goodUntil ?? null,
      time_last_trade: order.timeLastTrade ?? null,
      time_closed: order.orderId,
    });
  }
  for (const market of MARKETS) {
    const page = { limit: COUNT, after: 0 };
    const wanted = trades.filter(
      (trade) => trade.stockId === market.stockId && trade.unitId === market.unitId,
    );
    assert.deepEqual(
      reader.read('allMarketTrades', { ...market, page }),
      wanted.map((trade) => ({
        id: trade.tradeId,
        sequence: trade.tradeId,
        time: trade.tradeId * ENTRY_EVERY,
        stock_id: trade.stockId,
        unit_id: trade.unitId,
        aggressor: trade.aggressor,
        bid_user: trade.bidUserId,
        ask_user: trade.askUserId,
        bid_order: trade.bidOrderId,
        ask_order: trade.askOrderId,
        price: formatAmount(trade.price),
        quantity: formatAmount(trade.quantity),
        cost: formatAmount(trade.cost),
        bid_fee: formatAmount(trade.bidFee),
        ask_fee: formatAmount(trade.askFee),
      })),
    );
  }
  reader.close();
});
