// What the naive engine remembers: lists, and sums over lists.
//
// A balance is stored as one total. What is locked is never stored: it is the sum over the open
// orders and the withdrawals on their way each time that somebody asks (docs/protocol.md §6.6), so
// "locked equals both" holds here by construction, and the real engine is held against it.

import type {
  Amount,
  CancelReason,
  Decoded,
  EnvelopeParams,
  Event,
  ExternalStatus,
  Genesis,
  OrderType,
  Rejection,
  Side,
  TimeInForce,
} from '@picostocks/protocol';

const ATOMS_IN_ONE = 10n ** 18n;

export const NO_AMOUNT_REACHES = 10n ** 56n;

export interface NaiveSwitch {
  readonly seconds: number;
  due: number;
  spared: boolean;
}

export interface NaiveKey {
  readonly userId: number;
  readonly keyId: number;
  readonly scopes: readonly string[];
  publicKey: string;
  nonce: number;
  revoked: boolean;
  switch: NaiveSwitch | undefined;
}

export interface NaiveUser {
  readonly userId: number;
  tier: number;
  /** His orders with a lower place number are dead. */
  deadBefore: number;
  frozen: { readonly reason: string; readonly since: number } | undefined;
}

export interface NaiveTotal {
  readonly userId: number;
  readonly stockId: number;
  total: Amount;
}

export interface NaiveOrder {
  readonly orderId: number;
  readonly userId: number;
  readonly stockId: number;
  readonly unitId: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly goodUntil: number | undefined;
  readonly clientOrderId: string | undefined;
  readonly timePlaced: number;
  price: Amount;
  filled: Amount;
  remaining: Amount;
  makerPpm: number;
  place: number;
  value: Amount;
  fee: Amount;
  timeTraded: number | undefined;
  timeChanged: number;
  /** An incoming order is open, but nobody can meet it before it rests. */
  resting: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]-?: T[K] };

export type NaiveAsset = Mutable<Decoded<EnvelopeParams<'create_asset'>>> & {
  readonly timeInit: number;
  timeWait: number | undefined;
  timeChanged: number;
  traded: Amount;
  outside: Amount;
};

export type NaiveMarket = Mutable<Decoded<EnvelopeParams<'list_market'>>> & {
  makerPpm: number;
  takerPpm: number;
  lastPrice: Amount;
  haltReason: string;
  bookSequence: number;
  readonly timeCreated: number;
  timeChanged: number;
};

/** An output of a transaction that nobody can be credited with again. */
export interface NaiveTxid {
  readonly stockId: number;
  readonly txid: string;
  readonly output: number;
}

export interface NaiveDeposit extends NaiveTxid {
  readonly depositId: number;
  readonly userId: number;
  readonly quantity: Amount;
  readonly address: string;
  readonly memo: string;
  readonly timeCreated: number;
  status: ExternalStatus;
  reason: string;
  timeChanged: number;
}

export interface NaiveWithdrawal {
  readonly withdrawalId: number;
  readonly userId: number;
  readonly stockId: number;
  readonly quantity: Amount;
  readonly fee: Amount;
  readonly address: string;
  readonly memo: string;
  readonly timeCreated: number;
  status: ExternalStatus;
  txid: string;
  reason: string;
  claimedBy: number | undefined;
  timeChanged: number;
}

export interface NaiveAddress {
  readonly stockId: number;
  readonly userId: number;
  readonly address: string;
  readonly memo: string;
}

export interface NaiveTier {
  readonly tier: number;
  readonly makerDiscountPpm: number;
  readonly takerDiscountPpm: number;
}

export interface Holding {
  readonly userId: number;
  readonly stockId: number;
}

export interface NaiveState {
  readonly genesis: Genesis;
  sequence: number;
  time: number;
  nextOrderId: number;
  nextTradeId: number;
  nextDepositId: number;
  nextTransferId: number;
  nextWithdrawalId: number;
  /** The sum of all leaps. */
  leaped: number;
  registrationOpen: boolean;
  gift: Amount;
  feeUserId: number | undefined;
  reads: 'public' | 'signed';
  tiers: NaiveTier[];
  readonly users: NaiveUser[];
  readonly keys: NaiveKey[];
  /** Keys that were rotated away. */
  readonly formerKeys: { readonly userId: number; readonly publicKey: string }[];
  readonly totals: NaiveTotal[];
  readonly assets: NaiveAsset[];
  readonly markets: NaiveMarket[];
  orders: NaiveOrder[];
  sweeps: { readonly userId: number; readonly reason: CancelReason }[];
  readonly txids: NaiveTxid[];
  /** Every deposit that was reported, also the final ones. */
  readonly deposits: NaiveDeposit[];
  /** Every withdrawal that was ever requested, also the final ones. */
  readonly withdrawals: NaiveWithdrawal[];
  limits: (Holding & { readonly quantity: Amount })[];
  wanted: Holding[];
  addresses: NaiveAddress[];
}

/** What a command came to: why it was rejected, or what it did. */
export type Outcome = Rejection | readonly Event[];

/** When a command is applied. */
export interface Moment {
  readonly sequence: number;
  readonly time: number;
}

export function foundState(genesis: Genesis): NaiveState {
  return {
    genesis,
    sequence: 0,
    time: 0,
    nextOrderId: 1,
    nextTradeId: 1,
    nextDepositId: 1,
    nextTransferId: 1,
    nextWithdrawalId: 1,
    leaped: 0,
    registrationOpen: false,
    gift: 0n,
    feeUserId: undefined,
    reads: 'public',
    tiers: [],
    users: [],
    keys: [],
    formerKeys: [],
    totals: [],
    assets: [],
    markets: [],
    orders: [],
    sweeps: [],
    txids: [],
    deposits: [],
    withdrawals: [],
    limits: [],
    wanted: [],
    addresses: [],
  };
}

/** Rounds the exact product up to an atom. */
export function ceilValue(price: Amount, quantity: Amount): Amount {
  const product = price * quantity;
  return product % ATOMS_IN_ONE === 0n ? product / ATOMS_IN_ONE : product / ATOMS_IN_ONE + 1n;
}

/** Rounds the exact product down to an atom. */
export function floorValue(price: Amount, quantity: Amount): Amount {
  const product = price * quantity;
  return (product - (product % ATOMS_IN_ONE)) / ATOMS_IN_ONE;
}

export function findUser(state: NaiveState, userId: number): NaiveUser | undefined {
  return state.users.find((user) => user.userId === userId);
}

/** For a user that must be there, since an order or a key of his is. */
export function userOf(state: NaiveState, userId: number): NaiveUser {
  const user = findUser(state, userId);
  if (user === undefined) throw new Error(`there is no user ${userId}`);
  return user;
}

export function findAsset(state: NaiveState, stockId: number): NaiveAsset | undefined {
  return state.assets.find((asset) => asset.stockId === stockId);
}

/** For an asset that must be there, since something is counted in it. */
export function assetOf(state: NaiveState, stockId: number): NaiveAsset {
  const asset = findAsset(state, stockId);
  if (asset === undefined) throw new Error(`there is no asset ${stockId}`);
  return asset;
}

export interface Pair {
  readonly stockId: number;
  readonly unitId: number;
}

export function findMarket(state: NaiveState, pair: Pair): NaiveMarket | undefined {
  return state.markets.find(
    (market) => market.stockId === pair.stockId && market.unitId === pair.unitId,
  );
}

export function isFinal(status: ExternalStatus): boolean {
  return status === 'done' || status === 'canceled' || status === 'ignore';
}

export function totalOf(state: NaiveState, { userId, stockId }: Holding): Amount {
  return state.totals.find((row) => row.userId === userId && row.stockId === stockId)?.total ?? 0n;
}

/** Did the user ever receive any of it? */
export function hasHeld(state: NaiveState, { userId, stockId }: Holding): boolean {
  return state.totals.some((row) => row.userId === userId && row.stockId === stockId);
}

/** What an open order locks, and of which asset. */
export function lockOf(order: NaiveOrder): { readonly stockId: number; readonly locked: Amount } {
  return order.side === 'ask'
    ? { stockId: order.stockId, locked: order.remaining }
    : { stockId: order.unitId, locked: ceilValue(order.price, order.remaining) };
}

export function lockedOf(state: NaiveState, { userId, stockId }: Holding): Amount {
  let locked = 0n;
  for (const order of state.orders) {
    if (order.userId !== userId) continue;
    const lock = lockOf(order);
    if (lock.stockId === stockId) locked += lock.locked;
  }
  for (const withdrawal of state.withdrawals) {
    if (withdrawal.userId !== userId || withdrawal.stockId !== stockId) continue;
    if (!isFinal(withdrawal.status)) locked += withdrawal.quantity + withdrawal.fee;
  }
  return locked;
}

export function freeOf(state: NaiveState, holding: Holding): Amount {
  return totalOf(state, holding) - lockedOf(state, holding);
}

/** Adds to a total, or takes from it with a negative change. */
export function addTotal(state: NaiveState, holding: Holding, change: Amount): void {
  const { userId, stockId } = holding;
  const row = state.totals.find((old) => old.userId === userId && old.stockId === stockId);
  if (row !== undefined) row.total += change;
  else if (change !== 0n) state.totals.push({ userId, stockId, total: change });
}
