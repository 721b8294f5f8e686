// The historian: follows the log like a node, writes what it did into the history, and signs heads.

import { decodeGenesis, type SignedHead } from '@picostocks/protocol';
import { HeadFile } from '../heads/head-file.ts';
import { HeadKey } from '../heads/head-key.ts';
import { HeadSchedule } from '../heads/head-schedule.ts';
import { HeadSigner } from '../heads/head-signer.ts';
import { Historian } from '../history/historian.ts';
import { HistoryWriter } from '../history/history-writer.ts';
import { SqliteLog } from '../log/sqlite-log.ts';
import { Marks } from '../marks.ts';
import { listSnapshots, writeSnapshot } from '../snapshot/snapshot-file.ts';
import { startEngine } from '../snapshot/start-engine.ts';
import type { HistorianThreadData, LogMessage, LogRequest } from './thread-data.ts';
import { dataOfThread, reportReady, tellMain } from './worker.ts';

const data = dataOfThread<HistorianThreadData>();
const { snapshots } = data;
const marks = new Marks(data.marks);
const log = SqliteLog.openReader(data.logPath);
const history = new HistoryWriter(data.historyPath);
const warn = (message: string): void => void process.stderr.write(`${message}\n`);
const notAfter = history.applied.sequence;
const tellLog = (request: LogRequest): void => data.log.postMessage(request);
const historian = new Historian({
  log,
  history,
  engine: startEngine({ log, snapshots, warn, notAfter }),
  onApplied: (sequence) => {
    marks.inHistory = sequence;
    data.reader.postMessage(sequence);
  },
  onDigest: (block) => tellLog({ kind: 'digest', block }),
});

historian.catchUp();
const signer = openSigner();
const sign = () => (historian.isWritten ? signer.sign(historian.subject) : undefined);
const retries = setInterval(() => historian.writeOut(), 1_000);
// A crash may have left entries that no head covers yet.
sign();
const schedule = new HeadSchedule({ sign, everyMs: data.headEveryMs });

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
  if (message.kind === 'refused') return;
  historian.take(message);
  if (message.kind === 'batch') tellLog({ kind: 'acknowledge', bytes: message.bytes.length });
});

/** On demand everything that is durable is covered, whatever has come to this thread so far. */
function signNow(): SignedHead | undefined {
  historian.catchUp();
  return sign();
}

function stop(): void {
  schedule.stop();
  clearInterval(retries);
  signNow();
  signer.close();
  // No more requests come, so nobody is kept waiting by a snapshot of the very end.
  const { state } = historian;
  const [newest] = listSnapshots(snapshots);
  if (data.snapshotAtStop && newest !== state.sequence) {
    writeSnapshot(snapshots, { state, logHash: log.hashAt(state.sequence) });
  }
  historian.close();
}

reportReady(stop, (order) => {
  if (order === 'sign_head') tellMain({ kind: 'head', head: signNow() });
});
