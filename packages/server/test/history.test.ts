// The history is made from the log alone: it can be deleted, interrupted and continued, and is always the
// same; it refuses to continue with another log.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { type Entry, formatAmount } from '@picostocks/protocol';
import type { DataFolder } from '../src/data-folder.ts';
import { ExchangeError } from '../src/exchange-error.ts';
import { Historian } from '../src/history/historian.ts';
import { HistoryReader } from '../src/history/history-reader.ts';
import { HistoryWriter } from '../src/history/history-writer.ts';
import { encodeBatch } from '../src/log/batch.ts';
import { EMPTY_HEAD } from '../src/log/log.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { EntryMaker, TIME } from './entries.ts';
import { temporaryFolder } from './kit.ts';

const MINUTE = 60_000_000;

/** A log with trades over three minutes and a day, a rejection, a transfer and a deposit. */
function busyLog(): Entry[] {
  const maker = new EntryMaker().furnish();
  const [anna, bert] = [maker.register(), maker.register()];
  maker.order('ASK', anna, { quantity: '100', price: '2' });
  maker.order('ASK', anna, { quantity: '100', price: '3' });
  maker.order('BID', bert, { quantity: '1', price: '2' });
  maker.order('BID', bert, { quantity: '99.5', price: '3' });
  maker.time += MINUTE;
  maker.order('BID', bert, { quantity: '2', price: '3' });
  maker.order('BID', bert, { quantity: '1000000', price: '3' });
  maker.act('transfer', { to_user: bert, stock_id: 2, quantity: '5', memo: 'hello' }, anna);
  maker.act('credit_deposit', { user_id: anna, stock_id: 2, quantity: '7', txid: 'x' });
  maker.time = TIME + 24 * 60 * MINUTE;
  maker.order('BID', bert, { quantity: '4', price: '3' });
  return maker.entries;
}

function makeLog(folder: DataFolder, entries: readonly Entry[]): void {
  folder.create();
  const log = SqliteLog.openWriter(folder.logFolder);
  log.append(EMPTY_HEAD, entries);
  log.close();
}

function openHistorian(folder: DataFolder): Historian {
  return new Historian({
    log: SqliteLog.openReader(folder.logFolder),
    history: new HistoryWriter(folder.history),
    onApplied: () => undefined,
  });
}

function writeHistory(folder: DataFolder): void {
  const historian = openHistorian(folder);
  historian.catchUp();
  historian.close();
}

const TABLES = [
  'applied',
  'result',
  'trade',
  'trade_of_user',
  'trade_of_order',
  'closed_order',
  'transfer',
  'deposit',
  'candle',
];

/** Every row of every table. */
function dump(folder: DataFolder): string {
  const database = new DatabaseSync(folder.history, { readOnly: true });
  const rows = TABLES.map((table) => database.prepare(`SELECT * FROM ${table}`).all());
  database.close();
  return JSON.stringify(rows, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
}

function deleteHistory({ history }: DataFolder): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${history}${suffix}`, { force: true });
}

function assertForeign(work: () => unknown): void {
  assert.throws(
    work,
    (error) => error instanceof ExchangeError && error.code === 'history_foreign',
  );
}

suite('Historian', () => {
  test('a deleted history is made again, the same', () => {
    using temporary = temporaryFolder();
    const { folder } = temporary;
    makeLog(folder, busyLog());
    writeHistory(folder);
    const first = dump(folder);
    writeHistory(folder);
    assert.equal(dump(folder), first, 'nothing is written twice');
    deleteHistory(folder);
    writeHistory(folder);
    assert.equal(dump(folder), first);
  });

  test('however it is cut into transactions and runs, it is the same', () => {
    const entries = busyLog();
    using whole = temporaryFolder();
    makeLog(whole.folder, entries);
    writeHistory(whole.folder);
    for (let cut = 1; cut < entries.length; cut += 1) {
      using parts = temporaryFolder();
      makeLog(parts.folder, entries.slice(0, cut));
      writeHistory(parts.folder);
      const log = SqliteLog.openWriter(parts.folder.logFolder);
      const historian = openHistorian(parts.folder);
      historian.catchUp();
      const [next, rest] = [entries.slice(cut, cut + 1), entries.slice(cut + 1)];
      log.append(log.head(), next);
      historian.take({ kind: 'batch', bytes: encodeBatch(next), last: cut + 1 });
      if (rest.length > 0) log.append(log.head(), rest);
      historian.take({ kind: 'head', last: entries.length });
      historian.close();
      log.close();
      assert.equal(dump(parts.folder), dump(whole.folder), `cut at ${cut}`);
    }
  });

  test('killed inside a transaction, it leaves nothing of it', () => {
    const entries = busyLog();
    using temporary = temporaryFolder();
    const { folder } = temporary;
    makeLog(folder, entries.slice(0, 9));
    writeHistory(folder);
    const before = dump(folder);
    const writer = new HistoryWriter(folder.history);
    writer.begin();
    for (const entry of entries) writer.write({ entry, events: [], command: undefined });
    writer.close();
    assert.equal(dump(folder), before);
  });

  test('a history of another log is refused', () => {
    using one = temporaryFolder();
    using two = temporaryFolder();
    makeLog(one.folder, busyLog());
    makeLog(two.folder, busyLog());
    writeHistory(one.folder);
    const historyOnly = one.folder.history;
    assertForeign(
      () =>
        new Historian({
          log: SqliteLog.openReader(two.folder.logFolder),
          history: new HistoryWriter(historyOnly),
          onApplied: () => undefined,
        }),
    );
  });

  test('a history that is ahead of its log is refused', () => {
    const entries = busyLog();
    using long = temporaryFolder();
    using short = temporaryFolder();
    makeLog(long.folder, entries);
    makeLog(short.folder, entries.slice(0, 8));
    writeHistory(long.folder);
    assert.throws(
      () =>
        new Historian({
          log: SqliteLog.openReader(short.folder.logFolder),
          history: new HistoryWriter(long.folder.history),
          onApplied: () => undefined,
        }),
      ExchangeError,
    );
  });

  test('of two historians one writes, the other stops', () => {
    const entries = busyLog();
    using temporary = temporaryFolder();
    const { folder } = temporary;
    makeLog(folder, entries);
    const late = openHistorian(folder);
    writeHistory(folder);
    const written = dump(folder);
    assert.throws(() => late.catchUp());
    late.close();
    assert.equal(dump(folder), written);
  });
});

suite('HistoryReader', () => {
  test('candles and the volume of a day', () => {
    using temporary = temporaryFolder();
    const { folder } = temporary;
    makeLog(folder, busyLog());
    writeHistory(folder);
    const database = new DatabaseSync(folder.history, { readOnly: true });
    const minute = Math.floor(TIME / MINUTE);
    const candles = database
      .prepare(
        'SELECT start, open, high, low, close, quantity, value, count FROM candle WHERE minutes = 1',
      )
      .all()
      .map((row) => Object.values(row).map((value) => Number(value)));
    database.close();
    assert.deepEqual(candles, [
      [minute, 2, 3, 2, 3, 100.5, 201.5, 3],
      [minute + 1, 3, 3, 3, 3, 2, 6, 1],
      [minute + 24 * 60, 3, 3, 3, 3, 4, 12, 1],
    ]);
    const reader = new HistoryReader(folder.history);
    const volumeAt = (minutesLater: number) => {
      const timeMicros = TIME + minutesLater * MINUTE;
      const { quantity, count } = reader.read('daySummary', {
        stockId: 3,
        unitId: 2,
        timeMicros,
      });
      return [Number(formatAmount(quantity)), count];
    };
    assert.deepEqual(volumeAt(0), [100.5, 3]);
    assert.deepEqual(volumeAt(1), [102.5, 4]);
    assert.deepEqual(volumeAt(24 * 60 - 1), [102.5, 4]);
    assert.deepEqual(volumeAt(24 * 60), [6, 2], 'the first minute has left the window');
    assert.deepEqual(volumeAt(24 * 60 + 1), [4, 1]);
    assert.deepEqual(volumeAt(48 * 60), [0, 0]);
    reader.close();
  });

  test('a minute that is continued after a restart is one candle', () => {
    const maker = new EntryMaker().furnish();
    const [anna, bert] = [maker.register(), maker.register()];
    maker.order('ASK', anna, { quantity: '3', price: '2' });
    maker.order('BID', bert, { quantity: '1', price: '2' });
    using temporary = temporaryFolder();
    const { folder } = temporary;
    makeLog(folder, maker.entries);
    writeHistory(folder);
    const [before, head] = [maker.entries.length, maker.head];
    maker.order('BID', bert, { quantity: '2', price: '2' });
    const log = SqliteLog.openWriter(folder.logFolder);
    log.append(head, maker.entries.slice(before));
    log.close();
    writeHistory(folder);
    const database = new DatabaseSync(folder.history, { readOnly: true });
    const rows = database.prepare('SELECT quantity, count FROM candle WHERE minutes = 1').all();
    database.close();
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ quantity: '3.000000000000000000', count: 2 }],
    );
  });
});
