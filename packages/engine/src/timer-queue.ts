// What is due when: a binary heap of timers, the earliest at its root.
//
// A timer knows its place in the heap, so it is moved and taken out where it stands: nothing stale is
// left behind. It names an order or a switch by its ids and does not know what happens when it is due.

import type { OrderId, TimeMicros, UserId } from '@picostocks/protocol';
import { assert } from './assert.ts';

const NOWHERE = -1;

export class Timer {
  due: TimeMicros;
  readonly of: 'order' | 'switch';
  /** Of the order, or of the switch's user. */
  readonly id: OrderId | UserId;
  /** Of a switch; 0 for an order. */
  readonly keyId: number;
  /** Its place in the heap. */
  index: number = NOWHERE;

  constructor(due: TimeMicros, name: { of: 'order' | 'switch'; id: number; keyId?: number }) {
    this.due = due;
    this.of = name.of;
    this.id = name.id;
    this.keyId = name.keyId ?? 0;
  }
}

export class TimerQueue {
  readonly #heap: Timer[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The timer that is due first. */
  first(): Timer | undefined {
    return this.#heap[0];
  }

  add(timer: Timer): void {
    assert(timer.index === NOWHERE, 'a timer waits once');
    this.#heap.push(timer);
    this.#rise(timer, this.#heap.length - 1);
  }

  remove(timer: Timer): void {
    const { index } = timer;
    assert(this.#heap[index] === timer, 'only a timer that waits can be taken out');
    const last = this.#heap.pop();
    timer.index = NOWHERE;
    if (last !== undefined && last !== timer) this.#settle(last, index);
  }

  /** Makes a timer due at another time. */
  move(timer: Timer, due: TimeMicros): void {
    assert(this.#heap[timer.index] === timer, 'only a timer that waits can be moved');
    timer.due = due;
    this.#settle(timer, timer.index);
  }

  /** Puts a timer where it belongs, from a place that is free for it. */
  #settle(timer: Timer, index: number): void {
    this.#rise(timer, index);
    this.#sink(timer, timer.index);
  }

  #rise(timer: Timer, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || !isBefore(timer, parent)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(timer, index);
  }

  #sink(timer: Timer, from: number): void {
    let index = from;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = this.#heap[childIndex];
      if (child === undefined) break;
      const right = this.#heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (!isBefore(child, timer)) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(timer, index);
  }

  #place(timer: Timer, index: number): void {
    this.#heap[index] = timer;
    timer.index = index;
  }
}

/** At one time orders by id, before switches by user and key (docs/protocol.md §6.11). */
function isBefore(left: Timer, right: Timer): boolean {
  if (left.due !== right.due) return left.due < right.due;
  if (left.of !== right.of) return left.of === 'order';
  return left.id === right.id ? left.keyId < right.keyId : left.id < right.id;
}
