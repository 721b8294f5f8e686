// A node: HTTP, a replica of the engine, and reads from that replica. Signatures of commands are verified beside it.

import { receiveMessageOnPort } from 'node:worker_threads';
import pino from 'pino';
import { createApp } from '../http/app.ts';
import type { NodeParts } from '../http/routes.ts';
import { Receipts } from '../log/receipts.ts';
import { SqliteLog } from '../log/sqlite-log.ts';
import { Marks } from '../marks.ts';
import { CommandDesk } from '../node/command-desk.ts';
import { deadlineIn } from '../node/deadline.ts';
import { HistoryLag } from '../node/history-lag.ts';
import { HistoryPort } from '../node/history-port.ts';
import { Replica } from '../node/replica.ts';
import { Submissions } from '../node/submissions.ts';
import { TickWatch } from '../node/tick-watch.ts';
import { TokenBuckets } from '../node/token-buckets.ts';
import { Verifier } from '../node/verifier.ts';
import { startEngine } from '../snapshot/start-engine.ts';
import type { LogMessage, LogRequest, NodeThreadData } from './thread-data.ts';
import { dataOfThread, orEndThread, reportReady } from './worker.ts';

const {
  logPath,
  snapshots,
  marks: buffer,
  log,
  history: historyPort,
  verifier,
  options,
} = dataOfThread<NodeThreadData>();
const logger = pino({ level: options.logLevel }, pino.destination({ fd: 2, sync: true }));
const tellLog = (request: LogRequest): void => log.postMessage(request);
const receipts = new Receipts((bytes) => tellLog({ kind: 'acknowledge', bytes }));

const marks = new Marks(buffer);
const submissions = new Submissions({
  send: (bytes) => tellLog({ kind: 'submit', bytes }),
  inFlightMax: options.inFlightMax,
});
const reader = SqliteLog.openReader(logPath);
const replica = new Replica({
  log: reader,
  engine: startEngine({ log: reader, snapshots, warn: (message) => logger.warn(message) }),
  marks,
  onApplied: (entry, events, command) => submissions.applied(entry, events, command),
  decoded: (entry) => submissions.decoded(entry),
  onDigest: (block) => tellLog({ kind: 'digest', block }),
  receive: () => {
    const received = receiveMessageOnPort(log);
    // Within a request: what fails here is a failure of the node, and not of the request alone.
    if (received !== undefined) orEndThread(() => take(received.message as LogMessage));
    return received !== undefined;
  },
});
const history = new HistoryPort(historyPort);
const lag = new HistoryLag(marks);
replica.catchUp();

const isLimited = !replica.state.sandbox;
const desk = new CommandDesk({
  replica,
  history,
  verifier: new Verifier({ port: verifier, waitingMax: options.inFlightMax }),
  submissions,
  rejections: new TokenBuckets(isLimited ? options.rejectionsPerSecond : 0),
  now: () => Date.now() * 1_000,
  isHistoryBehind: () => lag.isBehind,
});

const ticks = new TickWatch({
  state: () => replica.state,
  now: () => Date.now() * 1_000,
  ask: (request) => tellLog({ kind: 'tick', request }),
});
ticks.wake();

function take(message: LogMessage): void {
  if (message.kind === 'refused') {
    submissions.refused(message.bytes, message.why);
    return;
  }
  replica.take(message);
  desk.wake();
  ticks.wake();
  if (message.kind === 'batch') receipts.read(message.bytes.length);
}

log.on('message', take);

const parts: NodeParts = {
  replica,
  history,
  desk,
  deadline: () => deadlineIn(options.deadlineMs),
  isHistoryBehind: () => lag.isBehind,
};
const app = await createApp(parts, { options, logger });
// `reusePort` goes to Node.js, whose option it is; the framework's types do not name it.
const { host, port, reusePort } = options;
const address = { host, port, reusePort };
await app.listen(address);

reportReady(async () => {
  ticks.stop();
  lag.stop();
  await app.close();
});
