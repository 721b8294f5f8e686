// What the threads behind a node spend on an order, in a process of its own: the real log writer on a real
// log, whose news the real historian takes, round after round. One thread does both by turns, so that the
// processor time of each can be told apart, and between them verifies signatures, the peer.
//
//   node part.ts <folder> single|batch <orders> <entries of one commit>

import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { decodeCommand, type Proposal } from '@picostocks/protocol';
import { DataFolder, SqliteLog } from '@picostocks/server';
import { Historian } from '../../packages/server/src/history/historian.ts';
import { HistoryWriter } from '../../packages/server/src/history/history-writer.ts';
import { decodeProposals, encodeProposals } from '../../packages/server/src/log/batch.ts';
import { EMPTY_HEAD, sealEntries } from '../../packages/server/src/log/log.ts';
import { LogClock, SYSTEM_CLOCKS } from '../../packages/server/src/log/log-clock.ts';
import { type LogNews, LogWriter } from '../../packages/server/src/log/log-writer.ts';
import { Marks } from '../../packages/server/src/marks.ts';
import { isSignedBy } from '../../packages/server/src/node/verify.ts';
import type { Scheduler } from '../../packages/server/src/scheduler.ts';
import { BATCH_ORDERS, Orders } from './orders.ts';

/** Microseconds of an order, and of a verification. */
export interface Costs {
  readonly verify: number;
  readonly decode: number;
  readonly append: number;
  readonly appendElapsed: number;
  readonly follow: number;
  readonly followElapsed: number;
  /** Of the last tenth of the orders, when the history is at its largest. */
  readonly followAtEnd: number;
  readonly historyBytes: number;
}

const [path = '', kind = 'single', ordersText = '10000', groupText = '10'] = process.argv.slice(2);
const isBatch = kind === 'batch';
const perProposal = isBatch ? BATCH_ORDERS : 1;
const orderCount = Number(ordersText);
const group = Number(groupText);
/** Orders of one round. */
const ROUND = 10_000;
const VERIFICATIONS = 100;
/** Messages that wait at a follower at most. */
const MESSAGES = 20;

/** Processor time and time of one thing, over all rounds. */
class Meter {
  readonly rounds: { cpu: number; elapsed: number; count: number }[] = [];

  measure<T>(count: number, work: () => T): T {
    const before = process.threadCpuUsage();
    const begun = performance.now();
    const result = work();
    const elapsed = (performance.now() - begun) * 1_000;
    const { user, system } = process.threadCpuUsage(before);
    this.rounds.push({ cpu: user + system, elapsed, count });
    return result;
  }

  /** Microseconds of each; of the last part of the rounds where one is named. */
  each(what: 'cpu' | 'elapsed', part = 1): number {
    // The first rounds warm up.
    const warm = this.rounds.slice(Math.floor(this.rounds.length / 5));
    const rounds = warm.slice(Math.floor(warm.length * (1 - part)));
    const sum = (of: (round: { cpu: number; elapsed: number; count: number }) => number): number =>
      rounds.reduce((total, round) => total + of(round), 0);
    return sum((round) => round[what]) / sum(({ count }) => count);
  }
}

const meters = {
  verify: new Meter(),
  decode: new Meter(),
  append: new Meter(),
  follow: new Meter(),
};

const folder = new DataFolder(join(path, 'data'));
mkdirSync(path, { recursive: true });
folder.create();
const orders = new Orders();
const time = SYSTEM_CLOCKS.wall();
SqliteLog.create(
  folder.logFolder,
  sealEntries(EMPTY_HEAD, { proposals: [...orders.begin()], time }),
);
/** Time for the historian, as if the orders came at the rate that a bar names. */
const ORDERS_PER_MS = isBatch ? 20 : 10;
let paced: { at: number; act: () => void } | undefined;
let milliseconds = 0;
const pace: Scheduler = {
  now: () => milliseconds,
  after: (wait, act) => {
    paced = { at: milliseconds + wait, act };
    return () => {
      paced = undefined;
    };
  },
  soon: (act) => act(),
};

function elapse(orders: number): void {
  milliseconds += orders / ORDERS_PER_MS;
  if (paced !== undefined && paced.at <= milliseconds) paced.act();
}

const log = SqliteLog.openWriter(folder.logFolder);
const history = new HistoryWriter(folder.history);
const historian = new Historian({
  log: SqliteLog.openReader(folder.logFolder),
  history,
  onApplied: () => undefined,
  pace: { scheduler: pace, isAwaited: () => false },
});
historian.catchUp();
const writer = new LogWriter({ log, clock: new LogClock(SYSTEM_CLOCKS), marks: new Marks() });
const [toHistorian, toNode] = [openFollower(), openFollower()];

/** What a follower does with its port: takes what has come, and says so. */
function openFollower(): { next(): LogNews | undefined } {
  const { port1, port2 } = new MessageChannel();
  const { acknowledge } = writer.follow({ publish: (news) => port1.postMessage(news) });
  return {
    next: () => {
      const news = receiveMessageOnPort(port2)?.message as LogNews | undefined;
      if (news?.kind === 'head') throw new Error('the benchmark follows too slowly');
      if (news !== undefined) acknowledge(news.bytes.length);
      return news;
    },
  };
}

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const message = new Uint8Array(300).fill(97);
const signed = {
  key: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
  message,
  signature: sign(null, message, privateKey),
};

function verifyAll(): void {
  for (let count = 0; count < VERIFICATIONS; count += 1) {
    if (!isSignedBy(signed)) throw new Error('a right signature was refused');
  }
}

/** As a node's messages come to the log thread. */
function groupsOf(proposals: readonly Proposal[]): Uint8Array[] {
  const groups: Uint8Array[] = [];
  for (let at = 0; at < proposals.length; at += group) {
    groups.push(encodeProposals(proposals.slice(at, at + group)));
  }
  return groups;
}

/** What the log thread does with one message. */
function append(bytes: Uint8Array): void {
  const refuse = (why: string): never => {
    throw new Error(why);
  };
  writer.submit({ proposals: [...decodeProposals(bytes)], refuse });
  writer.flush();
}

function decodeAll(proposals: readonly Proposal[]): void {
  for (const { kind, message } of proposals) {
    if (decodeCommand(kind, message).type === 'undecodable') throw new Error('a bad workload');
  }
}

function runRound(count: number): void {
  const proposals = Array.from({ length: count / perProposal }, () =>
    isBatch ? orders.batch() : orders.single(),
  );
  const groups = groupsOf(proposals);
  meters.verify.measure(VERIFICATIONS, verifyAll);
  meters.decode.measure(count, () => decodeAll(proposals));
  // Never so much that a follower would be told the head only.
  for (let at = 0; at < groups.length; at += MESSAGES) {
    const some = groups.slice(at, at + MESSAGES);
    const share = (count * some.length) / groups.length;
    meters.append.measure(share, () => some.forEach(append));
    meters.follow.measure(share, () => {
      for (let news = toHistorian.next(); news !== undefined; news = toHistorian.next()) {
        historian.take(news);
        elapse(perProposal * group);
      }
    });
    while (toNode.next() !== undefined);
  }
  meters.append.measure(0, () => log.checkpointIfDue());
}

for (let done = 0; done < orderCount; done += ROUND) runRound(ROUND);
meters.follow.measure(0, () => historian.writeOut());
const { verify, decode, append: appended, follow } = meters;
const costs: Costs = {
  verify: verify.each('cpu'),
  decode: decode.each('cpu'),
  append: appended.each('cpu'),
  appendElapsed: appended.each('elapsed'),
  follow: follow.each('cpu'),
  followElapsed: follow.each('elapsed'),
  followAtEnd: follow.each('cpu', 0.1),
  historyBytes: statSync(folder.history).size,
};
historian.close();
log.close();
process.stdout.write(`${JSON.stringify(costs)}\n`);
