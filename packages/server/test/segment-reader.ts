// A thread that reads a log again and again while another writes it, until it has seen the last entry.

import assert from 'node:assert/strict';
import { workerData } from 'node:worker_threads';
import { SqliteLog } from '../src/log/sqlite-log.ts';

const { folder, last } = workerData as { folder: string; last: number };
const log = SqliteLog.openReader(folder);
let sequence = 0;
while (sequence < last) {
  const head = log.head().sequence;
  assert(head >= sequence, `the head went back from ${sequence} to ${head}`);
  // Mostly what is new, now and then everything: closed segments are read while the next begin.
  let expected = head % 7 === 0 ? 1 : sequence + 1;
  for (const entry of log.read(expected)) {
    assert.equal(entry.sequence, expected);
    expected += 1;
  }
  assert(expected > head, `read to ${expected - 1}, the head was ${head}`);
  sequence = expected - 1;
  assert.equal(log.hashAt(sequence).length, 32);
}
log.close();
