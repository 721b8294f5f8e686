import {
  CancelReply,
  CommandBody,
  CommandHeaders,
  CommandReply,
  fromHex,
  MESSAGE_BYTES_MAX,
  OrderBody,
  type OrderVerb,
  PutReply,
  SIGNATURE_HEADER,
} from '@picostocks/protocol';
import type { FastifyReply } from 'fastify';
import { Refused } from '../node/refused.ts';
import type { Reply } from '../reply.ts';
import { readId, readOptionalId } from './requests.ts';
import type { App, NodeParts } from './routes.ts';

/** Sends the stored or fresh answer of a command as it is. */
export function sendReply(reply: FastifyReply, { status, body }: Reply): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}

const ORDER_ROUTES: readonly { url: string; verb: OrderVerb; summary: string }[] = [
  { url: '/trader/ask/put/', verb: 'ASK', summary: 'Offer a stock for sale' },
  { url: '/trader/bid/put/', verb: 'BID', summary: 'Bid for a stock' },
  {
    url: '/trader/ask/cancel/',
    verb: 'CANCELASK',
    summary: 'Cancel or reduce asks at a price, newest first',
  },
  {
    url: '/trader/bid/cancel/',
    verb: 'CANCELBID',
    summary: 'Cancel or reduce bids at a price, newest first',
  },
];

export function traderRoutes(app: App, parts: NodeParts): void {
  for (const { url, verb, summary } of ORDER_ROUTES) orderRoute(app, parts, { url, verb, summary });
  void app.register(async (scope) => commandRoute(scope as App, parts));
}

function orderRoute(
  app: App,
  { desk, deadline }: NodeParts,
  { url, verb, summary }: { url: string; verb: OrderVerb; summary: string },
): void {
  const isPut = verb === 'ASK' || verb === 'BID';
  app.post(
    url,
    {
      schema: {
        summary,
        tags: ['trader'],
        consumes: ['application/json', 'application/x-www-form-urlencoded'],
        body: OrderBody,
        response: { 201: isPut ? PutReply : CancelReply },
      },
    },
    async ({ body }, reply) => {
      const request = {
        verb,
        userId: readId(body.user_id),
        stockId: readId(body.stock_id),
        quantity: body.quantity,
        unitId: readId(body.unit_id),
        price: body.price,
        signature: fromHex(body.signature) ?? new Uint8Array(0),
        nonce: readOptionalId(body.nonce),
      };
      return sendReply(reply, await desk.order(request, deadline()));
    },
  );
}

/** Envelopes are signed as raw bytes, so this route alone takes its body unparsed. */
function commandRoute(app: App, { desk, deadline }: NodeParts): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: MESSAGE_BYTES_MAX },
    (_request, bytes, done) => done(null, bytes),
  );
  app.post(
    '/commands/',
    {
      schema: {
        summary: 'Send an envelope; its signature goes into the header Picostocks-Signature',
        description:
          'The body is one JSON object, signed as its raw bytes: exchange, user_id, key_id, nonce, expires, type, params.',
        tags: ['commands'],
        consumes: ['application/json'],
        headers: CommandHeaders,
        body: CommandBody,
        response: { 201: CommandReply },
      },
      // The schemas are for the reader: the desk checks the raw bytes, and more strictly.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const header = request.headers[SIGNATURE_HEADER];
      const signature = typeof header === 'string' ? fromHex(header) : undefined;
      if (signature === undefined) {
        throw new Refused('malformed', { why: `the header ${SIGNATURE_HEADER} is missing` });
      }
      const message = request.body;
      if (!(message instanceof Uint8Array)) throw new Refused('malformed');
      return sendReply(reply, await desk.envelope({ message, signature }, deadline()));
    },
  );
}
