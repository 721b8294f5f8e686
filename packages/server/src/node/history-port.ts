// A node's view of the history reader in its own thread: the same reads, as promises.
//
// Few questions are with the reader at a time, the others wait here, so that one whose deadline has
// passed costs the reader nothing. What became of a signed command is asked past that queue: whoever
// floods the exchange with reads must not keep a trader from his answer.

import type { Sequence } from '@picostocks/protocol';
import type { HistoryBy, HistoryFound, HistoryRead } from '../history/history-reader.ts';
import type { HistoryAnswer, HistoryQuestion } from '../thread/thread-data.ts';
import { before, type Deadline } from './deadline.ts';
import { Refused } from './refused.ts';

/** What the port needs of a `MessagePort`. */
export interface QuestionPort {
  postMessage(question: HistoryQuestion): void;
  on(event: 'message', take: (answer: HistoryAnswer) => void): unknown;
}

const URGENT: ReadonlySet<HistoryRead> = new Set(['resultByNonce', 'resultBySignature']);
const WITH_READER_MAX = 16;
const WAITING_MAX = 1_000;

interface Asked {
  resolve(found: unknown): void;
  reject(error: Error): void;
}

export class HistoryPort {
  readonly #port: QuestionPort;
  readonly #asked = new Map<number, Asked>();
  /** Questions that are not urgent: with the reader, and still here. */
  readonly #withReader = new Set<number>();
  readonly #waiting = new Map<number, HistoryQuestion>();
  #idNext = 1;

  constructor(port: QuestionPort) {
    this.#port = port;
    port.on('message', (answer: HistoryAnswer) => this.#take(answer));
  }

  /**
   * Asks, and answers once the history is as new as `atLeast`.
   *
   * @throws Refused `unavailable` when that takes longer than the deadline, or too many wait.
   */
  async ask<R extends HistoryRead>(
    read: R,
    { by, atLeast, deadline }: { by: HistoryBy<R>; atLeast: Sequence; deadline: Deadline },
  ): Promise<HistoryFound<R>> {
    const id = this.#idNext;
    this.#idNext += 1;
    if (this.#waiting.size >= WAITING_MAX && !URGENT.has(read)) {
      throw new Refused('unavailable', { why: 'too many reads of the history' });
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#asked.set(id, { resolve, reject });
    const question: HistoryQuestion = { id, read, by: { ...by }, atLeast };
    if (URGENT.has(read)) this.#port.postMessage(question);
    else this.#waiting.set(id, question);
    this.#sendWaiting();
    try {
      const late = () => new Refused('unavailable', { why: 'the history is behind' });
      return (await before(deadline, promise, late)) as HistoryFound<R>;
    } finally {
      this.#asked.delete(id);
      this.#waiting.delete(id);
    }
  }

  #sendWaiting(): void {
    for (const [id, question] of this.#waiting) {
      if (this.#withReader.size >= WITH_READER_MAX) return;
      this.#waiting.delete(id);
      this.#withReader.add(id);
      this.#port.postMessage(question);
    }
  }

  #take(answer: HistoryAnswer): void {
    this.#withReader.delete(answer.id);
    this.#sendWaiting();
    const asked = this.#asked.get(answer.id);
    if (asked === undefined) return;
    if ('found' in answer) asked.resolve(answer.found);
    else asked.reject(new Refused('unavailable', { why: answer.refused }));
  }
}
