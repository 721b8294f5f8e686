// The table of what is found by its id, against a `Map`: random additions and removals, with ids that are
// dense for a while and then leap, as they do after a recovery, up to 2^53.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdTable } from '../src/id-table.ts';
import { Random } from '../src/testing/random.ts';
import { seedText } from './seed.ts';

const ID_MAX = 2 ** 53 - 1;

class Item {
  readonly id: number;
  nextInBucket: Item | undefined = undefined;

  constructor(id: number) {
    this.id = id;
  }
}

/** A table and the map that it is held against. */
class Pair {
  readonly table = new IdTable<Item>();
  readonly map = new Map<number, Item>();

  add(id: number): void {
    const item = new Item(id);
    this.table.add(item);
    this.map.set(id, item);
  }

  remove(item: Item): void {
    this.table.remove(item);
    this.map.delete(item.id);
    assert.equal(item.nextInBucket, undefined);
  }

  check(): void {
    assert.equal(this.table.size, this.map.size);
    for (const [id, item] of this.map) assert.equal(this.table.get(id), item);
  }
}

for (let run = 0; run < 5; run += 1) {
  const seed = `${seedText}/id-table/${run}`;
  test(`id table: finds what a Map finds, while it grows and ids leap (seed ${seed})`, () => {
    const random = new Random(seed);
    const pair = new Pair();
    const items: Item[] = [];
    let id = 1;
    for (let step = 0; step < 40_000; step += 1) {
      // It grows for the first part, then it shrinks to little and goes on.
      const isGrowing = random.chance(step < 20_000 ? 90 : 40);
      if (isGrowing || items.length === 0) {
        pair.add(id);
        items.push(pair.map.get(id) ?? new Item(0));
        const leap = random.weighted([
          [200, 1],
          [20, 1 + random.integer(1_000)],
          [1, 2 ** random.integer(46)],
        ]);
        id = Math.min(id + leap, ID_MAX - 40_000);
        if (pair.map.has(id)) id += 1;
      } else {
        const index = random.integer(items.length);
        const [last] = items.splice(-1);
        const item = index === items.length ? last : items[index];
        assert.ok(item !== undefined && last !== undefined);
        if (index < items.length) items[index] = last;
        pair.remove(item);
        assert.equal(pair.table.get(item.id), undefined);
      }
      if (step % 5_000 === 0) pair.check();
    }
    pair.check();
  });
}

test('id table: ids that have the low bits in common are kept apart', () => {
  const pair = new Pair();
  for (let index = 0; index < 200; index += 1) pair.add(7 + index * 2 ** 45);
  pair.check();
  assert.equal(pair.table.get(8), undefined);
  for (const item of [...pair.map.values()].reverse()) pair.remove(item);
  assert.equal(pair.table.size, 0);
});

test('id table: the greatest ids are found', () => {
  const pair = new Pair();
  for (let back = 0; back < 3_000; back += 1) pair.add(ID_MAX - back);
  pair.check();
});

test('id table: what is not there cannot be removed', () => {
  const table = new IdTable<Item>();
  table.add(new Item(1));
  assert.throws(() => table.remove(new Item(1)), /only an item that is there/);
});
