// Money that comes from outside: reported by the custody worker and followed to its end, or credited by
// an operator's hand (docs/protocol.md §6.9). An output of a transaction counts once, for ever.

import {
  type DecodedParams,
  type DepositChanged,
  type Event,
  PENDING_DEPOSITS_MAX,
  type Rejection,
} from '@picostocks/protocol';
import type { Act } from './act.ts';
import { findAddress } from './addresses.ts';
import { checkDepositChange, isFinal } from './external-status.ts';
import { canDeposit, deposit } from './ledger.ts';
import { type Asset, type Deposit, findTrader, type State, type User } from './state.ts';

/** The one text under which an output of a transaction is remembered. */
function outputName(asset: Asset, { txid, output }: { txid: string; output: number }): string {
  return `${asset.id} ${JSON.stringify(txid)} ${output}`;
}

type Reported = Pick<
  Deposit,
  'user' | 'asset' | 'quantity' | 'address' | 'memo' | 'txid' | 'output' | 'status'
>;

/** The next deposit, as it was reported; kept only while it is not final. */
function addDeposit(state: State, fields: Reported): Deposit {
  const { time } = state;
  const id = state.depositIdNext;
  const added = { ...fields, id, reason: '', timeCreated: time, timeChanged: time };
  state.depositIdNext += 1;
  if (!isFinal(added.status)) state.deposits.set(id, added);
  return added;
}

function changed(fields: Deposit): DepositChanged {
  return {
    kind: 'deposit_changed',
    depositId: fields.id,
    userId: fields.user.id,
    stockId: fields.asset.id,
    quantity: fields.quantity,
    status: fields.status,
    address: fields.address,
    txid: fields.txid,
    output: fields.output,
    memo: fields.memo,
    reason: fields.reason,
    timeCreated: fields.timeCreated,
  };
}

/** What a new user of a sandbox gets. Its txid is not taken: it is no deposit of an operator. */
export function creditGift(state: State, user: User, events: Event[]): void {
  const quantity = state.settings.gift;
  if (quantity === 0n) return;
  const source = { address: '', memo: '', txid: `gift:${user.id}`, output: 0 };
  for (const asset of state.assets) {
    deposit(user, asset, quantity);
    events.push(changed(addDeposit(state, { user, asset, quantity, status: 'done', ...source })));
  }
}

export function creditDeposit(
  state: State,
  { events }: Act,
  params: DecodedParams<'credit_deposit'>,
): Rejection | undefined {
  if (params.userId === 0) return 'operator_account';
  const user = findTrader(state, params.userId);
  if (user === undefined) return 'unknown_user';
  const asset = state.assetById.get(params.stockId);
  if (asset === undefined) return 'stock_not_found';
  const { txid, quantity, output = 0, memo = '' } = params;
  const name = outputName(asset, { txid, output });
  if (state.depositsKnown.has(name)) return 'deposit_known';
  if (quantity === 0n) return 'zero_quantity';
  if (!canDeposit(asset, quantity)) return 'deposit_too_large';

  // After this line the command succeeds.
  state.depositsKnown.add(name);
  deposit(user, asset, quantity);
  const source = { user, asset, quantity, address: '', memo, txid, output };
  events.push(changed(addDeposit(state, { ...source, status: 'done' })));
  return undefined;
}

export function reportDeposit(
  state: State,
  { events }: Act,
  params: DecodedParams<'report_deposit'>,
): Rejection | undefined {
  const asset = state.assetById.get(params.stockId);
  if (asset === undefined) return 'stock_not_found';
  const { address, memo = '', quantity, txid, output = 0, status = 'init' } = params;
  const owner = findAddress(state, asset, { address, memo });
  if (owner === undefined) return 'address_not_found';
  const name = outputName(asset, { txid, output });
  if (state.depositsKnown.has(name)) return 'deposit_known';
  if (state.deposits.size >= PENDING_DEPOSITS_MAX) return 'capacity';
  if (!asset.details.deposit) return 'deposits_closed';
  if (quantity === 0n) return 'zero_quantity';

  // After this line the command succeeds.
  state.depositsKnown.add(name);
  const isDust = quantity < asset.details.minDeposit;
  const source = { user: owner.user, asset, quantity, address, memo, txid, output };
  events.push(changed(addDeposit(state, { ...source, status: isDust ? 'ignore' : status })));
  return undefined;
}

export function changeDeposit(
  state: State,
  { key, events }: Act,
  { depositId, status, reason = '' }: DecodedParams<'change_deposit'>,
): Rejection | undefined {
  const incoming = state.deposits.get(depositId);
  if (incoming === undefined) return 'deposit_not_found';
  const { user, asset, quantity } = incoming;
  const conflict = checkDepositChange({ from: incoming.status, to: status, key });
  if (conflict !== undefined) return conflict;
  if (status === 'done' && !canDeposit(asset, quantity)) return 'deposit_too_large';

  // After this line the command succeeds.
  incoming.status = status;
  incoming.reason = reason;
  incoming.timeChanged = state.time;
  if (status === 'done') deposit(user, asset, quantity);
  if (isFinal(status)) state.deposits.delete(depositId);
  events.push(changed(incoming));
  return undefined;
}
