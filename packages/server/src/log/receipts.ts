// What a follower tells the log of the batches that it has read. Not after each: a message between threads
// costs as much as the engine's part of some orders, and the log only wants to know who is megabytes behind.

/** A fraction of what may be on its way to a follower (`BEHIND_BYTES_MAX`). */
const RECEIPT_BYTES = 512 * 1_024;

export class Receipts {
  readonly #acknowledge: (bytes: number) => void;
  #bytes = 0;

  constructor(acknowledge: (bytes: number) => void) {
    this.#acknowledge = acknowledge;
  }

  read(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < RECEIPT_BYTES) return;
    this.#acknowledge(this.#bytes);
    this.#bytes = 0;
  }
}
