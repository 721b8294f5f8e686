// What a user has and may do, and what became of his commands.

import {
  AddressReply,
  BalanceReply,
  FeesReply,
  fromHex,
  KeyQuery,
  KeysReply,
  NonceReply,
  ReadHeaders,
  RegisterBody,
  RegisterReply,
  ResultPath,
  ResultReply,
  StatusReply,
  UserPath,
  UserStockPath,
} from '@picostocks/protocol';
import { Refused } from '../node/refused.ts';
import { addressReply, balanceRows, feesReply, keyRow, statusReply } from './account-views.ts';
import { beginRead, beginUserRead } from './reads.ts';
import { readId, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';
import { refuseStranger } from './signed-reads.ts';
import { toMillis } from './times.ts';
import { sendReply } from './trader-routes.ts';

export function accountRoutes(app: App, parts: NodeParts): void {
  const { replica, desk, deadline } = parts;
  const schema = { tags: ['account'], params: UserPath, headers: ReadHeaders };

  app.get(
    '/account/nonce/:user_id/',
    {
      schema: {
        summary: "The nonce that the user's next signed command must use; always public",
        tags: ['account'],
        params: UserPath,
        querystring: KeyQuery,
        response: { 200: NonceReply },
      },
    },
    async ({ params, query }) => {
      await replica.current(deadline());
      // The operator signs too, so user 0 has a nonce.
      const user = replica.state.users[readId(params.user_id)];
      const key = user?.keys[readOptionalId(query.key_id) ?? 0];
      if (key === undefined) throw new Refused('unknown_user');
      return { nonce: key.nonceNext };
    },
  );

  app.get(
    '/account/balance/:user_id/',
    {
      schema: {
        ...schema,
        summary: 'What a user has, free and locked, of every asset that he ever held',
        response: { 200: BalanceReply },
      },
    },
    async (request) => {
      const { user } = await beginUserRead(parts, request, readId(request.params.user_id));
      return balanceRows(replica.state, user);
    },
  );

  app.get(
    '/account/status/:user_id/',
    {
      schema: {
        ...schema,
        summary: 'Whether a user is frozen, why and since when, and his fee tier',
        response: { 200: StatusReply },
      },
    },
    async (request) => {
      const { user } = await beginUserRead(parts, request, readId(request.params.user_id));
      return statusReply(user);
    },
  );

  app.get(
    '/account/fees/:user_id/',
    {
      schema: {
        ...schema,
        summary: "A user's fee rates in every market",
        response: { 200: FeesReply },
      },
    },
    async (request) => {
      const { user } = await beginUserRead(parts, request, readId(request.params.user_id));
      return feesReply(replica.state, user);
    },
  );

  keysRoute(app, parts);
  addressRoute(app, parts);
  resultRoute(app, parts);

  app.post(
    '/account/register/',
    {
      schema: {
        summary: 'Register a public key, proved by its signature of "REGISTER:<public_key>"',
        tags: ['account'],
        body: RegisterBody,
        response: { 201: RegisterReply },
      },
    },
    async ({ body }, reply) => {
      const publicKey = body.public_key.toLowerCase();
      const signature = fromHex(body.signature) ?? new Uint8Array(0);
      return sendReply(reply, await desk.register({ publicKey, signature }, deadline()));
    },
  );
}

/** The operator has keys too: user 0. */
function keysRoute(app: App, parts: NodeParts): void {
  app.get(
    '/account/keys/:user_id/',
    {
      schema: {
        summary: 'All keys of a user, by number, with what they may do',
        tags: ['account'],
        params: UserPath,
        headers: ReadHeaders,
        response: { 200: KeysReply },
      },
    },
    async (request) => {
      const userId = readId(request.params.user_id);
      const { viewer } = await beginRead(parts, request);
      refuseStranger(viewer, userId);
      const user = parts.replica.state.users[userId];
      if (user === undefined) throw new Refused('unknown_user');
      return user.keys.map(keyRow);
    },
  );
}

function addressRoute(app: App, parts: NodeParts): void {
  app.get(
    '/account/deposit/address/:user_id/:stock_id/',
    {
      schema: {
        summary: 'Where a user deposits an asset',
        description: 'The command `request_address` asks for an address.',
        tags: ['account'],
        params: UserStockPath,
        headers: ReadHeaders,
        response: { 200: AddressReply },
      },
    },
    async (request) => {
      const { params } = request;
      const { user } = await beginUserRead(parts, request, readId(params.user_id));
      const asset = parts.replica.state.assetById.get(readId(params.stock_id));
      if (asset === undefined) throw new Refused('stock_not_found');
      return addressReply(parts.replica.state, { user, asset });
    },
  );
}

function resultRoute(app: App, parts: NodeParts): void {
  app.get(
    '/account/result/:user_id/:nonce/',
    {
      schema: {
        summary: 'What became of the command that used a nonce',
        tags: ['account'],
        params: ResultPath,
        querystring: KeyQuery,
        headers: ReadHeaders,
        response: { 200: ResultReply },
      },
    },
    async (request) => {
      const { params, query } = request;
      const userId = readId(params.user_id);
      const { viewer, ...when } = await beginRead(parts, request);
      refuseStranger(viewer, userId);
      if (parts.replica.state.users[userId] === undefined) throw new Refused('unknown_user');
      const keyId = readOptionalId(query.key_id) ?? 0;
      const by = { userId, keyId, nonce: readId(params.nonce) };
      const result = await parts.history.ask('resultByNonce', { by, ...when });
      if (result === undefined) throw new Refused('result_not_found');
      const reply = JSON.parse(result.body) as Record<string, unknown>;
      return {
        user_id: result.userId,
        key_id: result.keyId,
        nonce: result.nonce,
        sequence: result.sequence,
        time: toMillis(result.time),
        status: result.status < 400 ? ('applied' as const) : ('rejected' as const),
        signature: result.signature,
        message_hash: result.messageHash,
        http_status: result.status,
        reply,
      };
    },
  );
}
