// Says when requests are due. The timers of an event loop may be late by a whole millisecond, so it is a thread.
//
// Those of one millisecond are due together: a thread that wakes for every single one, and wakes another, costs the
// machine as much as serving it does.

import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';

interface Pace {
  /** Shared: [0] becomes 1 when it is to stop. */
  readonly flag: SharedArrayBuffer;
  readonly perMs: number;
  /** Since the epoch: each thread counts from a moment of its own. */
  readonly begins: number;
}

/** A thread takes a while to begin. */
const START_MS = 200;

/** So many requests are due so far, and the newest of them since a moment. */
export interface Due {
  readonly count: number;
  /** On this thread's clock. */
  readonly at: number;
}

/** Says what is due each millisecond, where something is, until it is stopped. */
export class Pacer {
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));
  readonly #ended: Promise<unknown>;

  constructor(perSecond: number, take: (due: Due) => void) {
    const begins = performance.now() + START_MS;
    const pace: Pace = {
      flag: this.#flag.buffer,
      perMs: perSecond / 1_000,
      begins: performance.timeOrigin + begins,
    };
    const worker = new Worker(new URL(import.meta.url), { workerData: pace, name: 'pacer' });
    worker.on('message', ({ count, tick }: { count: number; tick: number }) =>
      take({ count, at: begins + tick }),
    );
    this.#ended = once(worker, 'exit');
  }

  async stop(): Promise<void> {
    Atomics.store(this.#flag, 0, 1);
    Atomics.notify(this.#flag, 0);
    await this.#ended;
  }
}

function run(port: NonNullable<typeof parentPort>, { flag, perMs, begins }: Pace): void {
  const stopped = new Int32Array(flag);
  const begun = begins - performance.timeOrigin;
  for (let tick = Math.ceil(1 / perMs); Atomics.load(stopped, 0) === 0; ) {
    const waitMs = begun + tick - performance.now();
    if (waitMs > 0) {
      Atomics.wait(stopped, 0, 0, waitMs);
      continue;
    }
    const count = Math.floor(tick * perMs);
    port.postMessage({ count, tick });
    tick = Math.max(tick + 1, Math.ceil((count + 1) / perMs));
  }
}

if (parentPort !== null && workerData !== null) run(parentPort, workerData as Pace);
