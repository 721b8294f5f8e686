// The log's clock: the wall clock once at start, the monotonic clock from then on, drawn slowly towards
// the wall clock while the two stay within a second. A wall clock that jumps is not followed: entries
// must not be stamped by a clock that nobody can explain, so the exchange takes no commands until the
// operator decides (corrects the clock, or restarts).

import type { TimeMicros } from '@picostocks/protocol';
import { ExchangeError } from '../exchange-error.ts';

/** The two clocks of a machine, in microseconds. */
export interface Clocks {
  wall(): TimeMicros;
  /** From an arbitrary point; never goes back. */
  monotonic(): TimeMicros;
}

export const SYSTEM_CLOCKS: Clocks = {
  wall: () => Date.now() * 1_000,
  monotonic: () => Math.round(performance.now() * 1_000),
};

const STEP_MAX = 1_000_000;
/** At most this part of the elapsed time is corrected, so that time always goes on. */
const SLEW = 1 / 2_000;

export class LogClock {
  readonly #clocks: Clocks;
  /** Log time minus monotonic time. */
  #offset: number;
  #slewedAt: TimeMicros;

  readonly #followsForward: boolean;

  /** `followsForward`: for a sandbox, whose machine may sleep while its monotonic clock stands still. */
  constructor(clocks: Clocks, { followsForward = false }: { followsForward?: boolean } = {}) {
    this.#clocks = clocks;
    this.#followsForward = followsForward;
    this.#slewedAt = clocks.monotonic();
    this.#offset = clocks.wall() - this.#slewedAt;
  }

  /** The time for the next entry, or `undefined` while the wall clock is a step away. */
  now(): TimeMicros | undefined {
    const monotonic = this.#clocks.monotonic();
    const ahead = this.#clocks.wall() - (monotonic + this.#offset);
    const isStep = Math.abs(ahead) > STEP_MAX;
    if (isStep && !(ahead > 0 && this.#followsForward)) return undefined;
    const most = isStep ? ahead : (monotonic - this.#slewedAt) * SLEW;
    this.#offset += Math.max(-most, Math.min(most, ahead));
    this.#slewedAt = monotonic;
    return Math.round(monotonic + this.#offset);
  }
}

const BEHIND_WAIT_MAX = 5_000_000;
const AHEAD_MAX = 86_400_000_000;

/**
 * What to do at start, given the last entry's time: the microseconds to wait for the clock to pass it.
 *
 * @throws ExchangeError `clock_behind` (more than 5 s behind the log), `clock_ahead` (more than a day
 * after the last entry, unless the operator accepts it).
 */
export function waitForClock(fields: {
  readonly wall: TimeMicros;
  readonly lastEntry: TimeMicros;
  readonly acceptTime: boolean;
}): TimeMicros {
  const { wall, lastEntry, acceptTime } = fields;
  const behind = lastEntry - wall;
  if (behind > BEHIND_WAIT_MAX) {
    throw new ExchangeError({
      code: 'clock_behind',
      message: `the clock of this machine is ${seconds(behind)} s behind the last entry of the log`,
    });
  }
  if (lastEntry > 0 && -behind > AHEAD_MAX && !acceptTime) {
    throw new ExchangeError({
      code: 'clock_ahead',
      message: `the last entry is ${seconds(-behind)} s old: check this machine's clock, then start with --accept-time`,
    });
  }
  return Math.max(0, behind);
}

function seconds(micros: TimeMicros): number {
  return Math.round(micros / 1_000_000);
}
