import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { PicostocksClient } from '@picostocks/client';
import { decodeEnvelope, SIGNATURE_HEADER } from '@picostocks/protocol';
import { type HttpPeer, type PeerRequest, type Script, startPeer } from './support/http-peer.ts';
import { PRIVATE_KEY, PUBLIC_KEY } from './support/vectors.ts';

const EXCHANGE = '0123456789abcdef'.repeat(2);
const NOW_MS = 1_790_000_000_000;

const script: Script = ({ method, path }, reply) => {
  if (path === '/v1/time/') reply.json(200, { exchange: EXCHANGE, milliseconds: NOW_MS });
  else if (method === 'GET') reply.json(200, { nonce: 45 });
  else if (path === '/v1/account/register/') reply.json(201, { user_id: 19, nonce: 45 });
  else reply.json(201, { sequence: 7, nonce: 45 });
};

/** Runs the call against a peer and answers the POST that came of it. */
async function postOf(call: (client: PicostocksClient) => Promise<unknown>): Promise<PeerRequest> {
  const peer = await startPeer(script);
  try {
    await call(
      new PicostocksClient({ baseUrl: peer.baseUrl, userId: 19, privateKey: PRIVATE_KEY }),
    );
    return lastPost(peer);
  } finally {
    await peer.close();
  }
}

function lastPost({ requests }: HttpPeer): PeerRequest {
  const post = requests.findLast(({ method }) => method === 'POST');
  assert.ok(post);
  return post;
}

function verifies(message: string | Buffer, signature: unknown): boolean {
  const der = Buffer.from(`302a300506032b6570032100${PUBLIC_KEY}`, 'hex');
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, Buffer.from(message), key, Buffer.from(String(signature), 'hex'));
}

const order = { stockId: 3, unitId: 2, quantity: '0.035', price: '1000000000' };

const ORDERS = [
  ['putAsk', 'ASK', '/v1/trader/ask/put/'],
  ['putBid', 'BID', '/v1/trader/bid/put/'],
  ['cancelAsk', 'CANCELASK', '/v1/trader/ask/cancel/'],
  ['cancelBid', 'CANCELBID', '/v1/trader/bid/cancel/'],
] as const;

for (const [method, verb, path] of ORDERS) {
  test(`signing: ${method} signs the published text, amounts with 18 decimals`, async () => {
    const post = await postOf((client) => client[method](order));
    const { signature, ...body } = JSON.parse(post.body.toString());
    assert.equal(post.path, path);
    assert.equal(post.headers['content-type'], 'application/json');
    assert.deepEqual(body, {
      user_id: 19,
      stock_id: 3,
      quantity: '0.035000000000000000',
      unit_id: 2,
      price: '1000000000.000000000000000000',
      nonce: 45,
    });
    const text = `${verb}:19:3:0.035000000000000000:2:1000000000.000000000000000000:45`;
    assert.ok(verifies(text, signature));
    assert.ok(!verifies(text.replace(':45', ':46'), signature));
  });
}

test('signing: an envelope is signed as its raw bytes, and the exchange can read it', async () => {
  const transfer = { toUser: 20, stockId: 2, quantity: '0.5', memo: 'rent, “née”' };
  const post = await postOf((client) => client.transfer(transfer));
  assert.equal(post.path, '/v1/commands/');
  assert.ok(verifies(post.body, post.headers[SIGNATURE_HEADER]));
  const command = decodeEnvelope(post.body);
  assert.equal(command.type, 'transfer');
  assert.ok(command.type === 'transfer');
  assert.equal(command.exchange, EXCHANGE);
  assert.equal(command.userId, 19);
  assert.equal(command.keyId, 0);
  assert.equal(command.nonce, 45);
  assert.deepEqual(command.params, {
    toUser: 20,
    stockId: 2,
    quantity: 5n * 10n ** 17n,
    memo: 'rent, “née”',
  });
  // The clock of the exchange counts, wherever that of this machine stands.
  assert.ok(command.expires >= (NOW_MS + 60_000) * 1000);
  assert.match(post.body.toString(), /"quantity":"0\.500000000000000000"/);
});

test('signing: operator commands take the same way', async () => {
  const params = { stock_id: 15, unit_id: 2, tick: '0.0001', status: 'halted' } as const;
  const post = await postOf((client) => client.sendCommand('list_market', params));
  const command = decodeEnvelope(post.body);
  assert.ok(command.type === 'list_market');
  assert.equal(command.params.tick, 10n ** 14n);
});

test('signing: register proves that the key is held', async () => {
  const peer = await startPeer(script);
  const { baseUrl } = peer;
  const reply = await PicostocksClient.register({ baseUrl, privateKey: PRIVATE_KEY });
  assert.deepEqual(reply, { user_id: 19, nonce: 45 });
  const { public_key, signature } = JSON.parse(lastPost(peer).body.toString());
  assert.equal(public_key, PUBLIC_KEY);
  assert.ok(verifies(`REGISTER:${PUBLIC_KEY}`, signature));
  await peer.close();
});

test('signing: a key whose public half is wrong sends nothing', async () => {
  const peer = await startPeer(script);
  const privateKey = PRIVATE_KEY + '00'.repeat(32);
  const client = new PicostocksClient({ baseUrl: peer.baseUrl, userId: 19, privateKey });
  await assert.rejects(client.putAsk(order), { argument: 'privateKey' });
  await assert.rejects(client.sendCommand('noop', {}), { argument: 'privateKey' });
  assert.equal(peer.requests.length, 0);
  await peer.close();
});
