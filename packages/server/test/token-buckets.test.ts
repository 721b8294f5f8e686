import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBuckets } from '../src/node/token-buckets.ts';

function turned(perSecond: number) {
  const clock = { now: 0 };
  const buckets = new TokenBuckets<string>(perSecond, () => clock.now);
  const takeAll = (key: string): number => {
    let taken = 0;
    while (taken < 1_000 && buckets.take(key)) taken += 1;
    return taken;
  };
  return { clock, buckets, takeAll };
}

test('a burst of twice the rate, then the rate', () => {
  const { clock, takeAll } = turned(10);
  assert.equal(takeAll('a'), 20);
  clock.now += 99;
  assert.equal(takeAll('a'), 0);
  clock.now += 1;
  assert.equal(takeAll('a'), 1);
  clock.now += 1_000;
  assert.equal(takeAll('a'), 10);
  clock.now += 1_000_000;
  assert.equal(takeAll('a'), 20, 'never more than the burst');
});

test('what weighs more takes more, but never more than a full bucket holds', () => {
  const { buckets, clock } = turned(10);
  assert(buckets.take('a', 15));
  assert(!buckets.take('a', 6));
  assert(buckets.take('a', 5));
  clock.now += 2_000;
  assert(buckets.take('a', 1_000));
  assert(!buckets.take('a'));
});

test('each key has its own', () => {
  const { takeAll } = turned(10);
  assert.equal(takeAll('a'), 20);
  assert.equal(takeAll('b'), 20);
});

test('looking takes none', () => {
  const { buckets, takeAll } = turned(1);
  for (let count = 0; count < 10; count += 1) assert(buckets.allows('a'));
  assert.equal(takeAll('a'), 2);
  assert(!buckets.allows('a'));
});

test('a rate of zero allows everything', () => {
  const { takeAll } = turned(0);
  assert.equal(takeAll('a'), 1_000);
});

test('it does not grow without a bound: the oldest key is forgotten', () => {
  const { buckets, takeAll } = turned(1);
  takeAll('first');
  for (let key = 0; key < 99_999; key += 1) buckets.take(`${key}`);
  assert(!buckets.allows('first'));
  buckets.take('one more');
  assert(buckets.allows('first'));
});
