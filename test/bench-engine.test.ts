// The benchmark's order flow: the same seed makes the same events, and they fit a book.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { BenchMarket } from '../bench/engine/bench-market.ts';
import {
  deepFlow,
  type Flow,
  makeOrderEvents,
  type OrderEvents,
  TOP,
} from '../bench/engine/order-events.ts';
import { splitPauses } from '../bench/engine/pauses.ts';

const FLOWS: readonly (readonly [name: string, flow: Flow])[] = [
  ['top', TOP],
  ['deep', deepFlow(20_000)],
];

function fingerprint(events: OrderEvents): string {
  const hash = createHash('sha256');
  for (const column of [events.isCancel, events.isAsk, events.orders, events.userIds]) {
    hash.update(column);
  }
  return hash.update(events.ticks).update(events.quantities).digest('hex');
}

for (const [name, flow] of FLOWS) {
  test(`order events, ${name}: one seed makes the same bytes, another seed others`, () => {
    const [first, again] = [makeOrderEvents(flow, 5_000), makeOrderEvents(flow, 5_000)];
    assert.equal(fingerprint(first), fingerprint(again));
    assert.notEqual(fingerprint(first), fingerprint(makeOrderEvents(flow, 5_000, 'another')));
  });

  test(`order events, ${name}: the mix is what the description says`, () => {
    const events = makeOrderEvents(flow, 50_000);
    assert.equal(events.count, events.prefill + 50_000);
    const cancels = events.isCancel.subarray(events.prefill).reduce((sum, bit) => sum + bit, 0);
    assert.ok(Math.abs(cancels / 50_000 - 0.38) < 0.02, `${cancels} cancels`);
    assert.ok(Math.abs(events.trades / 50_000 - 0.194) < 0.02, `${events.trades} trades`);
    assert.ok(Math.abs(events.resting / flow.resting - 1) < 0.05, `${events.resting} rest`);
    assert.ok(events.isCancel.subarray(0, events.prefill).every((bit) => bit === 0));
  });

  test(`order events, ${name}: the engine arrives where the generator says`, () => {
    const source = makeOrderEvents(flow, 10_000);
    const market = new BenchMarket(source);
    for (let row = 0; row < source.count; row += 1) market.apply(market.entry(row));
    market.check();
  });
}

test('pauses: what the collector took of the worst event is told apart', () => {
  const ends = Float64Array.of(0, 1, 11, 14, 15);
  const collections = [
    { startTime: 3, duration: 8 },
    { startTime: 0.5, duration: 0.25 },
  ];
  const pauses = splitPauses(ends, collections);
  assert.deepEqual(pauses, { worst: 10, worstOurs: 3, worstCollection: 8 });
});
