// The disk under heads.txt: a real file, of which this knows how much is durable. It fails and crashes
// where the file is changed; the rest of `HeadFile` is the server's own.
//
// What a crash leaves of a line that was written and not synced is as with the log (disk.ts): all that
// was written when only the process dies, any beginning of it in a power cut.

import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Random } from '@picostocks/engine/testing';
import type { FileWriter } from '../../packages/server/src/heads/head-file.ts';
import { Crash } from '../time/virtual-time.ts';
import type { CrashPoint, Disk } from './disk.ts';

/** What the operating system says when the disk does not do as it was told. */
export class DiskFailure extends Error {
  override readonly name = 'DiskFailure';
}

export class HeadDisk implements FileWriter {
  readonly path: string;
  readonly #random: Random;
  readonly #disk: Disk;
  /** Bytes that no power cut takes away. */
  #durable = 0;
  #crash: Crash | undefined;
  /** The next head meets this crash. */
  crashAt: CrashPoint | undefined;
  /** The next fsync fails, once. */
  failsFsync = false;
  /** Told of each line as it becomes durable. */
  onDurable: (line: string) => void = () => undefined;

  constructor({ path, random, disk }: { path: string; random: Random; disk: Disk }) {
    this.path = path;
    this.#random = random;
    this.#disk = disk;
  }

  write(file: number, bytes: Uint8Array, position: number): number {
    this.#meet('before_write');
    this.#durable = Math.min(this.#durable, position);
    const isTorn = this.#disk.isFull || this.crashAt === 'in_write';
    const length = isTorn ? this.#random.integer(bytes.length) : bytes.length;
    writeSync(file, bytes, 0, length, position);
    this.#meet('in_write');
    if (length < bytes.length) throw new DiskFailure('the disk is full');
    return length;
  }

  truncate(file: number, length: number): void {
    ftruncateSync(file, length);
    this.#durable = Math.min(this.#durable, length);
  }

  sync(file: number): void {
    this.#meet('before_fsync');
    if (this.failsFsync) {
      this.failsFsync = false;
      throw new DiskFailure('fsync failed');
    }
    const added = readFileSync(this.path, 'latin1').slice(this.#durable);
    this.#durable = fstatSync(file).size;
    for (const line of added.split('\n').slice(0, -1)) this.onDurable(line);
    this.#meet('after_fsync');
  }

  /** The power goes: of what was not synced, a beginning is left. */
  cutPower(): void {
    const file = openSync(this.path, 'a');
    const unsynced = fstatSync(file).size - this.#durable;
    if (unsynced > 0) ftruncateSync(file, this.#durable + this.#random.integer(unsynced + 1));
    closeSync(file);
  }

  /** Whoever keeps heads takes a crash for a disk that fails, and goes on; a crash does not. */
  throwCrash(): void {
    const crash = this.#crash;
    this.#crash = undefined;
    if (crash !== undefined) throw crash;
  }

  #meet(point: CrashPoint): void {
    if (this.crashAt !== point) return;
    this.crashAt = undefined;
    this.#crash = new Crash(`crashed at ${point} of a head`);
    throw this.#crash;
  }
}
