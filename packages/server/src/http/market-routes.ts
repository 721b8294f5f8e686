import { findTrader } from '@picostocks/engine';
import {
  LimitQuery,
  MarketQuery,
  MarketsReply,
  OrderBookQuery,
  OrderBookReply,
  StocksReply,
  TickersReply,
} from '@picostocks/protocol';
import { Refused } from '../node/refused.ts';
import { readLimit, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';
import { chooseMarkets, marketRow, orderBookRows, stockRow, tickerRow } from './views.ts';

export function marketRoutes(app: App, parts: NodeParts): void {
  const { replica, deadline } = parts;

  app.get(
    '/market/stocks/',
    {
      schema: {
        summary: 'Every asset, by id',
        tags: ['market'],
        querystring: LimitQuery,
        response: { 200: StocksReply },
      },
    },
    async ({ query }) => {
      await replica.current(deadline());
      const assets = replica.state.assets.toSorted((left, right) => left.id - right.id);
      return assets.slice(0, readLimit(query.limit)).map(stockRow);
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

  app.get(
    '/market/orderbook/',
    {
      schema: {
        summary: 'Open orders, best price first, then oldest first; one row an order',
        tags: ['market'],
        querystring: OrderBookQuery,
        response: { 200: OrderBookReply },
      },
    },
    async ({ query }) => {
      await replica.current(deadline());
      const userId = readOptionalId(query.user_id);
      const user = userId === undefined ? undefined : findTrader(replica.state, userId);
      if (userId !== undefined && user === undefined) throw new Refused('unknown_user');
      const markets = chooseMarkets(replica.state, readMarketFilter(parts, query));
      const limit = readLimit(query.limit);
      return {
        asks: orderBookRows(markets, { side: 'ask', user, limit }),
        bids: orderBookRows(markets, { side: 'bid', user, limit }),
      };
    },
  );

  // The document names the first address; the second is where its neighbours are.
  tickerRoute(app, parts, '/tickers/24h/');
  tickerRoute(app, parts, '/market/tickers/24h/');
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
        const volume = await history.ask('dayVolume', { by: window, atLeast, deadline: by });
        return tickerRow(market, volume);
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
