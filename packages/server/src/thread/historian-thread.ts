// The historian: follows the log like a node, writes what it did into the history, and signs heads.

import { decodeGenesis } from '@picostocks/protocol';
import { HeadFile } from '../heads/head-file.ts';
import { HeadKey } from '../heads/head-key.ts';
import { HeadOffice } from '../heads/head-office.ts';
import { HeadSchedule } from '../heads/head-schedule.ts';
import { HeadSigner } from '../heads/head-signer.ts';
import { Historian } from '../history/historian.ts';
import { HistoryWriter } from '../history/history-writer.ts';
import { LiabilityFolder } from '../liabilities/liability-folder.ts';
import { LiabilityPublisher } from '../liabilities/liability-publisher.ts';
import { Receipts } from '../log/receipts.ts';
import { SqliteLog } from '../log/sqlite-log.ts';
import { Marks } from '../marks.ts';
import { SYSTEM_SCHEDULER } from '../scheduler.ts';
import { listSnapshots, writeSnapshot } from '../snapshot/snapshot-file.ts';
import { startEngine } from '../snapshot/start-engine.ts';
import type { HistorianThreadData, LogMessage, LogRequest } from './thread-data.ts';
import { dataOfThread, giveWay, reportReady, tellMain } from './worker.ts';

const data = dataOfThread<HistorianThreadData>();
const { snapshots } = data;
const marks = new Marks(data.marks);
const log = SqliteLog.openReader(data.logPath);
const history = new HistoryWriter(data.historyPath);
const warn = (message: string): void => void process.stderr.write(`${message}\n`);
const notAfter = history.applied.sequence;
const tellLog = (request: LogRequest): void => data.log.postMessage(request);
const receipts = new Receipts((bytes) => tellLog({ kind: 'acknowledge', bytes }));
const historian = new Historian({
  log,
  history,
  engine: startEngine({ log, snapshots, warn, notAfter }),
  onTaken: (news) => {
    if (news.kind === 'batch') receipts.read(news.bytes.length);
  },
  onApplied: (sequence) => {
    marks.inHistory = sequence;
    data.reader.postMessage(sequence);
  },
  onDigest: (block) => tellLog({ kind: 'digest', block }),
  pace: {
    scheduler: SYSTEM_SCHEDULER,
    isAwaited: (written) => marks.awaited > written,
  },
});

// What it writes takes a core for some milliseconds again and again, for which an answer would wait.
giveWay();
historian.catchUp();
const signer = openSigner();
const publisher = new LiabilityPublisher({
  folder: new LiabilityFolder(data.liabilitiesPath),
  secretPath: data.liabilitySecretPath,
});
const office = new HeadOffice({ historian, signer, publisher, warn });
const retries = setInterval(() => historian.writeOut(), 1_000);
// A crash may have left entries that no head covers yet.
office.sign();
const schedules = [
  new HeadSchedule({ sign: () => void office.sign(), everyMs: data.headEveryMs }),
  new HeadSchedule({
    sign: () => void office.publish(),
    everyMs: data.liabilitiesEveryMs,
    firstMs: firstPublicationMs(),
  }),
];

/** An exchange that is often restarted publishes no later than one that runs on. */
function firstPublicationMs(): number {
  const everyMs = data.liabilitiesEveryMs;
  const publishedMs = (signer.publishedAt ?? 0) / 1_000;
  return Math.min(everyMs, Math.max(0, publishedMs + everyMs - Date.now()));
}

function openSigner(): HeadSigner {
  const [first] = log.read(1).take(1);
  const publicKey = (first && decodeGenesis(first.message)?.headKey) ?? '';
  return new HeadSigner({
    file: new HeadFile(data.headsPath),
    key: HeadKey.read(data.headKeyPath, publicKey),
    table: history.heads,
    now: () => Date.now() * 1_000,
    warn,
  });
}

data.log.on('message', (message: LogMessage) => {
  if (message.kind !== 'refused') historian.take(message);
});
data.reader.on('message', () => historian.hurry());

function stop(): void {
  for (const schedule of schedules) schedule.stop();
  clearInterval(retries);
  office.stop();
  // No more requests come, so nobody is kept waiting by a snapshot of the very end.
  const { state } = historian;
  const [newest] = listSnapshots(snapshots);
  if (data.snapshotAtStop && newest !== state.sequence) {
    writeSnapshot(snapshots, { state, logHash: log.hashAt(state.sequence) });
  }
  historian.close();
}

/** Reports go back in the order of their orders. */
let turn = Promise.resolve();

reportReady(stop, (order) => {
  turn = turn.then(async () => {
    const head = await (order === 'sign_head' ? office.signNow() : office.publishNow());
    tellMain({ kind: 'head', head });
  });
});
