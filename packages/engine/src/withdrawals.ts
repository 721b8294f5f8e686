// Money that leaves: what a user asks for is locked with its fee until it is paid or given back
// (docs/protocol.md §6.9).

import {
  type Amount,
  type DecodedParams,
  type ExternalStatus,
  PENDING_WITHDRAWALS_MAX,
  type Rejection,
  type TimeMicros,
  type WithdrawalChanged,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import { isAddress } from './addresses.ts';
import { CANCELLABLE, checkWithdrawalChange, isFinal } from './external-status.ts';
import { feeUserOf } from './fees.ts';
import { accountOf, credit, freeOf, lock, sendOut, spendLocked, unlock } from './ledger.ts';
import { type Asset, type State, type User, type Withdrawal, withSlot } from './state.ts';

const DAY_MICROS = 86_400_000_000;

/** Days since 1970, UTC. */
function dayOf(time: TimeMicros): number {
  return Math.floor(time / DAY_MICROS);
}

/** `max(min_fee, ceil(per_fee · quantity))`; `perFee` has four decimals and is below one. */
export function withdrawalFee({ details }: Asset, quantity: Amount): Amount {
  const perTenThousand = BigInt(details.perFee.slice(2));
  const part = (quantity * perTenThousand + 9_999n) / 10_000n;
  return part > details.minFee ? part : details.minFee;
}

/** What a user asked for on the day of `time`, without what was given back on that day. */
function withdrawnOn(user: User, asset: Asset, time: TimeMicros): Amount {
  const withdrawn = user.withdrawn[asset.slot];
  return withdrawn?.day === dayOf(time) ? withdrawn.quantity : 0n;
}

/** A user's own limit of 0 means nothing, the asset's means that there is none. */
function isOverLimit(user: User, asset: Asset, quantity: Amount): boolean {
  const own = user.dailyLimits[asset.slot];
  if (own !== undefined) return quantity > own;
  const { dailyWithdrawal } = asset.details;
  return dailyWithdrawal > 0n && quantity > dailyWithdrawal;
}

function changed(withdrawal: Withdrawal): WithdrawalChanged {
  return {
    kind: 'withdrawal_changed',
    withdrawalId: withdrawal.id,
    userId: withdrawal.user.id,
    stockId: withdrawal.asset.id,
    quantity: withdrawal.quantity,
    fee: withdrawal.fee,
    status: withdrawal.status,
    address: withdrawal.address,
    memo: withdrawal.memo,
    txid: withdrawal.txid,
    reason: withdrawal.reason,
    claimedBy: withdrawal.claimedBy,
    timeCreated: withdrawal.timeCreated,
  };
}

export function requestWithdrawal(
  state: State,
  { user, events }: Act,
  { stockId, quantity, address, memo = '' }: DecodedParams<'request_withdrawal'>,
): Rejection | undefined {
  if (user.id === 0) return 'operator_account';
  if (user.frozen !== undefined) return 'account_frozen';
  const asset = state.assetById.get(stockId);
  if (asset === undefined) return 'stock_not_found';
  const { details } = asset;
  const fee = withdrawalFee(asset, quantity);
  if (fee > 0n && state.settings.feeUserId === undefined) return 'fee_user_missing';
  if (!details.withdraw) return 'withdrawals_closed';
  if (quantity === 0n) return 'zero_quantity';
  if (!isAddress(address)) return 'bad_address';
  if (user.pendingWithdrawals >= PENDING_WITHDRAWALS_MAX) return 'too_many_pending';
  if (quantity < details.minWithdrawal) return 'withdrawal_too_small';
  const today = withdrawnOn(user, asset, state.time) + quantity;
  if (isOverLimit(user, asset, today)) return 'withdrawal_limit';
  if (freeOf(user, asset) < quantity + fee) return 'insufficient_funds';

  // After this line the command succeeds.
  lock(accountOf(user, asset), quantity + fee);
  const withdrawn = { day: dayOf(state.time), quantity: today };
  user.withdrawn = withSlot(user.withdrawn, asset.slot, withdrawn);
  const withdrawal: Withdrawal = {
    id: state.withdrawalIdNext,
    user,
    asset,
    quantity,
    fee,
    address,
    memo,
    status: quantity > details.approvalAbove ? 'init' : 'queued',
    claimedBy: undefined,
    txid: '',
    reason: '',
    timeCreated: state.time,
    timeChanged: state.time,
  };
  state.withdrawalIdNext += 1;
  putWithdrawal(state, withdrawal);
  events.push(changed(withdrawal));
  return undefined;
}

/** A withdrawal that is not final is found by its id and counts among its user's. */
export function putWithdrawal(state: State, withdrawal: Withdrawal): void {
  state.withdrawals.set(withdrawal.id, withdrawal);
  withdrawal.user.pendingWithdrawals += 1;
}

export function cancelWithdrawal(
  state: State,
  { user, events }: Act,
  { withdrawalId }: DecodedParams<'cancel_withdrawal'>,
): Rejection | undefined {
  if (user.id === 0) return 'operator_account';
  const withdrawal = state.withdrawals.get(withdrawalId);
  if (withdrawal?.user !== user) return 'withdrawal_not_found';
  if (!CANCELLABLE.includes(withdrawal.status)) return 'status_conflict';

  // After this line the command succeeds.
  withdrawal.reason = '';
  changeStatus(state, withdrawal, 'canceled');
  events.push(changed(withdrawal));
  return undefined;
}

export function changeWithdrawal(
  state: State,
  { key, events }: Act,
  { withdrawalId, status, txid, reason = '' }: DecodedParams<'change_withdrawal'>,
): Rejection | undefined {
  const withdrawal = state.withdrawals.get(withdrawalId);
  if (withdrawal === undefined) return 'withdrawal_not_found';
  const { user, claimedBy, status: from } = withdrawal;
  const isLetGo = status === 'accepted' || status === 'busy';
  if (isLetGo && user.frozen !== undefined) return 'account_frozen';
  const conflict = checkWithdrawalChange({ from, to: status, key, claimedBy });
  if (conflict !== undefined) return conflict;
  const known = txid ?? withdrawal.txid;
  if ((status === 'confirmed' || status === 'done') && known === '') return 'txid_missing';

  // After this line the command succeeds.
  const isToBeSentAgain = from === 'error' && status === 'accepted';
  withdrawal.txid = isToBeSentAgain ? '' : known;
  withdrawal.reason = reason;
  if (status === 'busy') withdrawal.claimedBy = key.id;
  else if (isToBeSentAgain) withdrawal.claimedBy = undefined;
  changeStatus(state, withdrawal, status);
  events.push(changed(withdrawal));
  return undefined;
}

/** The money follows the status: out when it is done, back when it is given back, else it stays. */
function changeStatus(state: State, withdrawal: Withdrawal, status: ExternalStatus): void {
  withdrawal.status = status;
  withdrawal.timeChanged = state.time;
  if (!isFinal(status)) return;
  state.withdrawals.delete(withdrawal.id);
  withdrawal.user.pendingWithdrawals -= 1;
  if (status === 'done') pay(state, withdrawal);
  else giveBack(state, withdrawal);
}

function pay(state: State, { user, asset, quantity, fee }: Withdrawal): void {
  sendOut(user, asset, quantity);
  if (fee === 0n) return;
  spendLocked(accountOf(user, asset), fee);
  credit(feeUserOf(state), asset, fee);
}

function giveBack(state: State, { user, asset, quantity, fee, timeCreated }: Withdrawal): void {
  unlock(accountOf(user, asset), quantity + fee);
  const withdrawn = user.withdrawn[asset.slot];
  const today = dayOf(state.time);
  if (withdrawn?.day === today && dayOf(timeCreated) === today) withdrawn.quantity -= quantity;
}

export function setWithdrawalLimit(
  state: State,
  { events }: Act,
  { userId, stockId, dailyWithdrawal }: DecodedParams<'set_withdrawal_limit'>,
): Rejection | undefined {
  if (userId === 0) return 'operator_account';
  const user = state.users[userId];
  if (user === undefined) return 'unknown_user';
  const asset = state.assetById.get(stockId);
  if (asset === undefined) return 'stock_not_found';

  // After this line the command succeeds.
  user.dailyLimits = withSlot(user.dailyLimits, asset.slot, dailyWithdrawal ?? undefined);
  events.push({ kind: 'user_changed', userId });
  return undefined;
}
