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
import { ExchangeError, type ExchangeErrorCode } from '../exchange-error.ts';
import type { LiabilityFolder } from '../liabilities/liability-folder.ts';
import type { LeafProof } from '../liabilities/tree-file.ts';
import { encodeBatch } from '../log/batch.ts';
import type { Log } from '../log/log.ts';
import { type HeadRow, PUBLISHED_HEAD } from './head-table.ts';
import { IS_PUBLISHED } from './history-schema.ts';
import { TileReader } from './tile-tree.ts';

/** Bytes of messages after which a page of entries ends, however few they are. */
const PAGE_BYTES = 262_144;

/** A head and what was published with it. */
export interface Publication extends HeadRow {
  readonly lines: readonly string[];
}
export interface Liability extends LeafProof {
  /** Of which publication. */
  readonly head: Sequence;
}
export type LiabilityMissing = 'liabilities_not_found' | 'liability_not_found' | 'proof_not_kept';

export class AuditReader {
  readonly #database: DatabaseSync;
  readonly #tiles: TileReader;
  readonly #log: Log | undefined;
  readonly #liabilities: LiabilityFolder | undefined;

  constructor(
    database: DatabaseSync,
    { log, liabilities }: { log: Log | undefined; liabilities: LiabilityFolder | undefined },
  ) {
    this.#database = database;
    this.#tiles = new TileReader(database);
    this.#log = log;
    this.#liabilities = liabilities;
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

  /** What was published with the head of an entry, or with the newest that published anything. */
  publication({ head }: { head: Sequence | undefined }): Publication | undefined {
    const row = this.#publishedHead(head);
    const lines = row && this.#liabilities?.lines(row.sequence);
    return row && lines && { ...row, lines };
  }

  /** The proof of what a user had, or why there is none. */
  liability(by: {
    head: Sequence | undefined;
    assetId: number;
    userId: number;
  }): Liability | LiabilityMissing {
    const row = this.#publishedHead(by.head);
    if (row === undefined) return 'liabilities_not_found';
    using trees = this.#liabilities?.openTrees(row.sequence);
    if (trees === undefined) return 'proof_not_kept';
    const proof = trees.prove(by);
    return proof === undefined ? 'liability_not_found' : { head: row.sequence, ...proof };
  }

  #publishedHead(sequence: Sequence | undefined): HeadRow | undefined {
    const found =
      sequence === undefined
        ? this.#database.prepare(PUBLISHED_HEAD).get()
        : this.#database
            .prepare(`SELECT * FROM head WHERE sequence = ? AND ${IS_PUBLISHED}`)
            .get(sequence);
    return found as unknown as HeadRow | undefined;
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
   * Entries from one on as a batch: some, not necessarily all, that the log has up to `last`. Answers the
   * code of the failure if the log is damaged there, which is loud but no reason to stop for who asked, or
   * if that part of it is kept elsewhere.
   */
  entries({ from, last }: { from: Sequence; last: Sequence }): Uint8Array | ExchangeErrorCode {
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
      const isElsewhere = error.code === 'log_segment_missing';
      if (!isElsewhere) process.stderr.write(`${error.code}: ${error.message}\n`);
      // What comes before a part that is elsewhere is a good answer; who goes on is told.
      if (!isElsewhere || entries.length === 0) return error.code;
    }
    return encodeBatch(entries);
  }

  #proof(ranges: readonly LeafRange[]): string[] {
    return ranges.map((range) => toHex(this.#tiles.rangeRoot(range)));
  }
}

/** Entries of one page. */
const PAGE_ENTRIES = 500;
