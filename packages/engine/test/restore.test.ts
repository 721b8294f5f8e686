// What is read back as a state is a state: every way to spoil a line is refused, none is guessed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoState, RealEngine, restoreState } from '@picostocks/engine';
import { StateFields } from '../src/state-fields.ts';

const KEY = 'ab'.repeat(32);
const EXCHANGE = `exchange ${'0'.repeat(32)} 1 true`;
const ASSET =
  'asset 2 ["b t","","asset","","","",""] 0 0 0 0 0 0 0 null null 0 0 0.0000 true true 0 0 0 0 1 1 1 0 -5';
const STOCK = ASSET.replace('asset 2', 'asset 3').replace('b t', 's');
const USER = 'user 0 0 0 "a \\" ń" 7';
const MARKET = 'market 3 2 open 1 1 1 9 1 9 0 5 cancel_newest 0 0 0 0 "" 3 1 1';
const ORDER = 'order 1 bid 0 500 10 20 0 1 "name" gtt 9 0 0 1 - 1';
const LINES = [
  EXCHANGE,
  'clock 5 6',
  'next 2 1 1 1 1',
  'settings true 10 - public',
  ASSET,
  STOCK,
  USER,
  `key 0 0 ${KEY} 9007199254740991 false all - - false`,
  'balance 0 2 0 5',
  MARKET,
  ORDER,
  'sweep 0 frozen',
  'deposit 2 "a b" 0',
];
const TEXT = `${LINES.join('\n')}\n`;

test('restoreState: the text that it was made from, in one part or in many', () => {
  assert.equal(new RealEngine(restoreState([TEXT])).describe(), TEXT);
  for (let index = 0; index <= LINES.length; index += 1) {
    const [before, after] = [LINES.slice(0, index), LINES.slice(index)];
    const parts = [before, after].filter(({ length }) => length > 0);
    const texts = parts.map((lines) => `${lines.join('\n')}\n`);
    assert.equal(new RealEngine(restoreState(texts)).describe(), TEXT);
  }
});

/** From what a line is to what it must not be. */
const SPOILS: readonly [from: string, to: string, why: RegExp][] = [
  ['clock 5 6', 'clock 5', /too short/],
  ['clock 5 6', 'clock 5 6 7', /too long/],
  ['clock 5 6', 'clock 5 6 ', /too long/],
  ['clock 5 6', 'clock  5 6', /empty/],
  ['clock 5 6', 'clock', /too short/],
  ['clock 5 6', '', /empty/],
  ['clock 5 6', 'clocks 5 6', /no line of a state begins with "clocks"/],
  ['clock 5 6', 'clock 05 6', /05 is no number/],
  ['clock 5 6', 'clock -5 6', /-5 is no number/],
  ['clock 5 6', 'clock 5x 6', /5x is no number/],
  ['clock 5 6', 'clock 5 x', /x is no number/],
  ['clock 5 6', 'clock 9007199254740992 6', /is no number/],
  ['clock 5 6', 'clock 99999999999999999 6', /is no number/],
  ['settings true 10 - public', 'settings yes 10 - public', /none of true, false/],
  ['settings true 10 - public', 'settings true 10 - all', /none of public, signed/],
  ['settings true 10 - public', 'settings true 1e1 - public', /1e1 is no amount/],
  ['settings true 10 - public', 'settings true - - public', /- is no amount/],
  ['settings true 10 - public', 'settings true 10 -1 public', /-1 is no number/],
  [USER, 'user 1 0 0 null -', /out of order/],
  [USER, 'user 0 0 0 "a 7', /too short|no JSON/],
  [USER, 'user 0 0 0 a 7', /no JSON/],
  [KEY, `${KEY.slice(1)}x`, /is no key/],
  ['balance 0 2', 'balance 1 2', /no user 1/],
  ['balance 0 2', 'balance 0 4', /no asset 4/],
  [MARKET, `${MARKET}\n${MARKET}`, /comes twice/],
  [`${MARKET}\n`, '', /before its market/],
  [ORDER, ORDER.replace('bid', 'bids'), /bids is none of bid, ask/],
  [ORDER, ORDER.replace('gtt', 'gtd'), /none of gtc/],
  ['sweep 0 frozen', 'sweep 0 late', /none of cancel_after, frozen/],
];

test('restoreState: nothing else', () => {
  for (const [from, to, why] of SPOILS) {
    const spoilt = TEXT.replace(from, to);
    assert.notEqual(spoilt, TEXT, from);
    assert.throws(
      () => restoreState([spoilt]),
      (error) => error instanceof NoState && why.test(error.message),
      `${from} → ${to}`,
    );
  }
  assert.throws(() => restoreState([TEXT.slice(0, -1)]), /not ended/);
});

test('restoreState: no character that becomes a backslash makes it read for ever', () => {
  for (let at = 0; at < TEXT.length - 1; at += 1) {
    const spoilt = `${TEXT.slice(0, at)}\\${TEXT.slice(at + 1)}`;
    try {
      restoreState([spoilt]);
    } catch (error) {
      assert.ok(error instanceof NoState, `at ${at}: ${error}`);
    }
  }
  const fields = new StateFields('["a","b"\\\n');
  fields.nextLine();
  assert.throws(() => fields.json(), NoState);
});
