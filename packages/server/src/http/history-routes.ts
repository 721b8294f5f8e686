// What happened to a user: transfers, deposits, withdrawals, trades. Read from the history.

import { findTrader } from '@picostocks/engine';
import {
  ExternalTransfersReply,
  InternalTransfersReply,
  LimitQuery,
  type Sequence,
  TradesReply,
  UserHistoryQuery,
  UserStockPath,
} from '@picostocks/protocol';
import type { Deadline } from '../node/deadline.ts';
import { Refused } from '../node/refused.ts';
import { readId, readLimit, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';
import { depositRow, internalTransferRow, tradeRow } from './views.ts';

interface UserAsset {
  readonly userId: number;
  readonly stockId: number;
  readonly atLeast: Sequence;
  readonly deadline: Deadline;
}

/** What every read about a user and an asset begins with. */
async function readUserAsset(
  { replica, deadline }: NodeParts,
  params: { user_id: string; stock_id: string },
): Promise<UserAsset> {
  const by = deadline();
  const atLeast = await replica.current(by);
  const userId = readId(params.user_id);
  const stockId = readId(params.stock_id);
  if (findTrader(replica.state, userId) === undefined) throw new Refused('unknown_user');
  refuseUnknownAsset({ replica }, stockId);
  return { userId, stockId, atLeast, deadline: by };
}

function refuseUnknownAsset({ replica }: Pick<NodeParts, 'replica'>, stockId: number): void {
  if (!replica.state.assetById.has(stockId)) throw new Refused('stock_not_found');
}

export function transferRoutes(app: App, parts: NodeParts): void {
  const { history } = parts;

  app.route({
    method: ['GET', 'POST'],
    url: '/account/transfers/internal/:user_id/:stock_id/',
    schema: {
      summary: "A user's transfers inside the exchange, newest first",
      tags: ['account'],
      params: UserStockPath,
      querystring: LimitQuery,
      response: { 200: InternalTransfersReply },
    },
    handler: async ({ params, query }) => {
      const { userId, stockId, ...when } = await readUserAsset(parts, params);
      const by = { userId, stockId, limit: readLimit(query.limit) };
      return (await history.ask('internalTransfers', { by, ...when })).map(internalTransferRow);
    },
  });

  app.route({
    method: ['GET', 'POST'],
    url: '/account/transfers/external/:user_id/:stock_id/',
    schema: {
      summary: "A user's withdrawals and deposits, newest first",
      tags: ['account'],
      params: UserStockPath,
      querystring: LimitQuery,
      response: { 200: ExternalTransfersReply },
    },
    handler: async ({ params, query }) => {
      const { userId, stockId, ...when } = await readUserAsset(parts, params);
      const by = { userId, stockId, limit: readLimit(query.limit) };
      const deposits = await history.ask('deposits', { by, ...when });
      return { withdrawals: [], deposits: deposits.map(depositRow) };
    },
  });
}

export function userTradesRoute(app: App, parts: NodeParts): void {
  const { history } = parts;

  app.get(
    '/account/order/history/:user_id/:stock_id/',
    {
      schema: {
        summary: 'What a user bought (bids) and sold (asks), newest first',
        tags: ['account'],
        params: UserStockPath,
        querystring: UserHistoryQuery,
        response: { 200: TradesReply },
      },
    },
    async ({ params, query }) => {
      const { userId, stockId, ...when } = await readUserAsset(parts, params);
      const unitId = readOptionalId(query.unit_id);
      if (unitId !== undefined) refuseUnknownAsset(parts, unitId);
      const by = { userId, stockId, unitId, limit: readLimit(query.limit) };
      const [bids, asks] = await Promise.all([
        history.ask('userTrades', { by: { ...by, side: 'bid' }, ...when }),
        history.ask('userTrades', { by: { ...by, side: 'ask' }, ...when }),
      ]);
      return { bids: bids.map(tradeRow), asks: asks.map(tradeRow) };
    },
  );
}
