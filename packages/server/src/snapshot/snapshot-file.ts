// A snapshot: the state's text (docs/protocol.md §6.12) between a head line and an end line.
//
//   picostocks snapshot 1
//   log <sequence> <hash of that entry>
//   … the state …
//   end <SHA-256 of all bytes before this line>
//
// Written aside, fsynced, renamed: a file with the right name is whole, or the disk has changed it, and
// then the checksum says so. Read as a stream, since it may be larger than the longest string.

import { createHash, type Hash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { findInsolvency, restoreState, type State, stateLines } from '@picostocks/engine';
import { fromHex, HASH_BYTES, type Sequence, toHex } from '@picostocks/protocol';
import { syncFolder } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';

const HEAD = 'picostocks snapshot 1';
const NAME = /^([0-9]{16})\.snapshot$/;
const UNFINISHED = '.tmp';
/** Small enough that its text is of the young: larger ones make the collector go through all that was read. */
const CHUNK_BYTES = 64 * 1_024;
const LINE_FEED = 0x0a;
/** Of the last line, whose length is always the same. */
const END_BYTES = 'end '.length + 2 * HASH_BYTES + 1;
/** The last good ones are kept: a bad one is passed over for the one before. */
const KEPT = 3;

export interface Snapshot {
  readonly state: State;
  /** Hash of the log's entry at the state's sequence. */
  readonly logHash: Uint8Array;
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Removes what a crash in the middle of writing has left. */
export function removeUnfinished(folder: string): void {
  for (const name of namesIn(folder)) {
    if (name.endsWith(UNFINISHED)) rmSync(join(folder, name));
  }
}

/** Sequences of the snapshots in a folder, newest first. */
export function listSnapshots(folder: string): Sequence[] {
  return namesIn(folder)
    .flatMap((name) => NAME.exec(name)?.slice(1).map(Number) ?? [])
    .sort((left, right) => right - left);
}

export function snapshotPath(folder: string, sequence: Sequence): string {
  return join(folder, `${String(sequence).padStart(16, '0')}.snapshot`);
}

/** Writes a snapshot, removes the oldest beyond those that are kept, and answers its path. */
export function writeSnapshot(folder: string, { state, logHash }: Snapshot): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = snapshotPath(folder, state.sequence);
  const aside = `${path}.${randomUUID()}${UNFINISHED}`;
  const file = openSync(aside, 'wx', 0o600);
  try {
    writeLines(file, snapshotLines(state, logHash));
    fsyncSync(file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
  syncFolder(dirname(path));
  // Another process that makes one at this moment may remove the same.
  for (const old of listSnapshots(folder).slice(KEPT)) {
    rmSync(snapshotPath(folder, old), { force: true });
  }
  return path;
}

function* snapshotLines(state: State, logHash: Uint8Array): Generator<string> {
  yield HEAD;
  yield `log ${state.sequence} ${toHex(logHash)}`;
  yield* stateLines(state);
}

function writeLines(file: number, lines: Iterable<string>): void {
  const hash = createHash('sha256');
  let chunk = '';
  const flush = (): void => {
    const bytes = Buffer.from(chunk);
    hash.update(bytes);
    writeAll(file, bytes);
    chunk = '';
  };
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length > CHUNK_BYTES) flush();
  }
  flush();
  writeAll(file, Buffer.from(endLine(hash)));
}

function endLine(hash: Hash): string {
  return `end ${hash.digest('hex')}\n`;
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written);
  }
}

/**
 * Reads a snapshot and checks all that can be checked without the log: checksum, sequence, sums.
 *
 * @throws ExchangeError `snapshot_bad`
 */
export function readSnapshot(folder: string, sequence: Sequence): Snapshot {
  const path = snapshotPath(folder, sequence);
  const bad = (why: string, cause?: unknown): ExchangeError =>
    new ExchangeError({ code: 'snapshot_bad', message: `${path}: ${why}`, cause });
  const file = openSync(path, 'r');
  try {
    const reader = new SnapshotReader(file);
    const state = restoreState(reader.parts());
    if (!reader.isWhole) throw bad('its checksum is wrong');
    if (state.sequence !== sequence || reader.sequence !== sequence) throw bad('its name lies');
    const insolvency = findInsolvency(state);
    if (insolvency !== undefined) throw bad(insolvency);
    return { state, logHash: reader.logHash };
  } catch (error) {
    throw error instanceof ExchangeError ? error : bad('it cannot be read', error);
  } finally {
    closeSync(file);
  }
}

class SnapshotReader {
  readonly #file: number;
  readonly #hash = createHash('sha256');
  sequence: Sequence = 0;
  logHash = new Uint8Array(0);
  isWhole = false;

  constructor(file: number) {
    this.#file = file;
  }

  /** The state's text in parts; what stands before and behind it is kept and checked. */
  *parts(): Generator<string> {
    let isHead = true;
    for (const part of this.#lines()) {
      yield isHead ? this.#withoutHead(part) : part;
      isHead = false;
    }
  }

  #withoutHead(part: string): string {
    const [first, second = ''] = part.split('\n', 2);
    const [word, sequence, logHash = ''] = second.split(' ');
    if (first !== HEAD || word !== 'log') throw new Error('this is no snapshot of format 1');
    this.sequence = Number(sequence);
    this.logHash = fromHex(logHash) ?? this.logHash;
    return part.slice(`${first}\n${second}\n`.length);
  }

  /** All before the last line, as many whole lines at once as fit. */
  *#lines(): Generator<string> {
    const length = fstatSync(this.#file).size - END_BYTES;
    let buffer = Buffer.alloc(CHUNK_BYTES);
    let kept = 0;
    for (let at = 0; at < length; ) {
      if (kept === buffer.length) buffer = Buffer.concat([buffer], 2 * kept);
      const room = Math.min(buffer.length - kept, length - at);
      const read = readSync(this.#file, buffer, kept, room, at);
      if (read === 0) throw new Error('it was cut while it was read');
      at += read;
      const filled = buffer.subarray(0, kept + read);
      const end = filled.lastIndexOf(LINE_FEED) + 1;
      const whole = filled.subarray(0, end);
      this.#hash.update(whole);
      if (end > 0) yield whole.toString();
      kept = filled.length - end;
      buffer.copyWithin(0, end, filled.length);
    }
    if (kept > 0) throw new Error('its last line is not ended');
    const last = Buffer.alloc(END_BYTES);
    readSync(this.#file, last, 0, END_BYTES, length);
    this.isWhole = last.toString() === endLine(this.#hash);
  }
}
