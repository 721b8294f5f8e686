// Money from one user to another (docs/protocol.md §6.4).

import type { DecodedParams, Rejection } from '@picostocks/protocol';
import type { Act } from './act.ts';
import { accountOf, credit, debit, freeOf } from './ledger.ts';
import { findTrader, type State } from './state.ts';

export function transfer(
  state: State,
  { user, events }: Act,
  params: DecodedParams<'transfer'>,
): Rejection | undefined {
  if (user.id === 0 || params.toUser === 0) return 'operator_account';
  const target = findTrader(state, params.toUser);
  if (target === undefined) return 'unknown_user';
  if (user.frozen !== undefined) return 'account_frozen';
  const asset = state.assetById.get(params.stockId);
  if (asset === undefined) return 'stock_not_found';
  const { quantity, memo = '' } = params;
  if (quantity === 0n) return 'zero_quantity';
  if (freeOf(user, asset) < quantity) return 'insufficient_funds';

  // After this line the command succeeds.
  debit(accountOf(user, asset), quantity);
  credit(target, asset, quantity);
  const transferId = state.transferIdNext;
  state.transferIdNext += 1;
  events.push({
    kind: 'transferred',
    transferId,
    fromUserId: user.id,
    toUserId: target.id,
    stockId: asset.id,
    quantity,
    memo,
  });
  return undefined;
}
