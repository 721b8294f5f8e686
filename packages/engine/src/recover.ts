// What lets an exchange go on from a backup (docs/protocol.md §6.7). The log may have lost its end, and
// what was signed for the lost part is in other hands. So every counter leaps over all that may have
// been used there: signed messages stay spent, and no id comes back with another meaning.

import {
  type EnvelopeCommandOf,
  type Event,
  LEAP_PER_MICRO,
  NONCE_OFFSET_MAX,
  RECOVERY_PAUSE,
  type Rejection,
} from '@picostocks/protocol';
import type { State } from './state.ts';

interface Recovery extends Pick<EnvelopeCommandOf<'recover'>, 'params'> {
  /** The time since the entry before, which is the last one that was restored. */
  readonly elapsed: number;
}

/** The engine knows no hashes: whoever reads the log compares the one that the command names. */
export function recover(
  state: State,
  { params, elapsed }: Recovery,
  events: Event[],
): Rejection | undefined {
  const { sequence, hash } = params;
  if (sequence !== state.sequence - 1) return 'head_not_current';
  const leap = LEAP_PER_MICRO * Math.max(elapsed, RECOVERY_PAUSE);
  if (state.nonceOffset + leap > NONCE_OFFSET_MAX) return 'capacity';

  // After this line the command succeeds.
  for (const user of state.users) {
    for (const key of user.keys) key.nonceNext += leap;
  }
  state.nonceOffset += leap;
  state.orderIdNext += leap;
  state.tradeIdNext += leap;
  state.depositIdNext += leap;
  state.transferIdNext += leap;
  events.push({ kind: 'recovered', sequence, hash, leap });
  return undefined;
}
