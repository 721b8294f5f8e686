// The history reader: answers the nodes' questions about the past, so that a cold page on the disk
// stalls neither signatures nor matching.

import { HistoryDesk } from '../history/history-desk.ts';
import { HistoryReader } from '../history/history-reader.ts';
import { LiabilityFolder } from '../liabilities/liability-folder.ts';
import { SqliteLog } from '../log/sqlite-log.ts';
import { Marks } from '../marks.ts';
import type { HistoryAnswer, HistoryQuestion, ReaderThreadData } from './thread-data.ts';
import { dataOfThread, reportReady } from './worker.ts';

const data = dataOfThread<ReaderThreadData>();
const history = new HistoryReader(
  data.historyPath,
  SqliteLog.openReader(data.logPath),
  new LiabilityFolder(data.liabilitiesPath),
);
const desk = new HistoryDesk({
  history,
  marks: new Marks(data.marks),
  onWait: () => data.historian.postMessage('awaited'),
});

for (const port of data.nodes) {
  const answer = (message: HistoryAnswer): void => port.postMessage(message);
  port.on('message', (question: HistoryQuestion) => desk.ask(question, answer));
}

data.historian.on('message', () => desk.wake());

reportReady(() => history.close());
