// The log in segments: what lies on the disk, that a crash at any step from one to the next loses nothing,
// that readers go on, and what is answered when a closed segment is elsewhere.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Entry } from '@picostocks/protocol';
import { auditLog } from '../src/audit.ts';
import { ExchangeError, type ExchangeErrorCode } from '../src/exchange-error.ts';
import { EMPTY_HEAD, sealEntries } from '../src/log/log.ts';
import { Segment } from '../src/log/segment.ts';
import { listSegments, segmentPath } from '../src/log/segment-files.ts';
import { rollSteps, SqliteLog } from '../src/log/sqlite-log.ts';
import { EntryMaker } from './entries.ts';
import { temporaryFolder } from './kit.ts';

const SEGMENT = 4;

function entriesOf(count: number): Entry[] {
  const maker = new EntryMaker().furnish();
  while (maker.entries.length < count) maker.register();
  return maker.entries.slice(0, count);
}

function appendEach(log: SqliteLog, entries: readonly Entry[]): void {
  for (const entry of entries) log.append(log.head(), [entry]);
}

interface Written extends Disposable {
  readonly folder: string;
  readonly entries: readonly Entry[];
}

/** A log of segments of four entries, of which the last so many are still to be appended. */
function writeLog(count: number, left = 0): Written {
  const temporary = temporaryFolder();
  const folder = temporary.folder.logFolder;
  const entries = entriesOf(count);
  const log = SqliteLog.openWriter(folder, { segmentEntries: SEGMENT });
  appendEach(log, entries.slice(0, count - left));
  log.close();
  return { folder, entries, [Symbol.dispose]: () => temporary[Symbol.dispose]() };
}

function sequences(entries: Iterable<Entry>): number[] {
  return [...entries].map(({ sequence }) => sequence);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function assertError(
  work: () => unknown,
  { code, sequence, says }: { code: ExchangeErrorCode; sequence: number; says: RegExp },
): void {
  assert.throws(work, (error) => {
    assert(error instanceof ExchangeError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.sequence, sequence, error.message);
    assert.match(error.message, says);
    return true;
  });
}

/** Where a file is taken to. */
function moveAway(folder: string, first: number): string {
  const elsewhere = join(folder, '..', 'elsewhere');
  mkdirSync(elsewhere, { recursive: true });
  const there = segmentPath(elsewhere, first);
  renameSync(segmentPath(folder, first), there);
  return there;
}

test('segments: closed ones are read-only files with nothing beside them', () => {
  using written = writeLog(10);
  const { folder } = written;
  const firsts = [1, 5, 9];
  const names = firsts.map((first) => basename(segmentPath(folder, first)));
  assert.deepEqual(readdirSync(folder).sort(), names);
  assert.deepEqual(
    listSegments(folder).map(({ first }) => first),
    firsts,
  );
  if (process.platform === 'win32') return;
  const modes = listSegments(folder).map(({ path }) => statSync(path).mode & 0o777);
  assert.deepEqual(modes, [0o400, 0o400, 0o600]);
});

test('segments: each says what it continues and whose it is, and its chain holds alone', () => {
  using written = writeLog(10);
  const { folder, entries } = written;
  for (const { path, first } of listSegments(folder)) {
    const segment = Segment.openReader(path, { isClosed: true });
    const { sequence, hash, time } = entries[first - 2] ?? EMPTY_HEAD;
    assert.deepEqual(
      { ...segment.previous, hash: [...segment.previous.hash] },
      { sequence, time, hash: [...hash] },
    );
    assert.deepEqual([...(segment.genesis()?.message ?? [])], [...(entries[0]?.message ?? [])]);
    segment.close();
  }
});

test('segments: a batch is not divided', () => {
  using temporary = temporaryFolder();
  const { logFolder } = temporary.folder;
  const entries = entriesOf(12);
  const log = SqliteLog.openWriter(logFolder, { segmentEntries: SEGMENT });
  log.append(log.head(), entries.slice(0, 3));
  log.append(log.head(), entries.slice(3, 11));
  log.append(log.head(), entries.slice(11));
  assert.deepEqual(
    listSegments(logFolder).map(({ first }) => first),
    [1, 12],
  );
  assert.deepEqual(sequences(log.read(1)), range(1, 12));
  log.close();
});

/**
 * Appends the entry that makes a segment full and does so many steps to the next; answers the name of the
 * last one.
 */
function stepsOf({ folder, entries }: Written, count: number): string | undefined {
  const [file] = listSegments(folder).slice(-1);
  assert(file !== undefined);
  const full = Segment.openWriter(file);
  full.append(full.head(), entries.slice(SEGMENT - 1));
  const steps = rollSteps(full, segmentPath(folder, full.head().sequence + 1));
  let name: string | undefined = 'nothing is done yet';
  for (let step = 0; step < count && name !== undefined; step += 1) {
    const { done, value } = steps.next();
    if (done === true && value !== undefined) value.close();
    name = done === true ? undefined : value;
  }
  return name;
}

suite('segments: a crash', () => {
  const names: string[] = [];
  for (let count = 0; ; count += 1) {
    using written = writeLog(SEGMENT, 1);
    const name = stepsOf(written, count);
    if (name === undefined) break;
    names.push(name);
  }
  assert.equal(names.length, 7);

  for (const [count, name] of names.entries()) {
    test(`when ${name}`, () => {
      using written = writeLog(SEGMENT, 1);
      const { folder } = written;
      stepsOf(written, count);
      // What lies on the disk now, its process gone.
      const crashed = `${folder}-crashed`;
      cpSync(folder, crashed, { recursive: true });
      const entries = [...written.entries];
      const reader = SqliteLog.openReader(crashed);
      assert.deepEqual(sequences(reader.read(1)), range(1, SEGMENT));
      reader.close();
      const log = SqliteLog.openWriter(crashed, { segmentEntries: SEGMENT });
      assert.equal(log.head().sequence, SEGMENT);
      assert(!readdirSync(crashed).some((file) => file.includes('.new')), 'nothing half made');
      assert.deepEqual([...log.head().hash], [...(entries[SEGMENT - 1]?.hash ?? [])]);
      const maker = new MoreEntries(log);
      maker.append(6);
      log.close();
      assert.deepEqual(
        readdirSync(crashed).sort(),
        [1, 5, 9].map((first) => basename(segmentPath(crashed, first))),
      );
      const again = SqliteLog.openReader(crashed);
      assert.deepEqual(sequences(again.read(1)), range(1, 10));
      again.close();
      if (process.platform === 'win32') return;
      assert.equal(statSync(segmentPath(crashed, 1)).mode & 0o777, 0o400);
    });
  }
});

/** Continues a log with entries of any content: the log does not look into them. */
class MoreEntries {
  readonly #log: SqliteLog;

  constructor(log: SqliteLog) {
    this.#log = log;
  }

  append(count: number): void {
    const [first] = this.#log.read(1).take(1);
    assert(first !== undefined);
    const { kind, key, signature, message } = first;
    for (let done = 0; done < count; done += 1) {
      const head = this.#log.head();
      const proposals = [{ kind, key, signature, message }];
      this.#log.append(head, sealEntries(head, { proposals, time: head.time }));
    }
  }
}

test('segments: a reader in the way postpones the next one, and nothing else', () => {
  using written = writeLog(SEGMENT);
  const { folder } = written;
  const log = SqliteLog.openWriter(folder, { segmentEntries: SEGMENT });
  const outside = new DatabaseSync(segmentPath(folder, 1), { readOnly: true });
  const more = new MoreEntries(log);
  more.append(1);
  assert.equal(listSegments(folder).length, 2, 'nobody is in the way');
  const second = new DatabaseSync(segmentPath(folder, 5), { readOnly: true });
  more.append(2);
  second.exec('BEGIN');
  second.prepare('SELECT sequence FROM head').get();
  more.append(2);
  assert.equal(log.head().sequence, 9);
  assert.equal(listSegments(folder).length, 2, 'it goes on in the full one');
  second.exec('COMMIT');
  more.append(4);
  assert.equal(listSegments(folder).length, 3);
  assert.deepEqual(sequences(log.read(1)), range(1, 13));
  second.close();
  outside.close();
  log.close();
});

test('segments: readers in other threads go on from one to the next', async () => {
  using temporary = temporaryFolder();
  const { logFolder: folder } = temporary.folder;
  const last = 400;
  const log = SqliteLog.openWriter(folder, { segmentEntries: SEGMENT });
  appendEach(log, entriesOf(1));
  const file = new URL('./segment-reader.ts', import.meta.url);
  const readers = [1, 2].map(() => new Worker(file, { workerData: { folder, last } }));
  const ended = readers.map((reader) => once(reader, 'exit'));
  await Promise.all(readers.map((reader) => once(reader, 'online')));
  new MoreEntries(log).append(last - 1);
  // An error of a reader rejects.
  assert.deepEqual(await Promise.all(ended), [[0], [0]]);
  log.close();
  assert(listSegments(folder).length > 20);
});

suite('segments: one is elsewhere', () => {
  test('what it has cannot be read, the rest can', () => {
    using written = writeLog(14);
    const { folder, entries } = written;
    const there = moveAway(folder, 5);
    const reader = SqliteLog.openReader(folder);
    const read: number[] = [];
    const missing = { code: 'log_segment_missing', says: /0000000000000005\.sqlite/ } as const;
    const readAll = (): void => {
      for (const { sequence } of reader.read(1)) read.push(sequence);
    };
    assertError(readAll, { ...missing, sequence: 5 });
    assert.deepEqual(read, range(1, 4));
    assertError(() => [...reader.read(7)], { ...missing, sequence: 6 });
    assertError(() => auditLog(reader), { ...missing, sequence: 5 });
    assertError(() => reader.hashAt(7), { ...missing, sequence: 7 });
    assert.deepEqual(sequences(reader.read(9)), range(9, 14));
    assert.deepEqual([...reader.hashAt(8)], [...(entries[7]?.hash ?? [])]);
    assert.equal(reader.head().sequence, 14);
    symlinkSync(there, segmentPath(folder, 5));
    assert.deepEqual(sequences(reader.read(1)), range(1, 14));
    reader.close();
    const log = SqliteLog.openWriter(folder, { segmentEntries: SEGMENT });
    new MoreEntries(log).append(4);
    assert.deepEqual(sequences(log.read(1)), range(1, 18));
    log.close();
  });

  test('the first: the genesis is known all the same', () => {
    using written = writeLog(10);
    const { folder, entries } = written;
    moveAway(folder, 1);
    const reader = SqliteLog.openReader(folder);
    const [genesis] = reader.read(1).take(1);
    assert.deepEqual([...(genesis?.message ?? [])], [...(entries[0]?.message ?? [])]);
    const missing = { code: 'log_segment_missing', says: /0000000000000001\.sqlite/ } as const;
    assertError(() => [...reader.read(1)], { ...missing, sequence: 2 });
    assertError(() => reader.hashAt(3), { ...missing, sequence: 3 });
    assert.deepEqual(sequences(reader.read(5)), range(5, 10));
    reader.close();
  });

  test('the newest: nobody writes on without it', () => {
    using written = writeLog(10);
    const { folder } = written;
    moveAway(folder, 9);
    assertError(() => SqliteLog.openWriter(folder, { segmentEntries: SEGMENT }), {
      code: 'log_segment_missing',
      sequence: 9,
      says: /0000000000000009\.sqlite/,
    });
  });

  test('a file alone: the first is a log, a later one is none', () => {
    using written = writeLog(10);
    const reader = SqliteLog.openReader(segmentPath(written.folder, 1));
    assert.deepEqual(sequences(reader.read(1)), range(1, 4));
    reader.close();
    assertError(() => SqliteLog.openReader(segmentPath(written.folder, 5)), {
      code: 'log_segment_missing',
      sequence: 1,
      says: /begins with entry 5/,
    });
  });
});

suite('segments: one that does not belong there', () => {
  test('of another log', () => {
    using written = writeLog(10);
    using other = writeLog(10);
    const { folder } = written;
    rmSync(segmentPath(folder, 5));
    cpSync(segmentPath(other.folder, 5), segmentPath(folder, 5));
    const corrupt = { code: 'log_corrupt', says: /does not follow/ } as const;
    const reader = SqliteLog.openReader(folder);
    assertError(() => [...reader.read(1)], { ...corrupt, sequence: 5 });
    assertError(() => [...reader.read(5)], { ...corrupt, sequence: 9 });
    reader.close();
    assertError(() => SqliteLog.openWriter(folder), { ...corrupt, sequence: 9 });
  });

  test('under the name of another', () => {
    using written = writeLog(14);
    const { folder } = written;
    rmSync(segmentPath(folder, 5));
    cpSync(segmentPath(folder, 9), segmentPath(folder, 5));
    const reader = SqliteLog.openReader(folder);
    assertError(() => [...reader.read(1)], {
      code: 'log_corrupt',
      sequence: 5,
      says: /begins with entry 9/,
    });
    reader.close();
  });

  test('without its last entry', () => {
    using written = writeLog(10);
    const { folder } = written;
    const path = segmentPath(folder, 5);
    chmodSync(path, 0o600);
    const database = new DatabaseSync(path);
    database.exec('DELETE FROM entry WHERE sequence = 8');
    database.close();
    const reader = SqliteLog.openReader(folder);
    assertError(() => [...reader.read(1)], {
      code: 'log_corrupt',
      sequence: 8,
      says: /entry 8 .*missing/,
    });
    reader.close();
    assert(!existsSync(`${path}-wal`));
  });
});
