// What the generator of batches is asked, and what it answers.

export const ORDERS_PER_BATCH = 999;

export interface BatchLoad {
  readonly url: string;
  readonly exchange: string;
  readonly seed: string;
  /** The first nonce of each user. */
  readonly nonces: readonly number[];
  /** Signed beforehand, of each user; without a rate. */
  readonly batchesEach: number;
  readonly measureMs: number;
  /** Batches a second of all users together. */
  readonly rate?: number;
}

export interface BatchLoadResult {
  readonly batches: number;
  readonly seconds: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
  /** Compressed; microseconds from due to answered. */
  readonly latency: string;
}
