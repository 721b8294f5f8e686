// The historian: follows the log like a node, and writes what it did into the history.

import { Historian } from '../history/historian.ts';
import { HistoryWriter } from '../history/history-writer.ts';
import { SqliteLog } from '../log/sqlite-log.ts';
import { Marks } from '../marks.ts';
import type { HistorianThreadData, LogMessage, LogRequest } from './thread-data.ts';
import { dataOfThread, reportReady } from './worker.ts';

const data = dataOfThread<HistorianThreadData>();
const marks = new Marks(data.marks);
const historian = new Historian({
  log: SqliteLog.openReader(data.logPath),
  history: new HistoryWriter(data.historyPath),
  onApplied: (sequence) => {
    marks.inHistory = sequence;
    data.reader.postMessage(sequence);
  },
});

historian.catchUp();
data.log.on('message', (message: LogMessage) => {
  if (message.kind === 'refused') return;
  historian.take(message);
  if (message.kind === 'batch') {
    const request: LogRequest = { kind: 'acknowledge', bytes: message.bytes.length };
    data.log.postMessage(request);
  }
});

reportReady(() => {
  historian.catchUp();
  historian.close();
});
