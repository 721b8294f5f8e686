// The log on the simulated disk: the same promises as the embedded one (packages/server/src/log/log.ts).
//
// Readers see what is durable and nothing else. Every hash is verified against the one before, on every
// read, so a flipped bit is noticed by the first who reads the entry.

import { bytesEqual, decodeRecord, type Entry, HASH_BYTES } from '@picostocks/protocol';
import { ExchangeError } from '../../packages/server/src/exchange-error.ts';
import { chainHash, EMPTY_HEAD, type Head, type Log } from '../../packages/server/src/log/log.ts';
import type { Disk } from './disk.ts';

export class DiskLog implements Log {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  head(): Head {
    const record = this.#disk.at(this.#disk.count);
    return record === undefined ? EMPTY_HEAD : entryOf(record);
  }

  append(expected: Head, entries: readonly Entry[]): void {
    const head = this.head();
    if (head.sequence !== expected.sequence || !bytesEqual(head.hash, expected.hash)) {
      throw error('log_conflict', `the head is entry ${head.sequence}`);
    }
    if (this.#disk.isFull) throw error('log_disk_full', 'the disk is full');
    this.#disk.write(entries);
    if (!this.#disk.sync()) throw error('log_write_failed', 'fsync failed');
  }

  *read(from: number): Generator<Entry> {
    let previous = this.hashAt(from - 1);
    if (previous.length === 0) throw corrupt(from - 1, 'is missing');
    for (let sequence = from; sequence <= this.#disk.count; sequence += 1) {
      const entry = this.#verified(sequence, previous);
      previous = entry.hash;
      yield entry;
    }
  }

  hashAt(sequence: number): Uint8Array {
    if (sequence === 0) return EMPTY_HEAD.hash;
    return this.#disk.at(sequence)?.subarray(-HASH_BYTES) ?? new Uint8Array(0);
  }

  close(): void {
    // The disk outlives whoever reads it.
  }

  #verified(sequence: number, previous: Uint8Array): Entry {
    const record = this.#disk.at(sequence);
    if (record === undefined) throw corrupt(sequence, 'is missing');
    const hash = chainHash(previous, record.subarray(0, -HASH_BYTES));
    if (!bytesEqual(hash, record.subarray(-HASH_BYTES))) {
      throw corrupt(sequence, 'does not have the hash of its content');
    }
    return entryOf(record);
  }
}

/** An entry from its record and hash; its parts are copies, since a disk may change under its readers. */
export function entryOf(bytes: Uint8Array): Entry {
  const record = bytes.slice();
  return { ...decodeRecord(record.subarray(0, -HASH_BYTES)), hash: record.subarray(-HASH_BYTES) };
}

function error(code: 'log_conflict' | 'log_disk_full' | 'log_write_failed', message: string) {
  return new ExchangeError({ code, message });
}

function corrupt(sequence: number, what: string): ExchangeError {
  const message = `entry ${sequence} of the log ${what}`;
  return new ExchangeError({ code: 'log_corrupt', message, sequence });
}
