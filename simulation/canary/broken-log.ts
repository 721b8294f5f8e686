// Logs that break their promises: one acknowledges before the bytes are on the disk, one does not look at
// the hashes of what it reads.

import { decodeRecord, type Entry, HASH_BYTES } from '@picostocks/protocol';
import { type Head, headOf } from '../../packages/server/src/log/log.ts';
import type { Disk } from '../world/disk.ts';
import { DiskLog, entryOf } from '../world/disk-log.ts';
import { HONEST, type Seams } from '../world/seams.ts';

/** Gives each batch to the operating system and fsyncs it only with the next one. */
export class HastyLog extends DiskLog {
  readonly #disk: Disk;
  #head: Head | undefined;

  constructor(disk: Disk) {
    super(disk);
    this.#disk = disk;
  }

  override head(): Head {
    return this.#head ?? super.head();
  }

  override append(expected: Head, entries: readonly Entry[]): void {
    this.#disk.sync();
    this.#disk.write(entries);
    this.#head = headOf(entries, expected);
  }
}

export const hastyAcknowledgement: Seams = {
  ...HONEST,
  writerLog: (disk) => new HastyLog(disk),
};

/** Believes whatever the disk says. */
class CredulousLog extends DiskLog {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    super(disk);
    this.#disk = disk;
  }

  override *read(from: number): Generator<Entry> {
    for (let sequence = from; sequence <= this.#disk.count; sequence += 1) {
      const record = this.#disk.at(sequence);
      if (record !== undefined && isReadable(record)) yield entryOf(record);
    }
  }
}

function isReadable(bytes: Uint8Array): boolean {
  try {
    return decodeRecord(bytes.subarray(0, -HASH_BYTES)).sequence > 0;
  } catch {
    return false;
  }
}

export const ignoredHash: Seams = { ...HONEST, readerLog: (disk) => new CredulousLog(disk) };
