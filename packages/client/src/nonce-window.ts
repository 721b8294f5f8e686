// Which nonces of one key this client may still use. Arithmetic only: no time, no network.
//
//            floor                                    next
//   consumed │ free · in flight · doubtful · in flight │ never given out
//
// - free: a command was signed with it, and the exchange said that it did not sequence that one.
// - in flight: a command with it is on its way.
// - doubtful: a command with it was sent and may still count, whatever became of its answer.
//
// The one invariant: `take` never gives out a nonce that is in flight or doubtful, so there is never
// a second message under the nonce of a first that may still count. Facts come in any order (answers
// overtake each other), so each fact only ever raises `floor`; the exchange's counter is strict and
// never goes back, so a consumed nonce says that all below it are consumed too.

import { NONCE_AHEAD_MAX } from '@picostocks/protocol';

export class NonceWindow<Doubt> {
  #next: number | undefined;
  #floor = 0;
  /** Ascending. */
  #free: number[] = [];
  readonly #inFlight = new Set<number>();
  readonly #doubtful = new Map<number, Doubt>();

  /** The exchange's next nonce is at least this. */
  get floor(): number {
    return this.#floor;
  }

  /** Is the exchange's count known? Not before `start`, nor after `forget`. */
  get isCounting(): boolean {
    return this.#next !== undefined;
  }

  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  /** The highest nonce in flight; −1 if there is none. */
  get inFlightHighest(): number {
    return Math.max(-1, ...this.#inFlight);
  }

  /** What was noted of every nonce in doubt, lowest nonce first. */
  get doubts(): Doubt[] {
    return [...this.#doubtful].sort(([left], [right]) => left - right).map(([, doubt]) => doubt);
  }

  /**
   * Counts from a nonce that the exchange gave just now, while nothing was in flight. It may be below
   * the floor: then this is another exchange than before (a sandbox that was wiped).
   */
  start(nonce: number): void {
    this.#floor = nonce;
    this.#free = [];
    for (const doubtful of this.#doubtful.keys()) {
      if (doubtful < nonce) this.#doubtful.delete(doubtful);
    }
    this.#next = nonce;
  }

  /** The count is wrong: `start` is to be called again. */
  forget(): void {
    this.#next = undefined;
  }

  /** The lowest nonce that may be used, now in flight; `undefined` if there is none for now. */
  take(): number | undefined {
    const nonce = this.#lowest();
    if (nonce === undefined) return undefined;
    if (this.#free.length > 0) this.#free.shift();
    else this.#next = nonce + 1;
    this.#inFlight.add(nonce);
    return nonce;
  }

  /** Would `take` give a nonce? */
  get hasRoom(): boolean {
    return this.#lowest() !== undefined;
  }

  #lowest(): number | undefined {
    if (this.#next === undefined) return undefined;
    let nonce = this.#free[0] ?? this.#next;
    while (this.#doubtful.has(nonce)) nonce += 1;
    // Further ahead the exchange would refuse at once.
    return nonce <= this.#floor + NONCE_AHEAD_MAX ? nonce : undefined;
  }

  /** The command in flight under this nonce was sequenced. */
  settle(nonce: number): void {
    this.#inFlight.delete(nonce);
    this.consumedBelow(nonce + 1);
  }

  /** The command in flight under this nonce was certainly not sequenced: another may take it. */
  release(nonce: number): void {
    if (!this.#inFlight.delete(nonce) || nonce < this.#floor) return;
    const at = this.#free.findIndex((free) => free > nonce);
    this.#free.splice(at === -1 ? this.#free.length : at, 0, nonce);
  }

  /** The command under this nonce may still count, unless the nonce is known to be consumed. */
  doubt(nonce: number, doubt: Doubt): void {
    const isOpen = this.#inFlight.delete(nonce) || this.#doubtful.has(nonce);
    if (isOpen && nonce >= this.#floor) this.#doubtful.set(nonce, doubt);
  }

  /** The exchange's next nonce is at least `nonce`. */
  consumedBelow(nonce: number): void {
    if (nonce <= this.#floor) return;
    this.#floor = nonce;
    this.#free = this.#free.filter((free) => free >= nonce);
    for (const doubtful of this.#doubtful.keys()) {
      if (doubtful < nonce) this.#doubtful.delete(doubtful);
    }
    if (this.#next !== undefined && this.#next < nonce) this.#next = nonce;
  }

  /** What was noted of the lowest nonce in doubt below this one. */
  doubtBelow(nonce: number): Doubt | undefined {
    const lowest = Math.min(...this.#doubtful.keys());
    return lowest < nonce ? this.#doubtful.get(lowest) : undefined;
  }

  /** How many nonces below this one can be given out; at least one while the count is not known. */
  gapsBelow(nonce: number): number {
    let gaps = this.#free.filter((free) => free < nonce).length;
    if (this.#next === undefined) return gaps + 1;
    // After a new start there may be doubtful nonces above `next`; those out of reach can wait.
    const end = Math.min(nonce, this.#next + NONCE_AHEAD_MAX);
    for (let gap = this.#next; gap < end; gap += 1) if (!this.#doubtful.has(gap)) gaps += 1;
    return gaps;
  }
}
