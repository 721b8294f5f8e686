// Says when requests are due, to a fraction of a millisecond: the timers of an event loop know whole ones only.

import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';

interface Pace {
  /** Shared: [0] becomes 1 when it is to stop. */
  readonly flag: SharedArrayBuffer;
  readonly everyMs: number;
  /** Since the epoch: each thread counts from a moment of its own. */
  readonly begins: number;
}

/** A thread takes a while to begin. */
const START_MS = 200;

/** Calls `due` with how many requests are due so far, until it is stopped. */
export class Pacer {
  /** When the first is due, on this thread's clock. */
  readonly begins = performance.now() + START_MS;
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));
  readonly #ended: Promise<unknown>;

  constructor(perSecond: number, due: (count: number) => void) {
    const begins = performance.timeOrigin + this.begins;
    const pace: Pace = { flag: this.#flag.buffer, everyMs: 1_000 / perSecond, begins };
    const worker = new Worker(new URL(import.meta.url), { workerData: pace, name: 'pacer' });
    worker.on('message', due);
    this.#ended = once(worker, 'exit');
  }

  async stop(): Promise<void> {
    Atomics.store(this.#flag, 0, 1);
    Atomics.notify(this.#flag, 0);
    await this.#ended;
  }
}

function run(port: NonNullable<typeof parentPort>, { flag, everyMs, begins }: Pace): void {
  const stopped = new Int32Array(flag);
  const begun = begins - performance.timeOrigin;
  for (let count = 0; Atomics.load(stopped, 0) === 0; ) {
    const due = Math.floor((performance.now() - begun) / everyMs);
    if (due > count) port.postMessage(due);
    count = Math.max(count, due);
    const waitMs = begun + (count + 1) * everyMs - performance.now();
    if (waitMs > 0) Atomics.wait(stopped, 0, 0, waitMs);
  }
}

if (parentPort !== null && workerData !== null) run(parentPort, workerData as Pace);
