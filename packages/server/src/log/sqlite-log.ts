// The embedded log: one SQLite file in WAL mode, `synchronous = FULL`, so that a COMMIT returns after
// fsync. One writer; readers open the file on their own, read-only.
//
// The columns are those of the record in docs/protocol.md §5, so that anyone with the sqlite3 shell
// can look. The `head` row is what makes an append a compare-and-set.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  bytesEqual,
  ENTRY_FORMAT,
  type Entry,
  type EntryKind,
  encodeRecord,
  type Sequence,
} from '@picostocks/protocol';
import { createPrivateFile } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';
import { isSqliteFull } from '../sqlite-full.ts';
import { chainHash, EMPTY_HEAD, type Head, headOf, type Log } from './log.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS format (format INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sequence INTEGER NOT NULL, hash BLOB NOT NULL, time INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS entry (
    sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind INTEGER NOT NULL,
    key BLOB NOT NULL, signature BLOB NOT NULL, message BLOB NOT NULL, hash BLOB NOT NULL
  );
`;

/** A checkpoint is worth its time after this many entries. */
const CHECKPOINT_ENTRIES = 2_000;

interface EntryRow {
  readonly sequence: number;
  readonly time: number;
  readonly kind: number;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly hash: Uint8Array;
}

export class SqliteLog implements Log {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #updateHead: StatementSync;
  readonly #readHead: StatementSync;
  readonly #readHash: StatementSync;
  #uncheckpointed = 0;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#readHead = database.prepare('SELECT sequence, hash, time FROM head');
    this.#readHash = database.prepare('SELECT hash FROM entry WHERE sequence = ?');
    this.#insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#updateHead = database.prepare(
      'UPDATE head SET sequence = ?, hash = ?, time = ? WHERE sequence = ? AND hash = ?',
    );
  }

  /** Opens the log for its one writer; makes it if it is not there. */
  static openWriter(path: string): SqliteLog {
    createPrivateFile(path);
    const database = new DatabaseSync(path, { timeout: 5_000 });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16000');
    database.exec(SCHEMA);
    if (database.prepare('SELECT format FROM format').get() === undefined) {
      database.exec(`BEGIN; INSERT INTO format VALUES (${ENTRY_FORMAT});`);
      database
        .prepare('INSERT INTO head VALUES (1, ?, ?, ?)')
        .run(EMPTY_HEAD.sequence, EMPTY_HEAD.hash, EMPTY_HEAD.time);
      database.exec('COMMIT');
    }
    refuseOtherFormat(database, path);
    const log = new SqliteLog(database);
    log.checkpoint();
    return log;
  }

  /** Opens the log to read it, also while a server writes it. */
  static openReader(path: string): SqliteLog {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    refuseOtherFormat(database, path);
    return new SqliteLog(database);
  }

  head(): Head {
    const row = this.#readHead.get() as unknown as Head | undefined;
    return row === undefined ? EMPTY_HEAD : { ...row };
  }

  append(expected: Head, entries: readonly Entry[]): void {
    const after = headOf(entries, expected);
    this.#execute('BEGIN IMMEDIATE');
    try {
      const { changes } = this.#updateHead.run(
        after.sequence,
        after.hash,
        after.time,
        expected.sequence,
        expected.hash,
      );
      // Before the entries: theirs may be there already, and a conflict is no failed write.
      if (changes !== 1) throw conflict(expected);
      for (const { sequence, time, kind, key, signature, message, hash } of entries) {
        this.#insert.run(sequence, time, kind, key, signature, message, hash);
      }
      this.#execute('COMMIT');
    } catch (cause) {
      this.#rollBack();
      throw cause instanceof ExchangeError ? cause : writeError(cause);
    }
    this.#uncheckpointed += entries.length;
  }

  /**
   * Puts all that was acknowledged into the database file, and fsyncs it. Done at every start before
   * anything is served, and at the end, so that the one file is the whole log.
   */
  checkpoint(): void {
    this.#execute('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Moves what is durable in the WAL into the database, when enough has come together. */
  checkpointIfDue(): void {
    if (this.#uncheckpointed < CHECKPOINT_ENTRIES) return;
    this.#uncheckpointed = 0;
    try {
      this.#execute('PRAGMA wal_checkpoint(PASSIVE)');
    } catch (error) {
      // What is durable stays in the WAL; the next time may find space.
      if (!(error instanceof ExchangeError) || error.code !== 'log_disk_full') throw error;
    }
  }

  *read(from: Sequence): Generator<Entry> {
    let previous = this.hashAt(from - 1);
    if (previous.length === 0) throw corrupt(from - 1, 'is missing');
    let expected = from;
    // The head is read before the rows and never goes back, so they must reach it.
    const last = this.head().sequence;
    const rows = this.#database
      .prepare('SELECT * FROM entry WHERE sequence >= ? ORDER BY sequence')
      .iterate(from) as unknown as Iterable<EntryRow>;
    for (const row of rows) {
      if (row.sequence !== expected) throw corrupt(expected, 'is missing');
      const entry: Entry = { ...row, kind: row.kind as EntryKind };
      if (!bytesEqual(chainHash(previous, encodeRecord(entry)), entry.hash)) {
        throw corrupt(entry.sequence, 'does not have the hash of its content');
      }
      previous = entry.hash;
      expected += 1;
      yield entry;
    }
    if (expected <= last) throw corrupt(expected, 'is missing');
  }

  hashAt(sequence: Sequence): Uint8Array {
    if (sequence === 0) return EMPTY_HEAD.hash;
    const row = this.#readHash.get(sequence) as unknown as { hash: Uint8Array } | undefined;
    return row?.hash ?? new Uint8Array(0);
  }

  close(): void {
    this.#database.close();
  }

  #execute(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (cause) {
      throw writeError(cause);
    }
  }

  /** After some failures SQLite has rolled back by itself, and then ROLLBACK is an error. */
  #rollBack(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }
}

function refuseOtherFormat(database: DatabaseSync, path: string): void {
  const row = database.prepare('SELECT format FROM format').get();
  const format = row?.['format'];
  if (format === ENTRY_FORMAT) return;
  throw new ExchangeError({
    code: 'format_unknown',
    message: `${path} has format ${format}, this program knows ${ENTRY_FORMAT}`,
  });
}

function corrupt(sequence: Sequence, what: string): ExchangeError {
  return new ExchangeError({
    code: 'log_corrupt',
    message: `entry ${sequence} of the log ${what}`,
    sequence,
  });
}

function conflict(expected: Head): ExchangeError {
  return new ExchangeError({
    code: 'log_conflict',
    message: `the log's head is no longer entry ${expected.sequence}`,
  });
}

/** A full disk leaves the log as it was; after any other failure nobody knows what is on the disk. */
function writeError(cause: unknown): ExchangeError {
  const isFull = isSqliteFull(cause);
  return new ExchangeError({
    code: isFull ? 'log_disk_full' : 'log_write_failed',
    message: isFull ? 'the disk is full' : 'the log could not be written',
    cause,
  });
}
