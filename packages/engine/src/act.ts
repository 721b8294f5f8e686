// One command while it is applied: who gave it, what it did so far, how much more it may do.

import {
  type Event,
  LOOKS_PER_BATCH_MAX,
  ORDERS_PER_COMMAND_MAX,
  type Rejection,
} from '@picostocks/protocol';
import type { Key } from './key.ts';
import type { State, User } from './state.ts';

export interface Act {
  readonly user: User;
  /** The key that signed. */
  readonly key: Key;
  /** What the entry did, in order; each function adds to it only after its last guard. */
  readonly events: Event[];
  /** How many more orders it may meet or take off (docs/protocol.md §6.1). */
  meetsLeft: number;
  /** How many more orders it may look at without taking them; only a batch can use it up. */
  looksLeft: number;
}

/** What a command does: a ladder of guards, and when none says no, its effects. */
export type Apply<Params> = (state: State, act: Act, params: Params) => Rejection | undefined;

export function beginAct(user: User, key: Key, events: Event[]): Act {
  return { user, key, events, meetsLeft: ORDERS_PER_COMMAND_MAX, looksLeft: LOOKS_PER_BATCH_MAX };
}
