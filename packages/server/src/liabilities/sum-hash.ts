// The hashes of the sum tree by Node.js's own SHA-256, over bytes: a tree of a million users takes seconds
// with it and minutes with the core's. What is hashed is normative in docs/protocol.md §9.
//
// A node is 64 bytes: its sum, big-endian, and its hash.

import { hash } from 'node:crypto';
import { HASH_BYTES } from '@picostocks/protocol';
import { amountOf, userOf } from './liability-records.ts';

export const SUM_BYTES = 32;
export const NODE_BYTES = SUM_BYTES + HASH_BYTES;
const ID_BYTES = 8;
const HMAC_BLOCK_BYTES = 64;

const LEAF_TAG = Buffer.from('\u0000picostocks/liabilities/1\u0000', 'latin1');
const NODE_TAG = 1;
const ROOT_TAG = 2;

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

export function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(ID_BYTES);
  bytes.writeUIntBE(id, 2, 6);
  return bytes;
}

export interface LeafKey {
  readonly secret: Uint8Array;
  readonly headId: Uint8Array;
  readonly assetId: number;
}

/** Makes the salts and leaves of one asset in one publication; its buffers are used again and again. */
export class LeafHasher {
  /** HMAC-SHA-256 (RFC 2104) in two hashes over prepared blocks. */
  readonly #inner: Buffer;
  readonly #outer: Buffer;
  readonly #leaf: Buffer;

  constructor({ secret, headId, assetId }: LeafKey) {
    const asset = idBytes(assetId);
    const user = Buffer.alloc(ID_BYTES);
    const key = Buffer.alloc(HMAC_BLOCK_BYTES);
    key.set(secret);
    this.#inner = Buffer.concat([key.map((byte) => byte ^ 0x36), headId, asset, user]);
    this.#outer = Buffer.concat([key.map((byte) => byte ^ 0x5c), Buffer.alloc(HASH_BYTES)]);
    const rest = Buffer.alloc(HASH_BYTES + SUM_BYTES);
    this.#leaf = Buffer.concat([LEAF_TAG, headId, asset, user, rest]);
  }

  /** Of the user whose id these 8 bytes are. */
  salt(user: Uint8Array): Buffer {
    this.#inner.set(user, this.#inner.length - ID_BYTES);
    this.#outer.set(sha256(this.#inner), HMAC_BLOCK_BYTES);
    return sha256(this.#outer);
  }

  /** Writes the leaf of a record as a node. */
  writeLeaf(record: Uint8Array, node: Uint8Array): void {
    const amount = amountOf(record);
    const leaf = this.#leaf;
    const end = leaf.length;
    leaf.set(userOf(record), end - SUM_BYTES - HASH_BYTES - ID_BYTES);
    leaf.set(this.salt(userOf(record)), end - SUM_BYTES - HASH_BYTES);
    leaf.set(amount, end - amount.length);
    node.fill(0, 0, SUM_BYTES);
    node.set(amount, SUM_BYTES - amount.length);
    node.set(sha256(leaf), SUM_BYTES);
  }
}

const pair = new Uint8Array(1 + 2 * NODE_BYTES);

/** Writes the parent of two nodes that lie side by side; it may be written over them. */
export function writeParent(children: Uint8Array, node: Uint8Array): void {
  pair[0] = NODE_TAG;
  pair.set(children, 1);
  let carry = 0;
  for (let at = SUM_BYTES - 1; at >= 0; at -= 1) {
    const sum = (pair[1 + at] ?? 0) + (pair[1 + NODE_BYTES + at] ?? 0) + carry;
    node[at] = sum & 0xff;
    carry = sum >> 8;
  }
  node.set(sha256(pair), SUM_BYTES);
}

export function emptyNode(): Uint8Array {
  const node = new Uint8Array(NODE_BYTES);
  node.set(sha256(new Uint8Array(0)), SUM_BYTES);
  return node;
}

/** What is published of a tree, from its top node. */
export function rootOf(size: number, top: Uint8Array): Buffer {
  return sha256(Buffer.concat([Buffer.of(ROOT_TAG), idBytes(size), top]));
}

export function sumOf(node: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(node.buffer, node.byteOffset, SUM_BYTES).toString('hex')}`);
}

export function hashOf(node: Uint8Array): Uint8Array {
  return node.subarray(SUM_BYTES);
}
