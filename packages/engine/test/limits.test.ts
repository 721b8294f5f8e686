// The limits of docs/protocol.md §7 that are within a test's reach: 10,000 assets, 10,000 markets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import { EntryMaker, fakeKeyHex, NaiveEngine } from '@picostocks/engine/testing';
import { ASSETS_MAX, type Entry, type Event, MARKETS_MAX } from '@picostocks/protocol';

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
