// The Merkle sum tree with which an exchange proves what it owes, one tree per asset and publication
// (docs/protocol.md §9). Both child sums are inside each node's hash: a node that bound only their total
// would let the exchange show every user another split of it.
//
// Shape and sides are those of RFC 9162, derived from index and size, never taken from a proof.

import type { Amount } from './amount.ts';
import { bytesEqual } from './hex.ts';
import { inclusionRanges, splitOf } from './merkle-tree.ts';
import { concatBytes, sha256 } from './sha256.ts';
import { encodeUtf8 } from './utf8.ts';

const LEAF = encodeUtf8('\u0000picostocks/liabilities/1\u0000');
const NODE = new Uint8Array([1]);
const ROOT = new Uint8Array([2]);
const HASH_BYTES = 32;
/** A verifier refuses larger sums: no honest exchange comes near, and nothing can wrap around. */
export const SUM_LIMIT = 2n ** 248n;

export interface SumNode {
  readonly sum: Amount;
  readonly hash: Uint8Array;
}

export interface LiabilityLeaf {
  /** SHA-256 of `<exchange>:<sequence>`: which publication this is. */
  readonly headId: Uint8Array;
  readonly assetId: number;
  readonly userId: number;
  /** Known to the user and the exchange only, so that a sibling's hash says nothing. */
  readonly salt: Uint8Array;
  readonly amount: Amount;
}

export function headIdOf(exchange: string, sequence: number): Uint8Array {
  return sha256(encodeUtf8(`${exchange}:${sequence}`));
}

/** An unsigned big-endian integer. */
function bigEndian(value: bigint | number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = BigInt(value);
  for (let index = length - 1; index >= 0; index -= 1) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

export function liabilityLeaf(leaf: LiabilityLeaf): SumNode {
  const { headId, assetId, userId, salt, amount } = leaf;
  const ids = [bigEndian(assetId, 8), bigEndian(userId, 8)];
  const hash = sha256(concatBytes(LEAF, headId, ...ids, salt, bigEndian(amount, HASH_BYTES)));
  return { sum: amount, hash };
}

function sumNode(left: SumNode, right: SumNode): SumNode {
  const sums = [bigEndian(left.sum, HASH_BYTES), bigEndian(right.sum, HASH_BYTES)] as const;
  const hash = sha256(concatBytes(NODE, sums[0], left.hash, sums[1], right.hash));
  return { sum: left.sum + right.sum, hash };
}

/** What is published of a tree; an empty one has size 0, sum 0 and the hash of nothing. */
export function liabilityRoot(size: number, { sum, hash }: SumNode): Uint8Array {
  return sha256(concatBytes(ROOT, bigEndian(size, 8), bigEndian(sum, HASH_BYTES), hash));
}

/** A whole tree, kept while proofs are made from it. */
export class LiabilityTree {
  readonly #leaves: readonly SumNode[];
  /** Subtrees by `start-end`, so that a proof costs no hashing. */
  readonly #nodes = new Map<string, SumNode>();
  readonly top: SumNode;

  constructor(leaves: readonly SumNode[]) {
    this.#leaves = leaves;
    const nothing = { sum: 0n, hash: sha256(new Uint8Array(0)) };
    this.top = leaves.length === 0 ? nothing : this.#build(0, leaves.length);
  }

  get size(): number {
    return this.#leaves.length;
  }

  get root(): Uint8Array {
    return liabilityRoot(this.size, this.top);
  }

  #build(start: number, end: number): SumNode {
    const leaf = this.#leaves[start];
    if (leaf !== undefined && end - start === 1) return leaf;
    const middle = start + splitOf(end - start);
    const node = sumNode(this.#build(start, middle), this.#build(middle, end));
    this.#nodes.set(`${start}-${end}`, node);
    return node;
  }

  /** The siblings that prove a leaf, lowest first. */
  prove(index: number): SumNode[] {
    return inclusionRanges(index, this.size).flatMap(({ start, end }) => {
      const node = end - start === 1 ? this.#leaves[start] : this.#nodes.get(`${start}-${end}`);
      return node === undefined ? [] : [node];
    });
  }
}

export interface LiabilityClaim {
  readonly leaf: LiabilityLeaf;
  readonly index: number;
  readonly size: number;
  readonly siblings: readonly SumNode[];
  /** As published. */
  readonly sum: Amount;
  /** As published. */
  readonly root: Uint8Array;
}

/** Is this leaf in the published tree, and its amount in the published sum? */
export function verifyLiability(claim: LiabilityClaim): boolean {
  const { leaf, index, size, siblings, sum, root } = claim;
  if (!isBelowLimit(leaf.amount) || leaf.salt.length !== HASH_BYTES) return false;
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index)) return false;
  if (index < 0 || index >= size) return false;
  const ranges = inclusionRanges(index, size);
  if (ranges.length !== siblings.length) return false;
  let node = liabilityLeaf(leaf);
  for (const [level, sibling] of siblings.entries()) {
    const range = ranges[level];
    if (range === undefined || !isBelowLimit(sibling.sum)) return false;
    if (sibling.hash.length !== HASH_BYTES) return false;
    node = range.start > index ? sumNode(node, sibling) : sumNode(sibling, node);
    if (!isBelowLimit(node.sum)) return false;
  }
  return node.sum === sum && bytesEqual(liabilityRoot(size, node), root);
}

function isBelowLimit(sum: bigint): boolean {
  return sum >= 0n && sum < SUM_LIMIT;
}
