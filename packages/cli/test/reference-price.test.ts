import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MARKETS } from '../src/sandbox/listing.ts';
import { Random } from '../src/sandbox/random.ts';
import { ReferencePrice } from '../src/sandbox/reference-price.ts';

suite('reference price', () => {
  test('wanders, comes back, and stays on its grid', () => {
    const [market] = MARKETS;
    assert.ok(market !== undefined);
    const price = new ReferencePrice(market);
    const random = new Random(3);
    const seen = new Set<string>();
    for (let move = 0; move < 100_000; move += 1) {
      price.move(random);
      const at = price.at(0);
      assert.match(at, /^0\.0\d{4}0{13}$/);
      seen.add(at);
    }
    assert.ok(seen.size > 100);
    for (const at of seen) assert.ok(at > '0.064' && at < '0.072', at);
  });

  test('the same seed is the same luck', () => {
    const numbers = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 100 }, () => random.between(-5, 5));
    };
    assert.deepEqual(numbers(1), numbers(1));
    assert.notDeepEqual(numbers(1), numbers(2));
    const all = [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5];
    assert.deepEqual(
      [...new Set(numbers(1))].sort((left, right) => left - right),
      all,
    );
  });
});
