// The embedded log: a folder of segments (segment.ts). The newest is written; when it holds enough
// entries the next one begins with its last hash. Closed segments never change and may be moved away:
// what does not ask for their entries does not miss them.
//
// Which segments there are is read from the folder, so that a reader goes on with the next one while the
// writer of another thread or process begins it.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  bytesEqual,
  type Entry,
  HASH_BYTES,
  KEY_BYTES,
  type Sequence,
  SIGNATURE_BYTES,
} from '@picostocks/protocol';
import { ExchangeError } from '../exchange-error.ts';
import { EMPTY_HEAD, entryHash, type Head, type Log } from './log.ts';
import { removeSideFiles, Segment, sameHead, writeError, writeFailed } from './segment.ts';
import { listSegments, type SegmentFile, segmentPath } from './segment-files.ts';

export const SEGMENT_ENTRIES = 10_000_000;
/** A checkpoint is worth its time after this many entries. */
const CHECKPOINT_ENTRIES = 2_000;
/** Read at once: a reader that stands in the middle of the log holds no lock on it. */
const PAGE_ENTRIES = 256;

export interface SegmentOptions {
  /** Entries after which the next segment begins; a batch is not divided. */
  readonly segmentEntries?: number;
}

export class SqliteLog implements Log {
  readonly #folder: string;
  /** The segments that there are, in order. */
  readonly #list: () => readonly SegmentFile[];
  readonly #segmentEntries: number;
  readonly #isWriter: boolean;
  #newest: Segment;
  /** The closed one that was read last. */
  #older: Segment | undefined;
  #uncheckpointed = 0;
  /** Sequence of the head from which on the next segment is due. */
  #rollAt: Sequence;

  private constructor(fields: {
    readonly list: () => readonly SegmentFile[];
    readonly newest: Segment;
    readonly writer?: SegmentOptions;
  }) {
    this.#list = fields.list;
    this.#newest = fields.newest;
    this.#folder = dirname(fields.newest.path);
    this.#isWriter = fields.writer !== undefined;
    this.#segmentEntries = fields.writer?.segmentEntries ?? SEGMENT_ENTRIES;
    this.#rollAt = this.#newest.previous.sequence + this.#segmentEntries;
  }

  /** Makes a log whose first entries are given: a crash leaves either no log or one that has them. */
  static create(folder: string, entries: readonly Entry[] = []): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    runToEnd(Segment.create(segmentPath(folder, 1), { previous: EMPTY_HEAD, entries }));
  }

  /** Opens the log of a folder for its one writer; makes it if it is not there. */
  static openWriter(folder: string, options: SegmentOptions = {}): SqliteLog {
    if (listSegments(folder).length === 0) SqliteLog.create(folder);
    removeUnfinished(folder);
    const list = () => listSegments(folder);
    const [file, before] = list().toReversed();
    if (file === undefined) throw noSegments(folder);
    refuseClosed(file);
    const newest = Segment.openWriter(file);
    if (before !== undefined) finishClosing(before, newest);
    const log = new SqliteLog({ list, newest, writer: options });
    log.checkpoint();
    return log;
  }

  /**
   * Opens a log to read it, also while a server writes it: the folder of its segments, or its first
   * segment as a file alone.
   *
   * @throws ExchangeError `log_segment_missing` for a file that is a later segment.
   */
  static openReader(path: string): SqliteLog {
    if (!statSync(path).isDirectory()) return SqliteLog.#openFile(path);
    const list = () => listSegments(path);
    const file = list().at(-1);
    if (file === undefined) throw noSegments(path);
    return new SqliteLog({ list, newest: Segment.openNamed(file, { isClosed: false }) });
  }

  static #openFile(path: string): SqliteLog {
    const newest = Segment.openReader(path, { isClosed: false });
    const { first } = newest;
    if (first === 1) return new SqliteLog({ list: () => [{ path, first }], newest });
    newest.close();
    throw new ExchangeError({
      code: 'log_segment_missing',
      message: `${path} begins with entry ${first}: give the folder that has all segments from the first on`,
      sequence: 1,
    });
  }

  head(): Head {
    this.#refresh();
    return this.#newest.head();
  }

  append(expected: Head, entries: readonly Entry[]): void {
    if (this.#newest.head().sequence >= this.#rollAt) this.#roll();
    this.#newest.append(expected, entries);
    this.#uncheckpointed += entries.length;
  }

  /**
   * Puts all that was acknowledged into the file, and fsyncs it. Done at every start before anything is
   * served, and at the end, so that the segments alone are the whole log.
   */
  checkpoint(): void {
    this.#newest.checkpoint();
  }

  /** Moves what is durable in the WAL into the file, when enough has come together. */
  checkpointIfDue(): void {
    if (this.#uncheckpointed < CHECKPOINT_ENTRIES) return;
    this.#uncheckpointed = 0;
    try {
      this.#newest.checkpointPassively();
    } catch (error) {
      // What is durable stays in the WAL; the next time may find space.
      if (!(error instanceof ExchangeError) || error.code !== 'log_disk_full') throw error;
    }
  }

  *read(from: Sequence): Generator<Entry> {
    let previous = this.hashAt(from - 1);
    if (previous.length === 0) throw corrupt(from - 1, 'is missing');
    // Read before the rows, and it never goes back, so they must reach it.
    const last = this.head().sequence;
    for (let expected = from; expected <= last; ) {
      const rows = this.#rows(expected, { previous, limit: last - expected + 1 });
      if (rows.length === 0) throw corrupt(expected, 'is missing');
      for (const entry of rows) {
        if (entry.sequence !== expected) throw corrupt(expected, 'is missing');
        previous = verified(entry, previous).hash;
        expected += 1;
        yield entry;
      }
    }
  }

  hashAt(sequence: Sequence): Uint8Array {
    if (sequence === 0) return EMPTY_HEAD.hash;
    if (sequence > this.#newest.head().sequence) this.#refresh();
    if (sequence > this.#newest.head().sequence) return new Uint8Array(0);
    // A segment knows the hash before its first entry, and is there when the segment before it is not.
    const isInNewest = sequence >= this.#newest.previous.sequence;
    const segment = isInNewest ? this.#newest : this.#following(sequence);
    return (segment ?? this.#segmentOf(sequence)).hashAt(sequence) ?? new Uint8Array(0);
  }

  close(): void {
    this.#older?.close();
    this.#newest.close();
  }

  /** Goes on with a segment that was begun since. The writer begins them itself. */
  #refresh(): void {
    if (this.#isWriter) return;
    const file = this.#list().at(-1);
    if (file === undefined || file.first <= this.#newest.first) return;
    const newest = Segment.openNamed(file, { isClosed: false });
    this.#newest.close();
    this.#newest = newest;
  }

  /** Some entries from one on as they are stored, all of one segment. */
  #rows(
    from: Sequence,
    { previous, limit }: { previous: Uint8Array; limit: number },
  ): readonly Entry[] {
    if (from === 1 && this.#list()[0]?.first !== 1) {
      // Every segment has the genesis, so that it is there when the first one is not.
      const genesis = this.#newest.genesis();
      return genesis === undefined ? [] : [genesis];
    }
    const segment = this.#segmentOf(from);
    if (from === segment.first && !bytesEqual(segment.previous.hash, previous)) {
      throw corrupt(from, OTHER_CHAIN);
    }
    return segment.rows(from, Math.min(PAGE_ENTRIES, limit));
  }

  /** The segment that has an entry, which is not beyond the head. */
  #segmentOf(sequence: Sequence): Segment {
    if (sequence >= this.#newest.first) return this.#newest;
    const older = this.#older;
    if (older !== undefined && older.first <= sequence && sequence <= older.head().sequence) {
      return older;
    }
    const file = this.#list().findLast(({ first }) => first <= sequence);
    if (file === undefined) throw missing(sequence, { folder: this.#folder, first: 1 });
    const segment = this.#openOlder(file);
    const last = segment.head().sequence;
    if (sequence > last) throw missing(sequence, { folder: this.#folder, first: last + 1 });
    return segment;
  }

  /** The segment that begins right after an entry, if there is one. */
  #following(sequence: Sequence): Segment | undefined {
    const file = this.#list().find(({ first }) => first === sequence + 1);
    return file === undefined ? undefined : this.#openOlder(file);
  }

  #openOlder(file: SegmentFile): Segment {
    if (this.#older?.path === file.path) return this.#older;
    const segment = Segment.openNamed(file, { isClosed: true });
    this.#older?.close();
    this.#older = segment;
    return segment;
  }

  /** Closes the full segment and begins the next; not now, while a reader keeps the file from being whole. */
  #roll(): void {
    const path = segmentPath(this.#folder, this.#newest.head().sequence + 1);
    let next: Segment | undefined;
    try {
      next = runToEnd(rollSteps(this.#newest, path));
    } catch (cause) {
      // Where the next segment has its name the full one must not be written again: only a start goes on.
      throw existsSync(path) ? writeFailed(cause) : writeError(cause);
    }
    if (next === undefined) {
      this.#rollAt += Math.min(this.#segmentEntries, CHECKPOINT_ENTRIES);
      return;
    }
    this.#newest = next;
    this.#rollAt = next.previous.sequence + this.#segmentEntries;
    this.#uncheckpointed = 0;
  }
}

/**
 * The steps from a full segment to the next. The one that counts is the rename: before it the full segment
 * is the newest, whole in its file and still open; after it the new one is, empty. What comes behind is
 * done again by the next start. Answers nothing where a reader was in the way.
 */
export function* rollSteps(full: Segment, path: string): Generator<string, Segment | undefined> {
  // Never waits: commands do.
  if (!full.checkpoint({ waitMs: 0 })) return undefined;
  yield 'the full segment is whole';
  const previous = full.head();
  yield* Segment.create(path, { previous, genesis: full.genesis() });
  full.close();
  yield* sealSteps(full.path);
  return Segment.openWriter({ path, first: previous.sequence + 1 });
}

/** A closed segment is one file that nobody can write. */
function* sealSteps(path: string): Generator<string, void> {
  removeSideFiles(path);
  yield 'the full segment is one file';
  chmodSync(path, 0o400);
  yield 'the full segment is read-only';
}

/** What a crash may have left of closing a segment; and the chain must go on from it. */
function finishClosing(file: SegmentFile, newest: Segment): void {
  const stat = lstatSync(file.path);
  // A link was put there by somebody who moved the file: it was closed long before.
  if (stat.isFile() && (stat.mode & 0o222) !== 0) runToEnd(sealSteps(file.path));
  const closed = Segment.openNamed(file, { isClosed: true });
  const head = closed.head();
  closed.close();
  const { previous } = newest;
  // One that ends earlier is not the one before: that has been moved away.
  if (head.sequence < previous.sequence || sameHead(head, previous)) return;
  newest.close();
  throw corrupt(newest.first, OTHER_CHAIN);
}

/** Removes segments that a crash in the middle of making them has left. */
function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/\.sqlite\.new(-wal|-shm)?$/.test(name)) rmSync(join(folder, name), { force: true });
  }
}

function runToEnd<Result>(steps: Generator<string, Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

function verified(entry: Entry, previous: Uint8Array): Entry {
  const { kind, time, key, signature, sequence } = entry;
  // What is not as it would be written could have the hash of what is: a time with a fraction, say.
  const isWhole =
    Number.isInteger(kind) &&
    kind >= 0 &&
    kind <= 0xff &&
    Number.isSafeInteger(time) &&
    time >= 0 &&
    previous.length === HASH_BYTES &&
    key.length === KEY_BYTES &&
    signature.length === SIGNATURE_BYTES;
  if (isWhole && bytesEqual(entryHash(previous, entry), entry.hash)) return entry;
  throw corrupt(sequence, 'does not have the hash of its content');
}

/** Only a segment that has a successor is read-only: without it, what was acknowledged would be missing. */
function refuseClosed({ path }: SegmentFile): void {
  if ((statSync(path).mode & 0o222) !== 0) return;
  const closed = Segment.openReader(path, { isClosed: true });
  const { sequence } = closed.head();
  closed.close();
  throw missing(sequence + 1, { folder: dirname(path), first: sequence + 1 });
}

/** `first`: where the missing segment begins, or the first of several. */
function missing(
  sequence: Sequence,
  { folder, first }: { folder: string; first: Sequence },
): ExchangeError {
  const name = basename(segmentPath(folder, first));
  return new ExchangeError({
    code: 'log_segment_missing',
    message: `entry ${sequence} of the log is in a segment that is not in ${folder}: put ${name} back, and any behind it that was moved away, or symbolic links to them`,
    sequence,
  });
}

const OTHER_CHAIN = 'does not follow the one before: its segment begins with another hash';

function noSegments(folder: string): ExchangeError {
  return new ExchangeError({
    code: 'no_exchange',
    message: `there is no segment of a log in ${folder}`,
  });
}

function corrupt(sequence: Sequence, what: string): ExchangeError {
  return new ExchangeError({
    code: 'log_corrupt',
    message: `entry ${sequence} of the log ${what}`,
    sequence,
  });
}
