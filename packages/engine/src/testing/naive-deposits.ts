// Money that comes in, in the naive engine: docs/protocol.md §6.9.

import {
  ADDRESSES_MAX,
  type Amount,
  type EnvelopeCommandOf,
  type EnvelopeType,
  type Event,
  type ExternalStatus,
  PENDING_DEPOSITS_MAX,
} from '@picostocks/protocol';
import { hasRole } from './naive-keys.ts';
import {
  addTotal,
  assetOf,
  findAsset,
  findUser,
  type Holding,
  isFinal,
  type NaiveAddress,
  type NaiveDeposit,
  type NaiveKey,
  type NaiveState,
  type NaiveTxid,
  NO_AMOUNT_REACHES,
  type Outcome,
} from './naive-state.ts';

type ParamsOf<T extends EnvelopeType> = EnvelopeCommandOf<T>['params'];

const ADDRESS = /^[\x21-\x7e]{1,100}$/;

export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

// --- Addresses ---------------------------------------------------------------------------------------

function isOf({ userId, stockId }: Holding): (row: Holding) => boolean {
  return (row) => row.userId === userId && row.stockId === stockId;
}

export function requestAddress(
  state: NaiveState,
  { userId, params }: EnvelopeCommandOf<'request_address'>,
): Outcome {
  const { stockId } = params;
  if (userId === 0) return 'operator_account';
  if (findUser(state, userId)?.frozen !== undefined) return 'account_frozen';
  const asset = findAsset(state, stockId);
  if (asset === undefined) return 'stock_not_found';
  if (!asset.deposit) return 'deposits_closed';
  const holding = { userId, stockId };
  if (!state.wanted.some(isOf(holding))) state.wanted.push(holding);
  return [{ kind: 'address_requested', userId, stockId }];
}

function findAddress(
  state: NaiveState,
  { stockId, address, memo }: Omit<NaiveAddress, 'userId'>,
): NaiveAddress | undefined {
  return state.addresses.find(
    (known) => known.stockId === stockId && known.address === address && known.memo === memo,
  );
}

export function registerAddress(state: NaiveState, params: ParamsOf<'register_address'>): Outcome {
  const { userId, stockId, address, memo = '' } = params;
  if (userId === 0) return 'operator_account';
  if (findUser(state, userId) === undefined) return 'unknown_user';
  if (findAsset(state, stockId) === undefined) return 'stock_not_found';
  const known = findAddress(state, { stockId, address, memo });
  if (known !== undefined && known.userId !== userId) return 'address_taken';
  const own = state.addresses.filter(isOf({ userId, stockId }));
  if (known === undefined && own.length >= ADDRESSES_MAX) return 'capacity';
  if (!isAddress(address)) return 'bad_address';

  state.addresses = state.addresses.filter((other) => other !== known);
  state.addresses.push({ userId, stockId, address, memo });
  const isWanted = isOf({ userId, stockId });
  state.wanted = state.wanted.filter((row) => !isWanted(row));
  return [{ kind: 'address_registered', userId, stockId, address, memo }];
}

// --- Deposits ----------------------------------------------------------------------------------------

/** The statuses through which a deposit goes, in their order. */
const WAY: readonly ExternalStatus[] = ['init', 'queued', 'accepted', 'confirmed', 'busy'];

function isKnown(state: NaiveState, { stockId, txid, output }: NaiveTxid): boolean {
  return state.txids.some(
    (old) => old.stockId === stockId && old.txid === txid && old.output === output,
  );
}

function wouldPass(state: NaiveState, stockId: number, quantity: Amount): boolean {
  return assetOf(state, stockId).outside - quantity <= -NO_AMOUNT_REACHES;
}

/** Money comes in: the user has more, the outside world has less. */
function moveIn(
  state: NaiveState,
  { userId, stockId, quantity }: Holding & { readonly quantity: Amount },
): void {
  assetOf(state, stockId).outside -= quantity;
  addTotal(state, { userId, stockId }, quantity);
}

interface Credit extends NaiveTxid {
  readonly userId: number;
  readonly quantity: Amount;
  readonly memo: string;
}

/** A deposit that nobody reported: it is done at once. */
export function creditUser(state: NaiveState, credit: Credit, time: number): Event {
  moveIn(state, credit);
  const depositId = state.nextDepositId;
  state.nextDepositId += 1;
  const status = 'done';
  const untold = { address: '', reason: '', timeCreated: time };
  return { kind: 'deposit_changed', depositId, ...credit, status, ...untold };
}

export function creditDeposit(
  state: NaiveState,
  params: ParamsOf<'credit_deposit'>,
  time: number,
): Outcome {
  const { userId, stockId, quantity, txid, output = 0, memo = '' } = params;
  if (userId === 0) return 'operator_account';
  if (findUser(state, userId) === undefined) return 'unknown_user';
  if (findAsset(state, stockId) === undefined) return 'stock_not_found';
  if (isKnown(state, { stockId, txid, output })) return 'deposit_known';
  if (quantity === 0n) return 'zero_quantity';
  if (wouldPass(state, stockId, quantity)) return 'deposit_too_large';
  state.txids.push({ stockId, txid, output });
  return [creditUser(state, { userId, stockId, quantity, txid, output, memo }, time)];
}

export function reportDeposit(
  state: NaiveState,
  params: ParamsOf<'report_deposit'>,
  time: number,
): Outcome {
  const { stockId, address, memo = '', quantity, txid, output = 0 } = params;
  const asset = findAsset(state, stockId);
  if (asset === undefined) return 'stock_not_found';
  const known = findAddress(state, { stockId, address, memo });
  if (known === undefined) return 'address_not_found';
  if (isKnown(state, { stockId, txid, output })) return 'deposit_known';
  const pending = state.deposits.filter(({ status }) => !isFinal(status));
  if (pending.length >= PENDING_DEPOSITS_MAX) return 'capacity';
  if (!asset.deposit) return 'deposits_closed';
  if (quantity === 0n) return 'zero_quantity';

  state.txids.push({ stockId, txid, output });
  const deposit: NaiveDeposit = {
    depositId: state.nextDepositId,
    userId: known.userId,
    stockId,
    quantity,
    txid,
    output,
    address,
    memo,
    status: quantity < asset.minDeposit ? 'ignore' : (params.status ?? 'init'),
    reason: '',
    timeCreated: time,
    timeChanged: time,
  };
  state.nextDepositId += 1;
  state.deposits.push(deposit);
  return [depositEvent(deposit)];
}

function depositEvent({ timeChanged: _, ...deposit }: NaiveDeposit): Event {
  return { kind: 'deposit_changed', ...deposit };
}

export function changeDeposit(
  state: NaiveState,
  change: { params: ParamsOf<'change_deposit'>; key: NaiveKey; time: number },
): Outcome {
  const { params, key, time } = change;
  const { depositId, status, reason = '' } = params;
  const deposit = state.deposits.find((known) => known.depositId === depositId);
  if (deposit === undefined || isFinal(deposit.status)) return 'deposit_not_found';
  if (!mayBecome(deposit.status, status, key)) return 'status_conflict';
  if (status === 'done') {
    if (wouldPass(state, deposit.stockId, deposit.quantity)) return 'deposit_too_large';
    moveIn(state, deposit);
  }
  deposit.status = status;
  deposit.reason = reason;
  deposit.timeChanged = time;
  return [depositEvent(deposit)];
}

function mayBecome(from: ExternalStatus, to: ExternalStatus, key: NaiveKey): boolean {
  if (from === 'error') return isFinal(to) && hasRole(key, 'finance');
  if (isFinal(to) || to === 'error') return true;
  return WAY.indexOf(to) > WAY.indexOf(from);
}
