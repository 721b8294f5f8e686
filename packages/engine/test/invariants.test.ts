// The alarm itself: a description that is broken by hand must be called broken.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedLines, findViolations } from '@picostocks/engine/testing';

const ASSET = '["a","","asset","","","","traded"] 0 0 0 0 0 0 0 null null 0 0 0.0000 1 1 1 0';
const GOOD = [
  'exchange e0 1 true',
  'clock 9 9',
  'user 1',
  'balance 1 1 6 4',
  'balance 1 2 90 2',
  'user 2',
  'balance 2 2 8 0',
  `asset 1 ${ASSET} -10`,
  `asset 2 ${ASSET} -100`,
  'market 1 2 open 1 1 1 9 1 9 0 9 allow 0 0 0 0 1 1',
  'order 3 bid 1 500000000000000000 3 0 1',
  'order 1 ask 1 700000000000000000 2 0 1',
  'order 4 ask 1 700000000000000000 1 0 1',
  'order 2 ask 1 800000000000000000 1 0 1',
  '',
].join('\n');

test('findViolations: says nothing of a state in order', () => {
  assert.deepEqual(findViolations(GOOD), []);
});

test('findViolations: names what is broken', () => {
  const broken: [string, string, RegExp][] = [
    ['balance 2 2 8 0', 'balance 2 2 9 0', /asset 2 sum to 1$/],
    ['balance 2 2 8 0', 'balance 2 2 -8 16', /user 2 has a negative balance of asset 2/],
    ['balance 2 2 8 0', 'balance 2 2 7 1', /lock of 2 of 2 is off by -1/],
    ['balance 1 1 6 4', 'balance 1 1 7 3', /lock of 1 of 1 is off by 1/],
    ['balance 1 2 90 2', 'balance 1 2 91 1', /lock of 1 of 2 is off by 1/],
    [`${ASSET} -10\n`, `${ASSET} 10\n`, /outside world of asset 1 is above zero/],
    [`${ASSET} -10\n`, `${ASSET} -1${'0'.repeat(56)}\n`, /asset 1 passes 56 digits/],
    ['order 3 bid 1 500000000000000000 3', 'order 3 bid 1 700000000000000000 2', /1\/2 is crossed/],
    ['order 4 ask 1 700000000000000000 1', 'order 4 ask 1 700000000000000000 0', /empty order/],
    ['order 4 ask', 'order 0 ask', /order 0 in the wrong place/],
    [
      'order 2 ask 1 800000000000000000',
      'order 2 ask 1 600000000000000000',
      /order 2 in the wrong/,
    ],
  ];
  for (const [from, to, violation] of broken) {
    const text = GOOD.replace(from, to);
    assert.notEqual(text, GOOD);
    assert.match(findViolations(text).join('\n'), violation);
  }
});

test('changedLines: both sides of every change, the clock aside', () => {
  const after = GOOD.replace('clock 9 9', 'clock 10 10').replace('user 2\n', 'user 3\n');
  assert.deepEqual(changedLines(GOOD, after), ['- user 2', '+ user 3']);
});
