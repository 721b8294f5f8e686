// The dead man's switch of a key: if the key gives no command for so many seconds, all orders of its
// user go (docs/protocol.md §6.11). When it is due, time.ts says what happens.

import {
  type DecodedParams,
  OPERATOR_USER_ID,
  type Rejection,
  type TimeMicros,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import type { Key, Switch } from './key.ts';
import type { State, User } from './state.ts';
import { Timer } from './timer-queue.ts';

const MICROS = 1_000_000;

export function cancelAfter(
  state: State,
  { user, key, events }: Act,
  { seconds }: DecodedParams<'cancel_after'>,
): Rejection | undefined {
  if (user.id === OPERATOR_USER_ID) return 'operator_account';

  // After this line the command succeeds.
  takeOffSwitch(state, key);
  const due = state.time + seconds * MICROS;
  if (seconds > 0) setSwitch(state, { user, key, seconds, due, isSpared: false });
  events.push({ kind: 'switch_set', seconds });
  return undefined;
}

interface SetSwitch {
  readonly user: User;
  readonly key: Key;
  readonly seconds: number;
  readonly due: TimeMicros;
  readonly isSpared: boolean;
}

/** Sets the switch of a key that has none. */
export function setSwitch(state: State, { user, key, seconds, due, isSpared }: SetSwitch): void {
  const timer = new Timer(due, { of: 'switch', id: user.id, keyId: key.id });
  state.timers.add(timer);
  key.switch = { seconds, timer, isSpared };
}

/** The key gave a sign of life: one of its commands was applied. */
export function resetSwitch(state: State, { switch: set }: Key): void {
  if (set === undefined) return;
  set.isSpared = false;
  state.timers.move(set.timer, state.time + set.seconds * MICROS);
}

/** It was due while nobody could reset it: once it begins anew. */
export function spareSwitch(state: State, set: Switch): void {
  set.isSpared = true;
  state.timers.move(set.timer, state.time + set.seconds * MICROS);
}

export function takeOffSwitch(state: State, key: Key): void {
  if (key.switch !== undefined) state.timers.remove(key.switch.timer);
  key.switch = undefined;
}
