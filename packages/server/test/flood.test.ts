// A stranger knows a user's id and every old signed message: both are public. A flood of requests in the
// user's name (unsigned, wrongly signed, replayed, waiting for a nonce that he cannot sign) must not keep
// the user from his own cancels: before the signature check nothing of the user's is taken.
//
// Nothing here looks at the clock: the flood is kept full until the user has done, and while one of his
// cancels waits, only so many requests of the flood may be answered before it.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { after, before, test } from 'node:test';
import type { CancelReply, ErrorReply } from '@picostocks/protocol';
import {
  type Answer,
  form,
  json,
  type Served,
  type SignedOrder,
  serve,
  type Trader,
} from './kit.ts';

const FLOOD_CONNECTIONS = 64;
/**
 * In a fair queue one request of each connection is served before the cancel. The other node goes on while
 * a busy machine lets this one wait, so half of the cancels may be overtaken by more; cancels that were held
 * up till their deadline would all let ten times as many pass.
 */
const OVERTAKEN_MAX = 100 * FLOOD_CONNECTIONS;
const CANCELS = 25;

let served: Served;
before(async () => {
  served = await serve({ nodes: 2 });
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

interface Flood {
  readonly answered: () => number;
  /** Ends the flood; how often each answer was given. */
  stop(): Promise<Map<string, number>>;
}

/** Sends requests over many connections, each as soon as the one before is answered. */
function flood(send: (index: number, agent: Agent) => Promise<Answer>): Flood {
  let sent = 0;
  let answered = 0;
  let isOn = true;
  const codes = new Map<string, number>();
  const line = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (isOn) {
      const index = sent;
      sent += 1;
      const { status, json: reply } = await send(index, agent);
      answered += 1;
      const name = `${status} ${(reply as Partial<ErrorReply>).code ?? ''}`;
      codes.set(name, (codes.get(name) ?? 0) + 1);
    }
    agent.destroy();
  };
  const lines = Promise.all(Array.from({ length: FLOOD_CONNECTIONS }, line));
  const stop = async () => {
    isOn = false;
    await lines;
    return codes;
  };
  return { answered: () => answered, stop };
}

/** Old signed bytes of a user, and bids that rest, one for each cancel to come. */
async function prepare(): Promise<{ user: Trader; old: SignedOrder[] }> {
  const user = await served.newTrader();
  const first = await user.nonce();
  const old: SignedOrder[] = [];
  for (let index = 0; index < CANCELS; index += 1) {
    const fields = { quantity: '1', price: `0.${100 + index}`, nonce: first + index };
    const order = user.signOrder('BID', fields);
    const answer = await served.call(order.path, form(order.body));
    assert.equal(answer.status, 201, answer.text);
    old.push(order);
  }
  return { user, old };
}

/** Cancels one bid after the other; most may not be overtaken by much of the flood. */
async function cancelAll(user: Trader, running: Flood, withNonce: boolean): Promise<void> {
  let nonce = await user.nonce();
  const first = nonce;
  const overtaken: number[] = [];
  for (let index = 0; index < CANCELS; index += 1) {
    const { path, body } = user.signOrder('CANCELBID', {
      quantity: '1',
      price: `0.${100 + index}`,
      nonce,
    });
    const before = running.answered();
    const answer = await served.call<CancelReply>(
      path,
      json(withNonce ? { ...body, nonce } : body),
    );
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.json.response, '1.000000000000000000');
    overtaken.push(running.answered() - before);
    nonce += 1;
  }
  const median = overtaken.sort((left, right) => left - right)[CANCELS >> 1] ?? 0;
  assert(median <= OVERTAKEN_MAX, `${overtaken} requests of the flood came first`);
  assert.equal(await user.nonce(), first + CANCELS);
  assert(running.answered() > FLOOD_CONNECTIONS, 'there was a flood');
}

function assertOnly(codes: Map<string, number>, expected: readonly string[]): void {
  assert.deepEqual([...codes.keys()].sort(), [...expected].sort());
}

test('unsigned and wrongly signed requests', async () => {
  const { user } = await prepare();
  const stranger = await served.newTrader();
  const text = user.signOrder('CANCELBID', { quantity: '9', price: '0.5', nonce: 1 });
  const running = flood((index, agent) => {
    const signature = index % 2 === 0 ? '0'.repeat(128) : stranger.signer.sign(`${index}`);
    const nonce = index % 3 === 0 ? {} : { nonce: String(index) };
    return served.call(text.path, { ...form({ ...text.body, ...nonce, signature }), agent });
  });
  await cancelAll(user, running, false);
  assertOnly(await running.stop(), ['401 bad_signature']);
});

test('old signed bytes, sent again', async () => {
  const { user, old } = await prepare();
  const running = flood((index, agent) => {
    const order = old[index % old.length];
    assert(order !== undefined);
    const nonce = index % 2 === 0 ? {} : { nonce: String(order.nonce) };
    return served.call(order.path, { ...form({ ...order.body, ...nonce }), agent });
  });
  await cancelAll(user, running, true);
  assertOnly(await running.stop(), ['201 ']);
});

test('all at once, and malformed ones, and envelopes in his name', async () => {
  const { user, old } = await prepare();
  const stranger = await served.newTrader();
  const envelope = user.envelopeText({ type: 'noop', params: {}, nonce: 1 });
  const running = flood((index, agent) => {
    const order = old[index % old.length];
    assert(order !== undefined);
    switch (index % 5) {
      case 0:
        return served.call(order.path, { ...form(order.body), agent });
      case 1:
        return served.call(order.path, { ...form({ ...order.body, price: '0.2' }), agent });
      case 2:
        return served.call(order.path, { ...form({ ...order.body, price: 'x' }), agent });
      case 3:
        return served.call(order.path, {
          ...json({ ...order.body, nonce: order.nonce + CANCELS }),
          agent,
        });
      default:
        return stranger.sendEnvelope(envelope);
    }
  });
  await cancelAll(user, running, false);
  assertOnly(await running.stop(), ['201 ', '400 malformed', '401 bad_signature']);
});
