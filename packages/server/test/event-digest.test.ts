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
