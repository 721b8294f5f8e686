// Ticks must come: what time has made due is done soon, also when nobody sends anything, as long as the
// exchange runs, can append, and has a clock that is right.

import { nextDue, type State } from '@picostocks/engine';
import type { ViolationKind } from '../violation.ts';

const SECOND = 1_000_000;
/** Above every delay that the weather makes, and the clock's own slow corrections. */
const LATE_MICROS = 60 * SECOND;

export class TickAudit {
  readonly #report: (kind: ViolationKind, what: string) => void;
  #healthySince: number | undefined;

  constructor(report: (kind: ViolationKind, what: string) => void) {
    this.#report = report;
  }

  /** To be called every few seconds. */
  check({ now, state, isHealthy }: { now: number; state: State; isHealthy: boolean }): void {
    if (!isHealthy) {
      this.#healthySince = undefined;
      return;
    }
    this.#healthySince ??= now;
    const due = nextDue(state);
    if (due === undefined) return;
    const late = now - Math.max(due, this.#healthySince);
    if (late <= LATE_MICROS) return;
    const what = `something was due ${Math.round(late / SECOND)} healthy seconds ago`;
    this.#report('timer_late', `${what}, and entry ${state.sequence} is the last`);
  }
}
