// Exchanges that lie about their past. The one rewrites it and everything that could remind it of that, so
// that only somebody who kept a head of his own can tell; the other signs heads of entries that it may
// still lose.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { decodeHeadLine, HASH_BYTES } from '@picostocks/protocol';
import type { Disk } from '../world/disk.ts';
import { DiskLog } from '../world/disk-log.ts';
import { HONEST, type MachineFiles, type Seams } from '../world/seams.ts';
import { HastyLog } from './broken-log.ts';

const REWRITTEN_ENTRIES = 20;

/** Takes back the last entries, the heads that cover them, and the history. */
function rewrite({ disk, historyPath, headsPath }: MachineFiles): void {
  const last = Math.max(1, disk.count - REWRITTEN_ENTRIES);
  disk.loseAfter(last);
  for (const end of ['', '-wal', '-shm', '.saved']) rmSync(historyPath + end, { force: true });
  const lines = readFileSync(headsPath, 'latin1').split('\n').slice(0, -1);
  const kept = lines.filter((line) => (decodeHeadLine(line)?.head.sequence ?? 0) <= last);
  writeFileSync(headsPath, kept.map((line) => `${line}\n`).join(''));
}

export const rewrittenHistory: Seams = { ...HONEST, betweenProcesses: rewrite };

/** Hashes of what was given to the disk, whether or not it is on it. */
const written = new WeakMap<Disk, Map<number, Uint8Array>>();

class TalkativeLog extends HastyLog {
  readonly #hashes: Map<number, Uint8Array>;

  constructor(disk: Disk) {
    super(disk);
    this.#hashes = new Map();
    written.set(disk, this.#hashes);
  }

  override append(...[expected, entries]: Parameters<HastyLog['append']>): void {
    super.append(expected, entries);
    for (const { sequence, hash } of entries) this.#hashes.set(sequence, hash);
  }
}

/** Shows to the signer of heads what is not on the disk. */
class HastyReader extends DiskLog {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    super(disk);
    this.#disk = disk;
  }

  override hashAt(sequence: number): Uint8Array {
    const hash = super.hashAt(sequence);
    if (hash.length > 0) return hash;
    return written.get(this.#disk)?.get(sequence) ?? new Uint8Array(HASH_BYTES);
  }
}

export const hastyHead: Seams = {
  ...HONEST,
  writerLog: (disk) => new TalkativeLog(disk),
  readerLog: (disk) => new HastyReader(disk),
};
