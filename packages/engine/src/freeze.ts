// Frozen users: they can only cancel, spend nonces and manage their keys (docs/protocol.md §6.8).

import type { DecodedParams, Rejection } from '@picostocks/protocol';
import type { Act } from './act.ts';
import { killOrders } from './dead-orders.ts';
import { findTrader, type State } from './state.ts';

export function freezeUser(
  state: State,
  { events }: Act,
  { userId, reason }: DecodedParams<'freeze_user'>,
): Rejection | undefined {
  if (userId === 0) return 'operator_account';
  const user = findTrader(state, userId);
  if (user === undefined) return 'unknown_user';

  // After this line the command succeeds.
  user.frozen = { reason, since: user.frozen?.since ?? state.time };
  killOrders(state, user, 'frozen');
  events.push({ kind: 'user_frozen', userId, reason });
  return undefined;
}

export function unfreezeUser(
  state: State,
  { events }: Act,
  { userId }: DecodedParams<'unfreeze_user'>,
): Rejection | undefined {
  if (userId === 0) return 'operator_account';
  const user = findTrader(state, userId);
  if (user === undefined) return 'unknown_user';

  // After this line the command succeeds.
  user.frozen = undefined;
  events.push({ kind: 'user_unfrozen', userId });
  return undefined;
}
