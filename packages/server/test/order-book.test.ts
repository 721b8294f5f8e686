// The kept bytes of a book against its rows made anew, after each of many random entries.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import { NaiveEngine, RandomEntries } from '@picostocks/engine/testing';
import type { OrderBookReply } from '@picostocks/protocol';
import { orderBookBytes, orderBookRows } from '../src/http/order-book-views.ts';
import { EVERYBODY } from '../src/http/signed-reads.ts';
import { seedText } from './kit.ts';

const ENTRIES = 4_000;

test(`order book: what is kept is what the book is now (seed ${seedText})`, () => {
  const naive = new NaiveEngine();
  const real = new RealEngine();
  const entries = new RandomEntries({ seed: seedText, oracle: naive });
  let longest = 0;
  for (let count = 0; count < ENTRIES; count += 1) {
    const entry = entries.next();
    naive.apply(entry);
    real.apply(entry);
    const { markets } = real.state;
    // Each market alone, then all together; twice, so that the second answer is a kept one.
    for (const asked of [
      ...markets.map((market) => [market]),
      ...markets.map((market) => [market]),
      markets,
    ]) {
      const question = { user: undefined, limit: 100, viewer: EVERYBODY };
      const kept = JSON.parse(orderBookBytes(asked, question).toString()) as OrderBookReply;
      const asks = orderBookRows(asked, { ...question, side: 'ask' });
      const bids = orderBookRows(asked, { ...question, side: 'bid' });
      assert.deepEqual(kept, { asks, bids }, `after entry ${entry.sequence}`);
      longest = Math.max(longest, asks.length, bids.length);
    }
  }
  assert.ok(longest >= 5, `the longest side had ${longest} orders`);
});
