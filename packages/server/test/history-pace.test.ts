// When the historian writes: at once after a rest, then what half a second brings in one transaction,
// and a hundredth of a second after the last one where a read waits. And a result is found by its signature however far back it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Historian } from '../src/history/historian.ts';
import { HistoryDesk } from '../src/history/history-desk.ts';
import { HistoryReader } from '../src/history/history-reader.ts';
import { openHistoryWriter, signatureStart } from '../src/history/history-schema.ts';
import { HistoryWriter } from '../src/history/history-writer.ts';
import { encodeBatch } from '../src/log/batch.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { Marks } from '../src/marks.ts';
import type { Scheduler } from '../src/scheduler.ts';
import { EntryMaker } from './entries.ts';
import { temporaryFolder } from './kit.ts';

/** Time that stands still until it is moved; at most one act waits. */
class HandClock implements Scheduler {
  #now = 0;
  #due: { at: number; act: () => void } | undefined;

  now(): number {
    return this.#now;
  }
  after(milliseconds: number, act: () => void): () => void {
    this.#due = { at: this.#now + milliseconds, act };
    return () => {
      this.#due = undefined;
    };
  }
  soon(act: () => void): void {
    act();
  }
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    if (this.#due !== undefined && this.#due.at <= this.#now) this.#due.act();
  }
}

/** A historian whose log has ten entries more to come, and the reader that waits for it. */
function openPaced(path: { readonly logFolder: string; readonly history: string }) {
  const maker = new EntryMaker().furnish();
  const begun = maker.entries.length;
  for (let count = 0; count < 10; count += 1) maker.register();
  SqliteLog.create(path.logFolder, maker.entries.slice(0, begun));
  const [clock, marks] = [new HandClock(), new Marks()];
  const historian = new Historian({
    log: SqliteLog.openReader(path.logFolder),
    history: new HistoryWriter(path.history),
    onApplied: (sequence) => {
      marks.inHistory = sequence;
    },
    pace: { scheduler: clock, isAwaited: (written) => marks.awaited > written },
  });
  historian.catchUp();
  const news = maker.entries.slice(begun);
  const takeNext = (): number => {
    const next = news.splice(0, 1);
    const last = next[0]?.sequence ?? 0;
    historian.take({ kind: 'batch', bytes: encodeBatch(next), last });
    return last;
  };
  return { clock, marks, historian, takeNext };
}

test('historian: writes at once after a rest, then once in half a second', () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const { clock, marks, historian, takeNext } = openPaced(temporary.folder);
  clock.pass(500);
  const first = takeNext();
  assert.equal(marks.inHistory, first, 'nothing was written lately');
  takeNext();
  clock.pass(499);
  const third = takeNext();
  assert.equal(marks.inHistory, first);
  clock.pass(1);
  assert.equal(marks.inHistory, third, 'both in one transaction');
  const last = takeNext();
  historian.writeOut();
  assert.equal(marks.inHistory, last, 'whoever asks is not kept waiting');
  historian.close();
});

test('historian: writes soon what a read waits for', () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const { clock, marks, historian, takeNext } = openPaced(temporary.folder);
  const history = new HistoryReader(temporary.folder.history);
  let hurries = 0;
  const onWait = (): void => {
    hurries += 1;
    historian.hurry();
  };
  const desk = new HistoryDesk({ history, marks, onWait });
  const sequence = takeNext();
  assert.ok(marks.inHistory < sequence);
  const answers: unknown[] = [];
  const ask = (atLeast: number): void =>
    desk.ask({ id: atLeast, read: 'acts', by: { page: { limit: 1 } }, atLeast }, (answer) =>
      answers.push(answer.id),
    );
  ask(sequence);
  ask(sequence);
  assert.equal(hurries, 1, 'the historian is told once');
  assert.ok(marks.inHistory < sequence, 'who reads again and again does not set the pace');
  clock.pass(10);
  assert.equal(marks.inHistory, sequence);
  // What is awaited and has not come to the historian yet is written when it comes.
  ask(sequence + 1);
  clock.pass(10);
  assert.equal(takeNext(), marks.inHistory);
  takeNext();
  assert.equal(marks.inHistory, sequence + 1, 'nobody waits for the one after it');
  desk.wake();
  assert.deepEqual(answers, [sequence, sequence, sequence + 1]);
  history.close();
  historian.close();
});

test('history: a result is found by its signature in every part of a long log', () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const database = openHistoryWriter(temporary.folder.history);
  const insert = database.prepare(`INSERT INTO result VALUES (${Array(10).fill('?').join(', ')})`);
  const sequences = [2, 65_535, 65_536, 65_537, 3_000_000];
  const signatureOf = (sequence: number): Uint8Array => {
    const signature = new Uint8Array(64).fill(7);
    // All begin in the same way: the rest is compared.
    new DataView(signature.buffer).setUint32(32, sequence);
    return signature;
  };
  for (const sequence of sequences) {
    const signature = signatureOf(sequence);
    const start = signatureStart(signature);
    insert.run(sequence, 1, 1, 0, sequence, signature, start, new Uint8Array(32), 201, '{}');
  }
  database.close();
  const reader = new HistoryReader(temporary.folder.history);
  const found = (sequence: number): number | undefined =>
    reader.read('resultBySignature', { signature: signatureOf(sequence) })?.sequence;
  assert.deepEqual(sequences.map(found), sequences);
  assert.equal(found(4), undefined);
  reader.close();
});
