// What happened to a user's money: transfers, deposits, withdrawals, and the published list of his trades.

import {
  ExternalTransfersReply,
  InternalTransfersReply,
  PageQuery,
  ReadHeaders,
  TradesReply,
  UserHistoryQuery,
  UserPath,
  UserStockPath,
} from '@picostocks/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuseUnknownAsset } from '../node/named-ids.ts';
import {
  depositTransferRow,
  internalTransferRow,
  tradeRow,
  withdrawalTransferRow,
} from './history-views.ts';
import { linkNext, type PageQuery as Paging, readPage } from './paging.ts';
import { beginUserRead } from './reads.ts';
import { readId, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';

/** With an asset the published addresses, without one those of all assets. */
const SCOPES = [
  { end: ':user_id/:stock_id/', params: UserStockPath, of: 'of one asset' },
  { end: ':user_id/', params: UserPath, of: 'of all assets' },
] as const;

interface TransferRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export function transferRoutes(app: App, parts: NodeParts): void {
  for (const { end, params, of } of SCOPES) {
    const schema = { tags: ['account'], params, querystring: PageQuery, headers: ReadHeaders };
    app.route({
      method: ['GET', 'POST'],
      url: `/account/transfers/internal/${end}`,
      schema: {
        ...schema,
        summary: `A user's transfers inside the exchange ${of}, corrections included`,
        response: { 200: InternalTransfersReply },
      },
      handler: async (request, reply) => internalTransfers(parts, { request, reply }),
    });
    app.route({
      method: ['GET', 'POST'],
      url: `/account/transfers/external/${end}`,
      schema: {
        ...schema,
        summary: `A user's withdrawals and deposits ${of}`,
        response: { 200: ExternalTransfersReply },
      },
      handler: async (request, reply) => externalTransfers(parts, { request, reply }),
    });
  }
}

async function beginTransfers(parts: NodeParts, { request }: TransferRequest) {
  const params = request.params as { readonly user_id: string; readonly stock_id?: string };
  const { user, atLeast, deadline } = await beginUserRead(parts, request, readId(params.user_id));
  const stockId = readOptionalId(params.stock_id);
  if (stockId !== undefined) refuseUnknownAsset(parts.replica.state, stockId);
  const page = readPage(request.query as Paging);
  return { by: { userId: user.id, stockId, page }, atLeast, deadline };
}

async function internalTransfers(parts: NodeParts, sent: TransferRequest) {
  const ask = await beginTransfers(parts, sent);
  const transfers = await parts.history.ask('internalTransfers', ask);
  linkNext(sent, ask.by.page, [transfers]);
  return transfers.map(internalTransferRow);
}

async function externalTransfers(parts: NodeParts, sent: TransferRequest) {
  const ask = await beginTransfers(parts, sent);
  const [withdrawals, deposits] = await Promise.all([
    parts.history.ask('withdrawals', ask),
    parts.history.ask('deposits', ask),
  ]);
  linkNext(sent, ask.by.page, [withdrawals, deposits]);
  return {
    withdrawals: withdrawals.map(withdrawalTransferRow),
    deposits: deposits.map(depositTransferRow),
  };
}

export function userTradesRoute(app: App, parts: NodeParts): void {
  const { history, replica } = parts;

  app.get(
    '/account/order/history/:user_id/:stock_id/',
    {
      schema: {
        summary: 'What a user bought (bids) and sold (asks)',
        tags: ['account'],
        params: UserStockPath,
        querystring: UserHistoryQuery,
        headers: ReadHeaders,
        response: { 200: TradesReply },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const userId = readId(params.user_id);
      const { viewer, atLeast, deadline } = await beginUserRead(parts, request, userId);
      const stockId = readId(params.stock_id);
      const unitId = readOptionalId(query.unit_id);
      refuseUnknownAsset(replica.state, stockId);
      if (unitId !== undefined) refuseUnknownAsset(replica.state, unitId);
      const unitIds = replica.state.markets
        .filter(({ stock, unit }) => stock.id === stockId && (unitId ?? unit.id) === unit.id)
        .map(({ unit }) => unit.id);
      const page = readPage(query);
      const by = { userId, stockId, unitIds, page };
      const when = { atLeast, deadline };
      const [bids, asks] = await Promise.all([
        history.ask('userTrades', { by: { ...by, side: 'bid' }, ...when }),
        history.ask('userTrades', { by: { ...by, side: 'ask' }, ...when }),
      ]);
      linkNext({ request, reply }, page, [bids, asks]);
      const row = (trade: (typeof bids)[number]) => tradeRow(trade, viewer);
      return { bids: bids.map(row), asks: asks.map(row) };
    },
  );
}
