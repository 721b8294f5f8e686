// Answers questions about the past, each once the history is as new as it asks for.

import type { Marks } from '../marks.ts';
import type { HistoryAnswer, HistoryQuestion } from '../thread/thread-data.ts';
import { HISTORY_READS, type HistoryReader } from './history-reader.ts';

const WAITING_MAX = 10_000;

type Answer = (answer: HistoryAnswer) => void;

export class HistoryDesk {
  readonly #history: HistoryReader;
  readonly #marks: Marks;
  #waiting: { readonly question: HistoryQuestion; readonly answer: Answer }[] = [];

  constructor({ history, marks }: { history: HistoryReader; marks: Marks }) {
    this.#history = history;
    this.#marks = marks;
  }

  ask(question: HistoryQuestion, answer: Answer): void {
    if (question.atLeast <= this.#marks.inHistory) answer(this.#read(question));
    else if (this.#waiting.length < WAITING_MAX) this.#waiting.push({ question, answer });
    else answer({ id: question.id, refused: 'too many reads wait for the history' });
  }

  /** To be called after the history has grown. */
  wake(): void {
    const now = this.#marks.inHistory;
    const due = this.#waiting.filter(({ question }) => question.atLeast <= now);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ question }) => question.atLeast > now);
    for (const { question, answer } of due) answer(this.#read(question));
  }

  #read({ id, read: name, by }: HistoryQuestion): HistoryAnswer {
    if (!HISTORY_READS.includes(name)) throw new Error(`no read of the history is called ${name}`);
    // The node's proxy is typed by the same class, so the arguments are those of the method.
    const method = this.#history[name] as (by: unknown) => unknown;
    return { id, found: method.call(this.#history, by) };
  }
}
