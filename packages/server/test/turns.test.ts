// Turns on a state of the test's own: what they read of it is the user's next nonce and his key.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Key, type State } from '@picostocks/engine';
import { NONCE_AHEAD_MAX } from '@picostocks/protocol';
import { deadlineIn } from '../src/node/deadline.ts';
import { Refused } from '../src/node/refused.ts';
import { Turns } from '../src/node/turns.ts';

const KEY = new Uint8Array(32).fill(1);
const FAR = deadlineIn(3_600_000);

function house(nonceNext = 100) {
  const newKey = () => new Key({ id: 0, publicKey: KEY, nonceNext, scopes: ['all'] });
  const [key, another] = [newKey(), newKey()];
  const state = { users: [undefined, { keys: [key] }, { keys: [another] }] };
  const turns = new Turns(() => state as unknown as State);
  const take = (nonce: number, { deadline = FAR, userId = 1, signer = KEY, bytes = 300 } = {}) =>
    turns.take({ userId, keyId: 0, nonce, key: signer, bytes }, deadline);
  /** What happens when an entry with the next nonce is applied. */
  const advance = (): void => {
    key.nonceNext += 1;
    turns.wake();
  };
  return { key, turns, take, advance };
}

async function refusal(promise: Promise<unknown>): Promise<Refused> {
  const [settled] = await Promise.allSettled([promise]);
  assert(
    settled?.status === 'rejected' && settled.reason instanceof Refused,
    JSON.stringify(settled),
  );
  return settled.reason;
}

test('turns: in the order of the nonces, however they come', async () => {
  const { take, advance } = house();
  const order: number[] = [];
  const all = [105, 103, 100, 104, 102, 101].map(async (nonce) => {
    const turn = await take(nonce);
    assert(turn.kind === 'now');
    order.push(nonce);
    advance();
    turn.release();
  });
  await Promise.all(all);
  assert.deepEqual(order, [100, 101, 102, 103, 104, 105]);
});

test('turns: one at a time', async () => {
  const { take, advance } = house();
  const first = await take(100);
  assert(first.kind === 'now');
  let second: unknown;
  const waiting = take(100).then((turn) => {
    second = turn;
    return turn;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(second, undefined);
  advance();
  first.release();
  assert.equal((await waiting).kind, 'used');
});

test('turns: a release without effect gives the same nonce to the next', async () => {
  const { take } = house();
  const first = await take(100);
  const waiting = take(100);
  assert(first.kind === 'now');
  first.release();
  assert.equal((await waiting).kind, 'now');
});

test('turns: another user does not wait', async () => {
  const { take } = house();
  assert.equal((await take(100)).kind, 'now');
  assert.equal((await take(100, { userId: 2 })).kind, 'now');
});

test('turns: used, too far ahead, another key, nobody', async () => {
  const { take } = house();
  assert.equal((await take(99)).kind, 'used');
  const ahead = await refusal(take(100 + NONCE_AHEAD_MAX + 1));
  assert.deepEqual([ahead.code, ahead.nonce], ['nonce_ahead', 100]);
  const other = await refusal(take(100, { signer: new Uint8Array(32) }));
  assert.deepEqual([other.code, other.nonce], ['key_not_current', 100]);
  assert.equal((await refusal(take(100, { userId: 3 }))).code, 'unknown_user');
});

test('turns: a key that changes while a command waits', async () => {
  const { key, take, advance } = house();
  const waiting = take(101);
  key.publicKey = new Uint8Array(32).fill(2);
  advance();
  assert.equal((await refusal(waiting)).code, 'key_not_current');
});

test('turns: who waits too long is told why', async () => {
  const { take } = house();
  const soon = deadlineIn(0);
  assert.equal((await refusal(take(101, { deadline: soon }))).code, 'nonce_ahead');
  await take(100);
  assert.equal((await refusal(take(100, { deadline: soon }))).code, 'unavailable');
});

test('turns: only so many wait', async () => {
  const { take, advance } = house();
  const first = await take(100);
  assert(first.kind === 'now');
  const waiting = Array.from({ length: 2 * NONCE_AHEAD_MAX }, () => take(100));
  assert.equal((await refusal(take(100))).code, 'rate_limited');
  advance();
  first.release();
  for (const { kind } of await Promise.all(waiting)) assert.equal(kind, 'used');
  assert.equal((await take(101)).kind, 'now');
});

test('bodies that wait are bounded over all keys', async () => {
  const { take, advance } = house();
  const bytes = 64 * 1024 * 1024 - 2_048;
  const [first, second] = [take(101, { bytes }), take(102, { bytes })];
  assert.equal((await refusal(take(100 + 3, { userId: 2 }))).code, 'unavailable');
  advance();
  const turn = await first;
  const third = take(103);
  assert(turn.kind === 'now');
  for (let count = 0; count < 3; count += 1) advance();
  turn.release();
  for (const late of [second, third]) assert.equal((await late).kind, 'used');
});
