// How far the history is behind. A command is taken only while the history can answer for it soon: the
// log can outrun the historian, and a resend or a result must not wait for ever.

import type { Sequence } from '@picostocks/protocol';
import type { Marks } from '../marks.ts';

const BEHIND_SECONDS = 10;

export class HistoryLag {
  readonly #marks: Marks;
  /** The durable head, once a second; the first is the oldest. */
  readonly #heads: Sequence[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(marks: Marks) {
    this.#marks = marks;
    this.#timer = setInterval(() => this.sample(), 1_000);
    this.#timer.unref();
  }

  sample(): void {
    this.#heads.push(this.#marks.durable);
    if (this.#heads.length > BEHIND_SECONDS) this.#heads.shift();
  }

  /** Has the history not yet come to where the log was ten seconds ago? */
  get isBehind(): boolean {
    const oldest = this.#heads[0];
    if (oldest === undefined || this.#heads.length < BEHIND_SECONDS) return false;
    return this.#marks.inHistory < oldest;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
