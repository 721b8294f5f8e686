// A stranger audits the log of an exchange on which people traded. Then the log is tampered with, each
// time by somebody who can write the file, and the audit must name the entry.

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { type Entry, encodeRecord } from '@picostocks/protocol';
import { type AuditFailed, auditLog } from '../src/audit.ts';
import { chainHash } from '../src/log/log.ts';
import { segmentPath } from '../src/log/segment-files.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { type Served, serve } from './kit.ts';

async function tradeAndStop(served: Served): Promise<void> {
  const [seller, buyer] = [await served.newTrader(), await served.newTrader()];
  for (let step = 1; step <= 5; step += 1) {
    await seller.put('ASK', { quantity: '0.7', price: `0.0${step}` });
    await buyer.put('BID', { quantity: '0.5', price: `0.0${step}` });
  }
  await buyer.send('CANCELBID', { quantity: '1', price: '99' });
  await served.stop();
}

function audit(path: string) {
  const log = SqliteLog.openReader(path);
  try {
    return auditLog(log);
  } finally {
    log.close();
  }
}

const served = await serve({ nodes: 1 });
await tradeAndStop(served);
const honest = audit(served.folder.logFolder);
test.after(() => served[Symbol.asyncDispose]());

test('audit: an honest log is confirmed to its end', () => {
  assert.equal(honest.exchange, served.id);
  assert.equal(honest.users, 2);
  assert.equal(honest.signatures, honest.sequence);
  assert.equal(honest.rejections, 1);
  for (const { free, locked, outside } of honest.assets) {
    assert.equal(outside, '-20000.000000000000000000');
    assert.equal(Number(free) + Number(locked), 20_000);
  }
});

/** Audits a copy of the log after somebody wrote to it. */
function auditTampered(name: string, tamper: (database: DatabaseSync) => void): AuditFailed {
  const path = join(served.folder.path, `${name}.sqlite`);
  cpSync(segmentPath(served.folder.logFolder, 1), path);
  const database = new DatabaseSync(path);
  tamper(database);
  database.close();
  try {
    audit(path);
  } catch (error) {
    return error as AuditFailed;
  }
  throw new assert.AssertionError({ message: 'the audit found nothing' });
}

/** Gives every entry from one on the hash that its content has now, and the head too. */
function rechain(database: DatabaseSync): void {
  let previous: Uint8Array = new Uint8Array(32);
  const rows = database.prepare('SELECT * FROM entry ORDER BY sequence').all();
  for (const row of rows as unknown as Entry[]) {
    previous = chainHash(previous, encodeRecord(row));
    database.prepare('UPDATE entry SET hash = ? WHERE sequence = ?').run(previous, row.sequence);
  }
  database.prepare('UPDATE head SET hash = ?').run(previous);
}

const MIDDLE = 13;

test('audit: a flipped byte is found where it lies', () => {
  for (const column of ['key', 'signature', 'message', 'hash']) {
    const failure = auditTampered(`flipped-${column}`, (database) => {
      const read = database.prepare(`SELECT ${column} AS bytes FROM entry WHERE sequence = ?`);
      const bytes = Uint8Array.from(read.get(MIDDLE)?.['bytes'] as Uint8Array);
      bytes[5] = (bytes[5] ?? 0) ^ 1;
      database.prepare(`UPDATE entry SET ${column} = ? WHERE sequence = ?`).run(bytes, MIDDLE);
    });
    assert.equal(failure.sequence, MIDDLE, column);
  }
});

test('audit: a missing entry is found', () => {
  const failure = auditTampered('missing', (database) => {
    database.prepare('DELETE FROM entry WHERE sequence = ?').run(MIDDLE);
  });
  assert.equal(failure.sequence, MIDDLE);
});

test('audit: a log that was cut at its end is found', () => {
  const failure = auditTampered('cut', (database) => {
    database.prepare('DELETE FROM entry WHERE sequence = ?').run(honest.sequence);
  });
  assert.equal(failure.sequence, honest.sequence);
});

test('audit: two entries that changed places are found, even with new hashes', () => {
  const failure = auditTampered('swapped', (database) => {
    const move = database.prepare('UPDATE entry SET sequence = ? WHERE sequence = ?');
    move.run(-1, MIDDLE);
    move.run(MIDDLE, MIDDLE + 1);
    move.run(MIDDLE + 1, -1);
  });
  assert.equal(failure.sequence, MIDDLE);
});

test('audit: a forged signature is found although the chain was made anew', () => {
  const failure = auditTampered('forged', (database) => {
    const read = database.prepare('SELECT message FROM entry WHERE sequence = ?');
    const text = Buffer.from(read.get(MIDDLE)?.['message'] as Uint8Array).toString();
    const forged = Buffer.from(text.replace(':0.700', ':7.000').replace(':0.7:', ':7.7:'));
    assert.notEqual(forged.toString(), text);
    database.prepare('UPDATE entry SET message = ? WHERE sequence = ?').run(forged, MIDDLE);
    rechain(database);
  });
  assert.equal(failure.sequence, MIDDLE);
  assert.match(failure.message, /signature/);
});

test('audit: a time that goes back is found although the chain was made anew', () => {
  const failure = auditTampered('time', (database) => {
    database.prepare('UPDATE entry SET time = 1 WHERE sequence = ?').run(MIDDLE);
    rechain(database);
  });
  assert.equal(failure.sequence, MIDDLE);
});
