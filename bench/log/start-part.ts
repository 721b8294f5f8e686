// The parts of the row `start`, each in a process of its own.
//
//   node start-part.ts write|floor|start <folder> <orders> <users>
//
// `write` makes the state and its snapshot, and a log that goes on from there: one whose segments up to
// that entry are elsewhere.

import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { RealEngine } from '@picostocks/engine';
import {
  ENTRY_FORMAT,
  ENTRY_KINDS,
  encodeGenesis,
  HASH_BYTES,
  KEY_BYTES,
  type Proposal,
  RULES_MAX,
  SIGNATURE_BYTES,
  toHex,
} from '@picostocks/protocol';
import {
  DataFolder,
  listSnapshots,
  SqliteLog,
  snapshotPath,
  startEngine,
} from '@picostocks/server';
import { Segment } from '../../packages/server/src/log/segment.ts';
import { segmentPath } from '../../packages/server/src/log/segment-files.ts';
import { writeSnapshot } from '../../packages/server/src/snapshot/snapshot-file.ts';
import { Author } from './author.ts';

export interface Measured {
  readonly seconds: number;
  /** Of the process, at its peak. */
  readonly memory: number;
  readonly bytes: number;
}

const TIME = 1_767_225_600_000_000;

const [what = '', path = '', ordersText = '', usersText = ''] = process.argv.slice(2);
const [orders, users] = [Number(ordersText), Number(usersText)];
const { snapshots, logFolder } = new DataFolder(path);

function buildState(): RealEngine {
  const operator = new Uint8Array(KEY_BYTES).fill(7);
  const exchange = '0'.repeat(32);
  const engine = new RealEngine();
  const apply = (proposal: Proposal): void => {
    const sequence = engine.state.sequence + 1;
    const [first] = engine.apply({ ...proposal, sequence, time: TIME + sequence });
    if (first?.kind === 'command_rejected' || first?.kind === 'command_void') {
      throw new Error(`entry ${sequence} is ${first.kind}: ${first.reason}`);
    }
  };
  const message = encodeGenesis({
    ...{ format: ENTRY_FORMAT, exchange, rules: RULES_MAX, sandbox: true },
    operator: toHex(operator),
    headKey: toHex(operator),
  });
  const signature = new Uint8Array(SIGNATURE_BYTES);
  apply({ kind: ENTRY_KINDS.genesis, key: operator, signature, message });
  const author = new Author(exchange, operator);
  for (const proposal of author.furnish(users)) apply(proposal);
  for (let count = 0; count < orders; count += 1) {
    // A bid and an ask each, so that a user has something locked of both assets.
    apply(author.standing(1 + ((count >> 1) % users), count));
  }
  return engine;
}

function write(): () => void {
  const { state } = buildState();
  const { sequence, time } = state;
  const logHash = new Uint8Array(HASH_BYTES).fill(9);
  mkdirSync(logFolder, { recursive: true });
  const steps = Segment.create(segmentPath(logFolder, sequence + 1), {
    previous: { sequence, time, hash: logHash },
  });
  while (steps.next().done !== true);
  return () => void writeSnapshot(snapshots, { state, logHash });
}

function snapshot(): string {
  return snapshotPath(snapshots, listSnapshots(snapshots)[0] ?? 0);
}

/** Reads and checksums the same bytes: what nothing that verifies them can be faster than. */
function floor(): void {
  const buffer = Buffer.alloc(1_048_576);
  const hash = createHash('sha256');
  const file = openSync(snapshot(), 'r');
  for (;;) {
    const length = readSync(file, buffer, 0, buffer.length, null);
    if (length === 0) break;
    hash.update(buffer.subarray(0, length));
  }
  hash.digest();
  closeSync(file);
}

/** What each replica does first. */
function start(): void {
  const log = SqliteLog.openReader(logFolder);
  const warn = (message: string): never => {
    throw new Error(message);
  };
  const { state } = startEngine({ log, snapshots, warn });
  log.close();
  if (state.orders.size !== orders) throw new Error('it began with another state');
}

const work = what === 'write' ? write() : what === 'floor' ? floor : start;
const begun = performance.now();
work();
const seconds = (performance.now() - begun) / 1_000;
const memory = process.resourceUsage().maxRSS * 1_024;
const measured: Measured = { seconds, memory, bytes: statSync(snapshot()).size };
process.stdout.write(`${JSON.stringify(measured)}\n`);
