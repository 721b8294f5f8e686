// While nothing can be appended the exchange says so, and comes back without anybody's help.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENTRY_KINDS } from '@picostocks/protocol';
import { LogClock } from '../src/log/log-clock.ts';
import { LogWriter } from '../src/log/log-writer.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { Marks } from '../src/marks.ts';
import { temporaryFolder } from './kit.ts';

const HOUR = 3_600_000_000;

function proposal() {
  const [key, signature, message] = [new Uint8Array(32), new Uint8Array(64), new Uint8Array(0)];
  return { kind: ENTRY_KINDS.tick, key, signature, message };
}

test('log writer: read only while the clock is a step away, and back by itself', () => {
  using temporary = temporaryFolder();
  const { logFolder: path } = temporary.folder;
  const time = { wall: 1_700_000_000_000_000, monotonic: 0 };
  const clock = new LogClock({ wall: () => time.wall, monotonic: () => time.monotonic });
  const log = SqliteLog.openWriter(path);
  const marks = new Marks();
  const said: string[] = [];
  const writer = new LogWriter({ log, clock, marks, onReadOnly: (why) => void said.push(why) });
  const refused: string[] = [];
  const submit = () => {
    writer.submit({ proposals: [proposal()], refuse: (why) => void refused.push(why) });
    writer.flush();
  };
  submit();
  assert.equal(marks.durable, 1);

  time.wall += HOUR;
  submit();
  submit();
  writer.probe();
  assert.deepEqual(
    { readOnly: marks.readOnly, durable: marks.durable },
    { readOnly: true, durable: 1 },
  );
  assert.equal(refused.length, 2);
  assert.equal(said.length, 1);

  time.wall -= HOUR;
  writer.probe();
  assert.equal(marks.readOnly, false);
  submit();
  assert.equal(marks.durable, 2);
  log.close();
});
