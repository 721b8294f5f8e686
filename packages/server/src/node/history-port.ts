// A node's view of the history reader in its own thread: the same reads, as promises.

import type { MessagePort } from 'node:worker_threads';
import type { Sequence } from '@picostocks/protocol';
import type { HistoryRead, HistoryReader } from '../history/history-reader.ts';
import type { HistoryAnswer, HistoryQuestion } from '../thread/thread-data.ts';
import { before, type Deadline } from './deadline.ts';
import { Refused } from './refused.ts';

type By<R extends HistoryRead> = Parameters<HistoryReader[R]>[0];
type Found<R extends HistoryRead> = ReturnType<HistoryReader[R]>;

interface Asked {
  resolve(found: unknown): void;
  reject(error: Error): void;
}

export class HistoryPort {
  readonly #port: MessagePort;
  readonly #asked = new Map<number, Asked>();
  #idNext = 1;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (answer: HistoryAnswer) => this.#take(answer));
  }

  /**
   * Asks, and answers once the history is as new as `atLeast`.
   *
   * @throws Refused `unavailable` when that takes longer than the deadline.
   */
  async ask<R extends HistoryRead>(
    read: R,
    { by, atLeast, deadline }: { by: By<R>; atLeast: Sequence; deadline: Deadline },
  ): Promise<Found<R>> {
    const id = this.#idNext;
    this.#idNext += 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#asked.set(id, { resolve, reject });
    const question: HistoryQuestion = { id, read, by: { ...by }, atLeast };
    this.#port.postMessage(question);
    try {
      const late = () => new Refused('unavailable', { why: 'the history is behind' });
      return (await before(deadline, promise, late)) as Found<R>;
    } finally {
      this.#asked.delete(id);
    }
  }

  #take(answer: HistoryAnswer): void {
    const asked = this.#asked.get(answer.id);
    if (asked === undefined) return;
    if ('found' in answer) asked.resolve(answer.found);
    else asked.reject(new Refused('unavailable', { why: answer.refused }));
  }
}
