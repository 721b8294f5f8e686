// A follower keeps an engine in step with the log, from batches where it can and by reading where it must.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import type { Entry } from '@picostocks/protocol';
import { Follower } from '../src/follower.ts';
import { encodeBatch } from '../src/log/batch.ts';
import { EMPTY_HEAD, type Log } from '../src/log/log.ts';
import { LogClock } from '../src/log/log-clock.ts';
import { type LogNews, LogWriter } from '../src/log/log-writer.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { Marks } from '../src/marks.ts';
import { EntryMaker } from './entries.ts';
import { temporaryFolder } from './kit.ts';

function twenty(): Entry[] {
  const maker = new EntryMaker().furnish();
  const [anna, bert] = [maker.register(), maker.register()];
  for (let count = 0; maker.entries.length < 20; count += 1) {
    maker.order(count % 2 === 0 ? 'ASK' : 'BID', count % 2 === 0 ? anna : bert, {
      quantity: `${count + 1}`,
      price: '1',
    });
  }
  return maker.entries;
}

function hashOf(entries: readonly Entry[]): string {
  const engine = new RealEngine();
  for (const entry of entries) engine.apply(entry);
  return engine.hash();
}

/** A log that counts how often it is read. */
function open(entries: readonly Entry[]) {
  const temporary = temporaryFolder();
  temporary.folder.create();
  const log = SqliteLog.openWriter(temporary.folder.logFolder);
  log.append(EMPTY_HEAD, entries);
  let reads = 0;
  const counting: Log = {
    head: () => log.head(),
    append: (head, more) => log.append(head, more),
    read: (from) => {
      reads += 1;
      return log.read(from);
    },
    hashAt: (sequence) => log.hashAt(sequence),
    close: () => log.close(),
  };
  const applied: number[] = [];
  const follower = new Follower({
    log: counting,
    onApplied: ({ sequence }) => applied.push(sequence),
  });
  const dispose = (): void => {
    log.close();
    temporary[Symbol.dispose]();
  };
  return { follower, applied, reads: () => reads, [Symbol.dispose]: dispose };
}

function batch(entries: readonly Entry[]): LogNews {
  const last = entries[entries.length - 1]?.sequence ?? 0;
  return { kind: 'batch', bytes: encodeBatch(entries), last };
}

suite('Follower', () => {
  const entries = twenty();
  const inOrder = entries.map(({ sequence }) => sequence);
  const cases: [string, (follower: Follower) => void, { reads: number }][] = [
    ['reads the log', (follower) => follower.catchUp(), { reads: 1 }],
    [
      'takes batches without reading',
      (follower) => {
        follower.take(batch(entries.slice(0, 7)));
        follower.take(batch(entries.slice(7)));
      },
      { reads: 0 },
    ],
    [
      'passes over what it has: a batch twice, and one that overlaps',
      (follower) => {
        follower.take(batch(entries.slice(0, 7)));
        follower.take(batch(entries.slice(0, 7)));
        follower.take(batch(entries.slice(3)));
      },
      { reads: 0 },
    ],
    [
      'reads what lies between when a batch begins beyond its end',
      (follower) => {
        follower.take(batch(entries.slice(0, 7)));
        follower.take(batch(entries.slice(12)));
      },
      { reads: 1 },
    ],
    [
      'reads when it is told the head only',
      (follower) => {
        follower.take(batch(entries.slice(0, 7)));
        follower.take({ kind: 'head', last: 20 });
      },
      { reads: 1 },
    ],
    [
      'does not read for a head that it has',
      (follower) => {
        follower.take(batch(entries));
        follower.take({ kind: 'head', last: 20 });
        follower.take({ kind: 'head', last: 7 });
      },
      { reads: 0 },
    ],
  ];
  for (const [name, work, { reads }] of cases) {
    test(name, () => {
      using opened = open(entries);
      work(opened.follower);
      assert.deepEqual(opened.applied, inOrder, 'each entry once, in order');
      assert.equal(opened.follower.engine.hash(), hashOf(entries));
      assert.equal(opened.reads(), reads);
    });
  }
});

test('LogWriter: a follower that does not keep up is told heads, until it has', async () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const log = SqliteLog.openWriter(temporary.folder.logFolder);
  const marks = new Marks();
  const clock = new LogClock({ wall: () => 5, monotonic: () => 5 });
  const writer = new LogWriter({ log, clock, marks });
  const news: LogNews[] = [];
  const { acknowledge } = writer.follow({ publish: (one) => news.push(one) });
  const keen: LogNews[] = [];
  const keenPort = writer.follow({
    publish: (one) => {
      keen.push(one);
      if (one.kind === 'batch') keenPort.acknowledge(one.bytes.length);
    },
  });
  const [template] = twenty();
  assert(template !== undefined);
  const { kind, key, signature } = template;
  const submit = (): void => {
    const message = new Uint8Array(1_024 * 1_024);
    writer.submit({ proposals: [{ kind, key, signature, message }], refuse: assert.fail });
    writer.flush();
  };
  for (let count = 0; count < 10; count += 1) submit();
  assert.deepEqual(
    news.map((one) => one.kind),
    [...Array(7).fill('batch'), ...Array(3).fill('head')],
    'no more than 8 MB wait for it',
  );
  assert.deepEqual(
    news.map(({ last }) => last),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  assert(
    keen.every((one) => one.kind === 'batch'),
    'the others are not held up',
  );
  assert.equal(marks.durable, 10);
  for (const one of news) if (one.kind === 'batch') acknowledge(one.bytes.length);
  submit();
  assert.equal(news[10]?.kind, 'batch');
  log.close();
  await new Promise((resolve) => setImmediate(resolve));
});
