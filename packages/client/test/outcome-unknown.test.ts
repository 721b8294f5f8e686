// `OutcomeUnknownError.resolve()` against a peer that keeps the nonce rules.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { OutcomeUnknownError, PicostocksClient } from '@picostocks/client';
import { startPeer } from './support/http-peer.ts';
import { type Fault, NoncePeer, type NoncePeerOptions } from './support/nonce-peer.ts';
import { PRIVATE_KEY } from './support/vectors.ts';

const order = { stockId: 3, unitId: 2, quantity: '1', price: '0.05' };

interface Scene {
  readonly peer: NoncePeer;
  readonly client: PicostocksClient;
}

/** A peer whose first commands meet these faults, one each. */
async function scene(
  context: TestContext,
  faults: Fault[],
  options: Partial<NoncePeerOptions> = {},
): Promise<Scene> {
  const fault = () => faults.shift() ?? 'none';
  const peer = await NoncePeer.start({ userId: 19, nonce: 45, fault, ...options });
  context.after(() => peer.close());
  const { baseUrl } = peer;
  return { peer, client: new PicostocksClient({ baseUrl, userId: 19, privateKey: PRIVATE_KEY }) };
}

async function unknownOf(call: Promise<unknown>): Promise<OutcomeUnknownError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OutcomeUnknownError, String(error));
  return error;
}

test('resolve: a command that was lost is sent again, the very same bytes', async (context) => {
  const { peer, client } = await scene(context, ['lose']);
  const error = await unknownOf(client.putBid(order));
  const reply = (await error.resolve()) as { nonce: number };
  assert.equal(reply.nonce, 45);
  assert.equal(peer.posts, 2);
  assert.equal(peer.log.length, 1);
  assert.deepEqual(client.inDoubt, []);
});

test('resolve: a command that was sequenced is not sent again', async (context) => {
  const { peer, client } = await scene(context, ['lose_answer']);
  const error = await unknownOf(client.putBid(order));
  assert.deepEqual(await error.resolve(), peer.log[0]?.reply);
  assert.equal(peer.posts, 1);
});

test('resolve: a rejection is thrown as the call would have thrown it', async (context) => {
  const { client } = await scene(context, ['answer_504'], {});
  const first = await unknownOf(client.putBid(order));
  await first.resolve();
  const peer = await NoncePeer.start({ userId: 19, nonce: 45, fault: () => 'reject' });
  context.after(() => peer.close());
  const lost = await lostRejection(peer);
  const rejected = { name: 'RejectedError', code: 'insufficient_funds', nonce: 45, sequence: 1 };
  await assert.rejects(lost.resolve(), rejected);
});

/** The peer rejects, and the answer is lost between it and the client. */
function lostRejection(peer: NoncePeer): Promise<OutcomeUnknownError> {
  const client = new PicostocksClient({
    baseUrl: peer.baseUrl,
    userId: 19,
    privateKey: PRIVATE_KEY,
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (init.method === 'POST') throw new TypeError('lost');
      return response;
    },
  });
  return unknownOf(client.putBid(order));
}

test('resolve: other bytes with the nonce mean that this command never counts', async (context) => {
  const { peer, client } = await scene(context, ['lose']);
  const error = await unknownOf(client.putBid(order));
  const other = new PicostocksClient({
    baseUrl: peer.baseUrl,
    userId: 19,
    privateKey: PRIVATE_KEY,
  });
  await other.putAsk(order);
  await assert.rejects(error.resolve(), { name: 'RefusedError', code: 'nonce_used', status: 400 });
  assert.equal(peer.log.length, 1);
  await client.putBid(order);
  assert.equal(peer.log.at(-1)?.nonce, 46);
});

test('resolve: a nonce that a recovery has leaped over settles everything that was in doubt', async (context) => {
  const { peer, client } = await scene(context, ['lose_answer', 'lose', 'lose']);
  const calls = [client.putBid(order), client.putBid(order), client.cancelBid(order)];
  const errors = await Promise.all(calls.map(unknownOf));
  peer.restore(2 ** 32);
  for (const error of errors) {
    const settled = { name: 'RefusedError', code: 'nonce_skipped', status: 404 };
    await assert.rejects(error.resolve(), settled);
    // It stays so, and nothing was sent again.
    await assert.rejects(error.resolve(), settled);
  }
  assert.equal(peer.posts, 3);
  assert.deepEqual(client.inDoubt, []);
  await client.putBid(order);
  assert.deepEqual(
    peer.log.map(({ nonce }) => nonce),
    [45 + 2 ** 32],
  );
  assert.deepEqual(peer.violations, []);
});

test('resolve: commands that were waiting when the exchange was restored are signed anew', async (context) => {
  const { peer, client } = await scene(context, []);
  await client.putBid(order);
  peer.restore(2 ** 32);
  await Promise.all([client.putBid(order), client.putAsk(order)]);
  assert.deepEqual(
    peer.log.map(({ nonce }) => nonce),
    [45 + 2 ** 32, 46 + 2 ** 32],
  );
});

test('resolve: 429 and 503 say nothing of the earlier send', async (context) => {
  const { peer, client } = await scene(context, ['late', 'refuse_503', 'refuse_429']);
  let error = await unknownOf(client.putBid(order));
  error = await unknownOf(error.resolve());
  assert.equal((error.cause as { code?: string }).code, 'unavailable');
  error = await unknownOf(error.resolve());
  assert.equal((error.cause as { code?: string }).code, 'rate_limited');
  assert.deepEqual(client.inDoubt, [error]);
  peer.flush();
  assert.deepEqual(await error.resolve(), peer.log[0]?.reply);
  assert.equal(peer.log.length, 1);
  assert.deepEqual(peer.violations, []);
});

test('resolve: what a key signed that is gone since never counts, and that is an end', async (context) => {
  const { peer, client } = await scene(context, ['lose', 'refuse_401']);
  const error = await unknownOf(client.putBid(order));
  await assert.rejects(error.resolve(), { name: 'RefusedError', code: 'key_not_current' });
  assert.deepEqual(client.inDoubt, []);
  assert.equal(peer.log.length, 0);
});

test('resolve: a read that fails leaves it unknown', async (context) => {
  let readsFail = false;
  const { client } = await scene(context, ['lose'], { readFault: () => readsFail });
  const error = await unknownOf(client.putBid(order));
  readsFail = true;
  const again = await unknownOf(error.resolve());
  readsFail = false;
  await again.resolve();
});

test('resolve: two at once are one', async (context) => {
  const { peer, client } = await scene(context, ['lose']);
  const error = await unknownOf(client.putBid(order));
  const [first, second] = await Promise.all([error.resolve(), error.resolve()]);
  assert.equal(first, second);
  assert.equal(peer.posts, 2);
});

test('resolve: what waits behind it goes on', async (context) => {
  const { peer, client } = await scene(context, ['lose']);
  const first = client.putBid(order);
  const second = client.putAsk(order);
  const error = await unknownOf(first);
  await error.resolve();
  await second;
  assert.deepEqual(
    peer.log.map(({ nonce }) => nonce),
    [45, 46],
  );
});

/** The faults that the sends under each nonce meet, one each. */
function faultsByNonce(faults: Record<number, Fault[]>): (nonce: number) => Fault {
  return (nonce) => faults[nonce]?.shift() ?? 'none';
}

test('resolve: a gap below is filled with a noop, or its turn would never come', async (context) => {
  const fault = faultsByNonce({ 45: ['refuse_503', 'lose_answer'], 46: ['lose'] });
  const { peer, client } = await scene(context, [], { fault });
  const refused = client.putBid(order);
  const unknown = unknownOf(client.putAsk(order));
  await assert.rejects(refused, { code: 'unavailable' });
  await (await unknown).resolve();
  assert.equal(peer.log.length, 2);
  assert.match(peer.log[0]?.message ?? '', /"nonce":45,.*"type":"noop"/);
  assert.match(peer.log[1]?.message ?? '', /^ASK:/);
  assert.deepEqual(client.inDoubt, []);
  assert.deepEqual(peer.violations, []);
});

test('resolve: a noop that is lost itself is sent again by the next try', async (context) => {
  const fault = faultsByNonce({ 45: ['refuse_503', 'lose'], 46: ['lose'] });
  const { peer, client } = await scene(context, [], { fault, waitMs: 50 });
  const refused = client.putBid(order);
  const unknown = unknownOf(client.putAsk(order));
  await assert.rejects(refused, { code: 'unavailable' });
  const again = await unknownOf((await unknown).resolve());
  assert.equal((again.cause as { code?: string }).code, 'nonce_ahead');
  assert.deepEqual(
    client.inDoubt.map(({ nonce }) => nonce),
    [45, 46],
  );
  await again.resolve();
  assert.equal(peer.log.length, 2);
  assert.deepEqual(peer.violations, []);
});

test('resolve: a command given up behind one in doubt names it', async (context) => {
  const { peer, client } = await scene(context, ['lose'], { waitMs: 1 });
  const error = await unknownOf(client.putBid(order));
  await assert.rejects(client.putAsk(order), (refused: Error & { code: string }) => {
    assert.equal(refused.code, 'nonce_ahead');
    assert.equal(refused.cause, error);
    return true;
  });
  await error.resolve();
  await client.putAsk(order);
  assert.equal(peer.log.length, 2);
  assert.deepEqual(peer.violations, []);
});

test('resolve: a later command that lands settles the nonce in doubt', async (context) => {
  const { client } = await scene(context, ['lose_answer']);
  const error = await unknownOf(client.putBid(order));
  await client.putAsk(order);
  assert.deepEqual(client.inDoubt, []);
  await error.resolve();
});

test('resolve: a registration is simply sent again', async (context) => {
  let posts = 0;
  const peer = await startPeer((_, reply) => {
    posts += 1;
    if (posts === 1) reply.reset();
    else reply.json(201, { user_id: 19, nonce: 45 });
  });
  context.after(() => peer.close());
  const { baseUrl } = peer;
  const error = await unknownOf(PicostocksClient.register({ baseUrl, privateKey: PRIVATE_KEY }));
  assert.equal(error.nonce, undefined);
  assert.deepEqual(await error.resolve(), { user_id: 19, nonce: 45 });
});
