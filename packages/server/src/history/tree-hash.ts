// The hashes of the tree by Node.js's own SHA-256, which is much faster than the core's: the historian
// makes two for every entry. What is hashed is normative in docs/protocol.md §8.

import { hash } from 'node:crypto';
import { type Entry, encodeRecord, HASH_BYTES } from '@picostocks/protocol';

const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

/** The leaf of an entry: over its record. */
export function hashLeaf(entry: Entry): Uint8Array {
  const record = encodeRecord(entry);
  const prefixed = new Uint8Array(1 + record.length);
  prefixed[0] = LEAF_PREFIX;
  prefixed.set(record, 1);
  return hash('sha256', prefixed, 'buffer');
}

const pair = new Uint8Array(1 + 2 * HASH_BYTES);

/** The node over two hashes that lie side by side. */
export function hashNode(children: Uint8Array): Uint8Array {
  pair[0] = NODE_PREFIX;
  pair.set(children, 1);
  return hash('sha256', pair, 'buffer');
}
