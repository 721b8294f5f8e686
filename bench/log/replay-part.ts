// One part of the row `replay`, or all of it, in a process of its own.
//
//   node replay-part.ts build|read|hash|parse|apply|replay <data folder> <entries>
//
// Prints nanoseconds an entry.

import { hash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { RealEngine } from '@picostocks/engine';
import {
  decodeCommand,
  ENTRY_KINDS,
  type Entry,
  HASH_BYTES,
  recordBytes,
  writeRecord,
} from '@picostocks/protocol';
import { DataFolder, SqliteLog } from '@picostocks/server';
import { Follower } from '../../packages/server/src/follower.ts';
import { LogBuilder } from './log-builder.ts';
import { trading } from './trading.ts';

/** Users of the log; each has an order open for every hundred entries or so. */
const ENTRIES_PER_USER = 30;
const PAGE = 256;

const [what = '', path = '', size = ''] = process.argv.slice(2);
const folder = new DataFolder(path);
const count = Number(size);

function build(): void {
  const users = Math.ceil(count / ENTRIES_PER_USER);
  const builder = new LogBuilder(folder);
  builder.grow(builder.author.furnish(users));
  builder.grow(trading(builder.author, users), count);
  builder.close();
}

function entriesOfLog(): Entry[] {
  const log = SqliteLog.openReader(folder.logFolder);
  const entries = [...log.read(1)];
  log.close();
  return entries;
}

/** Times work on all entries: `prepared` first, which is not counted. */
function time<T>(prepare: () => T, work: (prepared: T) => void): void {
  const prepared = prepare();
  const begun = performance.now();
  work(prepared);
  const taken = performance.now() - begun;
  process.stdout.write(`${JSON.stringify((taken * 1_000_000) / count)}\n`);
}

/** Every row of every segment, by pages as a reader must who holds no lock, and nothing done with it. */
function readRows(): void {
  let next = 1;
  for (const file of folder.segments) {
    const database = new DatabaseSync(file, { readOnly: true });
    const fields = 'sequence, time, kind, key, signature, message, hash';
    const rows = database.prepare(
      `SELECT ${fields} FROM entry WHERE sequence >= ? ORDER BY sequence LIMIT ${PAGE}`,
    );
    rows.setReturnArrays(true);
    for (let page = rows.all(next); page.length > 0; page = rows.all(next)) next += page.length;
    database.close();
  }
  if (next !== count + 1) throw new Error('the rows were not read to their end');
}

/** Each record behind room for a hash, as one buffer that the chain can be hashed from. */
function linkedRecords(): Buffer[] {
  return entriesOfLog().map((entry) => {
    const linked = Buffer.alloc(HASH_BYTES + recordBytes(entry));
    writeRecord(entry, linked, HASH_BYTES);
    return linked;
  });
}

function hashChain(records: readonly Buffer[]): void {
  let previous = '00'.repeat(HASH_BYTES);
  for (const record of records) {
    record.write(previous, 'hex');
    previous = hash('sha256', record, 'hex');
  }
}

function parse(entries: readonly Entry[]): void {
  for (const { kind, message } of entries) {
    if (kind === ENTRY_KINDS.genesis) continue;
    if (decodeCommand(kind, message).type === 'undecodable') throw new Error('a bad message');
  }
}

function apply(entries: readonly Entry[]): void {
  const engine = new RealEngine();
  for (const entry of entries) engine.apply(entry);
}

/** What a replica does that starts without a snapshot. */
function replay(): void {
  const log = SqliteLog.openReader(folder.logFolder);
  const follower = new Follower({ log, onApplied: () => undefined });
  follower.catchUp();
  if (follower.sequence !== count) throw new Error('the log was not replayed to its end');
  log.close();
}

const nothing = (): undefined => undefined;
if (what === 'build') time(nothing, build);
else if (what === 'read') time(nothing, readRows);
else if (what === 'hash') time(linkedRecords, hashChain);
else if (what === 'parse') time(entriesOfLog, parse);
else if (what === 'apply') time(entriesOfLog, apply);
else if (what === 'replay') time(nothing, replay);
else throw new Error(`there is no part ${what}`);
