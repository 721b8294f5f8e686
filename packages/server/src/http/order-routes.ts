// A user's orders and trades. Open orders are read from the engine, closed ones from the history.

import type { Order, User } from '@picostocks/engine';
import {
  ClientOrderPath,
  OrderPath,
  OrderReply,
  type OrderRow,
  OrdersQuery,
  OrdersReply,
  type OwnTradeRow,
  OwnTradesQuery,
  OwnTradesReply,
  ReadHeaders,
  UserPath,
} from '@picostocks/protocol';
import { isForward, type Page } from '../history/page.ts';
import type { ClosedOrderRecord, InMarket } from '../history/trade-reader.ts';
import { Refused } from '../node/refused.ts';
import { openOrderRow } from './account-views.ts';
import { closedOrderRow, ownTradeRow } from './history-views.ts';
import { linkNext, readPage } from './paging.ts';
import { beginUserRead, type Read } from './reads.ts';
import { readId, readMarket } from './requests.ts';
import type { App, NodeParts } from './routes.ts';

const schema = { tags: ['account'], headers: ReadHeaders };

type UserRead = Read & { readonly user: User };

export function orderRoutes(app: App, parts: NodeParts): void {
  ordersRoute(app, parts);
  ownTradesRoute(app, parts);

  app.get(
    '/account/order/:user_id/:order_id/',
    {
      schema: {
        ...schema,
        summary: 'One order by its id, open or closed, with its trades',
        params: OrderPath,
        response: { 200: OrderReply },
      },
    },
    async (request) => {
      const { params } = request;
      const read = await beginUserRead(parts, request, readId(params.user_id));
      const { user, deadline } = read;
      const orderId = readId(params.order_id);
      const { orders, sequence } = parts.replica.state;
      const open = orders.get(orderId);
      if (open?.user === user) return withTrades(parts, read, openOrderRow(open));
      const by = { userId: user.id, orderId };
      // What is not open here now was closed before: the history has it once it is as new as this state.
      const ask = { by, atLeast: sequence, deadline };
      return closedReply(parts, read, await parts.history.ask('closedOrder', ask));
    },
  );

  app.get(
    '/account/order/:user_id/client/:client_order_id/',
    {
      schema: {
        ...schema,
        summary: 'One order by the name that its user gave it; the newest that had the name',
        params: ClientOrderPath,
        response: { 200: OrderReply },
      },
    },
    async (request) => {
      const { params } = request;
      const read = await beginUserRead(parts, request, readId(params.user_id));
      const { user, deadline } = read;
      const { sequence } = parts.replica.state;
      const open = user.clientOrderIds?.get(params.client_order_id);
      if (open !== undefined) return withTrades(parts, read, openOrderRow(open));
      const by = { userId: user.id, clientOrderId: params.client_order_id };
      const ask = { by, atLeast: sequence, deadline };
      return closedReply(parts, read, await parts.history.ask('closedOrderByName', ask));
    },
  );
}

async function closedReply(
  parts: NodeParts,
  read: UserRead,
  closed: ClosedOrderRecord | undefined,
): Promise<OrderReply> {
  if (closed === undefined) throw new Refused('order_not_found');
  return withTrades(parts, read, closedOrderRow(closed));
}

const TRADES_MAX = 300;

/** An order with its newest trades, those that its row counts and no later ones. */
async function withTrades(parts: NodeParts, read: UserRead, row: OrderRow): Promise<OrderReply> {
  const upTo = parts.replica.state.sequence;
  const page = { limit: TRADES_MAX };
  const { order_id: orderId } = row;
  const trades = await readTrades(parts, read, { market: undefined, orderId, upTo, page });
  return { ...row, trades };
}

interface TradesWanted {
  readonly market: InMarket | undefined;
  readonly orderId: number | undefined;
  readonly upTo: number;
  readonly page: Page;
}

/** The name of an open order is in the state, that of a closed one in the history. */
async function readTrades(
  { replica, history }: NodeParts,
  { user, viewer, ...when }: UserRead,
  wanted: TradesWanted,
): Promise<OwnTradeRow[]> {
  const by = { userId: user.id, ...wanted };
  let { atLeast } = when;
  for (;;) {
    const records = await history.ask('ownTrades', { by, ...when, atLeast });
    const { orders, sequence } = replica.state;
    const named = records.map((trade) => ({
      trade,
      open: orders.get(trade.own === 'bid' ? trade.bid_order : trade.ask_order),
    }));
    // One that was closed between the history's answer and this state: the history must come as far.
    if (named.every(({ trade, open }) => trade.isClosed || open !== undefined)) {
      return named.map(({ trade, open }) => {
        const clientOrderId = trade.clientOrderId ?? open?.clientOrderId ?? null;
        return ownTradeRow(trade, { viewer, clientOrderId });
      });
    }
    atLeast = sequence;
  }
}

function ownTradesRoute(app: App, parts: NodeParts): void {
  app.get(
    '/account/trades/:user_id/',
    {
      schema: {
        ...schema,
        summary: "A user's trades in all markets, in one, or of one order",
        description: 'A trade of a user with himself is there twice, once for each side.',
        params: UserPath,
        querystring: OwnTradesQuery,
        response: { 200: OwnTradesReply },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const read = await beginUserRead(parts, request, readId(params.user_id));
      const market = readMarket(parts.replica.state, query);
      const orderId = query.order_id === undefined ? undefined : readId(query.order_id);
      const page = readPage(query);
      const upTo = Number.MAX_SAFE_INTEGER;
      const rows = await readTrades(parts, read, { market, orderId, upTo, page });
      linkNext({ request, reply }, page, [rows]);
      return rows;
    },
  );
}

function ordersRoute(app: App, parts: NodeParts): void {
  app.get(
    '/account/orders/:user_id/',
    {
      schema: {
        ...schema,
        summary: "A user's orders, open or closed, by order id",
        description: '`since` and `until` are about when an order was placed.',
        params: UserPath,
        querystring: OrdersQuery,
        response: { 200: OrdersReply },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const { user, atLeast, deadline } = await beginUserRead(
        parts,
        request,
        readId(params.user_id),
      );
      const market = readMarket(parts.replica.state, query);
      const page = readPage(query);
      const by = { userId: user.id, market, page };
      const rows =
        query.status === 'closed'
          ? (await parts.history.ask('closedOrders', { by, atLeast, deadline })).map(closedOrderRow)
          : openOrders(user, { market, page }).map(openOrderRow);
      linkNext({ request, reply }, page, [rows.map(({ order_id }) => ({ id: order_id }))]);
      return rows;
    },
  );
}

function openOrders(
  user: User,
  { market, page }: { market: InMarket | undefined; page: Page },
): Order[] {
  const found: Order[] = [];
  for (const own of user.ownOrders) {
    for (let order = own?.newest; order !== undefined; order = order.ownOlder) {
      if (market !== undefined && !isIn(order, market)) break;
      if (isOnPage(order, page)) found.push(order);
    }
  }
  const sign = isForward(page) ? 1 : -1;
  return found.sort((left, right) => sign * (left.id - right.id)).slice(0, page.limit);
}

function isIn({ market }: Order, { stockId, unitId }: InMarket): boolean {
  return market.stock.id === stockId && market.unit.id === unitId;
}

function isOnPage({ id, timePlaced }: Order, page: Page): boolean {
  const { after = 0, before = Number.MAX_SAFE_INTEGER } = page;
  const { since = 0, until = Number.MAX_SAFE_INTEGER } = page;
  return id > after && id < before && timePlaced >= since && timePlaced <= until;
}
