// Users, their keys, and the money that comes to them from outside or from each other.

import {
  type Amount,
  type DepositCredited,
  type EnvelopeCommandOf,
  type Event,
  fromHex,
  nonceStart,
  type Rejection,
  type StockId,
  USERS_MAX,
  type UserId,
} from '@picostocks/protocol';
import { assert } from './assert.ts';
import { accountOf, canDeposit, credit, debit, deposit, freeOf } from './ledger.ts';
import { type Asset, findTrader, type State, type User } from './state.ts';

/** Adds a user with a key that no user ever had. */
export function addUser(state: State, publicKey: string): User {
  assert(!state.userByKey.has(publicKey), 'a key belongs to one user');
  const id = state.users.length;
  const bytes = fromHex(publicKey);
  assert(bytes !== undefined, 'a public key is hexadecimal');
  const { exchange, nonceOffset } = state;
  const nonceNext = nonceStart({ exchange, userId: id, keyId: 0 }) + nonceOffset;
  const user: User = { id, keys: [{ publicKey: bytes, nonceNext }], accounts: [], ownOrders: [] };
  state.users.push(user);
  state.userByKey.set(publicKey, user);
  return user;
}

/** Why nobody can be registered now. */
export function findRegistrationRejection(state: State): Rejection | undefined {
  if (state.users.length > USERS_MAX) return 'capacity';
  const { gift } = state.settings;
  if (gift > 0n && !state.assets.every((asset) => canDeposit(asset, gift))) {
    return 'deposit_too_large';
  }
  return undefined;
}

/** Registers a user and, in a sandbox that gives, credits the gift (docs/protocol.md §6.3). */
export function register(state: State, publicKey: string, events: Event[]): Rejection | undefined {
  const rejection = findRegistrationRejection(state);
  if (rejection !== undefined) return rejection;
  const { gift } = state.settings;

  // After this line the command succeeds.
  const user = addUser(state, publicKey);
  const nonce = user.keys[0]?.nonceNext;
  assert(nonce !== undefined, 'a new user has key 0');
  events.push({ kind: 'user_registered', userId: user.id, publicKey, nonce });
  if (gift > 0n) giveToAll(state, user, events);
  return undefined;
}

function giveToAll(state: State, user: User, events: Event[]): void {
  for (const asset of state.assets) {
    const source = { quantity: state.settings.gift, txid: `gift:${user.id}`, output: 0, memo: '' };
    events.push(creditDepositTo(state, { user, asset, ...source }));
  }
}

interface Deposit {
  readonly user: User;
  readonly asset: Asset;
  readonly quantity: Amount;
  readonly txid: string;
  readonly output: number;
  readonly memo: string;
}

function creditDepositTo(state: State, fields: Deposit): DepositCredited {
  const { user, asset, quantity, txid, output, memo } = fields;
  deposit(user, asset, quantity);
  const depositId = state.depositIdNext;
  state.depositIdNext += 1;
  return {
    kind: 'deposit_credited',
    depositId,
    userId: user.id,
    stockId: asset.id,
    quantity,
    txid,
    output,
    memo,
  };
}

/** The one text under which an output of a transaction is remembered. */
function outputKey(output: { stockId: StockId; txid: string; output: number }): string {
  return `${output.stockId} ${JSON.stringify(output.txid)} ${output.output}`;
}

export function creditDeposit(
  state: State,
  { params }: EnvelopeCommandOf<'credit_deposit'>,
  events: Event[],
): Rejection | undefined {
  if (params.userId === 0) return 'operator_account';
  const user = findTrader(state, params.userId);
  if (user === undefined) return 'unknown_user';
  const asset = state.assetById.get(params.stockId);
  if (asset === undefined) return 'stock_not_found';
  const { txid, quantity, output = 0, memo = '' } = params;
  const key = outputKey({ stockId: asset.id, txid, output });
  if (state.depositsCredited.has(key)) return 'deposit_credited';
  if (quantity === 0n) return 'zero_quantity';
  if (!canDeposit(asset, quantity)) return 'deposit_too_large';

  // After this line the command succeeds.
  state.depositsCredited.add(key);
  events.push(creditDepositTo(state, { user, asset, quantity, txid, output, memo }));
  return undefined;
}

export function transfer(
  state: State,
  { userId, params }: EnvelopeCommandOf<'transfer'>,
  events: Event[],
): Rejection | undefined {
  const toUserId: UserId = params.toUser;
  if (userId === 0 || toUserId === 0) return 'operator_account';
  const source = findTrader(state, userId);
  const target = findTrader(state, toUserId);
  if (source === undefined || target === undefined) return 'unknown_user';
  const asset = state.assetById.get(params.stockId);
  if (asset === undefined) return 'stock_not_found';
  const { quantity, memo = '' } = params;
  if (quantity === 0n) return 'zero_quantity';
  if (freeOf(source, asset) < quantity) return 'insufficient_funds';

  // After this line the command succeeds.
  debit(accountOf(source, asset), quantity);
  credit(target, asset, quantity);
  const transferId = state.transferIdNext;
  state.transferIdNext += 1;
  events.push({
    kind: 'transferred',
    transferId,
    fromUserId: source.id,
    toUserId: target.id,
    stockId: asset.id,
    quantity,
    memo,
  });
  return undefined;
}
