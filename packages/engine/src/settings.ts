// The settings of the whole exchange (docs/protocol.md §6.4).

import type { DecodedParams, Rejection } from '@picostocks/protocol';
import type { Act } from './act.ts';
import { findTrader, type State } from './state.ts';

export function changeSettings(
  state: State,
  { events }: Act,
  { registrationOpen, gift, feeUserId, reads }: DecodedParams<'change_settings'>,
): Rejection | undefined {
  if (feeUserId !== undefined && findTrader(state, feeUserId) === undefined) return 'unknown_user';
  if (gift !== undefined && gift > 0n && !state.sandbox) return 'gift_outside_sandbox';

  // After this line the command succeeds.
  const { settings } = state;
  if (registrationOpen !== undefined) settings.registrationOpen = registrationOpen;
  if (gift !== undefined) settings.gift = gift;
  if (feeUserId !== undefined) settings.feeUserId = feeUserId;
  if (reads !== undefined) settings.reads = reads;
  events.push({ kind: 'settings_changed' });
  return undefined;
}
