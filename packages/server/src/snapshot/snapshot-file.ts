// A snapshot: the state's text (docs/protocol.md §6.12) between a head line and an end line.
//
//   picostocks snapshot 1
//   log <sequence> <hash of that entry>
//   … the state …
//   end <SHA-256 of all bytes before this line>
//
// Written aside, fsynced, renamed: a file with the right name is whole, or the disk has changed it, and
// then the checksum says so. Read as a stream, since it may be larger than the longest string.

import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
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
import { bytesEqual, fromHex, type Sequence, toHex } from '@picostocks/protocol';
import { syncFolder } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';

const HEAD = 'picostocks snapshot 1';
const NAME = /^([0-9]{16})\.snapshot$/;
const UNFINISHED = '.tmp';
const CHUNK_BYTES = 1_024 * 1_024;
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
  writeAll(file, Buffer.from(`end ${hash.digest('hex')}\n`));
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
    const state = restoreState(reader.stateLines());
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

  /** The state's lines; what stands before and after them is kept and checked. */
  *stateLines(): Generator<string> {
    const lines = this.#lines();
    const head = lines.next().value;
    const [word, sequence, logHash] = (lines.next().value ?? '').split(' ');
    if (head !== HEAD || word !== 'log') throw new Error('this is no snapshot of format 1');
    this.sequence = Number(sequence);
    this.logHash = fromHex(logHash ?? '') ?? this.logHash;
    for (const line of lines) {
      if (line.startsWith('end ')) {
        const sum = fromHex(line.slice(4)) ?? new Uint8Array(0);
        this.isWhole = bytesEqual(sum, this.#hash.digest()) && lines.next().done === true;
        return;
      }
      yield line;
    }
  }

  *#lines(): Generator<string> {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let rest = Buffer.alloc(0);
    for (;;) {
      const length = readSync(this.#file, buffer, 0, CHUNK_BYTES, null);
      if (length === 0) break;
      const bytes = Buffer.concat([rest, buffer.subarray(0, length)]);
      const end = bytes.lastIndexOf(0x0a) + 1;
      rest = bytes.subarray(end);
      const whole = bytes.subarray(0, end);
      this.#hash.update(isEnd(whole) ? whole.subarray(0, endOf(whole)) : whole);
      yield* whole.toString().split('\n').slice(0, -1);
    }
    if (rest.length > 0) throw new Error('its last line is not ended');
  }
}

const END = Buffer.from('\nend ');

function endOf(bytes: Buffer): number {
  return bytes.lastIndexOf(END) + 1;
}

/** Only the last line begins so: no line of a state does. */
function isEnd(bytes: Buffer): boolean {
  return bytes.lastIndexOf(END) !== -1 || bytes.subarray(0, 4).equals(END.subarray(1));
}
