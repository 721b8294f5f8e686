// The clocks of the machine: a monotonic one that is right, and a wall clock that can jump.

import type { Clocks } from '../../packages/server/src/log/log-clock.ts';
import type { VirtualTime } from '../time/virtual-time.ts';

/** When every simulation begins; nothing depends on it. */
const EPOCH_MICROS = 1_700_000_000_000_000;

export class MachineClock implements Clocks {
  readonly #time: VirtualTime;
  /** By how much the wall clock is wrong. */
  offsetMicros = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  wall(): number {
    return EPOCH_MICROS + this.#time.micros + this.offsetMicros;
  }

  monotonic(): number {
    return this.#time.micros;
  }

  /** What a client with a good clock shows. */
  get trueMicros(): number {
    return EPOCH_MICROS + this.#time.micros;
  }
}
