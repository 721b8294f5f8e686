// Money. Double entry: per asset, what all users hold and the outside world's balance sum to zero.
//
// Every movement of money in the engine goes through this file. Each function moves an amount from
// one place to another and asserts that the place had it; guards come before, in the callers.

import { AMOUNT_LIMIT, type Amount } from '@picostocks/protocol';
import { assert } from './assert.ts';
import { type Account, type Asset, type User, withSlot } from './state.ts';

export function accountOf(user: User, asset: Asset): Account {
  const existing = user.accounts[asset.slot];
  if (existing !== undefined) return existing;
  const account: Account = { free: 0n, locked: 0n };
  user.accounts = withSlot(user.accounts, asset.slot, account);
  return account;
}

/** What a user can spend; does not make an account. */
export function freeOf(user: User, asset: Asset): Amount {
  return user.accounts[asset.slot]?.free ?? 0n;
}

/** Can the outside world give this much more? It keeps every balance within 56 digits. */
export function canDeposit(asset: Asset, amount: Amount): boolean {
  return isOutsideBound(asset.outside - amount);
}

/** From the outside world into a user's free balance. */
export function deposit(user: User, asset: Asset, amount: Amount): void {
  assert(canDeposit(asset, amount), 'no balance passes 56 digits');
  asset.outside -= amount;
  credit(user, asset, amount);
}

/** Who receives nothing gets no account: an account says that its user once held the asset. */
export function credit(user: User, asset: Asset, amount: Amount): void {
  if (amount > 0n) accountOf(user, asset).free += amount;
}

export function debit(account: Account, amount: Amount): void {
  account.free -= amount;
  assert(account.free >= 0n, 'a free balance is never negative');
}

export function lock(account: Account, amount: Amount): void {
  debit(account, amount);
  account.locked += amount;
}

/** Takes away what was locked, because it was paid. */
export function spendLocked(account: Account, amount: Amount): void {
  account.locked -= amount;
  assert(account.locked >= 0n, 'a locked balance is never negative');
}

export function unlock(account: Account, amount: Amount): void {
  spendLocked(account, amount);
  account.free += amount;
}

/** From what a user has locked to the outside world. */
export function sendOut(user: User, asset: Asset, amount: Amount): void {
  spendLocked(accountOf(user, asset), amount);
  asset.outside += amount;
  assert(asset.outside <= 0n, 'the outside world owes nothing');
}

/** What a correction gives a user, or with a negative amount takes from him. */
export function correctAccount(account: Account, given: Amount): void {
  account.free += given;
  assert(account.free >= 0n, 'a free balance is never negative');
}

/** What a correction gives the outside world, or with a negative amount takes from it. */
export function correctOutside(asset: Asset, given: Amount): void {
  asset.outside += given;
  assert(isOutsideBound(asset.outside), 'the outside world keeps its bounds');
}

/** May the outside world of an asset have this balance? */
export function isOutsideBound(balance: Amount): boolean {
  return balance <= 0n && -balance < AMOUNT_LIMIT;
}
