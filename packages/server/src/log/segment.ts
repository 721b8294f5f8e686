// One segment of the log: one SQLite file. The newest is in WAL mode with `synchronous = FULL`, so that a
// COMMIT returns after fsync; one connection writes it, readers open it on their own. A closed one never
// changes again and is read without locks and side files, also from a disk that cannot be written.
//
// The columns are those of the record in docs/protocol.md §5, so that anyone with the sqlite3 shell can
// look. The `head` row is what makes an append a compare-and-set. `previous` is the head that the segment
// continues and `genesis` entry 1, so that a segment can be checked, and says whose it is, alone.

import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import {
  bytesEqual,
  type Entry,
  type EntryKind,
  type Sequence,
  type TimeMicros,
} from '@picostocks/protocol';
import { createPrivateFile, syncFolder } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';
import { isSqliteFull } from '../sqlite-full.ts';
import { EMPTY_HEAD, type Head, headOf } from './log.ts';
import type { SegmentFile } from './segment-files.ts';

/** Of the file; a record has a format of its own. */
const FORMAT = 2;

const ENTRY_COLUMNS = `
  sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind INTEGER NOT NULL,
  key BLOB NOT NULL, signature BLOB NOT NULL, message BLOB NOT NULL, hash BLOB NOT NULL
`;
/** Read as arrays: an object of a row is made by name, each time anew. */
const ENTRY_FIELDS = 'sequence, time, kind, key, signature, message, hash';
type EntryRow = [Sequence, TimeMicros, EntryKind, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const HEAD_COLUMNS = `
  one INTEGER PRIMARY KEY CHECK (one = 1),
  sequence INTEGER NOT NULL, hash BLOB NOT NULL, time INTEGER NOT NULL
`;
const SCHEMA = `
  CREATE TABLE format (format INTEGER NOT NULL);
  CREATE TABLE previous (${HEAD_COLUMNS});
  CREATE TABLE head (${HEAD_COLUMNS});
  CREATE TABLE genesis (${ENTRY_COLUMNS});
  CREATE TABLE entry (${ENTRY_COLUMNS});
`;

const SIDE_FILES = ['-wal', '-shm'];
const WAIT_MS = 5_000;

/** What a new segment begins with. */
export interface SegmentStart {
  /** The head that it continues. */
  readonly previous: Head;
  /** Entry 1, where that is in an earlier segment. */
  readonly genesis?: Entry | undefined;
  readonly entries?: readonly Entry[];
}

export class Segment {
  readonly path: string;
  /** The head that it continues: its first entry is the next. */
  readonly previous: Head;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #updateHead: StatementSync;
  readonly #readHead: StatementSync;
  readonly #readHash: StatementSync;
  readonly #readRows: StatementSync;

  private constructor(database: DatabaseSync, path: string) {
    refuseOtherFormat(database, path);
    this.path = path;
    this.#database = database;
    this.previous = readHeadRow(database.prepare('SELECT sequence, hash, time FROM previous'));
    this.#readHead = database.prepare('SELECT sequence, hash, time FROM head');
    this.#readHash = database.prepare('SELECT hash FROM entry WHERE sequence = ?');
    this.#readRows = database.prepare(
      `SELECT ${ENTRY_FIELDS} FROM entry WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
    );
    this.#readRows.setReturnArrays(true);
    this.#insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#updateHead = database.prepare(
      'UPDATE head SET sequence = ?, hash = ?, time = ? WHERE sequence = ? AND hash = ?',
    );
  }

  /**
   * Makes a segment under another name first: where one has its name, it is whole and on the disk. Stops
   * after each step, so that a test can be a crash there.
   */
  static *create(path: string, start: SegmentStart): Generator<string, void> {
    const aside = `${path}.new`;
    removeWithSideFiles(aside);
    createPrivateFile(aside);
    yield 'an empty file is there';
    const database = new DatabaseSync(aside);
    try {
      fill(database, start);
    } finally {
      database.close();
    }
    syncFile(aside);
    yield 'the next segment is whole';
    renameSync(aside, path);
    syncFolder(dirname(path));
    yield 'the next segment has its name';
  }

  /** Opens the newest segment for the one writer of the log. */
  static openWriter({ path, first }: SegmentFile): Segment {
    const database = new DatabaseSync(path, { timeout: WAIT_MS });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16000');
    return new Segment(database, path).#refuseOtherName(first);
  }

  /** Opens a segment to read it, also while a server writes it; `isClosed`: it never changes again. */
  static openReader(path: string, { isClosed }: { isClosed: boolean }): Segment {
    // Nobody takes the right to write from a segment that is still written.
    if (isClosed || (statSync(path).mode & 0o222) === 0) {
      const url = pathToFileURL(path);
      url.searchParams.set('immutable', '1');
      return new Segment(new DatabaseSync(url, { readOnly: true }), path);
    }
    return new Segment(new DatabaseSync(path, { readOnly: true, timeout: WAIT_MS }), path);
  }

  /** As `openReader`, of a segment that has a name to keep to. */
  static openNamed({ path, first }: SegmentFile, options: { isClosed: boolean }): Segment {
    return Segment.openReader(path, options).#refuseOtherName(first);
  }

  /** Sequence of its first entry. */
  get first(): Sequence {
    return this.previous.sequence + 1;
  }

  /** Its last entry; where it has none yet, the head that it continues. */
  head(): Head {
    return readHeadRow(this.#readHead);
  }

  /** Some entries from one on, as they are stored. */
  rows(from: Sequence, limit: number): Entry[] {
    return (this.#readRows.all(from, limit) as unknown as EntryRow[]).map(toEntry);
  }

  hashAt(sequence: Sequence): Uint8Array | undefined {
    if (sequence === this.previous.sequence) return this.previous.hash;
    const row = this.#readHash.get(sequence) as unknown as { hash: Uint8Array } | undefined;
    return row?.hash;
  }

  /** Entry 1 as it is stored, wherever in the log this segment is; nothing in an empty log. */
  genesis(): Entry | undefined {
    const table = this.first === 1 ? 'entry' : 'genesis';
    const read = this.#database.prepare(`SELECT ${ENTRY_FIELDS} FROM ${table} WHERE sequence = 1`);
    read.setReturnArrays(true);
    const row = read.get() as unknown as EntryRow | undefined;
    return row === undefined ? undefined : toEntry(row);
  }

  /** As `Log.append`. */
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
      insertAll(this.#insert, entries);
      this.#execute('COMMIT');
    } catch (cause) {
      this.#rollBack();
      throw cause instanceof ExchangeError ? cause : writeError(cause);
    }
  }

  /** Puts what is durable in the WAL into the file, as far as readers let it. */
  checkpointPassively(): void {
    this.#execute('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /**
   * Puts all of the WAL into the file and fsyncs it, so that the one file is the whole segment. Answers
   * `false` where a reader was in the way for too long.
   */
  checkpoint({ waitMs = WAIT_MS }: { waitMs?: number } = {}): boolean {
    this.#execute(`PRAGMA busy_timeout = ${waitMs}`);
    try {
      const row = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
      return row?.['busy'] === 0;
    } catch (cause) {
      throw writeError(cause);
    } finally {
      this.#execute(`PRAGMA busy_timeout = ${WAIT_MS}`);
    }
  }

  close(): void {
    this.#database.close();
  }

  #refuseOtherName(first: Sequence): this {
    if (this.first === first) return this;
    this.close();
    throw new ExchangeError({
      code: 'log_corrupt',
      message: `${this.path} begins with entry ${this.first}: it was given the name of another segment`,
      sequence: first,
    });
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

function fill(database: DatabaseSync, { previous, genesis, entries = [] }: SegmentStart): void {
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN; ${SCHEMA}`);
  database.prepare('INSERT INTO format VALUES (?)').run(FORMAT);
  const head = headOf(entries, previous);
  for (const [table, { sequence, hash, time }] of [
    ['previous', previous],
    ['head', head],
  ] as const) {
    database.prepare(`INSERT INTO ${table} VALUES (1, ?, ?, ?)`).run(sequence, hash, time);
  }
  const insert = (table: string): StatementSync =>
    database.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?)`);
  insertAll(insert('genesis'), genesis === undefined ? [] : [genesis]);
  insertAll(insert('entry'), entries);
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
}

function insertAll(insert: StatementSync, entries: readonly Entry[]): void {
  for (const { sequence, time, kind, key, signature, message, hash } of entries) {
    insert.run(sequence, time, kind, key, signature, message, hash);
  }
}

function toEntry([sequence, time, kind, key, signature, message, hash]: EntryRow): Entry {
  return { sequence, time, kind, key, signature, message, hash };
}

function readHeadRow(statement: StatementSync): Head {
  const row = statement.get() as unknown as Head | undefined;
  return row === undefined ? EMPTY_HEAD : { ...row };
}

/** Removes what SQLite keeps beside a file; where a program holds them open, the system may refuse. */
export function removeSideFiles(path: string): void {
  for (const end of SIDE_FILES) {
    try {
      rmSync(path + end, { force: true });
    } catch {
      // A closed segment is read without them; the next start tries again.
    }
  }
}

function removeWithSideFiles(path: string): void {
  for (const end of ['', ...SIDE_FILES]) rmSync(path + end, { force: true });
}

function syncFile(path: string): void {
  const handle = openSync(path, 'r+');
  fsyncSync(handle);
  closeSync(handle);
}

function refuseOtherFormat(database: DatabaseSync, path: string): void {
  const format = database.prepare('SELECT format FROM format').get()?.['format'];
  if (format === FORMAT) return;
  database.close();
  throw new ExchangeError({
    code: 'format_unknown',
    message: `${path} has format ${format}, this program knows ${FORMAT}`,
  });
}

export function sameHead(left: Head, right: Head): boolean {
  return left.sequence === right.sequence && bytesEqual(left.hash, right.hash);
}

function conflict(expected: Head): ExchangeError {
  return new ExchangeError({
    code: 'log_conflict',
    message: `the log's head is no longer entry ${expected.sequence}`,
  });
}

/** A full disk leaves the log as it was; after any other failure nobody knows what is on the disk. */
export function writeError(cause: unknown): ExchangeError {
  if (cause instanceof ExchangeError) return cause;
  const { code } = cause as { code?: unknown };
  const isFull = isSqliteFull(cause) || code === 'ENOSPC' || code === 'EDQUOT';
  if (!isFull) return writeFailed(cause);
  return new ExchangeError({ code: 'log_disk_full', message: 'the disk is full', cause });
}

export function writeFailed(cause: unknown): ExchangeError {
  return new ExchangeError({
    code: 'log_write_failed',
    message: 'the log could not be written',
    cause,
  });
}
