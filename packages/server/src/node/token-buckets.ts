/** A bucket holds as much as comes into it in this time. */
export const BURST_SECONDS = 2;

/** Allows each key so many events a second, with bursts of twice that; bounded in keys. */
export class TokenBuckets<K> {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #buckets = new Map<K, { tokens: number; at: number }>();

  /** `perSecond` 0 allows everything. `now` is in milliseconds. */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Is there a token left? Takes none. */
  allows(key: K): boolean {
    return this.#perSecond === 0 || this.#filled(key).tokens >= 1;
  }

  /** Takes as many tokens, or at least all that a full bucket holds, if they are there. */
  take(key: K, weight = 1): boolean {
    if (this.#perSecond === 0) return true;
    const bucket = this.#filled(key);
    const tokens = Math.min(weight, this.#perSecond * BURST_SECONDS);
    if (bucket.tokens < tokens) return false;
    bucket.tokens -= tokens;
    return true;
  }

  /** What is left of a key's tokens. */
  left(key: K): number {
    return this.#filled(key).tokens;
  }

  #filled(key: K): { tokens: number; at: number } {
    const now = this.#now();
    const most = this.#perSecond * BURST_SECONDS;
    const bucket = this.#buckets.get(key) ?? { tokens: most, at: now };
    bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.at) / 1_000) * this.#perSecond);
    bucket.at = now;
    if (!this.#buckets.has(key)) this.#add(key, bucket);
    return bucket;
  }

  /** The oldest key goes when there are too many: it may start with a full bucket again. */
  #add(key: K, bucket: { tokens: number; at: number }): void {
    const KEYS_MAX = 100_000;
    if (this.#buckets.size >= KEYS_MAX) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    this.#buckets.set(key, bucket);
  }
}
