// Many commands at once, against a peer that keeps the nonce rules and watches for two messages under
// one nonce. The random tests print their seed; PICOSTOCKS_SEED=… repeats one.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  OutcomeUnknownError,
  PicostocksClient,
  type PicostocksError,
  RefusedError,
  RejectedError,
  TransportError,
} from '@picostocks/client';
import { type Carrier, NonceQueue } from '../src/nonce-queue.ts';
import type { SignedCommand } from '../src/signed-command.ts';
import { type Fault, NoncePeer, type NoncePeerOptions } from './support/nonce-peer.ts';
import { type Random, randomFor } from './support/random.ts';
import { PRIVATE_KEY } from './support/vectors.ts';

const FIRST_NONCE = 123_456_789_012_345;

async function peerFor(
  context: TestContext,
  options: Partial<NoncePeerOptions> = {},
): Promise<NoncePeer> {
  const peer = await NoncePeer.start({ userId: 19, nonce: FIRST_NONCE, ...options });
  context.after(() => peer.close());
  return peer;
}

function clientOf({ baseUrl }: NoncePeer): PicostocksClient {
  return new PicostocksClient({ baseUrl, userId: 19, privateKey: PRIVATE_KEY });
}

/** The order with this number: each has a quantity of its own, so that it can be told in the log. */
function orderOf(number: number) {
  return { stockId: 3, unitId: 2, quantity: quantityOf(number), price: '0.05' };
}

function quantityOf(number: number): string {
  return `${number + 1}.000000000000000000`;
}

/** How the calls that failed did, without those that did not. */
function codesOf(results: PromiseSettledResult<unknown>[]): string[] {
  return results
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => (reason as PicostocksError).code);
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

test('nonce queue: 100 orders at once all land, in the order of the calls', async (context) => {
  const random = randomFor(context, 'overtaking');
  // Requests overtake each other on the way, so most have to wait for their turn.
  const peer = await peerFor(context, { holdUntil: 50, delay: () => Math.floor(random() * 20) });
  const client = clientOf(peer);
  const replies = await Promise.all(numbersTo(100).map((number) => client.putBid(orderOf(number))));
  assert.deepEqual(
    replies.map(({ quantity }) => quantity),
    numbersTo(100).map(quantityOf),
  );
  assert.deepEqual(
    peer.log.map(({ body }) => body.quantity),
    numbersTo(100).map(quantityOf),
  );
  assert.equal(peer.log[0]?.nonce, FIRST_NONCE);
  assert.equal(peer.nonceReads, 1);
  assert.equal(peer.posts, 100);
  assert.equal(peer.inFlightMax, 50);
});

test('nonce queue: requests leave in the order of their nonces, however long signing takes', async () => {
  const sent: number[] = [];
  const carrier: Carrier = {
    readNonce: () => Promise.resolve(1),
    send: ({ nonce }) => {
      sent.push(nonce);
      return Promise.resolve({ kind: 'applied', reply: nonce });
    },
    find: () => assert.fail(),
  };
  const sign = async (nonce: number): Promise<SignedCommand> => {
    for (let turns = nonce; turns < 20; turns += 1) await Promise.resolve();
    return { nonce, path: '', headers: {}, body: '', message: new Uint8Array() };
  };
  const queue = new NonceQueue({ carrier, signNoop: sign });
  await Promise.all(numbersTo(20).map(() => queue.run(sign)));
  assert.deepEqual(
    sent,
    numbersTo(20).map((number) => number + 1),
  );
});

test('nonce queue: the peer notices two messages under one nonce', async (context) => {
  // The canary of all tests below: a client that is broken on purpose.
  const faults: Fault[] = ['lose'];
  const peer = await peerFor(context, { fault: () => faults.shift() ?? 'none' });
  await assert.rejects(clientOf(peer).putBid(orderOf(0)), { code: 'outcome_unknown' });
  await clientOf(peer).putBid(orderOf(1));
  assert.equal(peer.violations.length, 1);
});

test('nonce queue: two clients with one key share its nonces', async (context) => {
  const peer = await peerFor(context);
  const clients = [clientOf(peer), clientOf(peer)];
  await Promise.all(numbersTo(40).map((number) => clients[number % 2]?.putBid(orderOf(number))));
  const landed = new Set(peer.log.map(({ body }) => body.quantity));
  assert.equal(peer.log.length, 40);
  assert.equal(landed.size, 40);
});

test('nonce queue: the gap of a refused command is filled by the next', async (context) => {
  // Nothing ever gives up waiting here: only a filled gap lets the others go on.
  const faults: Fault[] = ['none', 'none', 'refuse_503'];
  const peer = await peerFor(context, { fault: () => faults.shift() ?? 'none' });
  const client = clientOf(peer);
  const results = await Promise.allSettled(
    numbersTo(60).map((number) => client.putBid(orderOf(number))),
  );
  assert.deepEqual(codesOf(results), ['unavailable']);
  assert.equal(peer.log.length, 59);
  assert.deepEqual(peer.violations, []);
});

test('nonce queue: a gap that no other command fills is filled with a noop', async (context) => {
  // Nothing ever gives up waiting here either.
  const faults: Record<number, Fault[]> = { [FIRST_NONCE + 2]: ['refuse_404'] };
  const fault = (nonce: number) => faults[nonce]?.shift() ?? 'none';
  const peer = await peerFor(context, { fault, holdUntil: 10 });
  const client = clientOf(peer);
  const results = await Promise.allSettled(
    numbersTo(10).map((number) => client.putBid(orderOf(number))),
  );
  assert.deepEqual(codesOf(results), ['market_not_found']);
  assert.equal(peer.log.length, 10);
  assert.equal(peer.log.filter(({ message }) => message.includes('"noop"')).length, 1);
  assert.deepEqual(peer.violations, []);
});

test('nonce queue: a noop that is lost holds nobody up', async (context) => {
  const faults: Record<number, Fault[]> = { [FIRST_NONCE + 2]: ['refuse_404', 'lose'] };
  const fault = (nonce: number) => faults[nonce]?.shift() ?? 'none';
  const peer = await peerFor(context, { fault, holdUntil: 10, waitMs: 5 });
  const client = clientOf(peer);
  const results = await Promise.allSettled(
    numbersTo(10).map((number) => client.putBid(orderOf(number))),
  );
  assert.deepEqual(codesOf(results), ['market_not_found']);
  assert.equal(peer.log.length, 10);
  assert.deepEqual(client.inDoubt, []);
  assert.deepEqual(peer.violations, []);
});

test('nonce queue: commands given up behind a gap are sent again once a noop fills it', async (context) => {
  const faults: Record<number, Fault[]> = { [FIRST_NONCE]: ['refuse_503'] };
  const fault = (nonce: number) => faults[nonce]?.shift() ?? 'none';
  const peer = await peerFor(context, { fault, holdUntil: 20, waitMs: 5 });
  const client = clientOf(peer);
  const results = await Promise.allSettled(
    numbersTo(20).map((number) => client.putBid(orderOf(number))),
  );
  assert.deepEqual(codesOf(results), ['unavailable']);
  assert.equal(peer.log.filter(({ message }) => message.includes('"noop"')).length, 1);
  assert.deepEqual(
    peer.log.slice(1).map(({ nonce, body }) => [nonce, body.quantity]),
    numbersTo(19).map((number) => [FIRST_NONCE + 1 + number, quantityOf(number + 1)]),
  );
  assert.deepEqual(peer.violations, []);
  assert.deepEqual(peer.signedTwice, []);
});

test('nonce queue: nonces that somebody else used are passed over', async (context) => {
  const peer = await peerFor(context);
  const client = clientOf(peer);
  await client.putBid(orderOf(0));
  peer.skip(1000);
  await Promise.all(numbersTo(10).map((number) => client.putBid(orderOf(number + 1))));
  assert.equal(peer.log.length, 11);
  assert.equal(peer.nonceReads, 1);
});

test('nonce queue: an exchange that began anew is counted anew', async (context) => {
  const peer = await peerFor(context);
  const client = clientOf(peer);
  await client.putBid(orderOf(0));
  peer.skip(-1_000_000);
  await Promise.all(numbersTo(60).map((number) => client.putBid(orderOf(number + 1))));
  assert.equal(peer.log.length, 61);
  assert.equal(peer.nonceReads, 3, 'at first, to see that it began anew, and to begin anew');
});

test('nonce queue: a key that is always refused fails every command and never hangs', async (context) => {
  const peer = await peerFor(context, { fault: () => 'refuse_429' });
  const client = clientOf(peer);
  const calls = numbersTo(120).map((number) => client.putBid(orderOf(number)));
  for (const result of await Promise.allSettled(calls)) {
    assert.ok(result.status === 'rejected');
    assert.equal((result.reason as PicostocksError).code, 'rate_limited');
  }
  assert.equal(peer.posts, 120);
});

test('nonce queue: if the first nonce cannot be read all fail unsent, and the next call asks again', async (context) => {
  let fails = true;
  const peer = await peerFor(context, { readFault: () => fails });
  const client = clientOf(peer);
  const results = await Promise.allSettled(
    numbersTo(5).map((number) => client.putBid(orderOf(number))),
  );
  for (const result of results) {
    assert.ok(result.status === 'rejected' && result.reason instanceof TransportError);
    assert.equal(result.reason.sent, false, 'the read was sent, the command was not');
  }
  assert.equal(peer.posts, 0);
  fails = false;
  await client.putBid(orderOf(9));
  assert.equal(peer.log.length, 1);
});

test('nonce queue: what is aborted while it waits in the client leaves no gap', async (context) => {
  const controller = new AbortController();
  const peer = await peerFor(context, { delay: () => 1 });
  const client = clientOf(peer);
  const { signal } = controller;
  const calls = numbersTo(80).map((number) =>
    client.putBid(number < 60 ? orderOf(number) : { ...orderOf(number), signal }),
  );
  const settled = Promise.allSettled(calls);
  await calls[0];
  controller.abort();
  const results = await settled;
  for (const [number, result] of results.entries()) {
    if (number < 60) assert.equal(result.status, 'fulfilled');
    else if (result.status === 'rejected' && result.reason instanceof TransportError) {
      assert.equal(result.reason.sent, false);
      assert.ok(!peer.log.some(({ body }) => body.quantity === quantityOf(number)));
    }
  }
});

test('nonce queue: when all within reach are in doubt it asks, and says what to do', async (context) => {
  const peer = await peerFor(context, { fault: () => 'lose' });
  const client = clientOf(peer);
  const calls = numbersTo(150).map((number) => client.putBid(orderOf(number)));
  const codes = (await Promise.allSettled(calls)).map((result) => {
    assert.ok(result.status === 'rejected');
    return (result.reason as PicostocksError).code;
  });
  assert.equal(codes.filter((code) => code === 'outcome_unknown').length, 101);
  assert.equal(codes.filter((code) => code === 'queue_full').length, 49);
  assert.equal(client.inDoubt.length, 101);
  assert.deepEqual(peer.violations, []);
});

// --- Random faults -------------------------------------------------------------------------------

const FAULTS: Fault[] = [
  'refuse_503',
  'refuse_429',
  'refuse_404',
  'lose',
  'late',
  'lose_answer',
  'answer_504',
  'answer_garbage',
  'reject',
];

function randomFault(random: Random, rate: number): Fault {
  if (random() >= rate) return 'none';
  return FAULTS[Math.floor(random() * FAULTS.length)] ?? 'none';
}

/** Resolves until something certain is known. */
async function certain(call: Promise<unknown>): Promise<unknown> {
  let outcome = call;
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      await outcome;
      return undefined;
    } catch (error) {
      if (!(error instanceof OutcomeUnknownError)) return error;
      outcome = error.resolve();
    }
  }
  return outcome.catch((error: unknown) => error);
}

for (const run of numbersTo(8)) {
  // Goal: whatever fails, no second message goes out under the nonce of a first that may still
  // count, no order gets a second nonce before its first is used, and what the client finally says of
  // each order is what the log holds.
  // Method: 150 orders at once; a quarter of all requests meets a fault, late arrivals included;
  // every unknown outcome is resolved until it is certain; then all that is late arrives.
  test(`nonce queue: random faults, run ${run}: the client says what the log holds`, async (context) => {
    const random = randomFor(context, `faults ${run}`);
    const peer: NoncePeer = await peerFor(context, {
      fault: () => randomFault(random, 0.25),
      // The first read is spared, or a run would be over before it began.
      readFault: () => peer.posts > 0 && random() < 0.1,
      delay: () => Math.floor(random() * 10),
      waitMs: 5,
    });
    const client = clientOf(peer);
    const errors = await Promise.all(
      numbersTo(150).map((number) => certain(client.putBid(orderOf(number)))),
    );
    peer.flush();
    assert.deepEqual(peer.violations, []);
    assert.deepEqual(peer.signedTwice, []);
    for (const [number, error] of errors.entries()) {
      const entries = peer.log.filter(({ body }) => body.quantity === quantityOf(number));
      const statuses = entries.map(({ status }) => status);
      if (error === undefined) assert.deepEqual(statuses, [201], `order ${number} landed once`);
      else if (error instanceof RejectedError) assert.deepEqual(statuses, [400]);
      else {
        const isCertain = error instanceof RefusedError || error instanceof TransportError;
        assert.ok(isCertain, String(error));
        assert.deepEqual(statuses, [], `order ${number} was refused: ${error.code}`);
      }
    }
    context.diagnostic(`${peer.log.length} sequenced of 150, ${peer.posts} sent`);
  });
}

test('nonce queue: a doubt about a command that has expired is settled by a noop', async () => {
  // Found by the simulation: the exchange refuses expired bytes at the door, so asking with them again
  // answers nothing, and everything behind their nonce would wait for ever.
  const unsure = new TransportError('timeout', { sent: true });
  const expired = new RefusedError({ code: 'expired', status: 400 });
  const sent: string[] = [];
  const used = new Map<number, string>();
  const carrier: Carrier = {
    readNonce: () => Promise.resolve(1 + used.size),
    send: async ({ nonce, path }) => {
      sent.push(`${path} ${nonce}`);
      if (path === 'order') return { kind: 'unknown', cause: unsure };
      used.set(nonce, path);
      return { kind: 'applied', reply: path };
    },
    find: async ({ nonce }) =>
      used.has(nonce)
        ? { kind: 'refused', error: new RefusedError({ code: 'nonce_used', status: 400 }) }
        : { kind: 'unknown', cause: expired },
  };
  const sign = (path: string) => async (nonce: number) => ({ ...BARE, nonce, path });
  const queue = new NonceQueue({ carrier, signNoop: sign('noop') });
  const doubt = await queue.run(sign('order')).catch((error: unknown) => error);
  assert(doubt instanceof OutcomeUnknownError);
  await assert.rejects(doubt.resolve(), { code: 'nonce_used' });
  assert.deepEqual(sent, ['order 1', 'noop 1']);
  assert.deepEqual(queue.doubts, []);
  assert.equal(await queue.run(sign('next')), 'next');
});

test('nonce queue: that a resend did not leave says nothing of the send before it', async () => {
  const ahead = new RefusedError({ code: 'nonce_ahead', status: 400, nonce: 1 });
  const unsent = new TransportError('aborted', { sent: false });
  const outcomes = [ahead, unsent];
  const carrier: Carrier = {
    readNonce: () => Promise.resolve(1),
    send: () => Promise.resolve({ kind: 'refused', error: outcomes.shift() ?? unsent }),
    find: () => Promise.resolve({ kind: 'applied', reply: 'found' }),
  };
  const sign = async (nonce: number) => ({ ...BARE, nonce, path: 'withdrawal' });
  const queue = new NonceQueue({ carrier, signNoop: sign });
  const doubt = await queue.run(sign).catch((error: unknown) => error);
  assert(doubt instanceof OutcomeUnknownError);
  assert.equal(doubt.cause, unsent);
  assert.equal(await doubt.resolve(), 'found');
});

test('nonce queue: a refusal as ahead that names no nonce does not begin anew', async () => {
  const ahead = new RefusedError({ code: 'nonce_ahead', status: 400 });
  const sent: number[] = [];
  const carrier: Carrier = {
    readNonce: () => Promise.resolve(7),
    send: ({ nonce }) => {
      sent.push(nonce);
      return Promise.resolve(
        sent.length < 3 ? { kind: 'refused', error: ahead } : { kind: 'applied', reply: nonce },
      );
    },
    find: () => assert.fail(),
  };
  const sign = async (nonce: number) => ({ ...BARE, nonce, path: 'order' });
  assert.equal(await new NonceQueue({ carrier, signNoop: sign }).run(sign), 7);
  assert.deepEqual(sent, [7, 7, 7]);
});

const BARE = { headers: {}, body: '', message: new Uint8Array(0) };
