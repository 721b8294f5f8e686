// The mark of a folder whose log may have lost its end: it must be recovered before it serves again
// (docs/protocol.md §6.13). Every backup has it from its first moment on, and a recovery takes it away last.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Sequence, TimeMicros } from '@picostocks/protocol';
import { type DataFolder, syncFolder } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';
import { writeDurably } from './durable-files.ts';

/** The last entry of the log when the mark was made. */
export interface RecoveryMark {
  readonly exchange: string;
  readonly sequence: Sequence;
  /** Of that entry, hexadecimal. */
  readonly hash: string;
  readonly time: TimeMicros;
}

/** While a backup is being made nobody knows yet where it ends. */
export function writeMark(folder: DataFolder, mark: RecoveryMark | 'unfinished'): void {
  writeDurably(folder.unrecovered, mark === 'unfinished' ? '{}\n' : `${JSON.stringify(mark)}\n`);
}

/** @throws ExchangeError `recovery_invalid` for the mark of a backup that was not finished. */
export function readMark(folder: DataFolder): RecoveryMark | undefined {
  if (!existsSync(folder.unrecovered)) return undefined;
  const mark = parseMark(readFileSync(folder.unrecovered, 'utf8'));
  if (mark !== undefined) return mark;
  throw new ExchangeError({
    code: 'recovery_invalid',
    message: `${folder.path} is a backup that was never finished, or its ${folder.unrecovered} is damaged: take another`,
  });
}

function parseMark(text: string): RecoveryMark | undefined {
  try {
    const mark: Partial<RecoveryMark> = JSON.parse(text);
    const { exchange, sequence, hash, time } = mark;
    if (exchange === undefined || sequence === undefined) return undefined;
    return hash === undefined || time === undefined
      ? undefined
      : { exchange, sequence, hash, time };
  } catch {
    return undefined;
  }
}

export function removeMark(folder: DataFolder): void {
  rmSync(folder.unrecovered, { force: true });
  syncFolder(folder.path);
}

/** @throws ExchangeError `recovery_needed` */
export function refuseUnrecovered(folder: DataFolder): void {
  if (!existsSync(folder.unrecovered)) return;
  throw new ExchangeError({
    code: 'recovery_needed',
    message: `${folder.path} was restored from a backup, or its recovery was interrupted: what was signed after the backup could count again. Run "picostocks recover --data ${folder.path}" first`,
  });
}
