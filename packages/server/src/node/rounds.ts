// What has come at the same time is verified together. A verification between the reading of one request and the
// next finds the processor's caches full of other things, and costs half as much again as one that follows another.

import type { Scheduler } from '../scheduler.ts';

export class Rounds {
  #round: Promise<void> | undefined;

  /** Resolves for all who ask now, one after the other, once the messages that are already here were taken. */
  next(scheduler: Scheduler): Promise<void> {
    this.#round ??= new Promise<void>((resolve) => scheduler.soon(resolve)).then(() => {
      this.#round = undefined;
    });
    return this.#round;
  }
}
