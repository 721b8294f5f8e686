// Virtual time: one queue of events, run one after the other in one thread.
//
// Invariants: events run in the order of their times, and of two at the same time in the order in which
// they were asked for. After each event all promises that it settled have run to their end before the
// next begins, so nothing depends on how fast the machine is. Idle time costs nothing.
//
// What the platform does in the background (`waitFor`) takes no virtual time.
//
// It does not preempt: a part of the exchange can only be stopped between two events, or where it
// throws (see `Crash`).

import type { Scheduler } from '../../packages/server/src/scheduler.ts';

/** Something that can die: its events are dropped from then on, and its failures end here. */
export class Lifetime {
  readonly name: string;
  readonly #onFailure: (error: unknown) => void;
  #isOver = false;

  constructor(name: string, onFailure: (error: unknown) => void) {
    this.name = name;
    this.#onFailure = onFailure;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
  }

  fail(error: unknown): void {
    if (!this.#isOver) this.#onFailure(error);
  }
}

/** Thrown where a fault ends a thread in the middle of what it does. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly lifetime: Lifetime;
  act: (() => void) | undefined;
}

export class VirtualTime {
  /** Microseconds. */
  #now = 0;
  #order = 0;
  #steps = 0;
  readonly #heap: Event[] = [];
  #background: Promise<unknown> | undefined;

  /** Microseconds since the simulation began. */
  get micros(): number {
    return this.#now;
  }

  /** How many events have run. */
  get steps(): number {
    return this.#steps;
  }

  /** Acts after so many microseconds, unless the lifetime is over by then; answers how to call it off. */
  after(micros: number, lifetime: Lifetime, act: () => void): () => void {
    const event: Event = { at: this.#now + Math.round(micros), order: this.#order, lifetime, act };
    this.#order += 1;
    push(this.#heap, event);
    return () => {
      event.act = undefined;
    };
  }

  /** Time as a part of the server or a client sees it. */
  schedulerOf(lifetime: Lifetime, soonMicros: () => number): Scheduler {
    return {
      now: () => this.#now / 1_000,
      after: (milliseconds, act) => this.after(milliseconds * 1_000, lifetime, act),
      soon: (act) => void this.after(soonMicros(), lifetime, act),
    };
  }

  /** Lets a client wait. */
  sleep(micros: number, lifetime: Lifetime): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.after(micros, lifetime, resolve);
    return promise;
  }

  /** The next event waits for this, which must not itself wait for an event. */
  waitFor(work: Promise<unknown>): void {
    this.#background = Promise.all([this.#background, work]);
  }

  /** Runs what is due until a time, as long as `goesOn` says so after each event. */
  async run(untilMicros: number, goesOn: () => boolean): Promise<void> {
    for (let event = this.#heap[0]; event !== undefined && event.at <= untilMicros; ) {
      pop(this.#heap);
      const { act, lifetime } = event;
      if (act !== undefined && !lifetime.isOver) {
        this.#now = event.at;
        this.#steps += 1;
        try {
          act();
        } catch (error) {
          lifetime.fail(error);
        }
        await this.#settled();
        if (!goesOn()) return;
      }
      event = this.#heap[0];
    }
    this.#now = Math.max(this.#now, untilMicros);
  }

  async #settled(): Promise<void> {
    await settled();
    for (let work = this.#background; work !== undefined; work = this.#background) {
      this.#background = undefined;
      await work;
      await settled();
    }
  }
}

/**
 * Resolves when every promise that can settle has settled. Node.js runs the queue of `nextTick` only
 * when that of the promises is empty.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function isBefore(left: Event, right: Event): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

/** A binary heap: each event stands before its two children at 2i + 1 and 2i + 2. */
function push(heap: Event[], event: Event): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const other = heap[parent];
    if (other === undefined || isBefore(other, event)) break;
    heap[index] = other;
    index = parent;
  }
  heap[index] = event;
}

function pop(heap: Event[]): void {
  const event = heap.pop();
  if (event === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (isBefore(event, child)) break;
    heap[index] = child;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = event;
}
