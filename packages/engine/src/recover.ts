// What lets an exchange go on from a backup (docs/protocol.md §6.13). The log may have lost its end, and
// what was signed for the lost part is in other hands. So every counter leaps over all that may have
// been used there: signed messages stay spent, and no id comes back with another meaning.

import {
  type DecodedParams,
  LEAP_PER_MICRO,
  NONCE_OFFSET_MAX,
  RECOVERY_PAUSE,
  type Rejection,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import type { State } from './state.ts';

/** The engine knows no hashes: whoever reads the log compares the one that the command names. */
export function recover(
  state: State,
  { events }: Act,
  { sequence, hash }: DecodedParams<'recover'>,
): Rejection | undefined {
  if (sequence !== state.sequence - 1) return 'head_not_current';
  const elapsed = state.time - state.timeBefore;
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
  state.withdrawalIdNext += leap;
  events.push({ kind: 'recovered', sequence, hash, leap });
  return undefined;
}
