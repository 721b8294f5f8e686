// The two sums that must hold in every state: per asset, all balances are zero together, and what each
// user has locked is what his open orders and his withdrawals that are not final lock. Checked before a
// snapshot is used, and by an audit.

import type { Amount } from '@picostocks/protocol';
import { lockedAsset, lockFor } from './open-orders.ts';
import type { Asset, Market, State, User, Withdrawal } from './state.ts';

/** What an asset's holders have together. */
export interface AssetTotals {
  readonly asset: Asset;
  readonly free: Amount;
  readonly locked: Amount;
}

export function totalsOf(state: State): AssetTotals[] {
  return state.assets.map((asset) => {
    let free = 0n;
    let locked = 0n;
    for (const { accounts } of state.users) {
      const account = accounts[asset.slot];
      if (account === undefined) continue;
      free += account.free;
      locked += account.locked;
    }
    return { asset, free, locked };
  });
}

/** The first sum that does not hold, as a sentence, or `undefined`. */
export function findInsolvency(state: State): string | undefined {
  for (const { asset, free, locked } of totalsOf(state)) {
    const sum = free + locked + asset.outside;
    if (sum !== 0n) return `the balances of asset ${asset.id} sum to ${sum} atoms, not to zero`;
  }
  const byUser = withdrawalsByUser(state);
  for (const user of state.users) {
    const wrong = findWrongAccount(state, user, byUser.get(user) ?? []);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function withdrawalsByUser(state: State): Map<User, Withdrawal[]> {
  return Map.groupBy(state.withdrawals.values(), ({ user }) => user);
}

function findWrongAccount(
  state: State,
  user: User,
  withdrawals: readonly Withdrawal[],
): string | undefined {
  const locks: Locks = new Map();
  for (const market of state.markets) addOrders(locks, market, user);
  for (const { asset, quantity, fee } of withdrawals) addLock(locks, asset, quantity + fee);
  for (const asset of state.assets) {
    const { free, locked } = user.accounts[asset.slot] ?? { free: 0n, locked: 0n };
    const name = `user ${user.id} in asset ${asset.id}`;
    if (free < 0n || locked < 0n) return `the balance of ${name} is negative`;
    const right = locks.get(asset) ?? 0n;
    if (locked !== right) {
      return `the orders and withdrawals of ${name} lock ${right} atoms, the account ${locked}`;
    }
  }
  return undefined;
}

type Locks = Map<Asset, Amount>;

function addOrders(locks: Locks, market: Market, user: User): void {
  const newest = user.ownOrders[market.slot]?.newest;
  for (let order = newest; order !== undefined; order = order.ownOlder) {
    const { side, price, remaining } = order;
    addLock(locks, lockedAsset(market, side), lockFor(side, { price, quantity: remaining }));
  }
}

function addLock(locks: Locks, asset: Asset, amount: Amount): void {
  locks.set(asset, (locks.get(asset) ?? 0n) + amount);
}
