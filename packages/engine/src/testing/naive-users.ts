// Users in the naive engine: registration, transfers, freezing, and the settings (docs/protocol.md
// §6.3, §6.4, §6.8).

import {
  type EnvelopeCommandOf,
  type EnvelopeType,
  type Event,
  type Rejection,
  USERS_MAX,
} from '@picostocks/protocol';
import { creditUser } from './naive-deposits.ts';
import { addKey, isKeyKnown } from './naive-keys.ts';
import {
  addTotal,
  findAsset,
  findUser,
  freeOf,
  type NaiveState,
  NO_AMOUNT_REACHES,
  type Outcome,
} from './naive-state.ts';
import { killOrders } from './naive-time.ts';

type ParamsOf<T extends EnvelopeType> = EnvelopeCommandOf<T>['params'];

/** The next user with his gifts; the caller knows that the key is new. */
export function registerUser(state: NaiveState, publicKey: string, time: number): Outcome {
  const userId = state.users.length;
  if (userId > USERS_MAX) return 'capacity';
  const { gift } = state;
  const isTooLarge = state.assets.some((asset) => asset.outside - gift <= -NO_AMOUNT_REACHES);
  if (gift > 0n && isTooLarge) return 'deposit_too_large';

  state.users.push({ userId, tier: 0, deadBefore: 0, frozen: undefined });
  const { nonce } = addKey(state, { userId, publicKey, scopes: [] });
  const events: Event[] = [{ kind: 'user_registered', userId, publicKey, nonce }];
  if (gift === 0n) return events;
  const txid = `gift:${userId}`;
  for (const { stockId } of state.assets) {
    const given = { userId, stockId, quantity: gift, txid, output: 0, memo: '' };
    events.push(creditUser(state, given, time));
  }
  return events;
}

export function registerKnownUser(state: NaiveState, publicKey: string, time: number): Outcome {
  if (isKeyKnown(state, publicKey)) return 'key_taken';
  return registerUser(state, publicKey, time);
}

export function transfer(state: NaiveState, command: EnvelopeCommandOf<'transfer'>): Outcome {
  const fromUserId = command.userId;
  const { toUser: toUserId, stockId, quantity, memo = '' } = command.params;
  if (fromUserId === 0 || toUserId === 0) return 'operator_account';
  if (findUser(state, toUserId) === undefined) return 'unknown_user';
  if (findUser(state, fromUserId)?.frozen !== undefined) return 'account_frozen';
  if (findAsset(state, stockId) === undefined) return 'stock_not_found';
  if (quantity === 0n) return 'zero_quantity';
  if (freeOf(state, { userId: fromUserId, stockId }) < quantity) return 'insufficient_funds';

  addTotal(state, { userId: fromUserId, stockId }, -quantity);
  addTotal(state, { userId: toUserId, stockId }, quantity);
  const transferId = state.nextTransferId;
  state.nextTransferId += 1;
  return [{ kind: 'transferred', transferId, fromUserId, toUserId, stockId, quantity, memo }];
}

export function freezeUser(
  state: NaiveState,
  { userId, reason }: ParamsOf<'freeze_user'>,
  time: number,
): Outcome {
  if (userId === 0) return 'operator_account';
  const user = findUser(state, userId);
  if (user === undefined) return 'unknown_user';
  user.frozen = { reason, since: user.frozen?.since ?? time };
  killOrders(state, userId, 'frozen');
  return [{ kind: 'user_frozen', userId, reason }];
}

export function unfreezeUser(state: NaiveState, { userId }: ParamsOf<'unfreeze_user'>): Outcome {
  if (userId === 0) return 'operator_account';
  const user = findUser(state, userId);
  if (user === undefined) return 'unknown_user';
  user.frozen = undefined;
  return [{ kind: 'user_unfrozen', userId }];
}

export function setUserTier(
  state: NaiveState,
  { userId, tier }: ParamsOf<'set_user_tier'>,
): Outcome {
  if (userId === 0) return 'operator_account';
  const user = findUser(state, userId);
  if (user === undefined) return 'unknown_user';
  user.tier = tier;
  return [{ kind: 'user_changed', userId }];
}

export function setWithdrawalLimit(
  state: NaiveState,
  { userId, stockId, dailyWithdrawal }: ParamsOf<'set_withdrawal_limit'>,
): Outcome {
  if (userId === 0) return 'operator_account';
  if (findUser(state, userId) === undefined) return 'unknown_user';
  if (findAsset(state, stockId) === undefined) return 'stock_not_found';
  state.limits = state.limits.filter(
    (limit) => limit.userId !== userId || limit.stockId !== stockId,
  );
  if (dailyWithdrawal !== null) state.limits.push({ userId, stockId, quantity: dailyWithdrawal });
  return [{ kind: 'user_changed', userId }];
}

export function changeSettings(state: NaiveState, params: ParamsOf<'change_settings'>): Outcome {
  const rejection = rejectionOfSettings(state, params);
  if (rejection !== undefined) return rejection;
  state.registrationOpen = params.registrationOpen ?? state.registrationOpen;
  state.gift = params.gift ?? state.gift;
  state.feeUserId = params.feeUserId ?? state.feeUserId;
  state.reads = params.reads ?? state.reads;
  return [{ kind: 'settings_changed' }];
}

function rejectionOfSettings(
  state: NaiveState,
  { feeUserId, gift }: ParamsOf<'change_settings'>,
): Rejection | undefined {
  if (feeUserId === 0) return 'unknown_user';
  if (feeUserId !== undefined && findUser(state, feeUserId) === undefined) return 'unknown_user';
  if (gift !== undefined && gift > 0n && !state.genesis.sandbox) return 'gift_outside_sandbox';
  return undefined;
}
