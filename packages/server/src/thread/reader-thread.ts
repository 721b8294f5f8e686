// The history reader: answers the nodes' questions about the past, so that a cold page on the disk
// stalls neither signatures nor matching. An answer is given once the history is as new as asked.

import { HISTORY_READS, HistoryReader } from '../history/history-reader.ts';
import { Marks } from '../marks.ts';
import type { HistoryAnswer, HistoryQuestion, ReaderThreadData } from './thread-data.ts';
import { dataOfThread, reportReady } from './worker.ts';

const WAITING_MAX = 10_000;

const data = dataOfThread<ReaderThreadData>();
const marks = new Marks(data.marks);
const history = new HistoryReader(data.historyPath);

interface Waiting {
  readonly question: HistoryQuestion;
  readonly answer: (answer: HistoryAnswer) => void;
}
let waiting: Waiting[] = [];

for (const port of data.nodes) {
  const answer = (message: HistoryAnswer): void => port.postMessage(message);
  port.on('message', (question: HistoryQuestion) => {
    if (question.atLeast <= marks.inHistory) answer(read(question));
    else if (waiting.length < WAITING_MAX) waiting.push({ question, answer });
    else answer({ id: question.id, refused: 'too many reads wait for the history' });
  });
}

data.historian.on('message', () => {
  const now = marks.inHistory;
  const due = waiting.filter(({ question }) => question.atLeast <= now);
  if (due.length === 0) return;
  waiting = waiting.filter(({ question }) => question.atLeast > now);
  for (const { question, answer } of due) answer(read(question));
});

function read({ id, read: name, by }: HistoryQuestion): HistoryAnswer {
  if (!HISTORY_READS.includes(name)) throw new Error(`no read of the history is called ${name}`);
  // The node's proxy is typed by the same class, so the arguments are those of the method.
  const method = history[name] as (by: unknown) => unknown;
  return { id, found: method.call(history, by) };
}

reportReady(() => history.close());
