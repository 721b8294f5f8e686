// Assets, markets, books and tickers.

import { findMarket, findTrader } from '@picostocks/engine';
import {
  DEPTH_LEVELS_MAX,
  DepthQuery,
  DepthReply,
  MarketPath,
  MarketQuery,
  MarketsReply,
  OrderBookQuery,
  OrderBookReply,
  ReadHeaders,
  StocksQuery,
  StocksReply,
  TickersReply,
} from '@picostocks/protocol';
import type { FastifyReply } from 'fastify';
import { Refused } from '../node/refused.ts';
import { chooseMarkets, depthReply, marketRow, stockRow, tickerRow } from './market-views.ts';
import { orderBookBytes } from './order-book-views.ts';
import { linkNext } from './paging.ts';
import { beginRead } from './reads.ts';
import { readId, readLimit, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';
import { refuseStranger } from './signed-reads.ts';

export function marketRoutes(app: App, parts: NodeParts): void {
  const { replica, deadline } = parts;

  app.get(
    '/market/stocks/',
    {
      schema: {
        summary: 'Every asset, by id',
        tags: ['market'],
        querystring: StocksQuery,
        response: { 200: StocksReply },
      },
    },
    async (request, reply) => {
      const { query } = request;
      await replica.current(deadline());
      const page = { after: readOptionalId(query.after) ?? -1, limit: readLimit(query.limit) };
      const assets = replica.state.assets
        .filter(({ id }) => id > page.after)
        .sort((left, right) => left.id - right.id)
        .slice(0, page.limit);
      linkNext({ request, reply }, page, [assets]);
      return assets.map(stockRow);
    },
  );

  app.get(
    '/market/list/',
    {
      schema: {
        summary: 'Every market with its rules, by stock, then unit',
        tags: ['market'],
        querystring: MarketQuery,
        response: { 200: MarketsReply },
      },
    },
    async ({ query }) => {
      await replica.current(deadline());
      return chooseMarkets(replica.state, readMarketFilter(parts, query)).map(marketRow);
    },
  );

  orderBookRoute(app, parts);
  depthRoute(app, parts);
  // The document names the first address; the second is where its neighbours are.
  tickerRoute(app, parts, '/tickers/24h/');
  tickerRoute(app, parts, '/market/tickers/24h/');
}

function orderBookRoute(app: App, parts: NodeParts): void {
  app.get(
    '/market/orderbook/',
    {
      schema: {
        summary: 'Open orders, best price first, then oldest first; one row an order',
        tags: ['market'],
        querystring: OrderBookQuery,
        headers: ReadHeaders,
        response: { 200: OrderBookReply },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const { state } = parts.replica;
      const { viewer } = await beginRead(parts, request);
      const userId = readOptionalId(query.user_id);
      if (userId !== undefined) refuseStranger(viewer, userId);
      const user = userId === undefined ? undefined : findTrader(state, userId);
      if (userId !== undefined && user === undefined) throw new Refused('unknown_user');
      const markets = chooseMarkets(state, readMarketFilter(parts, query));
      const limit = readLimit(query.limit);
      const bytes = orderBookBytes(markets, { user, limit, viewer });
      return sendBytes(reply, bytes);
    },
  );
}

/** Sends JSON that was made before; the schema of the answer is for the reader. */
function sendBytes(reply: FastifyReply, bytes: Uint8Array): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(bytes);
}

const LEVELS = 100;

function depthRoute(app: App, { replica, deadline }: NodeParts): void {
  app.get(
    '/market/depth/:stock_id/:unit_id/',
    {
      schema: {
        summary: 'The book by price level, with a checksum',
        tags: ['market'],
        params: MarketPath,
        querystring: DepthQuery,
        response: { 200: DepthReply },
      },
    },
    async ({ params, query }) => {
      await replica.current(deadline());
      const pair = { stockId: readId(params.stock_id), unitId: readId(params.unit_id) };
      const market = findMarket(replica.state, pair);
      if (market === undefined) throw new Refused('market_not_found');
      return depthReply(market, Math.min(DEPTH_LEVELS_MAX, Number(query.levels ?? LEVELS)));
    },
  );
}

function tickerRoute(app: App, parts: NodeParts, url: string): void {
  const { replica, history, deadline } = parts;
  app.get(
    url,
    {
      schema: {
        summary: 'Latest price and what was traded in 24 hours, by stock, then unit',
        tags: ['market'],
        querystring: MarketQuery,
        response: { 200: TickersReply },
      },
    },
    async ({ query }) => {
      const by = deadline();
      const atLeast = await replica.current(by);
      const markets = chooseMarkets(replica.state, readMarketFilter(parts, query));
      const timeMicros = Math.max(Date.now() * 1_000, replica.state.time);
      const rows = markets.map(async (market) => {
        const window = { stockId: market.stock.id, unitId: market.unit.id, timeMicros };
        const day = await history.ask('daySummary', { by: window, atLeast, deadline: by });
        return tickerRow(market, day);
      });
      return Promise.all(rows);
    },
  );
}

/** An asset that does not exist is an error; two that have no market give an empty answer. */
function readMarketFilter(
  { replica }: NodeParts,
  query: { stock_id?: string; unit_id?: string },
): { stockId: number | undefined; unitId: number | undefined } {
  const stockId = readOptionalId(query.stock_id);
  const unitId = readOptionalId(query.unit_id);
  for (const id of [stockId, unitId]) {
    if (id !== undefined && !replica.state.assetById.has(id)) throw new Refused('stock_not_found');
  }
  return { stockId, unitId };
}
