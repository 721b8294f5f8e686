// Answers questions about the past, each once the history is as new as it asks for.

import type { Marks } from '../marks.ts';
import type { HistoryAnswer, HistoryQuestion } from '../thread/thread-data.ts';
import type { HistoryBy, HistoryReader } from './history-reader.ts';

const WAITING_MAX = 10_000;

type Answer = (answer: HistoryAnswer) => void;

export class HistoryDesk {
  readonly #history: HistoryReader;
  readonly #marks: Marks;
  readonly #onWait: () => void;
  #waiting: { readonly question: HistoryQuestion; readonly answer: Answer }[] = [];

  constructor(fields: {
    readonly history: HistoryReader;
    readonly marks: Marks;
    /** Tells the historian that somebody waits for what the mark `awaited` says. */
    readonly onWait: () => void;
  }) {
    this.#history = fields.history;
    this.#marks = fields.marks;
    this.#onWait = fields.onWait;
  }

  ask(question: HistoryQuestion, answer: Answer): void {
    if (question.atLeast <= this.#marks.inHistory) answer(this.#read(question));
    else if (this.#waiting.length < WAITING_MAX) this.#wait(question, answer);
    else answer({ id: question.id, refused: 'too many reads wait for the history' });
  }

  #wait(question: HistoryQuestion, answer: Answer): void {
    this.#waiting.push({ question, answer });
    if (question.atLeast <= this.#marks.awaited) return;
    this.#marks.awaited = question.atLeast;
    this.#onWait();
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
    // The node's port is typed by the same reads, so this is what the read takes.
    return { id, found: this.#history.read(name, by as HistoryBy<typeof name>) };
  }
}
