// Stopping: what is under way is answered, what never arrives holds nobody up, and a request that comes too
// late is refused in the shape of all refusals.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Exchange } from '../src/index.ts';
import { foundExchange, newSigner, type Served, serve, temporaryFolder } from './kit.ts';

/** A connection whose request never ends. */
async function halfRequest(served: Served): Promise<{ closed: Promise<void> }> {
  const { hostname, port } = new URL(served.url);
  const socket = connect(Number(port), hostname);
  const closed = new Promise<void>((done) => socket.once('close', () => done()));
  socket.on('error', () => undefined);
  await new Promise<void>((done) => socket.once('connect', () => done()));
  socket.write('POST /v1/trader/bid/put/ HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{"user');
  // A whole request behind it has been served, so this one has arrived.
  await served.time();
  return { closed };
}

test('stop: requests that never arrive whole are closed at once', async () => {
  await using served = await serve({ nodes: 2, node: { requestTimeoutMs: 600_000 } });
  const halves = await Promise.all(Array.from({ length: 6 }, () => halfRequest(served)));
  await served.stop();
  await Promise.all(halves.map(({ closed }) => closed));
});

test('stop: a request on an open connection is answered, or refused like any other', async () => {
  await using served = await serve({ nodes: 1 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await served.call('/v1/time/', { agent });
  const stopped = served.stop();
  const asked = await served.call<{ code?: string; detail?: string }>('/v1/time/', { agent }).then(
    (answer) => answer,
    () => undefined,
  );
  await stopped;
  agent.destroy();
  // The connection may have been closed first; an answer is the time or a refusal.
  if (asked !== undefined && asked.status !== 200) {
    assert.equal(asked.status, 503);
    assert.equal(asked.json.code, 'unavailable');
    assert.match(asked.json.detail ?? '', /^ERROR: /);
  }
});

test('start: of two exchanges that start at once on one port, one is refused', async () => {
  const free = await serve({ nodes: 1 });
  const port = Number(new URL(free.url).port);
  await free[Symbol.asyncDispose]();
  using first = temporaryFolder();
  using second = temporaryFolder();
  for (const { folder } of [first, second]) foundExchange(folder, { operator: newSigner() });
  const started = await Promise.allSettled(
    [first, second].map(({ folder }) =>
      Exchange.start({ folder, host: '127.0.0.1', port, nodes: 2 }),
    ),
  );
  const running = started.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const refused = started.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as { code: string }] : [],
  );
  await Promise.all(running.map((exchange) => exchange.stop()));
  assert.equal(running.length, 1);
  assert.deepEqual(
    refused.map(({ code }) => code),
    ['address_in_use'],
  );
});
