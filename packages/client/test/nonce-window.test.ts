import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NonceWindow } from '../src/nonce-window.ts';

function windowFrom(nonce: number): NonceWindow<string> {
  const window = new NonceWindow<string>();
  window.start(nonce);
  return window;
}

function takeMany(window: NonceWindow<string>, count: number): (number | undefined)[] {
  return Array.from({ length: count }, () => window.take());
}

test('nonce window: counts from where the exchange stands', () => {
  const window = new NonceWindow<string>();
  assert.equal(window.take(), undefined);
  window.start(45);
  assert.deepEqual(takeMany(window, 3), [45, 46, 47]);
});

test('nonce window: a nonce that was released is the next to go, the lowest first', () => {
  const window = windowFrom(1);
  takeMany(window, 4);
  window.release(3);
  window.release(2);
  assert.deepEqual(takeMany(window, 3), [2, 3, 5]);
});

test('nonce window: never further ahead than the exchange takes', () => {
  const window = windowFrom(1);
  assert.equal(takeMany(window, 101).at(-1), 101);
  assert.equal(window.take(), undefined);
  window.settle(1);
  assert.equal(window.take(), 102);
});

test('nonce window: a nonce in doubt is given out never again', () => {
  const window = windowFrom(1);
  takeMany(window, 2);
  window.doubt(1, 'first');
  window.release(2);
  assert.deepEqual(takeMany(window, 2), [2, 3]);
  assert.deepEqual(window.doubts, ['first']);
  assert.equal(window.doubtBelow(2), 'first');
  assert.equal(window.doubtBelow(1), undefined);
  window.release(2);
  window.release(3);
  window.forget();
  window.start(1);
  assert.deepEqual(takeMany(window, 2), [2, 3]);
});

test('nonce window: a later nonce that is consumed settles all below', () => {
  const window = windowFrom(1);
  takeMany(window, 4);
  window.doubt(1, 'first');
  window.release(2);
  window.settle(3);
  assert.deepEqual(window.doubts, []);
  assert.equal(window.take(), 5);
  window.release(4);
  assert.equal(window.take(), 4);
});

test('nonce window: old news changes nothing', () => {
  const window = windowFrom(10);
  takeMany(window, 3);
  window.settle(12);
  window.consumedBelow(5);
  window.release(10);
  window.doubt(11, 'consumed already');
  assert.deepEqual(window.doubts, []);
  assert.equal(window.take(), 13);
});

test('nonce window: an exchange that is further on takes the count along', () => {
  const window = windowFrom(1);
  assert.equal(window.take(), 1);
  window.release(1);
  window.consumedBelow(2 ** 32);
  assert.equal(window.take(), 2 ** 32);
});
