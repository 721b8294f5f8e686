// Money that goes out, in the naive engine: docs/protocol.md §6.9.

import {
  type Amount,
  type EnvelopeCommandOf,
  type EnvelopeType,
  type Event,
  type ExternalStatus,
  PENDING_WITHDRAWALS_MAX,
  type Rejection,
} from '@picostocks/protocol';
import { isAddress } from './naive-deposits.ts';
import { hasRole } from './naive-keys.ts';
import {
  addTotal,
  assetOf,
  findAsset,
  findUser,
  freeOf,
  type Holding,
  isFinal,
  type NaiveAsset,
  type NaiveKey,
  type NaiveState,
  type NaiveWithdrawal,
  type Outcome,
} from './naive-state.ts';

type ParamsOf<T extends EnvelopeType> = EnvelopeCommandOf<T>['params'];

const MICROS_IN_DAY = 86_400_000_000;

/** Days since 1970, in UTC. */
function dayOf(time: number): number {
  return (time - (time % MICROS_IN_DAY)) / MICROS_IN_DAY;
}

/** What counts for the daily limit, of the last day on which the user requested any. */
export function withdrawnOf(
  state: NaiveState,
  { userId, stockId }: Holding,
): { readonly day: number; readonly quantity: Amount } | undefined {
  const requested = state.withdrawals.filter(
    (withdrawal) => withdrawal.userId === userId && withdrawal.stockId === stockId,
  );
  const last = requested.at(-1);
  if (last === undefined) return undefined;
  const day = dayOf(last.timeCreated);
  const quantity = requested
    .filter(({ timeCreated }) => dayOf(timeCreated) === day)
    .filter((withdrawal) => !wasGivenBackOn(withdrawal, day))
    .reduce((sum, withdrawal) => sum + withdrawal.quantity, 0n);
  return { day, quantity };
}

function wasGivenBackOn({ status, timeChanged }: NaiveWithdrawal, day: number): boolean {
  return (status === 'canceled' || status === 'ignore') && dayOf(timeChanged) === day;
}

/** The larger of `min_fee` and the part of the quantity that `per_fee` says, rounded up. */
function feeOf(asset: NaiveAsset, quantity: Amount): Amount {
  const product = quantity * BigInt(asset.perFee.replace('.', ''));
  const part = product % 10_000n === 0n ? product / 10_000n : product / 10_000n + 1n;
  return part > asset.minFee ? part : asset.minFee;
}

function withdrawalEvent({ timeChanged: _, ...withdrawal }: NaiveWithdrawal): Event {
  return { kind: 'withdrawal_changed', ...withdrawal };
}

export function requestWithdrawal(
  state: NaiveState,
  { userId, params }: EnvelopeCommandOf<'request_withdrawal'>,
  time: number,
): Outcome {
  const { stockId, quantity, address, memo = '' } = params;
  if (userId === 0) return 'operator_account';
  if (findUser(state, userId)?.frozen !== undefined) return 'account_frozen';
  const asset = findAsset(state, stockId);
  if (asset === undefined) return 'stock_not_found';
  const fee = feeOf(asset, quantity);
  if (fee > 0n && state.feeUserId === undefined) return 'fee_user_missing';
  if (!asset.withdraw) return 'withdrawals_closed';
  if (quantity === 0n) return 'zero_quantity';
  if (!isAddress(address)) return 'bad_address';
  const pending = state.withdrawals.filter(
    (withdrawal) => withdrawal.userId === userId && !isFinal(withdrawal.status),
  );
  if (pending.length >= PENDING_WITHDRAWALS_MAX) return 'too_many_pending';
  if (quantity < asset.minWithdrawal) return 'withdrawal_too_small';
  if (passesDailyLimit(state, { userId, asset, quantity, time })) return 'withdrawal_limit';
  if (freeOf(state, { userId, stockId }) < quantity + fee) return 'insufficient_funds';

  const withdrawal: NaiveWithdrawal = {
    withdrawalId: state.nextWithdrawalId,
    userId,
    stockId,
    quantity,
    fee,
    status: quantity <= asset.approvalAbove ? 'queued' : 'init',
    address,
    memo,
    txid: '',
    reason: '',
    claimedBy: undefined,
    timeCreated: time,
    timeChanged: time,
  };
  state.nextWithdrawalId += 1;
  state.withdrawals.push(withdrawal);
  return [withdrawalEvent(withdrawal)];
}

function passesDailyLimit(
  state: NaiveState,
  request: { userId: number; asset: NaiveAsset; quantity: Amount; time: number },
): boolean {
  const { userId, asset, quantity, time } = request;
  const { stockId } = asset;
  const own = state.limits.find((row) => row.userId === userId && row.stockId === stockId);
  if (own === undefined && asset.dailyWithdrawal === 0n) return false;
  const limit = own?.quantity ?? asset.dailyWithdrawal;
  const withdrawn = withdrawnOf(state, { userId, stockId });
  const today = withdrawn?.day === dayOf(time) ? withdrawn.quantity : 0n;
  return today + quantity > limit;
}

function findPending(state: NaiveState, withdrawalId: number): NaiveWithdrawal | undefined {
  return state.withdrawals.find(
    (known) => known.withdrawalId === withdrawalId && !isFinal(known.status),
  );
}

export function cancelWithdrawal(
  state: NaiveState,
  { userId, params }: EnvelopeCommandOf<'cancel_withdrawal'>,
  time: number,
): Outcome {
  if (userId === 0) return 'operator_account';
  const withdrawal = findPending(state, params.withdrawalId);
  if (withdrawal?.userId !== userId) return 'withdrawal_not_found';
  const { status } = withdrawal;
  if (status !== 'init' && status !== 'queued') return 'status_conflict';
  withdrawal.status = 'canceled';
  withdrawal.reason = '';
  withdrawal.timeChanged = time;
  return [withdrawalEvent(withdrawal)];
}

type By = 'finance' | 'custody' | 'claimer' | 'claimer, finance';

/** The table of docs/protocol.md §6.9: from, to, and by whom. */
const WAYS: readonly (readonly [ExternalStatus, readonly ExternalStatus[], By])[] = [
  ['init', ['accepted', 'canceled', 'ignore'], 'finance'],
  ['queued', ['accepted', 'canceled', 'ignore'], 'finance'],
  ['queued', ['busy'], 'custody'],
  ['accepted', ['busy'], 'custody'],
  ['accepted', ['canceled'], 'finance'],
  ['busy', ['confirmed', 'done'], 'claimer'],
  ['busy', ['error'], 'claimer, finance'],
  ['confirmed', ['done', 'error'], 'claimer, finance'],
  ['error', ['accepted', 'done', 'canceled'], 'finance'],
];

function rejectionOfWay(
  withdrawal: NaiveWithdrawal,
  to: ExternalStatus,
  key: NaiveKey,
): Rejection | undefined {
  const by = WAYS.find(([from, tos]) => from === withdrawal.status && tos.includes(to))?.[2];
  if (by === undefined) return 'status_conflict';
  const isClaimer = withdrawal.claimedBy === key.keyId;
  if (by.includes('finance') && hasRole(key, 'finance')) return undefined;
  if (by === 'custody' && hasRole(key, 'custody')) return undefined;
  if (!by.includes('claimer') || !hasRole(key, 'custody')) return 'status_conflict';
  return isClaimer ? undefined : 'claimed_by_other';
}

export function changeWithdrawal(
  state: NaiveState,
  change: { params: ParamsOf<'change_withdrawal'>; key: NaiveKey; time: number },
): Outcome {
  const { params, key, time } = change;
  const { withdrawalId, status, reason = '' } = params;
  const withdrawal = findPending(state, withdrawalId);
  if (withdrawal === undefined) return 'withdrawal_not_found';
  const isFrozen = findUser(state, withdrawal.userId)?.frozen !== undefined;
  if (isFrozen && (status === 'accepted' || status === 'busy')) return 'account_frozen';
  const rejection = rejectionOfWay(withdrawal, status, key);
  if (rejection !== undefined) return rejection;
  const txid = params.txid ?? withdrawal.txid;
  if (txid === '' && (status === 'confirmed' || status === 'done')) return 'txid_missing';

  const isSentAgain = withdrawal.status === 'error' && status === 'accepted';
  withdrawal.status = status;
  withdrawal.reason = reason;
  withdrawal.timeChanged = time;
  withdrawal.txid = isSentAgain ? '' : txid;
  if (isSentAgain) withdrawal.claimedBy = undefined;
  if (status === 'busy') withdrawal.claimedBy = key.keyId;
  if (status === 'done') moveOut(state, withdrawal);
  return [withdrawalEvent(withdrawal)];
}

/** The money left: the quantity is outside, and the fee is with whoever receives fees now. */
function moveOut(state: NaiveState, withdrawal: NaiveWithdrawal): void {
  const { userId, stockId, quantity, fee } = withdrawal;
  addTotal(state, { userId, stockId }, -(quantity + fee));
  assetOf(state, stockId).outside += quantity;
  if (fee === 0n) return;
  if (state.feeUserId === undefined) throw new Error('a fee was taken that nobody receives');
  addTotal(state, { userId: state.feeUserId, stockId }, fee);
}
