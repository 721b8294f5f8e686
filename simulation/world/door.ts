// The door of a node: from a request to the real command desk or replica, and back to an answer.
//
// It stands for packages/server/src/http, which is tried over real sockets elsewhere: schemas, limits of
// addresses and HTTP itself are not simulated. The rows of answers are formed by the server's own views,
// refusals get the server's own shape. What is neither an answer nor a refusal is a bug, and a 500.

import { findTrader, type Market } from '@picostocks/engine';
import {
  type ErrorReply,
  encodeUtf8,
  fromHex,
  type OrderBody,
  type OrderVerb,
  type RegisterBody,
  SIGNATURE_HEADER,
} from '@picostocks/protocol';
import { addressReply, balanceRows } from '../../packages/server/src/http/account-views.ts';
import { orderBookRows } from '../../packages/server/src/http/order-book-views.ts';
import { EVERYBODY } from '../../packages/server/src/http/signed-reads.ts';
import { toMillis } from '../../packages/server/src/http/times.ts';
import type { CommandDesk } from '../../packages/server/src/node/command-desk.ts';
import type { Deadline } from '../../packages/server/src/node/deadline.ts';
import type { HistoryPort } from '../../packages/server/src/node/history-port.ts';
import { Refused } from '../../packages/server/src/node/refused.ts';
import type { Replica } from '../../packages/server/src/node/replica.ts';
import { readAudit } from './audit-door.ts';
import { readCustody } from './custody-door.ts';
import type { Answer, Request } from './request.ts';

export interface DoorParts {
  readonly desk: CommandDesk;
  readonly replica: Replica;
  readonly history: HistoryPort;
  readonly deadline: () => Deadline;
}

const VERBS: Readonly<Record<string, OrderVerb>> = {
  'trader/ask/put/': 'ASK',
  'trader/bid/put/': 'BID',
  'trader/ask/cancel/': 'CANCELASK',
  'trader/bid/cancel/': 'CANCELBID',
};

/** Serves one request; answers an error too, if it was none of the exchange's own. */
export async function serve(
  parts: DoorParts,
  request: Request,
): Promise<{ readonly answer: Answer; readonly bug?: unknown }> {
  try {
    return { answer: await answerTo(parts, request) };
  } catch (error) {
    if (error instanceof Refused) return { answer: refusal(error) };
    return { answer: refusal(new Refused('internal')), bug: error };
  }
}

function answerTo(parts: DoorParts, request: Request): Promise<Answer> {
  const { path } = request;
  const verb = VERBS[path];
  if (verb !== undefined) return putOrder(parts, request, verb);
  if (path === 'commands/') return sendEnvelope(parts, request);
  if (path === 'account/register/') return register(parts, request);
  if (path.startsWith('audit/')) return readAudit(parts, request).then(found);
  if (path.startsWith('custody/')) return readCustody(parts, request).then(found);
  return read(parts, request);
}

function putOrder({ desk, deadline }: DoorParts, { body }: Request, verb: OrderVerb) {
  const order = JSON.parse(textOf(body)) as OrderBody & { readonly nonce?: number };
  return desk.order(
    {
      verb,
      userId: Number(order.user_id),
      stockId: Number(order.stock_id),
      quantity: order.quantity,
      unitId: Number(order.unit_id),
      price: order.price,
      signature: fromHex(order.signature) ?? new Uint8Array(0),
      nonce: order.nonce === undefined ? undefined : Number(order.nonce),
    },
    deadline(),
  );
}

function sendEnvelope({ desk, deadline }: DoorParts, { body, headers }: Request) {
  const signature = fromHex(headers[SIGNATURE_HEADER] ?? '') ?? new Uint8Array(0);
  const message = typeof body === 'string' ? encodeUtf8(body) : (body ?? new Uint8Array(0));
  return desk.envelope({ message, signature }, deadline());
}

function register({ desk, deadline }: DoorParts, { body }: Request) {
  const { public_key: publicKey, signature } = JSON.parse(textOf(body)) as RegisterBody;
  return desk.register(
    { publicKey, signature: fromHex(signature) ?? new Uint8Array(0) },
    deadline(),
  );
}

async function read(parts: DoorParts, { path, query }: Request): Promise<Answer> {
  const { replica, history, deadline } = parts;
  const [area, what, first, second, third] = path.split('/');
  const keyId = keyIdIn(query);
  const by = deadline();
  const atLeast = await replica.current(by);
  const { state } = replica;
  const [id, other] = [Number(first), Number(second)];
  switch (`${area}/${what}`) {
    case 'account/nonce': {
      const nonce = state.users[id]?.keys[keyId]?.nonceNext;
      if (nonce === undefined) throw new Refused('unknown_user');
      return found({ nonce });
    }
    case 'account/balance': {
      const user = findTrader(state, id);
      if (user === undefined) throw new Refused('unknown_user');
      return found(balanceRows(state, user));
    }
    case 'account/deposit': {
      const user = findTrader(state, other);
      const asset = state.assetById.get(Number(third));
      if (user === undefined || asset === undefined) throw new Refused('unknown_user');
      return found(addressReply(state, { user, asset }));
    }
    case 'market/orderbook': {
      const market = state.markets.find(({ stock, unit }) => stock.id === id && unit.id === other);
      if (market === undefined) throw new Refused('market_not_found');
      return { status: 200, body: bookText(market) };
    }
    case 'account/result': {
      if (state.users[id]?.keys[keyId] === undefined) throw new Refused('unknown_user');
      const asked = { userId: id, keyId, nonce: other };
      const result = await history.ask('resultByNonce', { by: asked, atLeast, deadline: by });
      if (result === undefined) throw new Refused('result_not_found');
      return found({
        user_id: result.userId,
        key_id: result.keyId,
        nonce: result.nonce,
        sequence: result.sequence,
        time: toMillis(result.time),
        status: result.status < 400 ? 'applied' : 'rejected',
        signature: result.signature,
        message_hash: result.messageHash,
        http_status: result.status,
        reply: JSON.parse(result.body) as unknown,
      });
    }
    default:
      throw new Refused('not_found');
  }
}

/** Whose nonces and results are asked for. */
export function keyIdIn(query: Request['query']): number {
  return Number(query?.['key_id'] ?? 0);
}

const BOOK_LIMIT = 100;

/** A market's book as a read answers it. */
export function bookText(market: Market): string {
  const of = (side: 'ask' | 'bid') =>
    orderBookRows([market], { side, user: undefined, limit: BOOK_LIMIT, viewer: EVERYBODY });
  return JSON.stringify({ asks: of('ask'), bids: of('bid') });
}

function found(body: unknown): Answer {
  return { status: 200, body: JSON.stringify(body) };
}

function refusal({ code, message, nonce, status }: Refused): Answer {
  const body: ErrorReply = {
    detail: `ERROR: ${message}`,
    code,
    ...(nonce === undefined ? {} : { nonce }),
  };
  return { status, body: JSON.stringify(body) };
}

function textOf(body: string | Uint8Array | undefined): string {
  return typeof body === 'string' ? body : new TextDecoder().decode(body);
}
