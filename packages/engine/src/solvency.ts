// The two sums that must hold in every state: per asset, all balances are zero together, and what each
// user has locked is what his open orders lock. Checked before a snapshot is used, and by an audit.

import type { Amount } from '@picostocks/protocol';
import { lockedAsset, lockFor } from './open-orders.ts';
import type { Asset, Market, State, User } from './state.ts';

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
  for (const user of state.users) {
    const wrong = findWrongAccount(state, user);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function findWrongAccount(state: State, user: User): string | undefined {
  const locks = new Map<Asset, Amount>();
  for (const market of state.markets) addLocks(locks, market, user);
  for (const asset of state.assets) {
    const { free, locked } = user.accounts[asset.slot] ?? { free: 0n, locked: 0n };
    const name = `user ${user.id} in asset ${asset.id}`;
    if (free < 0n || locked < 0n) return `the balance of ${name} is negative`;
    const orders = locks.get(asset) ?? 0n;
    if (locked !== orders)
      return `the orders of ${name} lock ${orders} atoms, the account ${locked}`;
  }
  return undefined;
}

function addLocks(locks: Map<Asset, Amount>, market: Market, user: User): void {
  const newest = user.ownOrders[market.slot]?.newest;
  for (let order = newest; order !== undefined; order = order.ownOlder) {
    const asset = lockedAsset(market, order.side);
    const lock = lockFor(order.side, { price: order.price, quantity: order.remaining });
    locks.set(asset, (locks.get(asset) ?? 0n) + lock);
  }
}
