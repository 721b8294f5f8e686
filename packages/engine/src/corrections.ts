// Corrections: what operators move by hand, in the open. They name the entry that they mend, and what
// they credit they debit elsewhere; user 0 stands for the outside world (docs/protocol.md §6.10).

import type { Amount, DecodedParams, Rejection } from '@picostocks/protocol';
import type { Act } from './act.ts';
import { accountOf, correctAccount, correctOutside, freeOf, isOutsideBound } from './ledger.ts';
import type { Asset, State, User } from './state.ts';

type Line = DecodedParams<'correct'>['lines'][number];

export function correct(
  state: State,
  { events }: Act,
  { sequence, reason, lines }: DecodedParams<'correct'>,
): Rejection | undefined {
  if (lines.some(({ userId }) => state.users[userId] === undefined)) return 'unknown_user';
  if (lines.some(({ stockId }) => !state.assetById.has(stockId))) return 'stock_not_found';
  if (sequence === 0 || sequence >= state.sequence) return 'entry_not_found';
  if (lines.some(({ quantity }) => quantity === 0n)) return 'zero_quantity';
  const sums = sumUp(state, lines);
  if (sums.some(({ asset }) => changeOf(sums, asset) !== 0n)) return 'unbalanced';
  if (sums.some((sum) => isOverdrawn(sum))) return 'insufficient_funds';
  if (sums.some((sum) => isOutOfBounds(sum))) return 'deposit_too_large';

  // After this line the command succeeds.
  for (const sum of sums) move(sum);
  for (const { userId, stockId, direction, quantity } of lines) {
    const transferId = state.transferIdNext;
    state.transferIdNext += 1;
    const line = { transferId, corrects: sequence, userId, stockId, direction, quantity, reason };
    events.push({ kind: 'corrected', ...line });
  }
  return undefined;
}

/** What all lines together do to one user, or to the outside world, in one asset. */
interface Sum {
  readonly user: User;
  readonly asset: Asset;
  change: Amount;
}

function sumUp(state: State, lines: readonly Line[]): Sum[] {
  const sums: Sum[] = [];
  for (const { userId, stockId, direction, quantity } of lines) {
    const [user, asset] = [state.users[userId], state.assetById.get(stockId)];
    if (user === undefined || asset === undefined) continue;
    const signed = direction === 'credit' ? quantity : -quantity;
    const known = sums.find((sum) => sum.user === user && sum.asset === asset);
    if (known === undefined) sums.push({ user, asset, change: signed });
    else known.change += signed;
  }
  return sums;
}

function changeOf(sums: readonly Sum[], asset: Asset): Amount {
  return sums.reduce((total, sum) => (sum.asset === asset ? total + sum.change : total), 0n);
}

function isOverdrawn({ user, asset, change }: Sum): boolean {
  return user.id !== 0 && freeOf(user, asset) + change < 0n;
}

function isOutOfBounds({ user, asset, change }: Sum): boolean {
  return user.id === 0 && !isOutsideBound(asset.outside + change);
}

function move({ user, asset, change }: Sum): void {
  if (user.id === 0) correctOutside(asset, change);
  else correctAccount(accountOf(user, asset), change);
}
