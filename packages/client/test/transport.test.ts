// What a client says of an exchange that hangs, breaks off, or is not the one that answers. The one
// question behind every case: may the command count? Whatever leaves that open must be an
// `OutcomeUnknownError`, and whatever does not must not be.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { OutcomeUnknownError, PicostocksClient, TransportError } from '@picostocks/client';
import { type HttpPeer, type PeerReply, type Script, startPeer } from './support/http-peer.ts';
import { PRIVATE_KEY } from './support/vectors.ts';

const order = { stockId: 3, unitId: 2, quantity: '1', price: '0.05' };

/** A peer that reads well and answers every command as told. */
async function peerFor(context: TestContext, onPost: Script): Promise<HttpPeer> {
  const peer = await startPeer((request, reply) => {
    if (request.method === 'GET') reply.json(200, { nonce: 45 });
    else onPost(request, reply);
  });
  context.after(() => peer.close());
  return peer;
}

function clientOf({ baseUrl }: HttpPeer, options: { timeoutMs?: number } = {}): PicostocksClient {
  return new PicostocksClient({ baseUrl, userId: 19, privateKey: PRIVATE_KEY, ...options });
}

function errorReply(code: string, more: Record<string, unknown> = {}) {
  return { detail: `ERROR: about ${code}`, code, ...more };
}

const UNKNOWN: Record<string, (reply: PeerReply) => void> = {
  'a reset after reading': (reply) => reply.reset(),
  'an answer that breaks off': (reply) => {
    reply.raw.writeHead(201, { 'content-length': '100' });
    reply.raw.write('{"sequence": 7', () => reply.reset());
  },
  'a 504 of the exchange': (reply) => reply.json(504, errorReply('outcome_unknown')),
  'a 504 page': (reply) => reply.text(504, '<h1>Gateway Timeout</h1>'),
  'a 502 page': (reply) => reply.text(502, '<h1>Bad Gateway</h1>'),
  'a 503 page that is not of the exchange': (reply) => reply.text(503, '<h1>Busy</h1>'),
  'a 403 page': (reply) => reply.text(403, '<h1>Forbidden</h1>'),
  'a 500 of the exchange': (reply) => reply.json(500, errorReply('internal')),
  'a success that is not JSON': (reply) => reply.text(201, '{"sequence": 7'),
  'a success of somebody else': (reply) => reply.json(200, { ok: true }),
  'a redirect': (reply) => reply.raw.writeHead(307, { location: '/elsewhere/' }).end(),
};

for (const [name, script] of Object.entries(UNKNOWN)) {
  test(`transport: ${name} leaves the outcome of a command unknown`, async (context) => {
    const peer = await peerFor(context, (_, reply) => script(reply));
    const client = clientOf(peer);
    await assert.rejects(client.putBid(order), (error) => {
      assert.ok(error instanceof OutcomeUnknownError);
      assert.equal(error.code, 'outcome_unknown');
      assert.equal(error.nonce, 45);
      assert.deepEqual(client.inDoubt, [error]);
      return true;
    });
    const posts = peer.requests.filter(({ method }) => method === 'POST');
    assert.equal(posts.length, 1, 'nothing is sent twice in silence');
  });
}

test('transport: no answer in time leaves the outcome unknown', async (context) => {
  const peer = await peerFor(context, () => undefined);
  await assert.rejects(clientOf(peer, { timeoutMs: 30 }).putBid(order), (error) => {
    assert.ok(error instanceof OutcomeUnknownError);
    assert.ok(error.cause instanceof TransportError);
    assert.equal(error.cause.code, 'timeout');
    assert.equal(error.cause.sent, true);
    return true;
  });
});

test('transport: the time covers the body of an answer too', async (context) => {
  const peer = await peerFor(context, (_, { raw }) => raw.writeHead(201).write('{"sequence"'));
  const call = clientOf(peer, { timeoutMs: 30 }).putBid(order);
  await assert.rejects(call, { code: 'outcome_unknown' });
});

test('transport: a slow answer is an answer', async (context) => {
  const peer = await peerFor(context, (_, { raw }) => {
    raw.writeHead(201).write('{"sequence"');
    setImmediate(() => raw.end(': 7, "nonce": 45}'));
  });
  assert.deepEqual(await clientOf(peer).putBid(order), { sequence: 7, nonce: 45 });
});

test('transport: a call that is aborted on its way has an unknown outcome', async (context) => {
  const controller = new AbortController();
  const peer = await peerFor(context, () => controller.abort(new Error('enough')));
  const call = clientOf(peer).putBid({ ...order, signal: controller.signal });
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof OutcomeUnknownError);
    assert.equal((error.walk() as Error).message, 'enough');
    assert.ok(error.walk((cause) => cause instanceof TransportError && cause.code === 'aborted'));
    return true;
  });
});

test('transport: a call that is aborted before it was sent is certain', async (context) => {
  const peer = await peerFor(context, () => undefined);
  const signal = AbortSignal.abort();
  const aborted = { name: 'TransportError', code: 'aborted', sent: false };
  await assert.rejects(clientOf(peer).putBid({ ...order, signal }), aborted);
  await assert.rejects(clientOf(peer).getStocks({ signal }), aborted);
  assert.equal(peer.requests.length, 0);
});

test('transport: no listener stays on the signal of a caller', async (context) => {
  const peer = await peerFor(context, (_, reply) => reply.json(201, { sequence: 7, nonce: 45 }));
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  const client = clientOf(peer);
  await Promise.all([client.putBid({ ...order, signal }), client.putAsk({ ...order, signal })]);
  await client.getNonce({ signal });
  assert.equal(listeners, 0);
});

const REFUSED = [
  [400, 'malformed'],
  [401, 'bad_signature'],
  [401, 'key_not_current'],
  [404, 'unknown_user'],
  [429, 'rate_limited'],
  [503, 'unavailable'],
] as const;

for (const [status, code] of REFUSED) {
  test(`transport: ${status} ${code} is a refusal, and its nonce is used again`, async (context) => {
    const nonces: number[] = [];
    const peer = await peerFor(context, ({ body }, reply) => {
      nonces.push(JSON.parse(body.toString()).nonce);
      reply.json(status, errorReply(code, { nonce: 45 }), { 'retry-after': '2' });
    });
    const client = clientOf(peer);
    const refused = { name: 'RefusedError', code, status, nonce: 45, retryAfterMs: 2000 };
    await assert.rejects(client.putBid(order), refused);
    await assert.rejects(client.putAsk(order), { ...refused, details: `about ${code}` });
    assert.deepEqual(nonces, [45, 45]);
    assert.deepEqual(client.inDoubt, []);
  });
}

test('transport: a refusal with a sequence is a rejection, and its nonce is used up', async (context) => {
  let nonce = 44;
  const peer = await peerFor(context, (_, reply) => {
    nonce += 1;
    reply.json(400, errorReply('insufficient_funds', { nonce, sequence: 7 }));
  });
  const client = clientOf(peer);
  const rejected = { name: 'RejectedError', code: 'insufficient_funds', sequence: 7 };
  await assert.rejects(client.putBid(order), {
    ...rejected,
    reason: 'insufficient_funds',
    nonce: 45,
    message: 'The market rejected the command (insufficient_funds): about insufficient_funds',
  });
  await assert.rejects(client.putBid(order), { ...rejected, nonce: 46 });
});

test('transport: a connection that never came about has sent nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  server.close();
  await once(server, 'close');
  const baseUrl = `http://127.0.0.1:${address.port}`;
  const privateKey = PRIVATE_KEY;
  const notSent = { name: 'TransportError', code: 'network', sent: false };
  const client = new PicostocksClient({ baseUrl, userId: 19, privateKey });
  await assert.rejects(client.putBid(order), notSent);
  await assert.rejects(client.getStocks(), notSent);
  await assert.rejects(PicostocksClient.register({ baseUrl, privateKey }), notSent);
});

test('transport: a read of a page that is no answer says so', async (context) => {
  const peer = await startPeer((_, reply) => reply.text(200, '<h1>Welcome</h1>'));
  context.after(() => peer.close());
  const client = clientOf(peer);
  await assert.rejects(client.getStocks(), { code: 'bad_answer', status: 200 });
  await assert.rejects(client.putBid(order), { code: 'bad_answer', status: 200 });
});

test('transport: an injected fetch is called as a plain function, under /v1/', async () => {
  const seen: string[] = [];
  const client = new PicostocksClient({
    baseUrl: 'https://example.test/market///',
    userId: 19,
    privateKey: PRIVATE_KEY,
    fetch(this: unknown, url: string) {
      assert.equal(this, undefined);
      seen.push(url);
      return Promise.resolve(Response.json([]));
    },
  });
  await client.getStocks({ limit: 200 });
  await client.getTickers({ stockId: 3 });
  await client.getAssetsBalance();
  assert.deepEqual(seen, [
    'https://example.test/market/v1/market/stocks/?limit=200',
    'https://example.test/market/v1/tickers/24h/?stock_id=3',
    'https://example.test/market/v1/account/balance/19/',
  ]);
});

test('transport: every read asks at its address', async () => {
  const seen: string[] = [];
  const fetch = (url: string) => {
    seen.push(url.replace('http://x/v1/', ''));
    return Promise.resolve(Response.json({}));
  };
  const client = new PicostocksClient({
    ...{ baseUrl: 'http://x', userId: 19, privateKey: PRIVATE_KEY, fetch },
  });
  const market = { stockId: 3, unitId: 2 };
  await client.getNonce({ userId: 7 });
  await client.getOrderBook();
  await client.getOrderBook({ ...market, limit: 300 });
  await client.getOpenOrders(market);
  await client.getHistoricalOrders({ ...market, limit: 100 });
  await client.getAllHistoricalOrders(market);
  await client.getTradesHistory({ ...market, limit: 1 });
  await client.getTransfersInternal({ stockId: 2 });
  await client.getTransfersExternal({ userId: 7, stockId: 2 });
  await client.getMarkets();
  await client.getTime();
  await client.getResult({ nonce: 45 });
  assert.deepEqual(seen, [
    'account/nonce/7/',
    'market/orderbook/',
    'market/orderbook/?stock_id=3&unit_id=2&limit=300',
    'market/orderbook/?user_id=19&stock_id=3&unit_id=2',
    'account/order/history/19/3/?unit_id=2&limit=100',
    'trader/history/3/2/',
    'trader/history/3/2/?limit=1',
    'account/transfers/internal/19/2/',
    'account/transfers/external/7/2/',
    'market/list/',
    'time/',
    'account/result/19/45/',
  ]);
});
