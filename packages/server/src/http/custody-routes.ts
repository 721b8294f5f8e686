// What operators and custody workers poll: docs/custody.md. Where reads are signed, for them alone.

import {
  CustodyPath,
  CustodyQuery,
  DepositRow,
  DepositsReply,
  LimitQuery,
  OPERATOR_USER_ID,
  ReadHeaders,
  WantedReply,
  WithdrawalRow,
  WithdrawalsReply,
} from '@picostocks/protocol';
import { refuseUnknownAsset } from '../node/named-ids.ts';
import { Refused } from '../node/refused.ts';
import { depositRow, withdrawalRow } from './history-views.ts';
import { linkNext, type PageQuery, readPage } from './paging.ts';
import { beginRead } from './reads.ts';
import { readId, readLimit, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';
import { type ReadRequest, refuseStranger } from './signed-reads.ts';

const schema = { tags: ['custody'], headers: ReadHeaders };

async function beginCustodyRead(parts: NodeParts, request: ReadRequest) {
  const { viewer, ...when } = await beginRead(parts, request);
  refuseStranger(viewer, OPERATOR_USER_ID);
  return when;
}

function readList(
  { replica }: NodeParts,
  query: PageQuery & { readonly stock_id?: string },
): { stockId: number | undefined; page: ReturnType<typeof readPage> } {
  const stockId = readOptionalId(query.stock_id);
  if (stockId !== undefined) refuseUnknownAsset(replica.state, stockId);
  return { stockId, page: readPage(query) };
}

export function custodyRoutes(app: App, parts: NodeParts): void {
  withdrawalRoutes(app, parts);
  depositRoutes(app, parts);

  app.get(
    '/custody/addresses/',
    {
      schema: {
        ...schema,
        summary: 'Who waits for a deposit address, in the order in which they asked',
        querystring: LimitQuery,
        response: { 200: WantedReply },
      },
    },
    async (request) => {
      await beginCustodyRead(parts, request);
      return parts.replica.state.addressesWanted
        .values()
        .take(readLimit(request.query.limit))
        .map(({ user, asset }) => ({ user_id: user.id, stock_id: asset.id }))
        .toArray();
    },
  );
}

function withdrawalRoutes(app: App, parts: NodeParts): void {
  app.get(
    '/custody/withdrawals/',
    {
      schema: {
        ...schema,
        summary: 'Withdrawals of all users with a status',
        querystring: CustodyQuery,
        response: { 200: WithdrawalsReply },
      },
    },
    async (request, reply) => {
      const when = await beginCustodyRead(parts, request);
      const by = { ...readList(parts, request.query), status: request.query.status };
      const found = await parts.history.ask('withdrawalsByStatus', { by, ...when });
      linkNext({ request, reply }, by.page, [found]);
      return found.map(withdrawalRow);
    },
  );

  app.get(
    '/custody/withdrawals/:id/',
    {
      schema: {
        ...schema,
        summary: 'One withdrawal',
        params: CustodyPath,
        response: { 200: WithdrawalRow },
      },
    },
    async (request) => {
      const when = await beginCustodyRead(parts, request);
      const by = { id: readId(request.params.id) };
      const found = await parts.history.ask('withdrawal', { by, ...when });
      if (found === undefined) throw new Refused('withdrawal_not_found');
      return withdrawalRow(found);
    },
  );
}

function depositRoutes(app: App, parts: NodeParts): void {
  app.get(
    '/custody/deposits/',
    {
      schema: {
        ...schema,
        summary: 'Deposits of all users with a status',
        querystring: CustodyQuery,
        response: { 200: DepositsReply },
      },
    },
    async (request, reply) => {
      const when = await beginCustodyRead(parts, request);
      const by = { ...readList(parts, request.query), status: request.query.status };
      const found = await parts.history.ask('depositsByStatus', { by, ...when });
      linkNext({ request, reply }, by.page, [found]);
      return found.map(depositRow);
    },
  );

  app.get(
    '/custody/deposits/:id/',
    {
      schema: {
        ...schema,
        summary: 'One deposit',
        params: CustodyPath,
        response: { 200: DepositRow },
      },
    },
    async (request) => {
      const when = await beginCustodyRead(parts, request);
      const by = { id: readId(request.params.id) };
      const found = await parts.history.ask('deposit', { by, ...when });
      if (found === undefined) throw new Refused('deposit_not_found');
      return depositRow(found);
    },
  );
}
