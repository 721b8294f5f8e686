// The history tree over the entries, kept in tiles of 256 hashes: a tile of level 0 holds leaf hashes,
// one of level 1 the roots of 256 tiles of level 0, and so on. Everything between is computed from one
// tile when it is asked for, so that an entry costs 32 bytes on the disk and a proof reads few rows.
//
// A hash that is written never changes; the last tile of each level grows. Those last tiles are the
// tree's frontier: they are all that is read at a start.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { HASH_BYTES, rangeRoot } from '@picostocks/protocol';
import { hashNode } from './tree-hash.ts';

export const TILE_HASHES = 256;
const TILE_BYTES = TILE_HASHES * HASH_BYTES;
/** Levels of the tree between two levels of tiles. */
const TILE_LEVELS = 8;

/** Reads the nodes of a tree that is kept in tiles. */
export class TileReader {
  readonly #read: StatementSync;

  constructor(database: DatabaseSync) {
    this.#read = database.prepare('SELECT hashes FROM tile WHERE level = ? AND number = ?');
  }

  /** The root of the first `size` leaves, which must be in the tree. */
  rootAt(size: number): Uint8Array {
    return this.rangeRoot({ start: 0, end: size });
  }

  /** The root of the leaves from `start` up to, not including, `end`: a subtree that proofs name. */
  rangeRoot(range: { readonly start: number; readonly end: number }): Uint8Array {
    return rangeRoot(range, (level, index) => this.#nodeAt(level, index));
  }

  protected tileAt(level: number, number: number): Uint8Array {
    const row = this.#read.get(level, number) as { hashes: Uint8Array } | undefined;
    return row?.hashes ?? new Uint8Array(0);
  }

  /** A complete subtree of 2^level leaves: the fold of some neighbours in one tile. */
  #nodeAt(level: number, index: number): Uint8Array {
    const tileLevel = Math.floor(level / TILE_LEVELS);
    const count = 2 ** (level % TILE_LEVELS);
    const number = Math.floor((index * count) / TILE_HASHES);
    const start = ((index * count) % TILE_HASHES) * HASH_BYTES;
    const end = start + count * HASH_BYTES;
    const tile = this.tileAt(tileLevel, number);
    if (tile.length < end) throw new Error(`tile ${number} of level ${tileLevel} is too short`);
    return foldHashes(tile.subarray(start, end));
  }
}

/** The last tile of a level: full ones are written at once, it at the end of a transaction. */
interface Edge {
  number: number;
  readonly hashes: Uint8Array;
  length: number;
  isChanged: boolean;
}

/** The tree for its one writer, inside the transactions of the history. */
export class TileTree extends TileReader {
  readonly #write: StatementSync;
  readonly #edges: Edge[] = [];

  constructor(database: DatabaseSync) {
    super(database);
    this.#write = database.prepare('INSERT OR REPLACE INTO tile VALUES (?, ?, ?)');
    const lasts = database.prepare('SELECT level, max(number) AS number FROM tile GROUP BY level');
    for (const row of lasts.all()) {
      const level = Number(row['level']);
      this.#edges[level] = this.#openEdge(level, Number(row['number']));
    }
  }

  /** How many leaves it has. */
  get size(): number {
    const edge = this.#edges[0];
    return edge === undefined ? 0 : edge.number * TILE_HASHES + edge.length / HASH_BYTES;
  }

  append(leaf: Uint8Array): void {
    this.#put(0, leaf);
  }

  /** To be called before the transaction is committed. */
  flush(): void {
    for (const [level, edge] of this.#edges.entries()) {
      if (!edge.isChanged) continue;
      this.#write.run(level, edge.number, edge.hashes.subarray(0, edge.length));
      edge.isChanged = false;
    }
  }

  protected override tileAt(level: number, number: number): Uint8Array {
    const edge = this.#edges[level];
    if (edge?.number === number) return edge.hashes.subarray(0, edge.length);
    return super.tileAt(level, number);
  }

  #openEdge(level: number, number: number): Edge {
    const last = super.tileAt(level, number);
    const isFull = last.length === TILE_BYTES;
    const hashes = new Uint8Array(TILE_BYTES);
    if (isFull) return { number: number + 1, hashes, length: 0, isChanged: false };
    hashes.set(last);
    return { number, hashes, length: last.length, isChanged: false };
  }

  #put(level: number, hash: Uint8Array): void {
    const edge = this.#edges[level] ?? this.#openEdge(level, 0);
    this.#edges[level] = edge;
    edge.hashes.set(hash, edge.length);
    edge.length += HASH_BYTES;
    edge.isChanged = true;
    if (edge.length < TILE_BYTES) return;
    this.#write.run(level, edge.number, edge.hashes);
    const root = foldHashes(edge.hashes);
    edge.number += 1;
    edge.length = 0;
    edge.isChanged = false;
    this.#put(level + 1, root);
  }
}

/** The root over a power of two of hashes that lie one behind the other. */
function foldHashes(hashes: Uint8Array): Uint8Array {
  let row = hashes;
  while (row.length > HASH_BYTES) {
    const above = new Uint8Array(row.length / 2);
    for (let at = 0; at < above.length; at += HASH_BYTES) {
      above.set(hashNode(row.subarray(2 * at, 2 * at + 2 * HASH_BYTES)), at);
    }
    row = above;
  }
  return row.slice();
}
