// Numbers that all threads of one process share: how far the log is durable and how far the history has
// come, and has to. A reader that saw a mark and then waits for its own replica to reach it cannot answer stale.

import type { Sequence } from '@picostocks/protocol';

const DURABLE = 0;
const IN_HISTORY = 1;
const READ_ONLY = 2;
const AWAITED = 3;
const COUNT = 4;

export class Marks {
  readonly buffer: SharedArrayBuffer;
  readonly #values: BigInt64Array<SharedArrayBuffer>;

  constructor(buffer = new SharedArrayBuffer(COUNT * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#values = new BigInt64Array(buffer);
  }

  /** Sequence of the last durable entry; stored by the log thread after each commit. */
  get durable(): Sequence {
    return Number(Atomics.load(this.#values, DURABLE));
  }
  set durable(sequence: Sequence) {
    Atomics.store(this.#values, DURABLE, BigInt(sequence));
  }

  /** Sequence up to which the history is written; stored by the historian after each commit. */
  get inHistory(): Sequence {
    return Number(Atomics.load(this.#values, IN_HISTORY));
  }
  set inHistory(sequence: Sequence) {
    Atomics.store(this.#values, IN_HISTORY, BigInt(sequence));
  }

  /** Sequence that some read waits for the history to reach; stored by the history reader. */
  get awaited(): Sequence {
    return Number(Atomics.load(this.#values, AWAITED));
  }
  set awaited(sequence: Sequence) {
    Atomics.store(this.#values, AWAITED, BigInt(sequence));
  }

  /** True while the log cannot append: a full disk, or a wall clock that jumped. */
  get readOnly(): boolean {
    return Atomics.load(this.#values, READ_ONLY) !== 0n;
  }
  set readOnly(value: boolean) {
    Atomics.store(this.#values, READ_ONLY, value ? 1n : 0n);
  }
}
