// Every method that signs an envelope: what travels, as the exchange decodes it.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { generateKey, PicostocksClient, proveKey } from '@picostocks/client';
import { decodeEnvelope, type EnvelopeCommand, SIGNATURE_HEADER } from '@picostocks/protocol';
import { type PeerRequest, type Script, startPeer } from './support/http-peer.ts';
import { PRIVATE_KEY, PUBLIC_KEY } from './support/vectors.ts';

const EXCHANGE = '0123456789abcdef'.repeat(2);
const ONE = 10n ** 18n;

const script: Script = ({ method, path }, reply) => {
  if (path === '/v1/time/')
    reply.json(200, { exchange: EXCHANGE, milliseconds: 1_790_000_000_000 });
  else if (method === 'GET') reply.json(200, { nonce: 45 });
  else reply.json(201, { sequence: 7, nonce: 45, result: {} });
};

/** What the exchange reads in the one command that the call sent. */
async function commandOf(
  call: (client: PicostocksClient) => Promise<unknown>,
  options: { readonly keyId?: number } = {},
): Promise<{ command: EnvelopeCommand; requests: readonly PeerRequest[] }> {
  const peer = await startPeer(script);
  const { baseUrl, requests } = peer;
  try {
    await call(new PicostocksClient({ baseUrl, userId: 19, privateKey: PRIVATE_KEY, ...options }));
  } finally {
    await peer.close();
  }
  const posts = requests.filter(({ method }) => method === 'POST');
  assert.equal(posts.length, 1);
  const [post] = posts;
  assert.ok(post !== undefined && post.path === '/v1/commands/');
  assert.ok(verifies(post.body, { signature: post.headers[SIGNATURE_HEADER], key: PUBLIC_KEY }));
  const command = decodeEnvelope(post.body);
  assert.ok(command.type !== 'undecodable', post.body.toString());
  return { command, requests };
}

function verifies(
  message: string | Buffer,
  { signature, key }: { readonly signature: unknown; readonly key: string },
): boolean {
  const der = Buffer.from(`302a300506032b6570032100${key}`, 'hex');
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, Buffer.from(message), publicKey, Buffer.from(String(signature), 'hex'));
}

const market = { stockId: 3, unitId: 2 };

const CASES: readonly [
  type: string,
  call: (client: PicostocksClient) => Promise<unknown>,
  params: object,
][] = [
  [
    'place_order',
    (client) => client.placeOrder({ ...market, side: 'bid', quantity: '1', price: '0.5' }),
    { ...market, side: 'bid', quantity: ONE, price: ONE / 2n },
  ],
  [
    'place_order',
    (client) =>
      client.placeOrder({
        ...market,
        side: 'ask',
        quantity: '2',
        price: '3',
        goodUntil: new Date(1_800_000_000_000),
        clientOrderId: 'grid-17',
      }),
    {
      ...market,
      side: 'ask',
      quantity: 2n * ONE,
      price: 3n * ONE,
      timeInForce: 'gtt',
      goodUntil: 1_800_000_000_000_000,
      clientOrderId: 'grid-17',
    },
  ],
  [
    'place_order',
    (client) =>
      client.placeOrder({
        ...market,
        side: 'ask',
        quantity: '2',
        type: 'market',
        timeInForce: 'fok',
      }),
    { ...market, side: 'ask', quantity: 2n * ONE, type: 'market', timeInForce: 'fok' },
  ],
  [
    'amend_order',
    (client) => client.amendOrder({ orderId: 7, quantity: '0.5' }),
    { orderId: 7, quantity: ONE / 2n },
  ],
  [
    'cancel_order',
    (client) => client.cancelOrder({ clientOrderId: 'grid-17' }),
    { clientOrderId: 'grid-17' },
  ],
  [
    'cancel_at_price',
    (client) => client.cancelAtPrice({ ...market, side: 'ask', quantity: '1', price: '2' }),
    { ...market, side: 'ask', quantity: ONE, price: 2n * ONE },
  ],
  ['cancel_orders', (client) => client.cancelOrders(), {}],
  [
    'cancel_orders',
    (client) => client.cancelOrders({ ...market, side: 'bid' }),
    { ...market, side: 'bid' },
  ],
  [
    'batch',
    (client) =>
      client.batch({
        operations: [
          { operation: 'cancel_orders', ...market },
          { operation: 'amend_order', orderId: 7, price: '2' },
          { operation: 'place_order', ...market, side: 'bid', quantity: '1', price: '1' },
        ],
      }),
    {
      operations: [
        { type: 'cancel_orders', params: market },
        { type: 'amend_order', params: { orderId: 7, price: 2n * ONE } },
        { type: 'place_order', params: { ...market, side: 'bid', quantity: ONE, price: ONE } },
      ],
    },
  ],
  ['cancel_after', (client) => client.cancelAfter({ seconds: 60 }), { seconds: 60 }],
  ['revoke_key', (client) => client.revokeKey({ revokedKeyId: 1 }), { revokedKeyId: 1 }],
  [
    'transfer',
    (client) => client.transfer({ toUser: 20, stockId: 2, quantity: '1' }),
    { toUser: 20, stockId: 2, quantity: ONE },
  ],
  ['request_address', (client) => client.requestAddress({ stockId: 2 }), { stockId: 2 }],
  [
    'request_withdrawal',
    (client) =>
      client.requestWithdrawal({ stockId: 2, quantity: '1', address: 'bc1q', memo: 'née' }),
    { stockId: 2, quantity: ONE, address: 'bc1q', memo: 'née' },
  ],
  [
    'cancel_withdrawal',
    (client) => client.cancelWithdrawal({ withdrawalId: 4 }),
    { withdrawalId: 4 },
  ],
];

for (const [index, [type, call, params]] of CASES.entries()) {
  test(`commands: ${type} travels as the exchange reads it (${index})`, async () => {
    const { command } = await commandOf(call);
    assert.equal(command.type, type);
    assert.deepEqual(command.params, params);
  });
}

test('commands: addKey and rotateKey prove that the new key is held', async () => {
  const { privateKey, publicKey } = await generateKey();
  const text = `KEY:${EXCHANGE}:19:${publicKey}`;
  const added = await commandOf((client) =>
    client.addKey({ privateKey, scopes: ['trade', 'read'] }),
  );
  assert.ok(added.command.type === 'add_key');
  const { proof, ...params } = added.command.params;
  assert.deepEqual(params, { publicKey, scopes: ['trade', 'read'] });
  assert.ok(verifies(text, { signature: proof, key: publicKey }));

  const elsewhere = await proveKey({ exchange: EXCHANGE, userId: 19, privateKey });
  assert.deepEqual(elsewhere, { publicKey, proof });
  const rotated = await commandOf((client) => client.rotateKey(elsewhere), { keyId: 3 });
  assert.deepEqual(rotated.command.params, { rotatedKeyId: 3, publicKey, proof });
});

test('commands: a further key has its own number and its own nonces', async () => {
  const { command, requests } = await commandOf((client) => client.cancelOrders(), { keyId: 3 });
  assert.equal(command.keyId, 3);
  const paths = requests.map(({ path }) => path);
  assert.deepEqual(paths.toSorted(), [
    '/v1/account/nonce/19/?key_id=3',
    '/v1/commands/',
    '/v1/time/',
  ]);
});

test('commands: what does not fit is said before anything is sent', async () => {
  const peer = await startPeer(script);
  const { baseUrl } = peer;
  const access = { baseUrl, userId: 19, privateKey: PRIVATE_KEY };
  const client = new PicostocksClient(access);
  const bid = { ...market, side: 'bid', quantity: '1', price: '1' } as const;
  const refused: [call: () => Promise<unknown>, argument: string][] = [
    [() => client.placeOrder({ ...bid, quantity: '1e3' }), 'quantity'],
    [() => client.placeOrder({ ...market, side: 'bid', quantity: '1' }), 'params'],
    [() => client.placeOrder({ ...bid, type: 'market', timeInForce: 'gtc' }), 'params'],
    [() => client.placeOrder({ ...bid, clientOrderId: 'two words' }), 'params'],
    [() => client.placeOrder({ ...bid, goodUntil: 0.5 }), 'goodUntil'],
    [() => client.amendOrder({ orderId: 7 }), 'params'],
    [() => client.cancelOrder({} as never), 'params'],
    [() => client.cancelOrders({ stockId: 3 }), 'params'],
    [() => client.batch({ operations: [] }), 'params'],
    [() => client.batch({ operations: [{ operation: 'noop' } as never] }), 'operations[0]'],
    [() => client.batch({ operations: [{ operation: 'amend_order', orderId: 7 }] }), 'params'],
    [() => client.cancelAfter({ seconds: 9 }), 'params'],
    [() => client.requestWithdrawal({ stockId: 2, quantity: '1', address: 'a\u0000' }), 'params'],
    [
      () => client.transfer({ toUser: 20, stockId: 2, quantity: '1', memo: 'é'.repeat(33) }),
      'params',
    ],
    [() => new PicostocksClient({ ...access, keyId: 1 }).putBid({ ...bid }), 'keyId'],
  ];
  for (const [call, argument] of refused) {
    await assert.rejects(call(), { name: 'InvalidArgumentError', argument }, call.toString());
  }
  assert.equal(peer.requests.length, 0);
  await peer.close();
});
