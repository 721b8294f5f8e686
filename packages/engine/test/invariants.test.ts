// The alarm itself: a description that is broken by hand must be called broken.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedLines, findViolations } from '@picostocks/engine/testing';

const ASSET =
  '["a b","","asset","","","","traded"] 0 0 0 0 0 0 0 null null 0 0 0.0000 true true 0 0 0 0 1 1 1 0';
const PRICES = { low: '500000000000000000', high: '700000000000000000' };
const GOOD = [
  'exchange e0 1 true',
  'clock 9 9',
  'next 5 1 1 1 3',
  `asset 1 ${ASSET} -10`,
  `asset 2 ${ASSET} -100`,
  'user 0 0 0 null -',
  'key 0 0 k0 9 false all - - false',
  'user 1 0 0 null -',
  'key 1 0 k1 9 false all - - false',
  'key 1 1 k2 9 true trade - - false',
  'former 1 k3',
  'balance 1 1 1 9',
  'balance 1 2 90 2',
  'user 2 0 3 "asked by a court" 9',
  'key 2 0 k4 9 false all 10 19 false',
  'balance 2 2 8 0',
  'market 1 2 open 1 1 1 9 1 9 0 9 allow 0 0 0 0 "" 4 1 1',
  `order 3 bid 1 ${PRICES.low} 3 3 0 3 - gtc - 0 0 1 - 1`,
  `order 1 ask 1 ${PRICES.high} 2 4 0 1 "c" post_only - 0 0 1 - 1`,
  `order 4 ask 1 ${PRICES.high} 1 1 0 4 "d" gtt 99 0 0 1 - 1`,
  'order 2 ask 1 800000000000000000 1 1 0 2 - gtc - 0 0 1 - 1',
  'sweep 2 frozen',
  'deposit 1 "t x" 0',
  'deposit 1 "t x" 1',
  'incoming 1 1 1 5 init 0 ["a","","t x",""] 1 1',
  'withdrawal 1 1 1 4 1 busy 0 ["a","","",""] 1 1',
  'wanted 1 1',
  'address 1 1 ["a",""]',
  '',
].join('\n');

test('findViolations: says nothing of a state in order', () => {
  assert.deepEqual(findViolations(GOOD), []);
});

/** What is written in the place of what, and what must then be said. */
const BROKEN: readonly [from: string, to: string, violation: RegExp][] = [
  ['balance 2 2 8 0', 'balance 2 2 9 0', /asset 2 sum to 1$/],
  ['balance 2 2 8 0', 'balance 2 2 -8 16', /user 2 has a negative balance of asset 2/],
  ['balance 2 2 8 0', 'balance 2 2 7 1', /lock of 2 of 2 is off by -1/],
  ['balance 1 1 1 9', 'balance 1 1 2 8', /lock of 1 of 1 is off by 1/],
  ['balance 1 2 90 2', 'balance 1 2 91 1', /lock of 1 of 2 is off by 1/],
  ['withdrawal 1 1 1 4 1', 'withdrawal 1 1 1 4 0', /lock of 1 of 1 is off by -1/],
  [`${ASSET} -10\n`, `${ASSET} 10\n`, /outside world of asset 1 is above zero/],
  [`${ASSET} -10\n`, `${ASSET} -1${'0'.repeat(56)}\n`, /asset 1 passes 56 digits/],
  [`bid 1 ${PRICES.low} 3`, `bid 1 ${PRICES.high} 2`, /1\/2 is crossed/],
  [`order 4 ask 1 ${PRICES.high} 1`, `order 4 ask 1 ${PRICES.high} 0`, /empty order/],
  [`order 1 ask 1 ${PRICES.high} 2 4`, `order 1 ask 1 ${PRICES.high} 2 1`, /more left than/],
  ['1 1 0 4 "d"', '1 1 0 0 "d"', /order 4 in the wrong place/],
  ['ask 1 800000000000000000', 'ask 1 600000000000000000', /order 2 in the wrong/],
  ['order 2 ask', 'order 1 ask', /order 1 is there twice/],
  ['1 1 0 2 - gtc', '1 1 0 1 - gtc', /place 1 is there twice/],
  ['"d" gtt', '"c" gtt', /client order id 1 "c" is there twice/],
  ['former 1 k3', 'former 1 k4', /public key k4 is there twice/],
  ['"t x" 1', '"t x" 0', /transaction 1 "t x" 0 is there twice/],
  ['wanted 1 1\n', 'wanted 1 1\nwanted 1 1\n', /wanted address 1 1 is there twice/],
  [
    'address 1 1 ["a",""]\n',
    'address 1 1 ["a",""]\naddress 1 2 ["a",""]\n',
    /address 1 \["a",""\] is/,
  ],
  ['sweep 2 frozen', 'sweep 2 frozen\nsweep 2 cancel_after', /sweep 2 is there twice/],
  ['- gtc - 0 0', '- ioc - 0 0', /order 3 rests, but is ioc/],
  ['gtt 99', 'gtt -', /order 4 has no term/],
  ['order 3 bid 1', 'order 3 bid 7', /order 3 is nobody's/],
  ['user 1 0 0 null', 'user 1 0 4 null', /order 3 is dead, but nobody sweeps it/],
  ['user 1 0 0 null', 'user 1 0 0 "x"', /order 4 of a frozen user is alive/],
  ['5 init', '5 done', /deposit 1 is final/],
  ['1 busy', '1 ignore', /withdrawal 1 is final/],
  ['busy 0', 'busy -', /withdrawal 1 is sent by nobody/],
  ['trade - -', 'trade 10 19', /key 1 1 is revoked, but has a switch/],
];

test('findViolations: names what is broken', () => {
  for (const [from, to, violation] of BROKEN) {
    const text = GOOD.replace(from, to);
    assert.notEqual(text, GOOD);
    assert.match(findViolations(text).join('\n'), violation);
  }
});

test('findViolations: names what there is too much of', () => {
  const more = Array.from({ length: 101 }, (_, index) => {
    return `address 1 1 ["b${index}",""]\n`;
  }).join('');
  assert.deepEqual(findViolations(GOOD.replace('address 1 1 ["a",""]\n', more)), [
    'user 1 in asset 1 has 101 lines of the kind address',
  ]);
});

test('changedLines: both sides of every change, the clock aside', () => {
  const after = GOOD.replace('clock 9 9', 'clock 10 10').replace('wanted 1 1\n', 'wanted 1 2\n');
  assert.deepEqual(changedLines(GOOD, after), ['- wanted 1 1', '+ wanted 1 2']);
});
