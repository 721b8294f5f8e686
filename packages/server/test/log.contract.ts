// What every adapter of the log must do. An adapter's test calls `logContract` with the ways to open its
// store and to damage it.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Entry } from '@picostocks/protocol';
import { ExchangeError, type ExchangeErrorCode } from '../src/exchange-error.ts';
import { EMPTY_HEAD, headOf, type Log, sealEntries } from '../src/log/log.ts';
import { EntryMaker } from './entries.ts';

export const COLUMNS = ['time', 'kind', 'key', 'signature', 'message', 'hash'] as const;
export type Column = (typeof COLUMNS)[number];

export interface LogStore extends Disposable {
  /** Opens the one writer of the log. */
  writer(): Log;
  /** Opens a reader beside the writer. */
  reader(): Log;
  /** Changes one byte of one column of a stored entry. */
  damage(at: { sequence: number; column: Column }): void;
  /** Takes the last byte of one column of a stored entry away. */
  cut(at: { sequence: number; column: 'key' | 'signature' | 'hash' }): void;
  /** Adds a fraction to the time of a stored entry. */
  blur(sequence: number): void;
  /** Takes an entry away. */
  remove(sequence: number): void;
}

function assertError(work: () => unknown, code: ExchangeErrorCode, says: RegExp): void {
  assert.throws(work, (error) => {
    assert(error instanceof ExchangeError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, says);
    return true;
  });
}

function tenEntries(): Entry[] {
  const maker = new EntryMaker().furnish();
  for (let count = 0; count < 5; count += 1) maker.register();
  assert.equal(maker.entries.length, 10);
  return maker.entries;
}

function assertSame(actual: Iterable<Entry>, expected: readonly Entry[]): void {
  const plain = (entries: Iterable<Entry>) =>
    [...entries].map(({ key, signature, message, hash, ...rest }) => ({
      ...rest,
      bytes: [key, signature, message, hash].map((part) => Buffer.from(part).toString('hex')),
    }));
  assert.deepEqual(plain(actual), plain(expected));
}

/** In small batches, so that a log that is kept in parts has several. */
function appendAll(log: Log, entries: readonly Entry[]): void {
  for (let start = 0; start < entries.length; start += 2) {
    log.append(log.head(), entries.slice(start, start + 2));
  }
}

export function logContract(name: string, open: () => LogStore): void {
  suite(name, () => {
    test('an empty log', () => {
      using store = open();
      const log = store.writer();
      assert.deepEqual(
        { ...log.head(), hash: [...log.head().hash] },
        { ...EMPTY_HEAD, hash: Array(32).fill(0) },
      );
      assert.deepEqual([...log.read(1)], []);
      log.close();
    });

    test('what was appended is read, from anywhere, by the writer, a reader and after a restart', () => {
      using store = open();
      const entries = tenEntries();
      const log = store.writer();
      log.append(EMPTY_HEAD, entries.slice(0, 4));
      const reader = store.reader();
      log.append(headOf(entries.slice(0, 4), EMPTY_HEAD), entries.slice(4));
      for (const from of [1, 2, 4, 5, 10]) {
        assertSame(log.read(from), entries.slice(from - 1));
        assertSame(reader.read(from), entries.slice(from - 1));
      }
      assert.deepEqual([...log.read(11)], [], 'from the end there is nothing yet');
      assertError(() => [...log.read(12)], 'log_corrupt', /entry 11 .*missing/);
      log.close();
      const again = store.writer();
      assertSame(again.read(1), entries);
      assert.equal(again.head().sequence, 10);
      assert.equal(again.head().time, entries[9]?.time);
      again.close();
      reader.close();
    });

    test('an append upon another head writes nothing', () => {
      using store = open();
      const entries = tenEntries();
      const log = store.writer();
      log.append(EMPTY_HEAD, entries.slice(0, 5));
      const head = log.head();
      const rest = entries.slice(5);
      const others: [string, Parameters<Log['append']>[0]][] = [
        ['an older head', EMPTY_HEAD],
        ['a later head', { ...head, sequence: 6 }],
        ['another hash', { ...head, hash: new Uint8Array(32).fill(7) }],
      ];
      for (const [what, expected] of others) {
        assertError(() => log.append(expected, rest), 'log_conflict', /head is no longer/);
        assertSame(log.read(1), entries.slice(0, 5));
        assert.equal(log.head().sequence, 5, what);
      }
      log.append(head, rest);
      assertSame(log.read(1), entries);
      log.close();
    });

    test('of two who saw the same head, one appends', () => {
      using store = open();
      const [entries, others] = [tenEntries(), tenEntries()];
      const log = store.writer();
      log.append(EMPTY_HEAD, entries);
      assertError(() => log.append(EMPTY_HEAD, others), 'log_conflict', /./);
      assertSame(log.read(1), entries);
      log.close();
    });

    test('time never goes back, whatever the clock says', () => {
      using store = open();
      const log = store.writer();
      let last = 0;
      const [{ kind, key, signature, message }] = tenEntries() as [Entry];
      for (const time of [50, 40, 60, 0, 61]) {
        const head = log.head();
        log.append(
          head,
          sealEntries(head, { proposals: [{ kind, key, signature, message }], time }),
        );
        assert(log.head().time >= last);
        last = log.head().time;
      }
      assert.deepEqual(
        [...log.read(1)].map((entry) => entry.time),
        [50, 50, 60, 60, 61],
      );
      log.close();
    });

    for (const column of COLUMNS) {
      test(`a changed byte is found, and named by its entry: ${column}`, () => {
        using store = open();
        const entries = tenEntries();
        const log = store.writer();
        appendAll(log, entries);
        log.close();
        store.damage({ sequence: 6, column });
        const reader = store.reader();
        const read: Entry[] = [];
        assertError(
          () => {
            for (const entry of reader.read(1)) read.push(entry);
          },
          'log_corrupt',
          /^entry 6 /,
        );
        assertSame(read, entries.slice(0, 5));
        assertSame(reader.read(8), entries.slice(7));
        if (column !== 'hash') assertSame(reader.read(7), entries.slice(6));
        reader.close();
      });
    }

    test('a time with a fraction is found, though it hashes like the whole one', () => {
      using store = open();
      const log = store.writer();
      appendAll(log, tenEntries());
      log.close();
      store.blur(4);
      const reader = store.reader();
      assertError(() => [...reader.read(1)], 'log_corrupt', /^entry 4 /);
      reader.close();
    });

    // The entries before it have the same key, so that a reader who keeps a buffer has that byte there.
    for (const column of ['key', 'signature', 'hash'] as const) {
      test(`a lost byte is found: ${column}`, () => {
        using store = open();
        const log = store.writer();
        appendAll(log, tenEntries());
        log.close();
        store.cut({ sequence: 4, column });
        const reader = store.reader();
        assertError(() => [...reader.read(1)], 'log_corrupt', /^entry 4 /);
        reader.close();
      });
    }

    test('a reader goes on while the log grows, and never sees half of a batch', () => {
      using store = open();
      const entries = tenEntries();
      const log = store.writer();
      const readers: Log[] = [];
      for (let end = 2; end <= 10; end += 2) {
        log.append(log.head(), entries.slice(end - 2, end));
        readers.push(store.reader());
        for (const reader of readers) {
          assert.equal(reader.head().sequence, end);
          assertSame(reader.read(1), entries.slice(0, end));
          assert.deepEqual([...reader.hashAt(end)], [...(entries[end - 1]?.hash ?? [])]);
        }
      }
      for (const reader of readers) reader.close();
      log.close();
    });

    test('what is appended while somebody reads is for the next read', () => {
      using store = open();
      const entries = tenEntries();
      const log = store.writer();
      appendAll(log, entries.slice(0, 6));
      const reader = store.reader();
      const reading = reader.read(1);
      const first = reading.next().value;
      assert(first !== undefined);
      appendAll(log, entries.slice(6));
      assertSame([first, ...reading], entries.slice(0, 6));
      assertSame(reader.read(7), entries.slice(6));
      reader.close();
      log.close();
    });

    for (const sequence of [1, 5]) {
      test(`a missing entry is found: ${sequence}`, () => {
        using store = open();
        const log = store.writer();
        appendAll(log, tenEntries());
        log.close();
        store.remove(sequence);
        const reader = store.reader();
        const says = new RegExp(`entry ${sequence} .*missing`);
        assertError(() => [...reader.read(1)], 'log_corrupt', says);
        assertError(() => [...reader.read(sequence + 1)], 'log_corrupt', says);
        reader.close();
      });
    }

    test('missing last entries are found', () => {
      using store = open();
      const log = store.writer();
      appendAll(log, tenEntries());
      log.close();
      store.remove(10);
      store.remove(9);
      const reader = store.reader();
      assertError(() => [...reader.read(1)], 'log_corrupt', /entry 9 .*missing/);
      assertError(() => [...reader.read(9)], 'log_corrupt', /entry 9 .*missing/);
      reader.close();
    });
  });
}
