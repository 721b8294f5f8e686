// The history tree of RFC 9162 §2.1 over the entries of the log: leaf n−1 is entry n. With a signed root
// anyone can be shown that an entry is in the log (inclusion), and that a later log continues an earlier
// one (consistency), without being sent the rest.
//
// Proofs are lists of subtree roots. Which subtrees, follows from the sizes alone, so this file names
// them as ranges of leaves and does not care where their hashes are kept.

import { bytesEqual } from './hex.ts';
import { concatBytes, sha256 } from './sha256.ts';

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

/** The root of a tree without leaves. */
export const EMPTY_ROOT = sha256(new Uint8Array(0));

export function leafHash(record: Uint8Array): Uint8Array {
  return sha256(concatBytes(LEAF, record));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(NODE, left, right));
}

/** Leaves from `start` up to, not including, `end`. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** The largest power of two below `size`: where a tree of that size is split. */
export function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** The subtrees whose roots prove that leaf `index` is in a tree of `size` leaves, lowest first. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

/** The subtrees whose roots prove that a tree of `to` leaves begins with that of `from` leaves. */
export function consistencyRanges(from: number, to: number): LeafRange[] {
  if (from === 0 || from === to) return [];
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = to;
  while (from !== end) {
    const middle = start + splitOf(end - start);
    if (from <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  // The whole of the older tree needs no proof: its root is what the verifier has.
  if (start > 0) ranges.push({ start, end });
  return ranges.reverse();
}

/** The root of a range, from the roots of complete subtrees: `nodeAt(level, index)`. */
export function rangeRoot(
  { start, end }: LeafRange,
  nodeAt: (level: number, index: number) => Uint8Array,
): Uint8Array {
  const size = end - start;
  if (size === 0) return EMPTY_ROOT;
  const level = Math.round(Math.log2(size));
  if (2 ** level === size) return nodeAt(level, start / size);
  const middle = start + splitOf(size);
  const left = rangeRoot({ start, end: middle }, nodeAt);
  return nodeHash(left, rangeRoot({ start: middle, end }, nodeAt));
}

/** The growing edge of a tree: at most one complete subtree of each size, enough to append to. */
export class Frontier {
  /** By level; `undefined` where the size has no such bit. */
  readonly #roots: (Uint8Array | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a leaf; `complete` is told every subtree that it completes, lowest first. */
  append(
    leaf: Uint8Array,
    complete: (node: { level: number; index: number; hash: Uint8Array }) => void = () => undefined,
  ): void {
    let hash = leaf;
    let index = this.#size;
    let level = 0;
    complete({ level, index, hash });
    for (let left = this.#roots[0]; left !== undefined; left = this.#roots[level]) {
      this.#roots[level] = undefined;
      hash = nodeHash(left, hash);
      level += 1;
      index = (index - 1) / 2;
      complete({ level, index, hash });
    }
    this.#roots[level] = hash;
    this.#size += 1;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const left of this.#roots) {
      if (left === undefined) continue;
      root = root === undefined ? left : nodeHash(left, root);
    }
    return root ?? EMPTY_ROOT;
  }
}

const isOdd = (index: number): boolean => index % 2 === 1;
const half = (index: number): number => Math.floor(index / 2);

/** RFC 9162 §2.1.3.2. */
export function verifyInclusion(claim: {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean {
  const { leaf, index, size, proof, root } = claim;
  if (index < 0 || index >= size) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(position) && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && bytesEqual(hash, root);
}

/** RFC 9162 §2.1.4.2. */
export function verifyConsistency(claim: {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { from, to, fromRoot, toRoot, proof } = claim;
  if (from > to) return false;
  if (from === to) return proof.length === 0 && bytesEqual(fromRoot, toRoot);
  if (from === 0) return proof.length === 0 && bytesEqual(fromRoot, EMPTY_ROOT);
  let position = from - 1;
  let last = to - 1;
  while (isOdd(position)) {
    position = half(position);
    last = half(last);
  }
  // A complete older tree is itself the first subtree.
  const [first, ...rest] = position === 0 ? [fromRoot, ...proof] : proof;
  if (first === undefined) return false;
  let older = first;
  let newer = first;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while (!isOdd(position) && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      newer = nodeHash(newer, sibling);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && bytesEqual(older, fromRoot) && bytesEqual(newer, toRoot);
}
