// A copy of an exchange's data that can be restored, made while it serves or not. It is made under another
// name, read again whole, and only then gets its own: a folder with the right name is a good backup.
//
// The heads are copied before the log, so that the log is never behind what was promised. The history is
// not copied: the log makes it again. A backup carries the mark that it must be recovered before it serves.

import { chmodSync, existsSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeGenesis, type Sequence, type TimeMicros, toHex } from '@picostocks/protocol';
import { createPrivateFile, DataFolder, syncFolder } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';
import { HeadFile } from '../heads/head-file.ts';
import { listSegments } from '../log/segment-files.ts';
import { SqliteLog } from '../log/sqlite-log.ts';
import { listSnapshots, readSnapshot, snapshotPath } from '../snapshot/snapshot-file.ts';
import { copyDurably, copyFolder, makeFolder, syncFile, syncFolders } from './durable-files.ts';
import { type RecoveryMark, writeMark } from './recovery-mark.ts';

export interface BackupOptions {
  readonly folder: DataFolder;
  /** Where it is made: nothing, or an empty folder. */
  readonly target: string;
  /** Default true. Without it the exchange can be recovered, and signs no more heads. */
  readonly withHeadKey?: boolean;
  readonly onProgress?: (done: Sequence, all: Sequence) => void;
}

export interface BackupReport {
  readonly path: string;
  readonly exchange: string;
  /** The last entry in it. */
  readonly sequence: Sequence;
  readonly hash: string;
  readonly time: TimeMicros;
  readonly hasHeadKey: boolean;
}

/**
 * Makes a backup and verifies it.
 *
 * @throws ExchangeError `no_exchange`, `backup_exists`, `log_corrupt`, `log_rewritten`, `log_segment_missing`, …
 */
export function backUp(options: BackupOptions): BackupReport {
  const steps = backupSteps(options);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** What `backUp` does; stops after each step, so that a test can be a crash there. */
export function* backupSteps(options: BackupOptions): Generator<string, BackupReport> {
  const { folder } = options;
  const path = resolve(options.target);
  if (!folder.hasLog) throw noExchange(folder);
  refuseTaken(path);
  const aside = new DataFolder(`${path}.unfinished`);
  aside.create();
  const lock = aside.lock();
  let mark: RecoveryMark;
  try {
    mark = yield* fill(aside, options);
  } finally {
    lock[Symbol.dispose]();
  }
  rmSync(aside.lockFile, { force: true });
  syncFolders(aside.path);
  yield 'all of it is on the disk';
  refuseTaken(path);
  if (existsSync(path)) rmdirSync(path);
  renameSync(aside.path, path);
  syncFolder(dirname(path));
  return { path, ...mark, hasHeadKey: existsSync(new DataFolder(path).headKey) };
}

function* fill(aside: DataFolder, options: BackupOptions): Generator<string, RecoveryMark> {
  const { folder, withHeadKey = true, onProgress = () => undefined } = options;
  removeAllBut(aside.path, basename(aside.lockFile));
  makeFolder(aside.logFolder);
  // Before anything that could be served.
  writeMark(aside, 'unfinished');
  yield 'it is marked';
  copyPromises(folder, aside);
  if (withHeadKey) copyDurably(folder.headKey, aside.headKey);
  yield 'heads and keys are copied';
  copyLog(folder.logFolder, aside.logFolder);
  yield 'the log is copied';
  const mark = verify(aside, onProgress);
  copySnapshot(folder, aside, mark);
  yield 'it is verified';
  writeMark(aside, mark);
  yield 'its mark says where it ends';
  return mark;
}

function noExchange({ path }: DataFolder): ExchangeError {
  return new ExchangeError({ code: 'no_exchange', message: `there is no exchange in ${path}` });
}

function refuseTaken(path: string): void {
  if (!existsSync(path) || readdirSync(path).length === 0) return;
  throw new ExchangeError({
    code: 'backup_exists',
    message: `${path} is not empty: a backup is made in a folder of its own`,
  });
}

/** What a backup that was killed has left. */
function removeAllBut(folder: string, kept: string): void {
  for (const name of readdirSync(folder)) {
    if (name !== kept) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function copyPromises(from: DataFolder, to: DataFolder): void {
  copyDurably(from.heads, to.heads);
  copyFolder(from.liabilities, to.liabilities);
  copyFolder(from.lost, to.lost);
  copyDurably(from.liabilitySecret, to.liabilitySecret);
  copyDurably(from.genesis, to.genesis);
}

/** Closed segments never change. If the newest was closed meanwhile, its copy may lack its end. */
function copyLog(from: string, to: string): void {
  for (;;) {
    const segments = listSegments(from);
    const newest = segments.at(-1);
    for (const { path } of segments.slice(0, -1)) {
      const target = join(to, basename(path));
      if (existsSync(target)) continue;
      copyDurably(path, target);
      chmodSync(target, 0o400);
    }
    if (newest === undefined) return;
    const target = join(to, basename(newest.path));
    copyOpenSegment(newest.path, target);
    if (listSegments(from).at(-1)?.first === newest.first) return;
    rmSync(target);
  }
}

/** One read transaction: what was committed when it began, and the writer does not wait. */
function copyOpenSegment(path: string, target: string): void {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    createPrivateFile(target);
    database.prepare('VACUUM INTO ?').run(target);
  } finally {
    database.close();
  }
  syncFile(target);
}

/** Reads the copied log to its end, and compares it with the last head that was copied. */
function verify(
  copy: DataFolder,
  onProgress: (done: Sequence, all: Sequence) => void,
): RecoveryMark {
  const log = SqliteLog.openReader(copy.logFolder);
  try {
    const { sequence, hash, time } = log.head();
    let exchange = '';
    for (const entry of log.read(1)) {
      if (entry.sequence === 1) exchange = decodeGenesis(entry.message)?.exchange ?? '';
      if (entry.sequence % 10_000 === 0) onProgress(entry.sequence, sequence);
    }
    onProgress(sequence, sequence);
    refuseOtherHeads(copy, log);
    return { exchange, sequence, hash: toHex(hash), time };
  } finally {
    log.close();
  }
}

function refuseOtherHeads(copy: DataFolder, log: SqliteLog): void {
  if (!existsSync(copy.heads)) return;
  // Opening it cuts off a last line that was still being written.
  const file = new HeadFile(copy.heads);
  const head = file.last?.head;
  file.close();
  if (head === undefined || toHex(log.hashAt(head.sequence)) === head.chainHash) return;
  throw new ExchangeError({
    code: 'log_rewritten',
    message: `a head was signed at entry ${head.sequence} that this log does not have: it is not worth a backup before "picostocks recover"`,
    sequence: head.sequence,
  });
}

/** The newest good one: it makes the first start after a restore short. */
function copySnapshot(from: DataFolder, to: DataFolder, mark: RecoveryMark): void {
  const log = SqliteLog.openReader(to.logFolder);
  try {
    for (const sequence of listSnapshots(from.snapshots)) {
      if (sequence > mark.sequence) continue;
      makeFolder(to.snapshots);
      const target = snapshotPath(to.snapshots, sequence);
      if (!copyDurably(snapshotPath(from.snapshots, sequence), target)) continue;
      if (isGood(to.snapshots, { sequence, hash: toHex(log.hashAt(sequence)) })) return;
      rmSync(target);
    }
  } finally {
    log.close();
  }
}

function isGood(snapshots: string, { sequence, hash }: Pick<RecoveryMark, 'sequence' | 'hash'>) {
  try {
    return toHex(readSnapshot(snapshots, sequence).logHash) === hash;
  } catch {
    return false;
  }
}
