// Asks the log for a tick when this node's replica has something due: an order that expires, a switch
// that fires, dead orders that are still to be cancelled. It names the head that it saw, and the log
// appends a tick only if that still is the head, since any later entry does what is due as well. So of
// all nodes that ask for the same one makes it, and while entries come nobody needs a tick.

import { nextDue, type State } from '@picostocks/engine';
import type { Sequence, TimeMicros } from '@picostocks/protocol';
import { type Scheduler, SYSTEM_SCHEDULER } from '../scheduler.ts';

/** Something is due that no entry after this one has done. */
export interface TickRequest {
  readonly head: Sequence;
  readonly due: TimeMicros;
}

/** Timers of the system cannot wait much longer than 24 days. */
const WAIT_MAX_MS = 86_400_000;
/** When the log appended nothing, its disk is full or its clock has jumped: it is asked again. */
const RETRY_MS = 1_000;

export class TickWatch {
  readonly #state: () => State;
  readonly #now: () => TimeMicros;
  readonly #ask: (request: TickRequest) => void;
  readonly #scheduler: Scheduler;
  /** What is waited for: a time, with the last entry when it was asked for already. */
  #waitingFor: { readonly due: TimeMicros; readonly askedAt: Sequence | undefined } | undefined;
  #callOff: () => void = () => undefined;

  constructor(fields: {
    readonly state: () => State;
    /** Microseconds. */
    readonly now: () => TimeMicros;
    readonly ask: (request: TickRequest) => void;
    readonly scheduler?: Scheduler;
  }) {
    this.#state = fields.state;
    this.#now = fields.now;
    this.#ask = fields.ask;
    this.#scheduler = fields.scheduler ?? SYSTEM_SCHEDULER;
  }

  /** To be called after entries were applied. */
  wake(): void {
    const due = nextDue(this.#state());
    const { due: known, askedAt } = this.#waitingFor ?? {};
    const isAnswered = askedAt !== undefined && askedAt < this.#state().sequence;
    if (due === known && !isAnswered) return;
    this.stop();
    if (due !== undefined) this.#waitFor(due);
  }

  stop(): void {
    this.#callOff();
    this.#waitingFor = undefined;
  }

  #waitFor(due: TimeMicros): void {
    this.#waitingFor = { due, askedAt: undefined };
    const left = Math.max(0, Math.ceil((due - this.#now()) / 1_000));
    this.#callOff = this.#scheduler.after(Math.min(left, WAIT_MAX_MS), () => this.#ring(due));
  }

  #ring(due: TimeMicros): void {
    if (this.#now() < due) {
      this.#waitFor(due);
      return;
    }
    const head = this.#state().sequence;
    this.#waitingFor = { due, askedAt: head };
    this.#ask({ head, due });
    this.#callOff = this.#scheduler.after(RETRY_MS, () => this.#ring(due));
  }
}
