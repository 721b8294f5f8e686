// When heads are signed while the exchange runs. Signing hashes the whole state, which takes seconds when
// it is large, so that the historian is never busy with it for more than a twentieth of its time.

const REST_PER_WORK = 19;

export class HeadSchedule {
  readonly #sign: () => void;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** `everyMs` 0: never. */
  constructor({ sign, everyMs }: { sign: () => void; everyMs: number }) {
    this.#sign = sign;
    this.#everyMs = everyMs;
    this.#wait(everyMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(milliseconds: number): void {
    if (this.#everyMs === 0) return;
    this.#timer = setTimeout(() => {
      const begun = performance.now();
      this.#sign();
      this.#wait(Math.max(this.#everyMs, REST_PER_WORK * (performance.now() - begun)));
    }, milliseconds);
  }
}
