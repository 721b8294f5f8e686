// Where an exchange keeps its data, and who may touch it: one process at a time, its user only.
//
//   lock.sqlite       held exclusively while a server runs; never read
//   genesis.json      the genesis that waits for the operator's signature, before the first start
//   head.key          private half of the key that signs heads of the log
//   log/              the log: the only thing that must not be lost
//   heads.txt         the heads that were signed, for ever
//   snapshots/        the state at some entries, so that a start need not read the whole log
//   history.sqlite    results, trades, transfers, candles: can be rebuilt from the log

import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ExchangeError } from './exchange-error.ts';

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
  get history(): string {
    return join(this.path, 'history.sqlite');
  }
  /** The log's first segment; a later one is named after the sequence of its first entry. */
  get log(): string {
    return join(this.path, 'log', '0000000000000001.sqlite');
  }

  get snapshots(): string {
    return join(this.path, 'snapshots');
  }

  get hasLog(): boolean {
    return existsSync(this.log);
  }

  create(): void {
    mkdirSync(join(this.path, 'log'), { recursive: true, mode: 0o700 });
    chmodSync(this.path, 0o700);
  }

  /**
   * Takes the folder for this process until the answer is closed or the process ends, however.
   *
   * @throws ExchangeError `data_folder_in_use`
   */
  lock(): Disposable {
    const lock = lockFile(join(this.path, 'lock.sqlite'));
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
