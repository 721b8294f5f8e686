// What time does in the naive engine, before every message: docs/protocol.md §6.11, read aloud.

import type { CancelReason, Event } from '@picostocks/protocol';
import {
  type NaiveKey,
  type NaiveOrder,
  type NaiveState,
  type NaiveSwitch,
  userOf,
} from './naive-state.ts';
import { newestFirst, takeOffAll } from './naive-trading.ts';

const MICROS_IN_SECOND = 1_000_000;
/** docs/protocol.md §7. */
const MOST_STEPS = 1_000;
/** How late a switch may be without being suspected of a stop of the exchange. */
const LATE_MICROS = 30 * MICROS_IN_SECOND;

export function switchFor(seconds: number, time: number): NaiveSwitch | undefined {
  if (seconds === 0) return undefined;
  return { seconds, due: time + seconds * MICROS_IN_SECOND, spared: false };
}

/** The key gave a sign of life. */
export function postponeSwitch(key: NaiveKey, time: number): void {
  if (key.switch !== undefined) key.switch = switchFor(key.switch.seconds, time);
}

export function runTimers(state: NaiveState, time: number): Event[] {
  const events: Event[] = [];
  let steps = 0;
  for (; steps < MOST_STEPS; steps += 1) {
    const timer = nextTimer(state, time);
    if (timer === undefined) break;
    events.push(...timer.run());
  }
  for (;;) {
    const sweep = state.sweeps[0];
    if (sweep === undefined) break;
    const order = nextSwept(state, sweep.userId);
    if (order === undefined) {
      state.sweeps = state.sweeps.filter((other) => other !== sweep);
      continue;
    }
    if (steps === MOST_STEPS) break;
    steps += 1;
    events.push(...takeOffAll(state, order, { reason: sweep.reason, time }));
  }
  return events;
}

interface Timer {
  /** Time, kind, and then ids: what is due first is the one whose numbers come first. */
  readonly when: readonly number[];
  run(): Event[];
}

function nextTimer(state: NaiveState, time: number): Timer | undefined {
  const timers: Timer[] = [];
  for (const order of state.orders) {
    if (order.goodUntil === undefined || order.goodUntil > time) continue;
    timers.push({
      when: [order.goodUntil, 0, order.orderId],
      run: () => takeOffAll(state, order, { reason: 'expired', time }),
    });
  }
  for (const key of state.keys) {
    if (key.switch === undefined || key.switch.due > time) continue;
    const { due } = key.switch;
    timers.push({
      when: [due, 1, key.userId, key.keyId],
      run: () => runSwitch(state, key, time),
    });
  }
  let first = timers[0];
  for (const timer of timers) if (first && isBefore(timer.when, first.when)) first = timer;
  return first;
}

function isBefore(left: readonly number[], right: readonly number[]): boolean {
  const index = left.findIndex((number, at) => number !== right[at]);
  return index !== -1 && (left[index] ?? 0) < (right[index] ?? 0);
}

function runSwitch(state: NaiveState, key: NaiveKey, time: number): Event[] {
  const { userId, keyId } = key;
  const { seconds, due, spared } = key.switch ?? { seconds: 0, due: 0, spared: false };
  if (time - due > LATE_MICROS && !spared) {
    key.switch = { seconds, due: time + seconds * MICROS_IN_SECOND, spared: true };
    return [{ kind: 'switch_spared', userId, keyId }];
  }
  key.switch = undefined;
  killOrders(state, userId, 'cancel_after');
  return [{ kind: 'switch_fired', userId, keyId }];
}

/** All orders of the user are dead from now on, and will be swept. */
export function killOrders(state: NaiveState, userId: number, reason: CancelReason): void {
  userOf(state, userId).deadBefore = state.nextOrderId;
  if (!state.sweeps.some((sweep) => sweep.userId === userId)) state.sweeps.push({ userId, reason });
}

/** The next dead order of a swept user: by market, then the newest place first. */
function nextSwept(state: NaiveState, userId: number): NaiveOrder | undefined {
  const { deadBefore } = userOf(state, userId);
  const dead = state.orders.filter((order) => order.userId === userId && order.place < deadBefore);
  for (const { stockId, unitId } of state.markets) {
    const there = dead.filter((order) => order.stockId === stockId && order.unitId === unitId);
    const [newest] = newestFirst(there);
    if (newest !== undefined) return newest;
  }
  return undefined;
}
