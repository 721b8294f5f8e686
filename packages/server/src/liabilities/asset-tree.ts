// The sum tree of one asset as bytes, in memory while it is built and in a file afterwards: the records in
// the order of their salts, then the complete subtrees of 32 leaves, of 64, and so on. Smaller subtrees
// are hashed again from their records, and the few that are not complete from complete ones. So a user
// costs 36 bytes, and a proof some dozens of small reads, whatever the number of users.

import { inclusionRanges, type LeafRange, splitOf } from '@picostocks/protocol';
import { RECORD_BYTES, userOf } from './liability-records.ts';
import {
  emptyNode,
  idBytes,
  LeafHasher,
  type LeafKey,
  NODE_BYTES,
  writeParent,
} from './sum-hash.ts';

/** The lowest level whose nodes are kept: 32 leaves. */
const KEPT_LEVEL = 5;
const CHUNK = 2 ** KEPT_LEVEL;

export interface TreeBytes {
  readonly size: number;
  /** The bytes at an offset from the begin of the tree. */
  read(offset: number, length: number): Uint8Array;
}

export class AssetTree {
  readonly size: number;
  readonly #bytes: TreeBytes;
  readonly #hasher: LeafHasher;

  constructor(bytes: TreeBytes, key: LeafKey) {
    this.size = bytes.size;
    this.#bytes = bytes;
    this.#hasher = new LeafHasher(key);
  }

  /** The top node. */
  get top(): Uint8Array {
    return this.size === 0 ? emptyNode() : this.#node({ start: 0, end: this.size });
  }

  record(index: number): Uint8Array {
    return this.#bytes.read(index * RECORD_BYTES, RECORD_BYTES);
  }

  salt(userId: number): Uint8Array {
    return this.#hasher.salt(idBytes(userId));
  }

  /** Where a user's leaf is, or `undefined`. */
  indexOf(userId: number): number | undefined {
    const salt = this.salt(userId);
    let start = 0;
    let end = this.size;
    while (start < end) {
      const middle = Math.floor((start + end) / 2);
      const order = Buffer.compare(this.#hasher.salt(userOf(this.record(middle))), salt);
      if (order === 0) return middle;
      if (order < 0) start = middle + 1;
      else end = middle;
    }
    return undefined;
  }

  /** The nodes that prove a leaf, lowest first. */
  prove(index: number): Uint8Array[] {
    return inclusionRanges(index, this.size).map((range) => this.#node(range));
  }

  #node({ start, end }: LeafRange): Uint8Array {
    const count = end - start;
    const isComplete = Number.isInteger(Math.log2(count));
    if (isComplete && count >= CHUNK) return this.#kept(Math.log2(count), start / count);
    if (count === 1) {
      const node = new Uint8Array(NODE_BYTES);
      this.#hasher.writeLeaf(this.record(start), node);
      return node;
    }
    const middle = start + splitOf(count);
    const children = new Uint8Array(2 * NODE_BYTES);
    children.set(this.#node({ start, end: middle }));
    children.set(this.#node({ start: middle, end }), NODE_BYTES);
    const node = new Uint8Array(NODE_BYTES);
    writeParent(children, node);
    return node;
  }

  #kept(level: number, index: number): Uint8Array {
    const offset = levelOffset(this.size, level) + index * NODE_BYTES;
    return this.#bytes.read(offset, NODE_BYTES);
  }
}

/** Where the nodes of a level begin. */
function levelOffset(size: number, level: number): number {
  let offset = size * RECORD_BYTES;
  for (let below = KEPT_LEVEL; below < level; below += 1) {
    offset += Math.floor(size / 2 ** below) * NODE_BYTES;
  }
  return offset;
}

/** Builds a tree's bytes from records in any order. */
export function buildTree(records: Uint8Array, key: LeafKey): Uint8Array {
  const size = records.length / RECORD_BYTES;
  const levels = size === 0 ? 0 : Math.floor(Math.log2(size)) + 1;
  const tree = new Uint8Array(levelOffset(size, levels));
  const hasher = new LeafHasher(key);
  sortBySalt(records, hasher, tree);
  hashChunks(tree, size, hasher);
  for (let level = KEPT_LEVEL + 1; level < levels; level += 1) {
    let below = levelOffset(size, level - 1);
    let at = levelOffset(size, level);
    for (let left = Math.floor(size / 2 ** level); left > 0; left -= 1) {
      writeParent(tree.subarray(below, below + 2 * NODE_BYTES), tree.subarray(at, at + NODE_BYTES));
      below += 2 * NODE_BYTES;
      at += NODE_BYTES;
    }
  }
  return tree;
}

/** Six bytes of a salt decide nearly always, and are a number. */
const SORT_BYTES = 6;

function sortBySalt(records: Uint8Array, hasher: LeafHasher, tree: Uint8Array): void {
  const size = records.length / RECORD_BYTES;
  const recordAt = (index: number): Uint8Array =>
    records.subarray(index * RECORD_BYTES, (index + 1) * RECORD_BYTES);
  const saltAt = (index: number): Buffer => hasher.salt(userOf(recordAt(index)));
  const starts = new Float64Array(size);
  const order = new Uint32Array(size);
  for (let index = 0; index < size; index += 1) {
    starts[index] = saltAt(index).readUIntBE(0, SORT_BYTES);
    order[index] = index;
  }
  order.sort((left, right) => {
    const difference = (starts[left] ?? 0) - (starts[right] ?? 0);
    return difference === 0 ? Buffer.compare(saltAt(left), saltAt(right)) : difference;
  });
  for (const [place, index] of order.entries()) tree.set(recordAt(index), place * RECORD_BYTES);
}

/** Each row of 32 leaves becomes one node. */
function hashChunks(tree: Uint8Array, size: number, hasher: LeafHasher): void {
  const row = new Uint8Array(CHUNK * NODE_BYTES);
  const nodes = levelOffset(size, KEPT_LEVEL);
  for (let chunk = 0; chunk < Math.floor(size / CHUNK); chunk += 1) {
    for (let leaf = 0; leaf < CHUNK; leaf += 1) {
      const at = (chunk * CHUNK + leaf) * RECORD_BYTES;
      const node = row.subarray(leaf * NODE_BYTES, (leaf + 1) * NODE_BYTES);
      hasher.writeLeaf(tree.subarray(at, at + RECORD_BYTES), node);
    }
    for (let width = CHUNK / 2; width >= 1; width /= 2) {
      for (let index = 0; index < width; index += 1) {
        // A parent is written where a child was that is not needed any more.
        const children = row.subarray(2 * index * NODE_BYTES, 2 * (index + 1) * NODE_BYTES);
        writeParent(children, row.subarray(index * NODE_BYTES, (index + 1) * NODE_BYTES));
      }
    }
    tree.set(row.subarray(0, NODE_BYTES), nodes + chunk * NODE_BYTES);
  }
}
