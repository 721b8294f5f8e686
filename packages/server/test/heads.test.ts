// Heads are signed over what the log says, kept for ever, and never signed against an earlier one.
//
// Logs are made by hand, so that a log can be rewritten; the historian, the file and the key are the
// real ones.

import assert from 'node:assert/strict';
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  decodeHead,
  decodeHeadLine,
  type Entry,
  hashHead,
  type LogHead,
  type SignedHead,
  toHex,
  ZERO_HASH,
} from '@picostocks/protocol';
import type { DataFolder } from '../src/data-folder.ts';
import { ExchangeError } from '../src/exchange-error.ts';
import { HeadFile } from '../src/heads/head-file.ts';
import { HeadKey } from '../src/heads/head-key.ts';
import { HeadSigner } from '../src/heads/head-signer.ts';
import { Historian } from '../src/history/historian.ts';
import { HistoryReader } from '../src/history/history-reader.ts';
import { HistoryWriter } from '../src/history/history-writer.ts';
import { EMPTY_HEAD, sealEntries } from '../src/log/log.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { EntryMaker, TIME } from './entries.ts';
import { temporaryFolder } from './kit.ts';

const KEY = new HeadKey(randomBytes(32));

/** A log of this many entries. */
function makeEntries(count: number): readonly Entry[] {
  const maker = new EntryMaker().furnish();
  const anna = maker.register();
  while (maker.entries.length < count) {
    maker.order('ASK', anna, { quantity: '1', price: String(maker.entries.length) });
  }
  return maker.entries.slice(0, count);
}

/** Makes the folder's log hold these entries and no others. */
function putLog(folder: DataFolder, entries: readonly Entry[]): void {
  mkdirSync(folder.path, { recursive: true });
  rmSync(folder.logFolder, { recursive: true, force: true });
  folder.create();
  const log = SqliteLog.openWriter(folder.logFolder);
  log.append(EMPTY_HEAD, entries);
  log.close();
}

/** One run of a historian with a signer, from start to stop. */
class Run implements Disposable {
  readonly historian: Historian;
  readonly signer: HeadSigner;
  readonly warnings: string[] = [];

  constructor(
    folder: DataFolder,
    { now = TIME, hasKey = true }: { now?: number; hasKey?: boolean } = {},
  ) {
    const history = new HistoryWriter(folder.history);
    const log = SqliteLog.openReader(folder.logFolder);
    this.historian = new Historian({ log, history, onApplied: () => undefined });
    this.historian.catchUp();
    this.signer = new HeadSigner({
      file: new HeadFile(folder.heads),
      key: hasKey ? KEY : undefined,
      table: history.heads,
      now: () => now,
      warn: (message) => this.warnings.push(message),
    });
  }

  sign(): LogHead {
    const signed = this.signer.sign(this.historian.subject);
    assert(signed !== undefined);
    assertSigned(signed);
    const head = decodeHead(signed.text);
    assert(head !== undefined);
    return head;
  }

  [Symbol.dispose](): void {
    this.signer.close();
    this.historian.close();
  }
}

function assertSigned({ text, signature }: SignedHead): void {
  const x = Buffer.from(KEY.publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  assert(verify(null, Buffer.from(text), key, Buffer.from(signature, 'hex')));
}

function linesOf(folder: DataFolder): string[] {
  return readFileSync(folder.heads, 'utf8').split('\n').slice(0, -1);
}

function deleteHistory({ history }: DataFolder): void {
  for (const end of ['', '-wal', '-shm']) rmSync(history + end, { force: true });
}

function assertThrows(work: () => unknown, code: string): ExchangeError {
  let thrown: unknown;
  assert.throws(work, (error) => {
    thrown = error;
    return error instanceof ExchangeError && error.code === code;
  });
  return thrown as ExchangeError;
}

test('head: it says what the log and the engine say, and names the one before', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  const entries = makeEntries(300);
  putLog(folder, entries.slice(0, 20));
  const first = signOnce(folder);
  assert.equal(first.sequence, 20);
  assert.equal(first.chainHash, toHex(entries[19]?.hash ?? new Uint8Array(0)));
  assert.equal(first.liabilitiesRoot, ZERO_HASH);
  assert.equal(first.previous, ZERO_HASH);
  putLog(folder, entries);
  using run = new Run(folder);
  const second = run.sign();
  assert.equal(second.sequence, 300);
  assert.equal(second.stateHash, run.historian.subject.stateHash());
  assert.equal(second.previous, hashHead(linesOf(folder)[0]?.split(' ')[0] ?? ''));
  assert.equal(statSync(folder.heads).mode & 0o777, 0o600);
});

/** One run that signs one head. */
function signOnce(folder: DataFolder, options: { now?: number } = {}): LogHead {
  using run = new Run(folder, options);
  return run.sign();
}

test('head: where nothing happened none is signed', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  putLog(folder, makeEntries(10));
  assert.deepEqual(signOnce(folder), signOnce(folder));
  assert.equal(linesOf(folder).length, 1);
});

test('head: times grow, whatever the clock does', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  const entries = makeEntries(30);
  const times = [10, 20, 30].map((count, index) => {
    putLog(folder, entries.slice(0, count));
    return signOnce(folder, { now: [TIME + 5_000, 0, TIME + 5_001][index] ?? 0 }).time;
  });
  assert.deepEqual(times, [TIME + 5_000, TIME + 5_001, TIME + 5_002]);
});

test('head: a deleted history is made again, and the old heads still hold', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  const entries = makeEntries(700);
  for (const count of [100, 256, 400]) {
    putLog(folder, entries.slice(0, count));
    signOnce(folder);
  }
  deleteHistory(folder);
  putLog(folder, entries);
  assert.equal(signOnce(folder).sequence, 700);
  const reader = new HistoryReader(folder.history);
  const kept = reader.read('heads', { after: 0, limit: 10 });
  assert.deepEqual(
    kept.map(({ text, signature }) => `${text} ${signature}`),
    linesOf(folder),
  );
  assert.deepEqual(
    reader.read('heads', { after: 256, limit: 1 }).map(({ sequence }) => sequence),
    [400],
  );
  assert.equal(reader.read('newestHead', {})?.sequence, 700);
  reader.close();
});

test('head: a log that is shorter, other, or of another exchange gets none', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  const entries = makeEntries(300);
  putLog(folder, entries);
  signOnce(folder);
  const before = linesOf(folder);
  const shorter = entries.slice(0, 299);
  const [last] = entries.slice(-1);
  assert(last !== undefined);
  const head = { sequence: 299, hash: shorter[298]?.hash ?? new Uint8Array(0), time: last.time };
  const other = sealEntries(head, { proposals: [last], time: last.time + 1 });
  const foreign = makeEntries(301);
  const rewrites = [
    { log: shorter, why: /the log ends with entry 299/ },
    { log: [...shorter, ...other], why: /that entry is another now/ },
    { log: foreign, why: /of the exchange/ },
  ];
  for (const { log, why } of rewrites) {
    deleteHistory(folder);
    putLog(folder, log);
    using run = new Run(folder);
    const error = assertThrows(() => run.sign(), 'log_rewritten');
    assert.match(error.message, why);
    assert.equal(error.sequence, 300);
  }
  assert.deepEqual(linesOf(folder), before);
});

test('head: a tree with another root is refused although the chain fits', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  putLog(folder, makeEntries(20));
  signOnce(folder);
  using run = new Run(folder);
  const subject = { ...run.historian.subject, treeRoot: () => new Uint8Array(32) };
  assert.match(assertThrows(() => run.signer.sign(subject), 'log_rewritten').message, /changed/);
});

test('heads file: a torn last line is cut off, wherever it broke', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  const entries = makeEntries(30);
  putLog(folder, entries.slice(0, 10));
  signOnce(folder);
  const whole = readFileSync(folder.heads);
  putLog(folder, entries);
  for (const part of [1, 100, whole.length - 1]) {
    writeFileSync(folder.heads, Buffer.concat([whole, whole.subarray(0, part)]));
    const file = new HeadFile(folder.heads);
    assert.equal(file.last?.head.sequence, 10);
    assert.equal([...file.heads()].length, 1);
    file.close();
    assert.deepEqual(readFileSync(folder.heads), whole);
  }
  // Nothing but a torn line: no head was ever given away.
  writeFileSync(folder.heads, whole.subarray(0, -1));
  const file = new HeadFile(folder.heads);
  assert.equal(file.last, undefined);
  file.close();
  writeFileSync(folder.heads, Buffer.concat([whole, whole.subarray(0, 50)]));
  assert.equal(signOnce(folder).sequence, 30);
  assert.equal(linesOf(folder).length, 2);
});

test('heads file: damage that is no torn line is refused', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  const entries = makeEntries(30);
  for (const count of [10, 20, 30]) {
    putLog(folder, entries.slice(0, count));
    signOnce(folder);
  }
  const [first = '', second = '', third = ''] = linesOf(folder);
  const write = (...lines: string[]) => writeFileSync(folder.heads, `${lines.join('\n')}\n`);
  write(first, second, third.replace('HEAD', 'TAIL'));
  assertThrows(() => new HeadFile(folder.heads), 'heads_corrupt');
  writeFileSync(folder.heads, 'x'.repeat(10_000));
  assertThrows(() => new HeadFile(folder.heads), 'heads_corrupt');
  // What is not at the end is seen when all of them are read: for a history without heads.
  for (const lines of [
    [first, third],
    [first, second.slice(1), third],
  ]) {
    write(...lines);
    deleteHistory(folder);
    assertThrows(() => signOnce(folder), 'heads_corrupt');
  }
});

test('heads file: it is read whole when it is larger than what is read at once', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  mkdirSync(folder.path, { recursive: true });
  const file = new HeadFile(folder.heads);
  const zeros = { chainHash: ZERO_HASH, stateHash: ZERO_HASH, liabilitiesRoot: ZERO_HASH };
  let previous = ZERO_HASH;
  for (let sequence = 1; sequence <= 400; sequence += 1) {
    const head = { exchange: '0'.repeat(32), sequence, time: sequence, treeRoot: ZERO_HASH };
    const text = encodeLine({ ...head, ...zeros, previous });
    file.append(text);
    previous = hashHead(text.text);
  }
  file.close();
  const again = new HeadFile(folder.heads);
  const sequences = [...again.heads()].map(({ head }) => head.sequence);
  assert.deepEqual(
    sequences,
    Array.from({ length: 400 }, (_, index) => index + 1),
  );
  again.close();
});

function encodeLine(head: LogHead) {
  const { exchange, sequence, time, treeRoot, previous } = head;
  const text = `HEAD:1:${exchange}:${sequence}:${time}:${sequence}:${treeRoot}:${ZERO_HASH}:${ZERO_HASH}:${ZERO_HASH}:${previous}`;
  const line = decodeHeadLine(`${text} ${KEY.sign(text)}`);
  assert(line !== undefined);
  return line;
}

test('head: one that cannot be kept is not signed, and the next try makes it', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  putLog(folder, makeEntries(20));
  const run = new Run(folder);
  // A closed file stands for a disk that does not take the line.
  run.signer.close();
  assert.equal(run.signer.sign(run.historian.subject), undefined);
  assert.match(run.warnings.join(), /could not be kept/);
  const file = new HeadFile(folder.heads);
  assert.equal(file.last, undefined);
  file.close();
  run.historian.close();
  assert.equal(signOnce(folder).sequence, 20);
});

test('head key: without one no head is signed, and another one is refused', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  putLog(folder, makeEntries(20));
  assert.equal(HeadKey.read(folder.headKey, KEY.publicKey), undefined);
  using run = new Run(folder, { hasKey: false });
  assert.equal(run.signer.sign(run.historian.subject), undefined);
  assert.match(run.warnings.join(), /head\.key/);
  for (const text of [
    '',
    'xyz',
    randomBytes(32).toString('hex'),
    randomBytes(64).toString('hex'),
  ]) {
    writeFileSync(folder.headKey, text);
    assertThrows(() => HeadKey.read(folder.headKey, KEY.publicKey), 'head_key_wrong');
  }
});
