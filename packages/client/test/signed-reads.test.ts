// Reads where the exchange shows an account to its owner only.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { PicostocksClient, PicostocksReader } from '@picostocks/client';
import { encodeReadText, READ_HEADERS, SIGNATURE_HEADER } from '@picostocks/protocol';
import { type PeerRequest, type Script, startPeer } from './support/http-peer.ts';
import { PRIVATE_KEY, PUBLIC_KEY } from './support/vectors.ts';

const EXCHANGE = '0123456789abcdef'.repeat(2);
const NOW_MS = 1_790_000_000_000;

function refusal(code: string) {
  return { code, detail: `ERROR: ${code}` };
}

/** Is it signed as docs/protocol.md §3.5 says, by the key that it names? */
function isSigned({ path: target, headers }: PeerRequest): boolean {
  const signature = headers[SIGNATURE_HEADER];
  if (signature === undefined) return false;
  const [userId, keyId, expires] = [READ_HEADERS.user, READ_HEADERS.key, READ_HEADERS.expires].map(
    (name) => Number(headers[name]),
  );
  assert.ok(userId !== undefined && keyId !== undefined && expires !== undefined);
  assert.ok(expires > NOW_MS * 1_000 && expires <= (NOW_MS + 300_000) * 1_000);
  const text = encodeReadText({ exchange: EXCHANGE, userId, keyId, expires, target });
  const der = Buffer.from(`302a300506032b6570032100${PUBLIC_KEY}`, 'hex');
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, Buffer.from(text), key, Buffer.from(String(signature), 'hex'));
}

const isOwn = ({ path }: PeerRequest) => path.startsWith('/v1/account/');

const signedOnly: Script = (request, reply) => {
  if (request.path === '/v1/time/') {
    reply.json(200, { exchange: EXCHANGE, milliseconds: NOW_MS });
  } else if (isOwn(request) && !isSigned(request)) reply.json(401, refusal('read_not_signed'));
  else reply.json(200, []);
};

async function withClient(
  script: Script,
  {
    options = {},
    use,
  }: {
    readonly options?: { readonly keyId?: number; readonly signReads?: boolean };
    use(client: PicostocksClient): Promise<unknown>;
  },
): Promise<readonly PeerRequest[]> {
  const peer = await startPeer(script);
  const access = { baseUrl: peer.baseUrl, userId: 19, privateKey: PRIVATE_KEY };
  try {
    await use(new PicostocksClient({ ...access, ...options }));
    return peer.requests.filter(({ path }) => path !== '/v1/time/');
  } finally {
    await peer.close();
  }
}

test('signed reads: the client signs once it has been told, its query included', async () => {
  const requests = await withClient(signedOnly, {
    options: { keyId: 2 },
    use: async (client) => {
      await client.getStocks();
      await client.getOrders({ stockId: 3, unitId: 2, after: 7 });
      await client.getOwnTrades();
    },
  });
  const paths = requests.map((request) => [request.path, isSigned(request)]);
  assert.deepEqual(paths, [
    ['/v1/market/stocks/', false],
    ['/v1/account/orders/19/?stock_id=3&unit_id=2&after=7', false],
    ['/v1/account/orders/19/?stock_id=3&unit_id=2&after=7', true],
    ['/v1/account/trades/19/', true],
  ]);
  assert.equal(requests.at(-1)?.headers[READ_HEADERS.key], '2');
});

test('signed reads: at once where the caller asks for it, and never as a reader', async () => {
  const requests = await withClient(signedOnly, {
    options: { signReads: true },
    use: (client) => client.getKeys(),
  });
  assert.deepEqual(requests.map(isSigned), [true]);
  const peer = await startPeer(signedOnly);
  const reader = new PicostocksReader({ baseUrl: peer.baseUrl, userId: 19 });
  await assert.rejects(reader.getKeys(), { code: 'read_not_signed' });
  await peer.close();
});

test('signed reads: a key that may not read still reads what everybody may', async () => {
  const script: Script = (request, reply) => {
    if (isSigned(request)) reply.json(403, refusal('read_forbidden'));
    else signedOnly(request, reply);
  };
  await withClient(script, {
    use: async (client) => {
      await assert.rejects(client.getOrders(), { code: 'read_forbidden' });
      assert.deepEqual(await client.getStocks(), []);
    },
  });
});

test('signed reads: a key that may not read learns the outcome from its own bytes', async () => {
  const sent: string[] = [];
  const script: Script = (request, reply) => {
    const { method, path, body } = request;
    if (path.startsWith('/v1/account/nonce/')) reply.json(200, { nonce: sent.length + 45 });
    else if (method === 'POST') {
      sent.push(body.toString());
      if (sent.length === 1) reply.reset();
      else reply.json(201, { type: 'cancel_orders', sequence: 7, nonce: 45, result: {} });
    } else if (isSigned(request)) reply.json(403, refusal('read_forbidden'));
    else signedOnly(request, reply);
  };
  await withClient(script, {
    options: { keyId: 1 },
    use: async (client) => {
      const doubt = await client.cancelOrders().catch((error) => error);
      assert.equal(doubt.name, 'OutcomeUnknownError');
      assert.equal((await doubt.resolve()).sequence, 7);
      assert.equal(sent.length, 2);
      assert.equal(sent[0], sent[1]);
    },
  });
});
