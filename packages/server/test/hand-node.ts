// A node made by hand from the real parts, in this thread: a real log, a real historian, a real replica.
// What it sends to the log can be held back, and its clocks are the test's, so that a slow log, a full
// house and a clock that jumps happen when the test says so.

import { randomBytes } from 'node:crypto';
import { MessageChannel } from 'node:worker_threads';
import {
  ENTRY_FORMAT,
  ENTRY_KINDS,
  encodeGenesis,
  type Proposal,
  RULES_MAX,
} from '@picostocks/protocol';
import pino from 'pino';
import { Historian } from '../src/history/historian.ts';
import { type HistoryBy, HistoryReader } from '../src/history/history-reader.ts';
import { HistoryWriter } from '../src/history/history-writer.ts';
import { createApp } from '../src/http/app.ts';
import type { App } from '../src/http/routes.ts';
import { decodeProposals, encodeProposals } from '../src/log/batch.ts';
import { EMPTY_HEAD, type Log, sealEntries } from '../src/log/log.ts';
import { type Clocks, LogClock, SYSTEM_CLOCKS } from '../src/log/log-clock.ts';
import { LogWriter } from '../src/log/log-writer.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { Marks } from '../src/marks.ts';
import { CommandDesk } from '../src/node/command-desk.ts';
import { deadlineIn } from '../src/node/deadline.ts';
import { HistoryPort } from '../src/node/history-port.ts';
import { Replica } from '../src/node/replica.ts';
import { Submissions } from '../src/node/submissions.ts';
import { TokenBuckets } from '../src/node/token-buckets.ts';
import { Verifier, type VerifierPort, verifyAll } from '../src/node/verifier.ts';
import type { Scheduler } from '../src/scheduler.ts';
import type { HistoryAnswer, HistoryQuestion } from '../src/thread/thread-data.ts';
import { bytesOf, newSigner, type Signer, temporaryFolder } from './kit.ts';

export interface HandNodeOptions {
  readonly sandbox?: boolean;
  readonly inFlightMax?: number;
  readonly requestsPerSecond?: number;
  readonly rejectionsPerSecond?: number;
  readonly trustedProxies?: readonly string[];
  /** Of the log. */
  readonly clocks?: Clocks;
  /** What the deadlines of requests go by. */
  readonly deadlineClock?: Scheduler;
}

/** What a test may turn while the node runs. */
export interface Dials {
  /** How long a request may take from now on. */
  deadlineMs: number;
  /** Milliseconds: what the buckets of rejections go by. */
  bucketTime: number;
  /** Microseconds: what envelopes expire by at the door. */
  doorTime: number;
  isHistoryBehind: boolean;
  /** True: what is submitted waits for `deliver`. */
  isHolding: boolean;
  /** True: what was verified waits for `tellVerdicts`. */
  isHoldingVerdicts: boolean;
  /** True: what was found in the history waits for `tellFound`. */
  isHoldingFound: boolean;
}

export interface HandNode extends AsyncDisposable {
  readonly app: App;
  readonly dials: Dials;
  readonly operator: Signer;
  readonly exchange: string;
  /** Proposals that wait on their way to the log. */
  held(): number;
  /** Lets all that waits, and all that comes later, go to the log. */
  deliver(): void;
  /** Has them sequenced as if another node had taken them. */
  append(proposals: readonly Proposal[]): void;
  /** Rounds of signatures whose verdicts wait. */
  heldVerdicts(): number;
  /** Lets all verdicts that wait, and all that come later, go to the desk. */
  tellVerdicts(): void;
  /** Answers of the history that wait. */
  heldFound(): number;
  /** Lets all of them that wait, and all that come later, go to the node. */
  tellFound(): void;
}

export async function makeHandNode(options: HandNodeOptions = {}): Promise<HandNode> {
  const { inFlightMax = 100 } = options;
  const temporary = temporaryFolder();
  const { folder } = temporary;
  folder.create();
  const operator = newSigner();
  const exchange = randomBytes(16).toString('hex');
  const log = SqliteLog.openWriter(folder.logFolder);
  found(log, { operator, exchange, sandbox: options.sandbox ?? true });

  const dials: Dials = {
    deadlineMs: 60_000,
    bucketTime: 0,
    doorTime: Date.now() * 1_000,
    isHistoryBehind: false,
    isHolding: false,
    isHoldingVerdicts: false,
    isHoldingFound: false,
  };
  const marks = new Marks();
  const clock = new LogClock(options.clocks ?? SYSTEM_CLOCKS);
  const writer = new LogWriter({ log, clock, marks });
  const heldBack: Uint8Array[] = [];
  const append = (bytes: Uint8Array): void => {
    const proposals = [...decodeProposals(bytes)];
    const refuse = (why: string): void => submissions.refused(encodeProposals(proposals), why);
    writer.submit({ proposals, refuse });
  };
  const submissions = new Submissions({
    send: (bytes) => (dials.isHolding ? void heldBack.push(bytes) : append(bytes)),
    inFlightMax,
  });
  const nodeLog = SqliteLog.openReader(folder.logFolder);
  const replica = new Replica({
    log: nodeLog,
    marks,
    onApplied: (entry, events, command) => submissions.applied(entry, events, command),
    decoded: (entry) => submissions.decoded(entry),
  });
  replica.catchUp();
  const historian = new Historian({
    log: SqliteLog.openReader(folder.logFolder),
    history: new HistoryWriter(folder.history),
    onApplied: (sequence) => {
      marks.inHistory = sequence;
    },
  });
  historian.catchUp();
  const library = openLibrary(folder.history, dials);
  const history = new HistoryPort(library.port);
  const verdicts = handVerifier(dials);
  const desk = new CommandDesk({
    replica,
    history,
    verifier: new Verifier({ port: verdicts.port, waitingMax: inFlightMax }),
    submissions,
    rejections: new TokenBuckets(options.rejectionsPerSecond ?? 0, () => dials.bucketTime),
    now: () => dials.doorTime,
    isHistoryBehind: () => dials.isHistoryBehind,
  });
  writer.follow({
    publish: (news) => {
      historian.take(news);
      replica.take(news);
      desk.wake();
    },
  });
  const app = await createApp(
    {
      replica,
      history,
      desk,
      deadline: () => deadlineIn(dials.deadlineMs, options.deadlineClock),
      isHistoryBehind: () => dials.isHistoryBehind,
    },
    {
      options: {
        host: '127.0.0.1',
        port: 0,
        reusePort: false,
        deadlineMs: dials.deadlineMs,
        requestTimeoutMs: 10_000,
        inFlightMax,
        requestsPerSecond: options.requestsPerSecond ?? 0,
        rejectionsPerSecond: options.rejectionsPerSecond ?? 0,
        trustedProxies: options.trustedProxies ?? [],
        logLevel: 'silent',
      },
      logger: pino({ level: 'silent' }),
    },
  );
  return {
    app,
    dials,
    operator,
    exchange,
    held: () => heldBack.reduce((count, bytes) => count + [...decodeProposals(bytes)].length, 0),
    deliver: () => {
      dials.isHolding = false;
      for (const bytes of heldBack.splice(0)) append(bytes);
    },
    append: (proposals) => append(encodeProposals(proposals)),
    heldVerdicts: () => verdicts.held.length,
    tellVerdicts: () => {
      dials.isHoldingVerdicts = false;
      for (const tell of verdicts.held.splice(0)) tell();
    },
    heldFound: () => library.held.length,
    tellFound: () => {
      dials.isHoldingFound = false;
      for (const tell of library.held.splice(0)) tell();
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      library.close();
      historian.close();
      nodeLog.close();
      log.close();
      temporary[Symbol.dispose]();
    },
  };
}

function found(
  log: Log,
  { operator, exchange, sandbox }: { operator: Signer; exchange: string; sandbox: boolean },
): void {
  const message = encodeGenesis({
    format: ENTRY_FORMAT,
    exchange,
    rules: RULES_MAX,
    operator: operator.publicKey,
    headKey: newSigner().publicKey,
    sandbox,
  });
  const key = bytesOf(operator.publicKey);
  const signature = bytesOf(operator.sign(message));
  const proposals = [{ kind: ENTRY_KINDS.genesis, key, signature, message }];
  log.append(EMPTY_HEAD, sealEntries(EMPTY_HEAD, { proposals, time: SYSTEM_CLOCKS.wall() }));
}

/** A verifier in this thread, whose verdicts come in a later turn, or when the test lets them. */
function handVerifier(dials: Dials): { port: VerifierPort; held: (() => void)[] } {
  const held: (() => void)[] = [];
  let take: (verdicts: Uint8Array) => void = () => undefined;
  const port: VerifierPort = {
    postMessage: (proposals) => {
      const tell = (): void => take(verifyAll(proposals));
      if (dials.isHoldingVerdicts) held.push(tell);
      else setImmediate(tell);
    },
    on: (_event, listener) => {
      take = listener;
    },
  };
  return { port, held };
}

/**
 * The reader of the history behind its port. The historian here has always written an entry before the
 * node applies it, so no question has to wait.
 */
function openLibrary(path: string, dials: Dials) {
  const { port1, port2 } = new MessageChannel();
  const reader = new HistoryReader(path);
  const held: (() => void)[] = [];
  port2.on('message', ({ id, read, by }: HistoryQuestion) => {
    const answer: HistoryAnswer = { id, found: reader.read(read, by as HistoryBy<typeof read>) };
    const tell = (): void => port2.postMessage(answer);
    if (dials.isHoldingFound) held.push(tell);
    else tell();
  });
  const close = (): void => {
    port1.close();
    port2.close();
    reader.close();
  };
  return { port: port1, held, close };
}
