// The limits of docs/protocol.md §7 that are within a test's reach.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import { EntryMaker, fakeKeyHex, NaiveEngine } from '@picostocks/engine/testing';
import {
  ASSETS_MAX,
  type Entry,
  type Event,
  MARKETS_MAX,
  ORDERS_PER_COMMAND_MAX,
} from '@picostocks/protocol';

class Pair {
  readonly maker = new EntryMaker();
  readonly #naive = new NaiveEngine();
  readonly #real = new RealEngine();

  constructor() {
    this.apply(this.maker.genesis());
  }

  apply(entry: Omit<Entry, 'hash'>): readonly Event[] {
    const events = this.#real.apply(entry);
    assert.deepEqual(this.#naive.apply(entry), events);
    return events;
  }

  createAsset(stock_id: number): readonly Event[] {
    const params = { stock_id, code: `a${stock_id}` };
    return this.apply(this.maker.envelope({ userId: 0, type: 'create_asset', params }));
  }

  listMarket(stock_id: number, unit_id: number): readonly Event[] {
    const params = { stock_id, unit_id };
    return this.apply(this.maker.envelope({ userId: 0, type: 'list_market', params }));
  }
}

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
  const pair = new Pair();
  const { maker } = pair;
  pair.createAsset(1);
  pair.createAsset(2);
  pair.listMarket(1, 2);
  const rules = { stock_id: 1, unit_id: 2, max_open_orders: 300 };
  pair.apply(maker.envelope({ userId: 0, type: 'change_market', params: rules }));
  const user = { public_key: fakeKeyHex(1) };
  pair.apply(maker.envelope({ userId: 0, type: 'register_user', params: user }));
  const money = { user_id: 1, stock_id: 1, quantity: '1000', txid: 't' };
  pair.apply(maker.envelope({ userId: 0, type: 'credit_deposit', params: money }));

  const one = 10n ** 18n;
  const ask = (price: bigint) =>
    pair.apply(
      maker.order({ verb: 'ASK', userId: 1, stockId: 1, unitId: 2, quantity: one, price }),
    );
  for (let count = 0; count < 300; count += 1) {
    assert.equal(ask(one * BigInt(1 + (count % 7)))[1]?.kind, 'order_rested');
  }
  assert.deepEqual(ask(one), [{ kind: 'command_rejected', reason: 'too_many_open_orders' }]);
});

test('limits: one order meets 1,000 others, and what is left of it is cancelled', () => {
  const pair = new Pair();
  const settings = { registration_open: true, gift: '10000' };
  pair.createAsset(1);
  pair.createAsset(2);
  pair.listMarket(1, 2);
  pair.apply(pair.maker.envelope({ userId: 0, type: 'change_settings', params: settings }));
  for (const keyNumber of [1, 2]) pair.apply(pair.maker.register(keyNumber));
  const order = { stockId: 1, unitId: 2, price: 10n ** 18n };
  for (let count = 0; count < ORDERS_PER_COMMAND_MAX + 2; count += 1) {
    pair.apply(pair.maker.order({ ...order, verb: 'ASK', userId: 1, quantity: 10n ** 6n }));
  }
  const all = 10n ** 6n * BigInt(ORDERS_PER_COMMAND_MAX + 2);
  const bid = pair.apply(pair.maker.order({ ...order, verb: 'BID', userId: 2, quantity: all }));
  const fills = bid.filter(({ kind }) => kind === 'order_filled');
  const last = bid.at(-1);
  assert.equal(fills.length, ORDERS_PER_COMMAND_MAX);
  assert.ok(last?.kind === 'order_cancelled' && last.reason === 'too_many');
  assert.equal(last.quantity, 2n * 10n ** 6n);

  for (let count = 0; count < ORDERS_PER_COMMAND_MAX; count += 1) {
    pair.apply(pair.maker.order({ ...order, verb: 'ASK', userId: 1, quantity: 10n ** 6n }));
  }
  const cancel = { ...order, verb: 'CANCELASK', userId: 1, quantity: all } as const;
  assert.equal(pair.apply(pair.maker.order(cancel)).length, ORDERS_PER_COMMAND_MAX);
  assert.equal(pair.apply(pair.maker.order(cancel)).length, 2);
});
