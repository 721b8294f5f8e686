// How long a start takes: the real server on a long log that ends with many open orders.
//
//   npm run bench:restart -- [--entries 10000000] [--open 1000000] [--tail 1000] [--folder DIR]
//
// Builds the log straight through the log's writer, with an engine beside it that must apply every entry:
// of ten entries one is an order that stays open to the end, six are three pairs of orders that meet, two
// are an order and its cancel. Signatures are bytes of no key: a replay trusts the log. Then, in this
// order, what a start is made of is measured alone, and `picostocks serve` is started three times, each
// time until /readyz says that it is in step and takes commands:
//
//   with a snapshot and without a history, which is made again from the whole log
//   with a snapshot that is `--tail` entries old, and the history: the usual start
//   with the history and without a snapshot: everything is replayed
//
// Figures are for the machine that is named; the ratios are to reading and hashing the bytes of the same
// log, measured in the same run. Ten million entries need about 15 GB of disk, and took an hour and a
// half on a busy machine.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type RealEngine, stateLines } from '@picostocks/engine';
import type { Proposal } from '@picostocks/protocol';
import { DataFolder, makeSnapshot, SqliteLog, snapshotPath, startEngine } from '@picostocks/server';
import { TileTree } from '../packages/server/src/history/tile-tree.ts';
import type { Author } from './log/author.ts';
import { LogBuilder } from './log/log-builder.ts';
import { passing } from './log/trading.ts';

/** Open orders of one user. */
const OPEN_EACH = 100;
const MAIN = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url));

interface Size {
  readonly entries: number;
  readonly open: number;
  readonly tail: number;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function seconds(begun: number): number {
  return (performance.now() - begun) / 1_000;
}

function* commandsOf(author: Author, { open, entries }: Size): Generator<Proposal> {
  const users = Math.max(2, Math.ceil(open / OPEN_EACH));
  yield* author.furnish(users);
  const every = Math.floor((entries - users - 5) / open);
  for (let count = 0; ; count += 1) {
    const stays = count < open;
    if (stays) yield author.standing(1 + (count % users), count);
    yield* passing(author, { count, users, length: stays ? every - 1 : 8 });
  }
}

function bytesOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + statSync(path).size, 0);
}

/** Reads and hashes files: what nothing that verifies a log can be faster than. */
function hashFiles(paths: readonly string[]): number {
  const begun = performance.now();
  const buffer = Buffer.alloc(1_048_576);
  for (const path of paths) {
    const hash = createHash('sha256');
    const file = openSync(path, 'r');
    for (;;) {
      const length = readSync(file, buffer, 0, buffer.length, null);
      if (length === 0) break;
      hash.update(buffer.subarray(0, length));
    }
    closeSync(file);
    hash.digest();
  }
  return seconds(begun);
}

function readLog(folder: DataFolder): number {
  const log = SqliteLog.openReader(folder.logFolder);
  const begun = performance.now();
  let count = 0;
  for (const _entry of log.read(1)) count += 1;
  const taken = seconds(begun);
  if (count !== log.head().sequence) throw new Error('the log was not read to its end');
  log.close();
  return taken;
}

function countOpen({ state }: RealEngine): number {
  let count = 0;
  for (const line of stateLines(state)) if (line.startsWith('order ')) count += 1;
  return count;
}

/** The tree over so many leaves, in a file, in transactions of the historian's length. */
function growTree(folder: string, leaves: number): number {
  const path = join(folder, 'tree.sqlite');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  database.exec(
    'CREATE TABLE tile (level INTEGER NOT NULL, number INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, number))',
  );
  const tree = new TileTree(database);
  const leaf = createHash('sha256').digest();
  const begun = performance.now();
  for (let count = 0; count < leaves; ) {
    database.exec('BEGIN');
    for (const end = Math.min(leaves, count + 5_000); count < end; count += 1) tree.append(leaf);
    tree.flush();
    database.exec('COMMIT');
  }
  const taken = seconds(begun);
  database.close();
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  return taken;
}

interface Started {
  readonly taken: number;
  /** Bytes, where the system tells. */
  readonly peak: number | undefined;
}

/** Starts the real server, waits until it is ready, and stops it. */
async function startServer(folder: DataFolder): Promise<Started> {
  const words = ['serve', '--data', folder.path, '--port', '0', '--json', '--snapshot-every', '0'];
  const begun = performance.now();
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await servingUrl(child);
    while ((await fetch(`${url}/readyz`)).status !== 200) await pause(50);
    return { taken: seconds(begun), peak: peakOf(child) };
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}

async function servingUrl({ stdout, exitCode }: ChildProcess): Promise<string> {
  if (stdout === null || exitCode !== null) throw new Error('the server has ended');
  const [line] = (await once(stdout.setEncoding('utf8'), 'data')) as [string];
  return (JSON.parse(line) as { url: string }).url;
}

function peakOf({ pid }: ChildProcess): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [, kilobytes] = /VmHWM:\s+([0-9]+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}

function gigabytes(bytes: number | undefined): string {
  return bytes === undefined ? 'unknown' : `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}

/** A figure, and how it compares to reading and hashing the log's bytes. */
function figure(name: string, taken: number, floor: number): void {
  say(`${name}: ${taken.toFixed(1)} s, ${(taken / floor).toFixed(1)} times the floor`);
}

function measureParts(folder: DataFolder, floor: number): void {
  const warn = (message: string): never => {
    throw new Error(message);
  };
  figure('the log read, every hash of its chain verified', readLog(folder), floor);
  const log = SqliteLog.openReader(folder.logFolder);
  const { snapshots } = folder;
  let begun = performance.now();
  const sequence = makeSnapshot({ log, snapshots, warn });
  figure('the log read, verified, applied, and a snapshot written', seconds(begun), floor);
  begun = performance.now();
  const engine = startEngine({ log, snapshots, warn });
  log.close();
  const bytes = statSync(snapshotPath(snapshots, sequence)).size;
  figure(`the snapshot (${gigabytes(bytes)}) read and checked`, seconds(begun), floor);
  say(`open orders: ${countOpen(engine)}, users: ${engine.state.users.length - 1}`);
  begun = performance.now();
  engine.hash();
  const hashed = seconds(begun);
  const whole = createHash('sha256');
  const lines = [...stateLines(engine.state)].map((line) => `${line}\n`);
  begun = performance.now();
  for (const line of lines) whole.update(line);
  const bare = seconds(begun);
  say(
    `the state hash: ${hashed.toFixed(1)} s, ${(hashed / bare).toFixed(1)} times OpenSSL's over the same lines`,
  );
  const leaves = Math.min(sequence, 1_000_000);
  const grown = growTree(folder.path, leaves);
  say(`the tree: ${((grown * 1_000_000) / leaves).toFixed(2)} µs an entry (${leaves} leaves)`);
}

async function measureStarts(folder: DataFolder, floor: number): Promise<void> {
  const start = async (name: string): Promise<void> => {
    const { taken, peak } = await startServer(folder);
    figure(`start ${name}`, taken, floor);
    say(`  memory at its peak: ${gigabytes(peak)}`);
  };
  await start('with a snapshot, the history made again');
  say(`the history: ${gigabytes(bytesOf([folder.history]))}`);
  await start('with a snapshot and the history');
  rmSync(folder.snapshots, { recursive: true });
  await start('with the history, without a snapshot');
}

function readSize(): { size: Size; parent: string } {
  const { values } = parseArgs({
    options: {
      entries: { type: 'string', default: '10000000' },
      open: { type: 'string', default: '1000000' },
      tail: { type: 'string', default: '1000' },
      folder: { type: 'string', default: tmpdir() },
    },
  });
  const read = (name: 'entries' | 'open' | 'tail'): number => {
    const count = Number(values[name]);
    if (!Number.isSafeInteger(count) || count < 1) throw new Error(`--${name} must be a number`);
    return count;
  };
  const size = { entries: read('entries'), open: read('open'), tail: read('tail') };
  if (size.entries < 4 * size.open + size.tail + 100) throw new Error('too few entries for that');
  return { size, parent: values.folder };
}

async function main(): Promise<void> {
  const { size, parent } = readSize();
  const path = mkdtempSync(join(parent, 'picostocks-bench-'));
  const stop = (): never => {
    rmSync(path, { recursive: true, force: true });
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const commit = execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' });
    const [cpu] = cpus();
    say(`machine: ${cpus().length} × ${cpu?.model ?? 'unknown'}, ${gigabytes(totalmem())}`);
    say(`program: Node.js ${process.version}, commit ${commit.trim()}`);
    say(`workload: ${size.entries} entries, ${size.open} open orders, tail ${size.tail}`);
    const folder = new DataFolder(join(path, 'data'));
    const begun = performance.now();
    const builder = new LogBuilder(folder);
    const commands = commandsOf(builder.author, size);
    builder.grow(commands, size.entries - size.tail);
    say(`built in ${seconds(begun).toFixed(0)} s, ${gigabytes(bytesOf(folder.segments))}`);
    const floor = hashFiles(folder.segments);
    say(`the floor, the log's bytes read and hashed: ${floor.toFixed(1)} s`);
    measureParts(folder, floor);
    builder.grow(commands, size.entries);
    builder.close();
    await measureStarts(folder, floor);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

await main();
