// What a stranger may ask of the log: heads, proofs, and the entries themselves.

import type { DatabaseSync } from 'node:sqlite';
import {
  consistencyRanges,
  type Entry,
  inclusionRanges,
  type LeafRange,
  type Sequence,
  toHex,
} from '@picostocks/protocol';
import { ExchangeError } from '../exchange-error.ts';
import { encodeBatch } from '../log/batch.ts';
import type { Log } from '../log/log.ts';
import type { HeadRow } from './head-table.ts';
import { TileReader } from './tile-tree.ts';

/** Bytes of messages after which a page of entries ends, however few they are. */
const PAGE_BYTES = 262_144;

export class AuditReader {
  readonly #database: DatabaseSync;
  readonly #tiles: TileReader;
  readonly #log: Log | undefined;

  constructor(database: DatabaseSync, log: Log | undefined) {
    this.#database = database;
    this.#tiles = new TileReader(database);
    this.#log = log;
  }

  close(): void {
    this.#log?.close();
  }

  newestHead(): HeadRow | undefined {
    const sql = 'SELECT * FROM head ORDER BY sequence DESC LIMIT 1';
    return this.#database.prepare(sql).get() as unknown as HeadRow | undefined;
  }

  /** Heads after an entry, oldest first. */
  heads(by: { after: Sequence; limit: number }): HeadRow[] {
    const sql = 'SELECT * FROM head WHERE sequence > ? ORDER BY sequence LIMIT ?';
    return this.#database.prepare(sql).all(by.after, by.limit) as unknown as HeadRow[];
  }

  /** Hexadecimal; both sizes at most that of the tree, the first not above the second. */
  consistency({ from, to }: { from: number; to: number }): string[] {
    return this.#proof(consistencyRanges(from, to));
  }

  /** Hexadecimal; the entry must be within the size, the size within the tree. */
  inclusion({ sequence, size }: { sequence: Sequence; size: number }): string[] {
    return this.#proof(inclusionRanges(sequence - 1, size));
  }

  /**
   * Entries from one on as a batch: some, not necessarily all, that the log has up to `last`. Answers
   * `undefined` if the log is damaged there; that is loud, but no reason to stop for who asked.
   */
  entries({ from, last }: { from: Sequence; last: Sequence }): Uint8Array | undefined {
    if (this.#log === undefined) throw new Error('this reader of the history was given no log');
    const entries: Entry[] = [];
    let bytes = 0;
    try {
      for (const entry of from > last ? [] : this.#log.read(from)) {
        entries.push(entry);
        bytes += entry.message.length;
        if (entry.sequence === last || bytes > PAGE_BYTES || entries.length === PAGE_ENTRIES) break;
      }
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      process.stderr.write(`${error.code}: ${error.message}\n`);
      return undefined;
    }
    return encodeBatch(entries);
  }

  #proof(ranges: readonly LeafRange[]): string[] {
    return ranges.map((range) => toHex(this.#tiles.rangeRoot(range)));
  }
}

/** Entries of one page. */
const PAGE_ENTRIES = 500;
