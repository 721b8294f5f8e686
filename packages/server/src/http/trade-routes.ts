// What was traded in a market: the published list by sides, the flat list, and candles.

import { findMarket } from '@picostocks/engine';
import {
  CandlesQuery,
  CandlesReply,
  MarketPath,
  PageQuery,
  PublicTradesReply,
  ReadHeaders,
  TradesReply,
} from '@picostocks/protocol';
import { Refused } from '../node/refused.ts';
import { candleRow, publicTradeRow, tradeRow } from './history-views.ts';
import { linkNext, readPage } from './paging.ts';
import { beginRead } from './reads.ts';
import { readId, readLimit, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';

export function tradeRoutes(app: App, parts: NodeParts): void {
  // The official client asks for a pair's history at the second address.
  pairHistoryRoute(app, parts, '/trader/history/:stock_id/:unit_id/');
  pairHistoryRoute(app, parts, '/account/order/history/stocks/:stock_id/:unit_id/');
  tradesRoute(app, parts);
  candlesRoute(app, parts);
}

function readPair({ replica }: NodeParts, params: { stock_id: string; unit_id: string }) {
  const pair = { stockId: readId(params.stock_id), unitId: readId(params.unit_id) };
  if (findMarket(replica.state, pair) === undefined) throw new Refused('market_not_found');
  return pair;
}

function pairHistoryRoute(app: App, parts: NodeParts, url: string): void {
  app.get(
    url,
    {
      schema: {
        summary: 'Trades of a market: the incoming order was a bid, or an ask',
        tags: ['market'],
        params: MarketPath,
        querystring: PageQuery,
        headers: ReadHeaders,
        response: { 200: TradesReply },
      },
    },
    async (request, reply) => {
      const { viewer, ...when } = await beginRead(parts, request);
      const pair = readPair(parts, request.params);
      const page = readPage(request.query);
      const read = (aggressor: 'bid' | 'ask') =>
        parts.history.ask('marketTrades', { by: { ...pair, aggressor, page }, ...when });
      const [bids, asks] = await Promise.all([read('bid'), read('ask')]);
      linkNext({ request, reply }, page, [bids, asks]);
      const row = (trade: (typeof bids)[number]) => tradeRow(trade, viewer);
      return { bids: bids.map(row), asks: asks.map(row) };
    },
  );
}

function tradesRoute(app: App, parts: NodeParts): void {
  app.get(
    '/market/trades/:stock_id/:unit_id/',
    {
      schema: {
        summary: 'Trades of a market in one list',
        tags: ['market'],
        params: MarketPath,
        querystring: PageQuery,
        headers: ReadHeaders,
        response: { 200: PublicTradesReply },
      },
    },
    async (request, reply) => {
      const { viewer, ...when } = await beginRead(parts, request);
      const by = { ...readPair(parts, request.params), page: readPage(request.query) };
      const trades = await parts.history.ask('allMarketTrades', { by, ...when });
      linkNext({ request, reply }, by.page, [trades]);
      return trades.map((trade) => publicTradeRow(trade, viewer));
    },
  );
}

function candlesRoute(app: App, parts: NodeParts): void {
  app.get(
    '/market/candles/:stock_id/:unit_id/',
    {
      schema: {
        summary: 'Candles of a market, the running one included',
        tags: ['market'],
        params: MarketPath,
        querystring: CandlesQuery,
        response: { 200: CandlesReply },
      },
    },
    async ({ params, query }) => {
      const deadline = parts.deadline();
      const atLeast = await parts.replica.current(deadline);
      const by = {
        ...readPair(parts, params),
        interval: query.interval ?? '1m',
        since: readOptionalId(query.since),
        until: readOptionalId(query.until),
        limit: readLimit(query.limit),
      };
      return (await parts.history.ask('candles', { by, atLeast, deadline })).map(candleRow);
    },
  );
}
