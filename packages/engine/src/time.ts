// What time does before the message of an entry: orders expire, switches fire, and the dead orders of
// who is on the list of sweeps are cancelled, so many steps with an entry (docs/protocol.md §6.11).

import { type Event, TIMERS_PER_ENTRY_MAX, type TimeMicros } from '@picostocks/protocol';
import { assert } from './assert.ts';
import { cancelOpenOrder } from './cancel-open-order.ts';
import { isKilled, killOrders } from './dead-orders.ts';
import type { Key } from './key.ts';
import type { Order } from './order.ts';
import type { State, SweepReason, User } from './state.ts';
import { spareSwitch, takeOffSwitch } from './switches.ts';
import type { Timer } from './timer-queue.ts';

/** A switch that is later than this was due while the exchange did not run. */
const LATE_MICROS = 30_000_000;

/** When time next does something: now, where sweeps wait. */
export function nextDue(state: State): TimeMicros | undefined {
  return state.sweeps.size > 0 ? state.time : state.timers.first()?.due;
}

/** Does what is due at the state's time. */
export function runTime(state: State, events: Event[]): void {
  const stepsLeft = runTimers(state, TIMERS_PER_ENTRY_MAX, events);
  if (state.sweeps.size > 0) runSweeps(state, stepsLeft, events);
  if (events.length > 0) events.push({ kind: 'timers_ran' });
}

function runTimers(state: State, steps: number, events: Event[]): number {
  let stepsLeft = steps;
  for (
    let timer = state.timers.first();
    timer !== undefined && timer.due <= state.time && stepsLeft > 0;
    timer = state.timers.first()
  ) {
    stepsLeft -= 1;
    if (timer.of === 'order') expire(state, timer, events);
    else ring(state, timer, events);
  }
  return stepsLeft;
}

function expire(state: State, timer: Timer, events: Event[]): void {
  const order = state.orders.get(timer.id);
  assert(order !== undefined, 'the timer of an order waits while the order rests');
  cancelOpenOrder(state, order, { reason: 'expired', events });
}

/** A switch whose time has come fires, unless it could not be reset: then it is spared once. */
function ring(state: State, timer: Timer, events: Event[]): void {
  const user: User | undefined = state.users[timer.id];
  const key: Key | undefined = user?.keys[timer.keyId];
  assert(user !== undefined && key?.switch !== undefined, 'a switch waits while it is set');
  const names = { userId: user.id, keyId: key.id };
  if (state.time - timer.due > LATE_MICROS && !key.switch.isSpared) {
    spareSwitch(state, key.switch);
    events.push({ kind: 'switch_spared', ...names });
    return;
  }
  takeOffSwitch(state, key);
  killOrders(state, user, 'cancel_after');
  events.push({ kind: 'switch_fired', ...names });
}

function runSweeps(state: State, steps: number, events: Event[]): void {
  let stepsLeft = steps;
  for (const [user, reason] of state.sweeps) {
    stepsLeft = sweep(state, user, { reason, steps: stepsLeft, events });
    if (newestKilled(user) !== undefined) return;
    state.sweeps.delete(user);
  }
}

interface Sweep {
  readonly reason: SweepReason;
  readonly steps: number;
  readonly events: Event[];
}

/** Cancels a user's killed orders, market by market, the newest first; answers what steps are left. */
function sweep(state: State, user: User, { reason, steps, events }: Sweep): number {
  let stepsLeft = steps;
  for (const own of user.ownOrders) {
    let order = firstKilled(own?.newest);
    while (order !== undefined && stepsLeft > 0) {
      const older: Order | undefined = order.ownOlder;
      stepsLeft -= 1;
      cancelOpenOrder(state, order, { reason, events });
      order = older;
    }
    if (stepsLeft === 0) break;
  }
  return stepsLeft;
}

function newestKilled(user: User): Order | undefined {
  for (const own of user.ownOrders) {
    const killed = firstKilled(own?.newest);
    if (killed !== undefined) return killed;
  }
  return undefined;
}

/** A user's own orders stand by their places, so all that are older than a killed one are killed. */
function firstKilled(newest: Order | undefined): Order | undefined {
  let order = newest;
  while (order !== undefined && !isKilled(order)) order = order.ownOlder;
  return order;
}
