// The disk under the log: bytes, in the order in which they were written.
//
// A batch is one frame: `length u32 │ records, each with its hash │ SHA-256 of the records`. `write`
// gives it to the operating system, `sync` makes it durable. What a crash leaves of a frame that was
// written and not synced depends on the crash: when only the process dies, all that was written; in a
// power cut, any beginning of it. A frame that is not whole is recognised at the next start and cut off.
//
// The disk does not model SQLite: how that recovers is tried with the real one, in real processes. Here
// the rest of the exchange meets a log that keeps its promises (log.ts), and loses all that it may lose.

import { createHash } from 'node:crypto';
import type { Random } from '@picostocks/engine/testing';
import { type Entry, HASH_BYTES, recordLength } from '@picostocks/protocol';
import { encodeBatch } from '../../packages/server/src/log/batch.ts';
import { Crash } from '../time/virtual-time.ts';

/** Where a crash may meet an append. */
export const CRASH_POINTS = ['before_write', 'in_write', 'before_fsync', 'after_fsync'] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

const LENGTH_BYTES = 4;
const SUM_BYTES = 32;

export class Disk {
  readonly #random: Random;
  /** By sequence − 1: a record and its hash. */
  readonly #durable: Uint8Array[] = [];
  #unsynced = new Uint8Array(0);
  /** The next append meets this crash. */
  crashAt: CrashPoint | undefined;
  isFull = false;
  /** The next fsync fails, once. */
  failsFsync = false;
  /** Told of each entry as it becomes durable. */
  onDurable: (record: Uint8Array) => void = () => undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  get count(): number {
    return this.#durable.length;
  }

  /** The record of an entry, followed by its hash. */
  at(sequence: number): Uint8Array | undefined {
    return this.#durable[sequence - 1];
  }

  write(entries: readonly Entry[]): void {
    this.#meet('before_write');
    const frame = frameOf(encodeBatch(entries));
    if (this.crashAt === 'in_write') {
      this.#unsynced = frame.subarray(0, this.#random.integer(frame.length));
    }
    this.#meet('in_write');
    const before = this.#unsynced;
    this.#unsynced = new Uint8Array(before.length + frame.length);
    this.#unsynced.set(before);
    this.#unsynced.set(frame, before.length);
    this.#meet('before_fsync');
  }

  /** Answers false when the fsync failed: then nobody knows what is on the disk. */
  sync(): boolean {
    if (this.failsFsync) {
      this.failsFsync = false;
      if (this.#random.chance(50)) this.#unsynced = new Uint8Array(0);
      return false;
    }
    this.#settle();
    this.#meet('after_fsync');
    return true;
  }

  /** The power goes: of what was not synced, a beginning is left. */
  cutPower(): void {
    const length = this.#unsynced.length;
    const keepsAll = this.#random.chance(30);
    this.#unsynced = this.#unsynced.subarray(
      0,
      keepsAll ? length : this.#random.integer(length + 1),
    );
  }

  /** What a start does first: cuts off a torn end, makes the rest durable. Answers the bytes cut off. */
  recover(): number {
    this.crashAt = undefined;
    const torn = this.#unsynced.length - wholeFramesLength(this.#unsynced);
    this.#settle();
    return torn;
  }

  /** Changes one bit of a durable entry; answers how to put it back. */
  flip(sequence: number): () => void {
    const record = this.#durable[sequence - 1];
    if (record === undefined) return () => undefined;
    const at = this.#random.integer(record.length);
    const bit = 1 << this.#random.integer(8);
    const turn = (): void => {
      record[at] = (record[at] ?? 0) ^ bit;
    };
    turn();
    return turn;
  }

  /** Takes away what is durable beyond an entry, as no honest disk does. */
  loseAfter(sequence: number): void {
    this.#durable.length = Math.min(this.#durable.length, sequence);
  }

  #settle(): void {
    for (const record of recordsIn(this.#unsynced)) {
      this.#durable.push(record);
      this.onDurable(record);
    }
    this.#unsynced = new Uint8Array(0);
  }

  #meet(point: CrashPoint): void {
    if (this.crashAt !== point) return;
    this.crashAt = undefined;
    throw new Crash(`crashed at ${point}`);
  }
}

function frameOf(records: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(LENGTH_BYTES + records.length + SUM_BYTES);
  new DataView(frame.buffer).setUint32(0, records.length);
  frame.set(records, LENGTH_BYTES);
  frame.set(createHash('sha256').update(records).digest(), LENGTH_BYTES + records.length);
  return frame;
}

/** The records of a frame and where it ends, or `undefined` if it is torn. */
function frameAt(bytes: Uint8Array, offset: number) {
  if (bytes.length - offset < LENGTH_BYTES + SUM_BYTES) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset + offset).getUint32(0);
  const begin = offset + LENGTH_BYTES;
  const end = begin + length + SUM_BYTES;
  if (end > bytes.length) return undefined;
  const records = bytes.subarray(begin, begin + length);
  const sum = createHash('sha256').update(records).digest();
  return sum.equals(bytes.subarray(begin + length, end)) ? { records, end } : undefined;
}

function wholeFramesLength(bytes: Uint8Array): number {
  let offset = 0;
  for (let frame = frameAt(bytes, 0); frame !== undefined; frame = frameAt(bytes, offset)) {
    offset = frame.end;
  }
  return offset;
}

function* recordsIn(bytes: Uint8Array): Generator<Uint8Array> {
  let offset = 0;
  for (let frame = frameAt(bytes, 0); frame !== undefined; frame = frameAt(bytes, offset)) {
    offset = frame.end;
    for (let at = 0; at < frame.records.length; ) {
      const length = (recordLength(frame.records, at) ?? 0) + HASH_BYTES;
      yield frame.records.slice(at, at + length);
      at += length;
    }
  }
}
