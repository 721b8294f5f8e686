import { findTrader } from '@picostocks/engine';
import {
  BalanceReply,
  fromHex,
  KeyQuery,
  NonceReply,
  RegisterBody,
  RegisterReply,
  ResultPath,
  ResultReply,
  UserPath,
} from '@picostocks/protocol';
import { Refused } from '../node/refused.ts';
import { readId, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';
import { sendReply } from './trader-routes.ts';
import { balanceRows, toMillis } from './views.ts';

export function accountRoutes(app: App, parts: NodeParts): void {
  const { replica, desk, deadline } = parts;

  app.get(
    '/account/nonce/:user_id/',
    {
      schema: {
        summary: "The nonce that the user's next signed command must use",
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
        summary: 'What a user has, free and locked, of every asset that he ever held',
        tags: ['account'],
        params: UserPath,
        response: { 200: BalanceReply },
      },
    },
    async ({ params }) => {
      await replica.current(deadline());
      const user = findTrader(replica.state, readId(params.user_id));
      if (user === undefined) throw new Refused('unknown_user');
      return balanceRows(replica.state, user);
    },
  );

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

function resultRoute(app: App, { replica, history, deadline }: NodeParts): void {
  app.get(
    '/account/result/:user_id/:nonce/',
    {
      schema: {
        summary: 'What became of the command that used a nonce',
        tags: ['account'],
        params: ResultPath,
        querystring: KeyQuery,
        response: { 200: ResultReply },
      },
    },
    async ({ params, query }) => {
      const by = deadline();
      const atLeast = await replica.current(by);
      const userId = readId(params.user_id);
      if (replica.state.users[userId] === undefined) throw new Refused('unknown_user');
      const keyId = readOptionalId(query.key_id) ?? 0;
      const key = { userId, keyId, nonce: readId(params.nonce) };
      const result = await history.ask('resultByNonce', { by: key, atLeast, deadline: by });
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
