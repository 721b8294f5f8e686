// Replicas compare what they computed: the same log gives the same digests, from wherever a replica began,
// and one wrong event is noticed at the end of its block.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '@picostocks/protocol';
import { type BlockDigest, DIGEST_ENTRIES, DigestBook, EventDigest } from '../src/event-digest.ts';

const placed = (orderId: number, price = 5n): readonly Event[] => [
  {
    kind: 'order_placed',
    orderId,
    stockId: 3,
    unitId: 2,
    userId: 1,
    side: 'bid',
    type: 'limit',
    timeInForce: 'gtc',
    goodUntil: undefined,
    clientOrderId: undefined,
    price,
    quantity: 7n,
  },
];

function digestsOf(from: number, to: number, eventsAt = placed): BlockDigest[] {
  const digest = new EventDigest();
  const blocks: BlockDigest[] = [];
  for (let sequence = from; sequence <= to; sequence += 1) {
    const block = digest.take(sequence, eventsAt(sequence));
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

test('event digest: a replica that began in the middle agrees from the next whole block on', () => {
  const all = digestsOf(1, 4 * DIGEST_ENTRIES);
  const late = digestsOf(DIGEST_ENTRIES + 17, 4 * DIGEST_ENTRIES);
  assert.equal(all.length, 4);
  assert.deepEqual(late, all.slice(2));
  const book = new DigestBook();
  assert.ok([...all, ...late].every((block) => book.agrees(block)));
});

test('event digest: one atom that differs is noticed', () => {
  const wrong = (sequence: number) => placed(sequence, sequence === 300 ? 6n : 5n);
  const book = new DigestBook();
  for (const block of digestsOf(1, 2 * DIGEST_ENTRIES)) book.agrees(block);
  const agreed = digestsOf(1, 2 * DIGEST_ENTRIES, wrong).map((block) => book.agrees(block));
  assert.deepEqual(agreed, [true, false]);
});

test('event digest: whatever differs in an event is noticed, and nothing else', () => {
  const base = placed(1)[0];
  assert.ok(base?.kind === 'order_placed');
  const big = 10n ** 55n;
  const differing: Event[] = [
    base,
    { ...base, price: big },
    { ...base, price: big + 1n },
    { ...base, price: big + 2n ** 64n },
    { ...base, price: big + 2n ** 128n },
    { ...base, price: 2n ** 64n },
    { ...base, price: 2n ** 64n - 1n },
    { ...base, price: 7n, quantity: 5n },
    { ...base, goodUntil: 0 },
    { ...base, clientOrderId: '' },
    { ...base, clientOrderId: 'undefined' },
    { ...base, clientOrderId: 'gtc' },
    { ...base, side: 'ask' },
    { kind: 'address_registered', userId: 1, stockId: 2, address: 'ab', memo: 'c' },
    { kind: 'address_registered', userId: 1, stockId: 2, address: 'a', memo: 'bc' },
  ];
  const digestOf = (event: Event, count = 1): string | undefined =>
    digestsOf(1, DIGEST_ENTRIES, () => Array(count).fill(event))[0]?.digest;
  const digests = differing.map((event) => digestOf(event));
  assert.equal(new Set(digests).size, differing.length);
  assert.deepEqual(
    differing.map((event) => digestOf({ ...event })),
    digests,
  );
  // Many events in one entry: the buffer is emptied on the way.
  assert.notEqual(digestOf(base, 3_000), digestOf(base, 3_001));
  assert.equal(digestOf(base, 3_000), digestOf({ ...base }, 3_000));
});
