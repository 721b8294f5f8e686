// The limits of docs/protocol.md §7 that are within a test's reach.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextDue, RealEngine } from '@picostocks/engine';
import { EntryMaker, fakeKeyHex, NaiveEngine } from '@picostocks/engine/testing';
import {
  ASSETS_MAX,
  type Entry,
  type EnvelopeParams,
  type EnvelopeType,
  type Event,
  formatAmount,
  LOOKS_PER_BATCH_MAX,
  MARKETS_MAX,
  ORDERS_PER_BATCH_MAX,
  ORDERS_PER_COMMAND_MAX,
  PENDING_DEPOSITS_MAX,
  TIMERS_PER_ENTRY_MAX,
  type Written,
} from '@picostocks/protocol';

class Pair {
  readonly maker = new EntryMaker();
  readonly real = new RealEngine();
  readonly #naive = new NaiveEngine();

  constructor() {
    this.apply(this.maker.genesis());
  }

  apply(entry: Omit<Entry, 'hash'>): readonly Event[] {
    const events = this.real.apply(entry);
    assert.deepEqual(this.#naive.apply(entry), events);
    return events;
  }

  give<T extends EnvelopeType>(
    userId: number,
    type: T,
    params: Written<EnvelopeParams<T>>,
  ): readonly Event[] {
    return this.apply(this.maker.envelope({ userId, type, params }));
  }

  createAsset(stock_id: number): readonly Event[] {
    return this.give(0, 'create_asset', { stock_id, code: `a${stock_id}` });
  }

  listMarket(stock_id: number, unit_id: number): readonly Event[] {
    return this.give(0, 'list_market', { stock_id, unit_id });
  }
}

const ONE = 10n ** 18n;
const DUST = 10n ** 6n;
const SECOND = 1_000_000;

/** One market, and users with the keys 1 to `users`, each with 10,000 of both of its assets. */
function marketWith(users: number): Pair {
  const pair = new Pair();
  const settings = { registration_open: true, gift: '10000' };
  pair.createAsset(1);
  pair.createAsset(2);
  pair.listMarket(1, 2);
  pair.give(0, 'change_settings', settings);
  for (let key = 1; key <= users; key += 1) pair.apply(pair.maker.register(key));
  return pair;
}

const order = { stockId: 1, unitId: 2, price: ONE };
const ask = { ...order, verb: 'ASK', userId: 1, quantity: DUST } as const;

function placeAsks(pair: Pair, count: number): void {
  for (let placed = 0; placed < count; placed += 1) pair.apply(pair.maker.order(ask));
}

const countOf = (events: readonly Event[], kind: Event['kind']): number =>
  events.filter((event) => event.kind === kind).length;

const CAPACITY = [{ kind: 'command_rejected', reason: 'capacity' }];

test('limits: one asset or market more than there may be is rejected', () => {
  const pair = new Pair();
  for (let stockId = 1; stockId <= ASSETS_MAX; stockId += 1) {
    assert.deepEqual(pair.createAsset(stockId), [{ kind: 'asset_created', stockId }]);
  }
  assert.deepEqual(pair.createAsset(0), CAPACITY);

  let listed = 0;
  for (let stockId = 2; stockId <= ASSETS_MAX; stockId += 1, listed += 1) {
    assert.equal(pair.listMarket(stockId, 1)[0]?.kind, 'market_listed');
  }
  assert.equal(MARKETS_MAX - listed, 1);
  assert.equal(pair.listMarket(3, 2)[0]?.kind, 'market_listed');
  assert.deepEqual(pair.listMarket(4, 2), CAPACITY);
});

test('limits: a market takes as many open orders of a user as it says, and no more', () => {
  const pair = marketWith(1);
  pair.give(0, 'change_market', { stock_id: 1, unit_id: 2, max_open_orders: 300 });
  const askAt = (price: bigint) => pair.apply(pair.maker.order({ ...ask, price }));
  for (let count = 0; count < 300; count += 1) {
    assert.equal(askAt(ONE * BigInt(1 + (count % 7)))[1]?.kind, 'order_rested');
  }
  assert.deepEqual(askAt(ONE), [{ kind: 'command_rejected', reason: 'too_many_open_orders' }]);
});

test('limits: one order meets 1,000 others, and what is left of it is cancelled', () => {
  const pair = marketWith(2);
  placeAsks(pair, ORDERS_PER_COMMAND_MAX + 2);
  const all = DUST * BigInt(ORDERS_PER_COMMAND_MAX + 2);
  const bid = pair.apply(pair.maker.order({ ...order, verb: 'BID', userId: 2, quantity: all }));
  assert.equal(countOf(bid, 'order_filled'), ORDERS_PER_COMMAND_MAX);
  const [cancelled, closed] = bid.slice(-2);
  assert.ok(cancelled?.kind === 'order_cancelled' && cancelled.reason === 'too_many');
  assert.equal(cancelled.quantity, 2n * DUST);
  assert.ok(closed?.kind === 'order_closed' && closed.status === 'cancelled');

  placeAsks(pair, ORDERS_PER_COMMAND_MAX);
  const cancel = { ...order, verb: 'CANCELASK', userId: 1, quantity: all } as const;
  const first = pair.apply(pair.maker.order(cancel));
  assert.equal(countOf(first, 'order_cancelled'), ORDERS_PER_COMMAND_MAX);
  assert.equal(countOf(pair.apply(pair.maker.order(cancel)), 'order_cancelled'), 2);
});

test('limits: a fill-or-kill order counts on 1,000 others only', () => {
  const pair = marketWith(2);
  placeAsks(pair, ORDERS_PER_COMMAND_MAX + 1);
  const fok = (quantity: bigint) => ({
    ...({ stock_id: 1, unit_id: 2, side: 'bid', price: '1', time_in_force: 'fok' } as const),
    quantity: formatAmount(quantity),
  });
  const most = DUST * BigInt(ORDERS_PER_COMMAND_MAX);
  assert.deepEqual(pair.give(2, 'place_order', fok(most + 1n)), [
    { kind: 'command_rejected', reason: 'would_not_fill' },
  ]);
  assert.equal(countOf(pair.give(2, 'place_order', fok(most)), 'order_filled'), 1_000);
});

test('limits: cancel_orders takes 1,000 off, and the next the rest', () => {
  const pair = marketWith(1);
  placeAsks(pair, ORDERS_PER_COMMAND_MAX + 1);
  const cancelAll = () => countOf(pair.give(1, 'cancel_orders', {}), 'order_cancelled');
  assert.deepEqual([cancelAll(), cancelAll(), cancelAll()], [ORDERS_PER_COMMAND_MAX, 1, 0]);
});

test('limits: a batch meets 5,000 orders, each of its operations 1,000', () => {
  const pair = marketWith(2);
  placeAsks(pair, 5_600);
  const buy = {
    ...({ operation: 'place_order', stock_id: 1, unit_id: 2, side: 'bid', price: '1' } as const),
    quantity: '1',
    time_in_force: 'ioc',
  } as const;
  const bought = pair.give(2, 'batch', { operations: [buy, buy, buy] });
  assert.equal(countOf(bought, 'order_filled'), 3 * ORDERS_PER_COMMAND_MAX);

  placeAsks(pair, 3_000);
  const cancel = { operation: 'cancel_orders' } as const;
  const name = { operation: 'cancel_at_price', stock_id: 1, unit_id: 2 } as const;
  const atPrice = { ...name, side: 'ask', price: '1', quantity: '1' } as const;
  const place = { ...buy, side: 'ask', time_in_force: 'gtc', price: '2' } as const;
  const operations = [cancel, atPrice, cancel, cancel, cancel, cancel, atPrice, place] as const;
  const ended = pair.give(1, 'batch', { operations: [...operations] });
  assert.equal(countOf(ended, 'order_cancelled'), ORDERS_PER_BATCH_MAX);
  assert.equal(countOf(ended, 'operation_ended'), operations.length);
  assert.equal(countOf(ended, 'order_rested'), 1);
});

test('limits: time cancels 1,000 orders with an entry; the others trade with nobody meanwhile', () => {
  const pair = marketWith(3);
  const count = 2 * TIMERS_PER_ENTRY_MAX + 500;
  placeAsks(pair, count);
  pair.give(1, 'cancel_after', { seconds: 10 });
  const until = pair.maker.time + 10 * SECOND;
  const gtt = { stock_id: 1, unit_id: 2, side: 'bid', quantity: '1', price: '0.5' } as const;
  pair.give(3, 'place_order', { ...gtt, time_in_force: 'gtt', good_until: until });
  pair.maker.elapse(10 * SECOND);
  // An order that expires, the switch, and 998 of the orders that it killed.
  const first = pair.apply(pair.maker.tick());
  assert.deepEqual(
    first.slice(0, 3).map(({ kind }) => kind),
    ['order_cancelled', 'order_closed', 'switch_fired'],
  );
  assert.equal(countOf(first, 'order_cancelled'), TIMERS_PER_ENTRY_MAX - 1);
  assert.equal(first.at(-1)?.kind, 'timers_ran');
  assert.equal(nextDue(pair.real.state), pair.real.state.time);

  // A post-only bid looks past what is dead. Its user is not swept, and who is may place anew.
  const post = { ...gtt, price: '1', time_in_force: 'post_only' } as const;
  const rested = pair.give(3, 'place_order', post);
  const live = pair.give(1, 'place_order', { ...gtt, side: 'ask', price: '0.9', quantity: '0.5' });
  assert.ok(rested.some(({ kind }) => kind === 'order_rested'));
  assert.equal(countOf(live, 'order_filled'), 1);
  assert.equal(countOf(pair.apply(pair.maker.tick()), 'order_cancelled'), 0);
  assert.equal(nextDue(pair.real.state), undefined);
});

test('limits: a post-only order looks past fewer than 1,000 dead orders, and never takes', () => {
  const pair = marketWith(3);
  placeAsks(pair, TIMERS_PER_ENTRY_MAX + ORDERS_PER_COMMAND_MAX + 1);
  pair.give(1, 'cancel_after', { seconds: 10 });
  pair.apply(pair.maker.order({ ...ask, userId: 2 }));
  pair.maker.elapse(10 * SECOND);
  const bid = { stock_id: 1, unit_id: 2, side: 'bid', quantity: '1', price: '1' } as const;
  const post = { ...bid, time_in_force: 'post_only' } as const;
  // The switch and 999 orders went before it, which leaves 1,002 that are dead.
  const first = pair.give(3, 'place_order', post);
  assert.equal(countOf(first, 'order_filled'), 0);
  const [cancelled] = first.slice(-2);
  assert.ok(cancelled?.kind === 'order_cancelled' && cancelled.reason === 'too_many');
  assert.deepEqual(pair.give(3, 'place_order', post).at(-1), {
    kind: 'command_rejected',
    reason: 'would_match',
  });
});

test('limits: a batch looks at 100,000 orders; what must look after that is rejected', () => {
  const pair = marketWith(2);
  placeAsks(pair, 500);
  const market = { stock_id: 1, unit_id: 2 } as const;
  const miss = {
    operation: 'cancel_at_price',
    ...market,
    side: 'bid',
    quantity: '1',
    price: '1',
  } as const;
  const nothing = { operation: 'cancel_orders', ...market, side: 'bid' } as const;
  const quote = {
    operation: 'place_order',
    ...market,
    side: 'ask',
    quantity: '1',
    price: '2',
  } as const;
  const post = { ...quote, time_in_force: 'post_only' } as const;
  const fok = { ...quote, time_in_force: 'fok' } as const;
  const looks = Array.from({ length: LOOKS_PER_BATCH_MAX / 500 - 1 }, () => miss);
  const late = [nothing, miss, nothing, { operation: 'cancel_orders' } as const, post, fok];
  const operations = [...looks, ...late, quote];
  const ended = pair
    .give(1, 'batch', { operations })
    .flatMap((event) => (event.kind === 'operation_ended' ? [event.rejection] : []));
  const refused = Array.from({ length: 5 }, () => 'capacity');
  assert.deepEqual(ended.slice(looks.length), [undefined, ...refused, undefined]);
  assert.ok(ended.slice(0, looks.length).every((rejection) => rejection === 'order_not_found'));
  // Alone each may look as before.
  assert.equal(pair.give(1, 'cancel_orders', market).length, 2 * 501);
});

test('limits: who meets dead orders cancels them, and they count', () => {
  const pair = marketWith(2);
  placeAsks(pair, 2 * TIMERS_PER_ENTRY_MAX + 10);
  pair.give(0, 'freeze_user', { user_id: 1, reason: 'audit' });
  const bid = { ...order, verb: 'BID', userId: 2, quantity: DUST } as const;
  const met = pair.apply(pair.maker.order(bid));
  const ran = met.findIndex(({ kind }) => kind === 'timers_ran');
  const own = met.slice(ran + 1);
  assert.equal(countOf(met.slice(0, ran), 'order_cancelled'), TIMERS_PER_ENTRY_MAX);
  assert.equal(countOf(own, 'order_cancelled'), ORDERS_PER_COMMAND_MAX + 1);
  assert.ok(own.some((event) => event.kind === 'order_cancelled' && event.reason === 'frozen'));
  assert.ok(own.some((event) => event.kind === 'order_cancelled' && event.reason === 'too_many'));
  assert.equal(countOf(own, 'order_filled'), 0);
  const last = pair.apply(pair.maker.order(bid));
  assert.equal(countOf(last, 'order_cancelled'), 10);
  assert.equal(last.at(-1)?.kind, 'order_rested');
});

test('limits: deposits that are not final', () => {
  const pair = new Pair();
  pair.createAsset(1);
  pair.give(0, 'register_user', { public_key: fakeKeyHex(1) });
  pair.give(0, 'register_address', { user_id: 1, stock_id: 1, address: 'a' });
  const { real, maker } = pair;
  const report = (txid: string) => {
    const params = { stock_id: 1, address: 'a', quantity: '1', txid };
    return real.apply(maker.envelope({ userId: 0, type: 'report_deposit', params }));
  };
  report('first');
  // The naive engine looks through its deposits one by one; it has no place here.
  const [one] = real.state.deposits.values();
  assert.ok(one !== undefined);
  for (let id = 2; id < PENDING_DEPOSITS_MAX; id += 1) real.state.deposits.set(-id, one);
  assert.equal(report('last')[0]?.kind, 'deposit_changed');
  assert.deepEqual(report('more'), CAPACITY);
});
