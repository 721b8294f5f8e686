// The hashes of the tree by Node.js's own SHA-256, which is much faster than the core's: the historian
// makes two for every entry. What is hashed is normative in docs/protocol.md §8.

import { type Entry, HASH_BYTES, recordBytes, writeRecord } from '@picostocks/protocol';
import { sha256 } from '../sha256.ts';

const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

/** Where a record lies behind its prefix; as large as the longest so far. */
let prefixed = new Uint8Array(1_024);

/** The leaf of an entry: over its record. */
export function hashLeaf(entry: Entry): Uint8Array {
  const length = 1 + recordBytes(entry);
  if (prefixed.length < length) prefixed = new Uint8Array(2 * length);
  prefixed[0] = LEAF_PREFIX;
  writeRecord(entry, prefixed, 1);
  return sha256(prefixed.subarray(0, length));
}

const pair = new Uint8Array(1 + 2 * HASH_BYTES);

/** The node over two hashes that lie side by side. */
export function hashNode(children: Uint8Array): Uint8Array {
  pair[0] = NODE_PREFIX;
  pair.set(children, 1);
  return sha256(pair);
}
