// An audit beside a server: the log grows between the moment when its head is read and the end. And the head
// itself, which no entry vouches for.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { auditLog } from '../src/audit.ts';
import type { Log } from '../src/log/log.ts';
import { EMPTY_HEAD } from '../src/log/log.ts';
import { segmentPath } from '../src/log/segment-files.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { EntryMaker } from './entries.ts';
import { temporaryFolder } from './kit.ts';

interface Written extends Disposable {
  readonly maker: EntryMaker;
  readonly writer: SqliteLog;
  readonly path: string;
}

function writeLog(): Written {
  const temporary = temporaryFolder();
  temporary.folder.create();
  const maker = new EntryMaker().furnish();
  const path = temporary.folder.logFolder;
  const writer = SqliteLog.openWriter(path);
  writer.append(EMPTY_HEAD, maker.entries);
  const dispose = (): void => {
    writer.close();
    temporary[Symbol.dispose]();
  };
  return { maker, writer, path, [Symbol.dispose]: dispose };
}

test('audit: a log that grows meanwhile is no wrong log', () => {
  using written = writeLog();
  const { maker, writer, path } = written;
  const reader = SqliteLog.openReader(path);
  const growing: Log = {
    head: () => {
      const head = reader.head();
      maker.register();
      writer.append(head, maker.entries.slice(head.sequence));
      return head;
    },
    append: () => assert.fail('an audit only reads'),
    read: (from) => reader.read(from),
    hashAt: (sequence) => reader.hashAt(sequence),
    close: () => undefined,
  };
  const progress: number[] = [];
  const report = auditLog(growing, (done, all) => progress.push(done / all));
  assert.equal(report.sequence, maker.head.sequence);
  assert.equal(report.users, 1);
  assert.ok(progress.every((part) => part <= 1));
  reader.close();
});

test('audit: a head that says another hash than its entry is found', () => {
  using written = writeLog();
  const { maker, path } = written;
  const database = new DatabaseSync(segmentPath(path, 1));
  database.prepare('UPDATE head SET hash = ?').run(new Uint8Array(32));
  database.close();
  const reader = SqliteLog.openReader(path);
  assert.throws(() => auditLog(reader), {
    code: 'audit_failed',
    sequence: maker.head.sequence,
    message: `entry ${maker.head.sequence}: the head of the log has another hash`,
  });
  reader.close();
});
