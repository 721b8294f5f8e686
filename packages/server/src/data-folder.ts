// Where an exchange keeps its data, and who may touch it: one process at a time, its user only.
//
//   lock.sqlite       held exclusively while a server runs; never read
//   genesis.json      the genesis that waits for the operator's signature, before the first start
//   head.key          private half of the key that signs heads of the log
//   log/              the log, in segments: the only thing that must not be lost
//   heads.txt         the heads that were signed, for ever
//   liabilities/      what was published with some of them, for ever, and the newest trees for proofs
//   liability.secret  what keeps strangers' amounts in those trees hidden
//   snapshots/        the state at some entries, so that a start need not read the whole log
//   unrecovered.json  says that the log must be recovered before it serves; every backup has it
//   recover.json      the recovery that waits for the operator's signature
//   lost/             heads, and what was published with them, whose entries were lost with a log
//   history.sqlite    results, trades, transfers, candles: can be rebuilt from the log

import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ExchangeError } from './exchange-error.ts';
import { listSegments } from './log/segment-files.ts';

export class DataFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get genesis(): string {
    return join(this.path, 'genesis.json');
  }
  get headKey(): string {
    return join(this.path, 'head.key');
  }
  get heads(): string {
    return join(this.path, 'heads.txt');
  }
  /** The folder of what was published of the exchange's liabilities, and of what proofs are made from. */
  get liabilities(): string {
    return join(this.path, 'liabilities');
  }
  get liabilitySecret(): string {
    return join(this.path, 'liability.secret');
  }
  get unrecovered(): string {
    return join(this.path, 'unrecovered.json');
  }
  get recovery(): string {
    return join(this.path, 'recover.json');
  }
  get lost(): string {
    return join(this.path, 'lost');
  }
  get lockFile(): string {
    return join(this.path, 'lock.sqlite');
  }
  get history(): string {
    return join(this.path, 'history.sqlite');
  }
  /** The folder of the log's segments. */
  get logFolder(): string {
    return join(this.path, 'log');
  }
  /** Paths of the segments that are there, in the order of the log; the last one is being written. */
  get segments(): string[] {
    return listSegments(this.logFolder).map(({ path }) => path);
  }

  get snapshots(): string {
    return join(this.path, 'snapshots');
  }

  get hasLog(): boolean {
    return this.segments.length > 0;
  }

  create(): void {
    mkdirSync(this.logFolder, { recursive: true, mode: 0o700 });
    chmodSync(this.path, 0o700);
  }

  /**
   * Takes the folder for this process until the answer is closed or the process ends, however.
   *
   * @throws ExchangeError `data_folder_in_use`
   */
  lock(): Disposable {
    const lock = lockFile(this.lockFile);
    if (lock !== undefined) return lock;
    throw new ExchangeError({
      code: 'data_folder_in_use',
      message: `another server runs on the data folder ${this.path}`,
    });
  }
}

/**
 * Takes a file for this process until the answer is closed or the process ends, however; `undefined`
 * where another process has it.
 */
export function lockFile(path: string): Disposable | undefined {
  createPrivateFile(path);
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    database.close();
    return undefined;
  }
  return { [Symbol.dispose]: () => database.close() };
}

/** SQLite gives its side files the mode of the database, so the mode is set before it opens it. */
export function createPrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

/** A rename is on the disk when its folder is. Windows has no such thing. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
