// What a data folder has of entries that its log no longer has. Heads, and what was published with them, are
// promises to strangers: they are kept aside. Snapshots and history only repeat the log and are removed,
// so that nothing of the lost part is ever shown or begun with.

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  bytesEqual,
  encodeHeadLine,
  type Sequence,
  type SignedHead,
  type TimeMicros,
  toHex,
} from '@picostocks/protocol';
import { type DataFolder, syncFolder } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';
import { HeadFile } from '../heads/head-file.ts';
import { HistoryWriter } from '../history/history-writer.ts';
import type { Log } from '../log/log.ts';
import { listSnapshots, snapshotPath } from '../snapshot/snapshot-file.ts';
import { copyDurably, makeFolder, writeDurably } from './durable-files.ts';

export interface LostHeads {
  readonly count: number;
  /** When the newest of all heads was signed, of those that are kept too; 0 where there is none. */
  readonly time: TimeMicros;
}

interface SortedHeads {
  readonly kept: readonly SignedHead[];
  readonly lost: readonly SignedHead[];
  /** Of which entries the lost heads are. */
  readonly lostSequences: ReadonlySet<Sequence>;
  readonly time: TimeMicros;
}

/** @throws ExchangeError `heads_corrupt`, `recovery_invalid` for heads of another exchange */
function sortHeads(folder: DataFolder, fields: { log: Log; exchange: string }): SortedHeads {
  const kept: SignedHead[] = [];
  const lost: SignedHead[] = [];
  const lostSequences = new Set<Sequence>();
  let time = 0;
  if (!existsSync(folder.heads)) return { kept, lost, lostSequences, time };
  const file = new HeadFile(folder.heads);
  try {
    for (const { head, text, signature } of file.heads()) {
      if (head.exchange !== fields.exchange) throw otherHeads(folder);
      const isThere = toHex(fields.log.hashAt(head.sequence)) === head.chainHash;
      // What follows a lost head names it, and is lost with it.
      const isKept = isThere && lost.length === 0;
      (isKept ? kept : lost).push({ text, signature });
      if (!isKept) lostSequences.add(head.sequence);
      time = Math.max(time, head.time);
    }
  } finally {
    file.close();
  }
  return { kept, lost, lostSequences, time };
}

function otherHeads({ heads }: DataFolder): ExchangeError {
  return new ExchangeError({
    code: 'recovery_invalid',
    message: `${heads} holds heads of another exchange: put back its own`,
  });
}

export function countLostHeads(
  folder: DataFolder,
  fields: { readonly log: Log; readonly exchange: string },
): LostHeads {
  const { lost, time } = sortHeads(folder, fields);
  return { count: lost.length, time };
}

/** Keeps what was promised of the lost entries in a folder of its own; nothing is ever overwritten there. */
export function setAsidePromises(
  folder: DataFolder,
  fields: { readonly log: Log; readonly exchange: string; readonly name: string },
): void {
  const aside = join(folder.lost, fields.name);
  const { kept, lost, lostSequences } = sortHeads(folder, fields);
  const last = fields.log.head().sequence;
  const isLost = (sequence: Sequence): boolean => sequence > last || lostSequences.has(sequence);
  const published = publishedFiles(folder.liabilities, isLost);
  if (lost.length + published.length === 0) return;
  makeFolder(aside);
  syncFolder(folder.path);
  syncFolder(folder.lost);
  for (const name of published) copyDurably(join(folder.liabilities, name), join(aside, name));
  syncFolder(aside);
  for (const name of published) rmSync(join(folder.liabilities, name), { force: true });
  // Last: which publications are lost is known by them, also after an interruption.
  if (lost.length === 0) return;
  writeDurably(join(aside, 'heads.txt'), textOf(lost));
  writeDurably(folder.heads, textOf(kept));
}

function textOf(heads: readonly SignedHead[]): string {
  return heads.map((head) => `${encodeHeadLine(head)}\n`).join('');
}

/** Files that are named by such an entry. */
function publishedFiles(folder: string, isWanted: (sequence: Sequence) => boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => isWanted(Number(/^(\d{16})\./.exec(name)?.[1] ?? 0)));
}

/** Removes snapshots and the history, where they are of entries that the log does not have. */
export function removeForeign(folder: DataFolder, log: Log): void {
  for (const sequence of listSnapshots(folder.snapshots)) {
    if (sequence > log.head().sequence) rmSync(snapshotPath(folder.snapshots, sequence));
  }
  if (!existsSync(folder.history) || isHistoryOf(folder.history, log)) return;
  for (const end of ['', '-wal', '-shm']) rmSync(folder.history + end, { force: true });
}

/** A history that cannot be opened is made again just as well. */
function isHistoryOf(path: string, log: Log): boolean {
  try {
    const history = new HistoryWriter(path);
    const { sequence, hash } = history.applied;
    history.close();
    return sequence === 0 || bytesEqual(log.hashAt(sequence), hash);
  } catch {
    return false;
  }
}
