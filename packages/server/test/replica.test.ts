// A replica that is behind takes the news that are here, and waits only for those that are not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { Entry } from '@picostocks/protocol';
import { encodeBatch } from '../src/log/batch.ts';
import type { LogNews } from '../src/log/log-writer.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { Marks } from '../src/marks.ts';
import { deadlineIn } from '../src/node/deadline.ts';
import { Replica } from '../src/node/replica.ts';
import { EntryMaker } from './entries.ts';
import { temporaryFolder } from './kit.ts';

function newsOf(entries: readonly Entry[]): LogNews {
  return { kind: 'batch', bytes: encodeBatch(entries), last: entries.at(-1)?.sequence ?? 0 };
}

test('replica: a read takes the news that are here, and no more than it needs', async () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const log = SqliteLog.openWriter(temporary.folder.logFolder);
  const { entries } = new EntryMaker().furnish();
  const { port1: writer, port2: reader } = new MessageChannel();
  const marks = new Marks();
  const replica: Replica = new Replica({
    log,
    marks,
    onApplied: () => undefined,
    receive: () => {
      const received = receiveMessageOnPort(reader);
      if (received !== undefined) replica.take(received.message as LogNews);
      return received !== undefined;
    },
  });
  for (const entry of entries.slice(0, 4)) writer.postMessage(newsOf([entry]));
  marks.durable = 2;
  const two = replica.current(deadlineIn(60_000));
  assert.equal(replica.state.sequence, 2);
  assert.equal(await two, 2);

  marks.durable = 5;
  const five = replica.current(deadlineIn(60_000));
  assert.equal(replica.state.sequence, 4);
  replica.take(newsOf(entries.slice(4, 5)));
  assert.equal(await five, 5);
  writer.close();
  log.close();
});
