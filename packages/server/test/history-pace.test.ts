// When the historian works: at once after a rest, then what a twentieth of a second brings together, and what
// half a second brings in one transaction, or a hundredth of a second after the last one where a read waits. And a result is found by its signature however far back it is.

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
import { EntryMaker } from './entries.ts';
import { HandClock } from './hand-clock.ts';
import { temporaryFolder } from './kit.ts';

const SQLITE_FULL = 13;

/** A historian whose log has ten entries more to come, and the reader that waits for it. */
function openPaced(path: { readonly logFolder: string; readonly history: string }) {
  const maker = new EntryMaker().furnish();
  const begun = maker.entries.length;
  for (let count = 0; count < 10; count += 1) maker.register();
  SqliteLog.create(path.logFolder, maker.entries.slice(0, begun));
  const [clock, marks] = [new HandClock(), new Marks()];
  const history = new HistoryWriter(path.history);
  const tallies = { taken: 0, rows: 0, commits: 0 };
  const historian = new Historian({
    log: SqliteLog.openReader(path.logFolder),
    history,
    onTaken: () => {
      tallies.taken += 1;
    },
    onApplied: (sequence) => {
      marks.inHistory = sequence;
    },
    pace: { scheduler: clock, isAwaited: (written) => marks.awaited > written },
  });
  historian.catchUp();
  count(history, tallies);
  const news = maker.entries.slice(begun);
  const takeNext = (): number => {
    const next = news.splice(0, 1);
    const last = next[0]?.sequence ?? 0;
    historian.take({ kind: 'batch', bytes: encodeBatch(next), last });
    return last;
  };
  return { clock, marks, historian, history, takeNext, tallies };
}

/** Counts the rows that it is given and what it commits. */
function count(history: HistoryWriter, tallies: { rows: number; commits: number }): void {
  const [write, commit] = [history.write.bind(history), history.commit.bind(history)];
  history.write = (applied) => {
    write(applied);
    tallies.rows += 1;
  };
  history.commit = () => {
    commit();
    tallies.commits += 1;
  };
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

test('historian: applies and writes the rows of a twentieth of a second together', () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const { clock, marks, historian, takeNext, tallies } = openPaced(temporary.folder);
  clock.pass(500);
  const first = takeNext();
  takeNext();
  clock.pass(49);
  const third = takeNext();
  assert.equal(historian.state.sequence, first);
  clock.pass(1);
  assert.equal(historian.state.sequence, third);
  assert.deepEqual(tallies, { taken: third - first + 1, rows: third - first + 1, commits: 1 });
  assert.equal(marks.inHistory, first, 'but no reader can see them');
  clock.pass(450);
  assert.equal(marks.inHistory, third);
  assert.equal(tallies.commits, 2);
  historian.close();
});

test('historian: rows that could not be written are tried again when it is time to commit', () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const { clock, marks, historian, history, takeNext, tallies } = openPaced(temporary.folder);
  const write = history.write.bind(history);
  clock.pass(500);
  const first = takeNext();
  takeNext();
  const full = takeNext();
  history.write = (applied) => {
    write(applied);
    if (applied.entry.sequence < full) return;
    throw Object.assign(new Error('database or disk is full'), { errcode: SQLITE_FULL });
  };
  clock.pass(50);
  history.write = write;
  const { rows } = tallies;
  const last = takeNext();
  clock.pass(50);
  assert.equal(historian.state.sequence, last);
  assert.deepEqual([marks.inHistory, tallies.rows], [first, rows], 'not before');
  clock.pass(400);
  assert.equal(marks.inHistory, last);
  assert.equal(tallies.rows, rows + 3, 'those of the other ones again');
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
