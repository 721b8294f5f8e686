// A scheduler whose time stands still until a test moves it.

import type { Scheduler } from '../src/scheduler.ts';

export class HandClock implements Scheduler {
  #now = 0;
  #acts: { at: number; act: () => void }[] = [];

  now(): number {
    return this.#now;
  }
  after(milliseconds: number, act: () => void): () => void {
    const due = { at: this.#now + milliseconds, act };
    this.#acts.push(due);
    return () => {
      this.#acts = this.#acts.filter((other) => other !== due);
    };
  }
  soon(act: () => void): void {
    act();
  }
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    const due = this.#acts.filter(({ at }) => at <= this.#now);
    this.#acts = this.#acts.filter(({ at }) => at > this.#now);
    for (const { act } of due) act();
  }
}
