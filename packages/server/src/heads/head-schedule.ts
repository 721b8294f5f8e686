// When heads are signed while the exchange runs. Signing hashes the whole state, which takes seconds when
// it is large, so that the historian is never busy with it for more than a twentieth of its time.

import { type Scheduler, SYSTEM_SCHEDULER } from '../scheduler.ts';

const REST_PER_WORK = 19;

export class HeadSchedule {
  readonly #sign: () => void;
  readonly #everyMs: number;
  readonly #scheduler: Scheduler;
  #callOff: () => void = () => undefined;

  /** `everyMs` 0: never; `firstMs`: until the first time, unless it is the same. */
  constructor(fields: {
    readonly sign: () => void;
    readonly everyMs: number;
    readonly firstMs?: number;
    readonly scheduler?: Scheduler;
  }) {
    this.#sign = fields.sign;
    this.#everyMs = fields.everyMs;
    this.#scheduler = fields.scheduler ?? SYSTEM_SCHEDULER;
    this.#wait(fields.firstMs ?? fields.everyMs);
  }

  stop(): void {
    this.#callOff();
  }

  #wait(milliseconds: number): void {
    if (this.#everyMs === 0) return;
    this.#callOff = this.#scheduler.after(milliseconds, () => {
      const begun = this.#scheduler.now();
      this.#sign();
      this.#wait(Math.max(this.#everyMs, REST_PER_WORK * (this.#scheduler.now() - begun)));
    });
  }
}
