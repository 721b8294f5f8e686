// The log thread: the only writer of the log. It takes proposals from the nodes, makes them durable in
// groups and posts what it committed to every follower.

import { decodeGenesis } from '@picostocks/protocol';
import { type BlockDigest, DigestBook } from '../event-digest.ts';
import { ExchangeError } from '../exchange-error.ts';
import { decodeProposals, encodeProposals } from '../log/batch.ts';
import { LogClock, SYSTEM_CLOCKS, waitForClock } from '../log/log-clock.ts';
import { LogWriter } from '../log/log-writer.ts';
import { SqliteLog } from '../log/sqlite-log.ts';
import { Marks } from '../marks.ts';
import type { LogMessage, LogRequest, LogThreadData } from './thread-data.ts';
import { dataOfThread, reportReady } from './worker.ts';

const data = dataOfThread<LogThreadData>();
const log = SqliteLog.openWriter(data.logPath, { segmentEntries: data.segmentEntries });
const waitMicros = waitForClock({
  wall: SYSTEM_CLOCKS.wall(),
  lastEntry: log.head().time,
  acceptTime: data.acceptTime,
});
if (waitMicros > 0) sleep(waitMicros / 1_000);

const [genesis] = log.read(1).take(1);
const followsForward = genesis !== undefined && decodeGenesis(genesis.message)?.sandbox === true;
const clock = new LogClock(SYSTEM_CLOCKS, { followsForward });
const marks = new Marks(data.marks);
const digests = new DigestBook();
const writer = new LogWriter({
  log,
  clock,
  marks,
  onReadOnly: (reason) => void process.stderr.write(`no commands are taken: ${reason}\n`),
});

for (const port of data.followers) {
  const post = (message: LogMessage): void => port.postMessage(message);
  const { acknowledge } = writer.follow({ publish: post });
  port.on('message', (request: LogRequest) => {
    if (request.kind === 'acknowledge') return acknowledge(request.bytes);
    if (request.kind === 'digest') return compare(request.block);
    if (request.kind === 'tick') return writer.tick(request.request);
    const proposals = [...decodeProposals(request.bytes)];
    const refuse = (why: string): void =>
      post({ kind: 'refused', bytes: encodeProposals(proposals), why });
    writer.submit({ proposals, refuse });
  });
}

/** Two replicas that computed different things: nobody knows which is right, so nobody answers. */
function compare(block: BlockDigest): void {
  if (digests.agrees(block)) return;
  throw new ExchangeError({
    code: 'replica_diverged',
    message: `two replicas differ in what entries up to ${block.sequence} did: the exchange stops`,
    sequence: block.sequence,
  });
}

const checkpoints = setInterval(() => log.checkpointIfDue(), 20);
const probes = setInterval(() => writer.probe(), 1_000);

reportReady(() => {
  clearInterval(checkpoints);
  clearInterval(probes);
  writer.flush();
  log.checkpoint();
  log.close();
});

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
