// The historian: follows the log like a node, and writes what it did into the history.

import { Historian } from '../history/historian.ts';
import { HistoryWriter } from '../history/history-writer.ts';
import { SqliteLog } from '../log/sqlite-log.ts';
import { Marks } from '../marks.ts';
import { listSnapshots, writeSnapshot } from '../snapshot/snapshot-file.ts';
import { startEngine } from '../snapshot/start-engine.ts';
import type { HistorianThreadData, LogMessage, LogRequest } from './thread-data.ts';
import { dataOfThread, reportReady } from './worker.ts';

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
data.log.on('message', (message: LogMessage) => {
  if (message.kind === 'refused') return;
  historian.take(message);
  if (message.kind === 'batch') tellLog({ kind: 'acknowledge', bytes: message.bytes.length });
});

reportReady(() => {
  historian.catchUp();
  // No more requests come, so nobody is kept waiting by a snapshot of the very end.
  const { state } = historian;
  const [newest] = listSnapshots(snapshots);
  if (data.snapshotAtStop && newest !== state.sequence) {
    writeSnapshot(snapshots, { state, logHash: log.hashAt(state.sequence) });
  }
  historian.close();
});
