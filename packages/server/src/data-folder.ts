// Where an exchange keeps its data, and who may touch it: one process at a time, its user only.
//
//   lock.sqlite       held exclusively while a server runs; never read
//   genesis.json      the genesis that waits for the operator's signature, before the first start
//   head.key          private half of the key that signs heads of the log
//   log/              the log: the only thing that must not be lost
//   snapshots/        the state at some entries, so that a start need not read the whole log
//   history.sqlite    results, trades, transfers, candles: can be rebuilt from the log

import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
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
    const path = join(this.path, 'lock.sqlite');
    createPrivateFile(path);
    const database = new DatabaseSync(path);
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (cause) {
      database.close();
      throw new ExchangeError({
        code: 'data_folder_in_use',
        message: `another server runs on the data folder ${this.path}`,
        cause,
      });
    }
    return { [Symbol.dispose]: () => database.close() };
  }
}

/** SQLite gives its side files the mode of the database, so the mode is set before it opens it. */
export function createPrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}
