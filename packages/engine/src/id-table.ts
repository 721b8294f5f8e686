// What is found by its id: a hash table that grows by one bucket at a time (linear hashing). A `Map` doubles
// instead, and with a million orders the exchange stands still for as long as that takes.
//
// The items of a bucket are a list through their `nextInBucket`. There are 2^n buckets and `#split` more: so
// many of the first have each given a part of their items to the bucket that stands 2^n after them. The low
// bits of an id say which bucket, since ids are dense. Buckets stand in segments, so that no array is ever copied.
// The table never shrinks: it keeps 16 bytes for each of the most items that it ever had at once.

import { assert } from './assert.ts';

const SEGMENT_BITS = 10;
const SEGMENT = 1 << SEGMENT_BITS;
const IN_SEGMENT = SEGMENT - 1;
/** Few lists are then longer than one. */
const BUCKETS_PER_ITEM = 2;

/** What can stand in a table, in one at a time. */
export interface InBucket<Item> {
  readonly id: number;
  nextInBucket: Item | undefined;
}

export class IdTable<Item extends InBucket<Item>> {
  readonly #segments: (Item | undefined)[][] = [newSegment<Item>()];
  /** 2^n. */
  #whole = SEGMENT;
  #split = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): Item | undefined {
    let item = this.#first(this.#bucketOf(id));
    while (item !== undefined && item.id !== id) item = item.nextInBucket;
    return item;
  }

  /** Adds an item whose id is not there. */
  add(item: Item): void {
    this.#push(item);
    this.#size += 1;
    if (this.#size * BUCKETS_PER_ITEM > this.#whole + this.#split) this.#grow();
  }

  remove(item: Item): void {
    const bucket = this.#bucketOf(item.id);
    let before: Item | undefined;
    let found = this.#first(bucket);
    while (found !== item) {
      assert(found !== undefined, 'only an item that is there can be removed');
      before = found;
      found = found.nextInBucket;
    }
    if (before === undefined) this.#setFirst(bucket, item.nextInBucket);
    else before.nextInBucket = item.nextInBucket;
    item.nextInBucket = undefined;
    this.#size -= 1;
  }

  /** `&` takes the low 32 bits of any integer. */
  #bucketOf(id: number): number {
    const bucket = id & (2 * this.#whole - 1);
    return bucket < this.#whole + this.#split ? bucket : bucket - this.#whole;
  }

  #first(bucket: number): Item | undefined {
    return this.#segments[bucket >>> SEGMENT_BITS]?.[bucket & IN_SEGMENT];
  }

  #setFirst(bucket: number, item: Item | undefined): void {
    const segment = this.#segments[bucket >>> SEGMENT_BITS];
    assert(segment !== undefined, 'every bucket has its segment');
    segment[bucket & IN_SEGMENT] = item;
  }

  #push(item: Item): void {
    const bucket = this.#bucketOf(item.id);
    item.nextInBucket = this.#first(bucket);
    this.#setFirst(bucket, item);
  }

  /** Adds one bucket and divides the items of another between the two. */
  #grow(): void {
    const from = this.#split;
    let item = this.#first(from);
    this.#setFirst(from, undefined);
    if ((this.#whole + from) % SEGMENT === 0) this.#segments.push(newSegment<Item>());
    this.#split += 1;
    if (this.#split === this.#whole) {
      this.#whole *= 2;
      this.#split = 0;
    }
    while (item !== undefined) {
      const next: Item | undefined = item.nextInBucket;
      this.#push(item);
      item = next;
    }
  }
}

function newSegment<Item>(): (Item | undefined)[] {
  return Array.from({ length: SEGMENT }, () => undefined);
}
