// What the naive engine remembers: lists, and sums over lists.
//
// A balance is stored as one total. What is locked is never stored: it is the sum over the open
// orders each time that somebody asks (docs/protocol.md §1), so "locked equals the open orders"
// holds here by construction, and the real engine is held against it.

import type {
  Amount,
  Decoded,
  EnvelopeParams,
  Event,
  Genesis,
  Rejection,
  Side,
} from '@picostocks/protocol';

const ATOMS_IN_ONE = 10n ** 18n;

export const NO_AMOUNT_REACHES = 10n ** 56n;

export interface NaiveKey {
  readonly userId: number;
  readonly keyId: number;
  readonly publicKey: string;
  nonce: number;
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
  readonly price: Amount;
  readonly quantity: Amount;
  readonly makerPpm: number;
  remaining: Amount;
  timeChanged: number;
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
  readonly timeCreated: number;
  timeChanged: number;
};

export interface NaiveDeposit {
  readonly stockId: number;
  readonly txid: string;
  readonly output: number;
}

export interface NaiveState {
  readonly genesis: Genesis;
  sequence: number;
  time: number;
  nextOrderId: number;
  nextTradeId: number;
  nextDepositId: number;
  nextTransferId: number;
  /** The sum of all leaps. */
  leaped: number;
  registrationOpen: boolean;
  gift: Amount;
  feeUserId: number | undefined;
  readonly keys: NaiveKey[];
  readonly totals: NaiveTotal[];
  readonly assets: NaiveAsset[];
  readonly markets: NaiveMarket[];
  readonly deposits: NaiveDeposit[];
  orders: NaiveOrder[];
}

/** What a command came to: why it was rejected, or what it did. */
export type Outcome = Rejection | readonly Event[];

export function foundState(genesis: Genesis): NaiveState {
  return {
    genesis,
    sequence: 0,
    time: 0,
    nextOrderId: 1,
    nextTradeId: 1,
    nextDepositId: 1,
    nextTransferId: 1,
    leaped: 0,
    registrationOpen: false,
    gift: 0n,
    feeUserId: undefined,
    keys: [],
    totals: [],
    assets: [],
    markets: [],
    deposits: [],
    orders: [],
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

export function userIds(state: NaiveState): number[] {
  return state.keys
    .filter((key) => key.keyId === 0)
    .map((key) => key.userId)
    .sort((left, right) => left - right);
}

export function hasUser(state: NaiveState, userId: number): boolean {
  return userIds(state).includes(userId);
}

export function findAsset(state: NaiveState, stockId: number): NaiveAsset | undefined {
  return state.assets.find((asset) => asset.stockId === stockId);
}

export function findMarket(
  state: NaiveState,
  pair: { readonly stockId: number; readonly unitId: number },
): NaiveMarket | undefined {
  return state.markets.find(
    (market) => market.stockId === pair.stockId && market.unitId === pair.unitId,
  );
}

export interface Holding {
  readonly userId: number;
  readonly stockId: number;
}

export function totalOf(state: NaiveState, { userId, stockId }: Holding): Amount {
  return state.totals.find((row) => row.userId === userId && row.stockId === stockId)?.total ?? 0n;
}

/** Did the user ever receive any of it? */
export function hasHeld(state: NaiveState, { userId, stockId }: Holding): boolean {
  return state.totals.some((row) => row.userId === userId && row.stockId === stockId);
}

export function lockedOf(state: NaiveState, { userId, stockId }: Holding): Amount {
  let locked = 0n;
  for (const order of state.orders.filter((open) => open.userId === userId)) {
    if (order.side === 'ask' && order.stockId === stockId) locked += order.remaining;
    if (order.side === 'bid' && order.unitId === stockId) {
      locked += ceilValue(order.price, order.remaining);
    }
  }
  return locked;
}

export function freeOf(state: NaiveState, holding: Holding): Amount {
  return totalOf(state, holding) - lockedOf(state, holding);
}

/** Adds to a total, or takes from it with a negative change. */
export function addTotal(state: NaiveState, holding: Holding, change: Amount): void {
  const row = state.totals.find(
    (old) => old.userId === holding.userId && old.stockId === holding.stockId,
  );
  if (row !== undefined) row.total += change;
  else if (change !== 0n) state.totals.push({ ...holding, total: change });
}
