// Ids that name nothing are refused at the door, so that a typo costs neither an entry nor a nonce. The
// engine rejects them all the same. The operations of a batch have results of their own and go through.

import { findMarket, type State } from '@picostocks/engine';
import type { EnvelopeCommand } from '@picostocks/protocol';
import { Refused } from './refused.ts';

interface Pair {
  readonly stockId: number;
  readonly unitId: number;
}

/** @throws Refused `stock_not_found`, `market_not_found` */
export function refuseUnknownMarket(state: State, pair: Pair): void {
  for (const id of [pair.stockId, pair.unitId]) refuseUnknownAsset(state, id);
  if (findMarket(state, pair) === undefined) throw new Refused('market_not_found');
}

/** @throws Refused `stock_not_found` */
export function refuseUnknownAsset(state: State, stockId: number): void {
  if (!state.assetById.has(stockId)) throw new Refused('stock_not_found', { why: `${stockId}` });
}

/** @throws Refused `stock_not_found`, `market_not_found`, `unknown_user` */
export function refuseUnknownIds(state: State, command: EnvelopeCommand): void {
  const { type, params } = command;
  if (type === 'list_market') {
    for (const id of [params.stockId, params.unitId]) refuseUnknownAsset(state, id);
  } else if ('unitId' in params) {
    const { stockId, unitId } = params;
    if (stockId !== undefined && unitId !== undefined) {
      refuseUnknownMarket(state, { stockId, unitId });
    }
  } else if ('stockId' in params && type !== 'create_asset') {
    refuseUnknownAsset(state, params.stockId);
  }
  for (const id of namedUsers(command)) {
    if (state.users[id] === undefined) throw new Refused('unknown_user', { why: `${id}` });
  }
  if (type === 'correct') {
    for (const { stockId } of params.lines) refuseUnknownAsset(state, stockId);
  }
}

function namedUsers({ type, params }: EnvelopeCommand): readonly number[] {
  switch (type) {
    case 'transfer':
      return [params.toUser];
    case 'change_settings':
      return params.feeUserId === undefined ? [] : [params.feeUserId];
    case 'correct':
      return params.lines.map(({ userId }) => userId);
    default:
      return 'userId' in params ? [params.userId] : [];
  }
}
