// No node answers older than what the exchange has acknowledged, to anybody, on any node.
//
// Users put and cancel orders and transfer money, and after each acknowledgement everything that it
// changed is read over other connections: nonce, balance, order book, result, transfers, trades. Each
// connection belongs to one of the nodes. Meanwhile writers keep the log and the historian busy.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { test } from 'node:test';
import type { BalanceReply, OrderBookReply, PutReply, ResultReply } from '@picostocks/protocol';
import { formatAmount, ONE } from '@picostocks/protocol';
import type { Static } from 'typebox';
import { form, JSON_TYPE, randomOf, type Served, seedText, serve, type Trader } from './kit.ts';

/** Reads compared, at least. */
const TRIES = Number(process.env['PICOSTOCKS_FRESHNESS_TRIES'] ?? 10_000);
const NODES = 2;
const CONNECTIONS = 16;
const CHECKERS = 8;
const WRITERS = 4;

test('fresh connections reach every node', async () => {
  // Each node counts the requests of an address by itself. One node alone would answer no more than its
  // burst and what it refills meanwhile; what is answered beyond that, another node has answered.
  const perSecond = 50;
  await using served = await serve({
    nodes: NODES,
    sandbox: false,
    node: { requestsPerSecond: perSecond },
  });
  const begun = performance.now();
  let answered = 0;
  for (let batch = 0; batch < 10; batch += 1) {
    const calls = Array.from({ length: 100 }, () => served.call('/healthz'));
    for (const { status } of await Promise.all(calls)) if (status === 200) answered += 1;
  }
  const seconds = (performance.now() - begun) / 1_000;
  const ofOneNode = perSecond * 2 + perSecond * seconds;
  assert(answered > ofOneNode, `${answered} answers, one node would give ${ofOneNode}`);
});

/** Connections that stay open: each was given to one of the nodes when it was made. */
class Connections implements Disposable {
  readonly #agents = Array.from(
    { length: CONNECTIONS },
    () => new Agent({ keepAlive: true, maxSockets: 1 }),
  );
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  any(): Agent {
    const agent = this.#agents[Math.floor(this.#random() * CONNECTIONS)];
    assert(agent !== undefined);
    return agent;
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents) agent.destroy();
  }
}

interface Run {
  readonly served: Served;
  readonly connections: Connections;
  tries: number;
}

/** Reads the same thing over several connections and compares each answer. */
async function everywhere<T>(run: Run, path: string, check: (reply: T) => void): Promise<void> {
  const reads = Array.from({ length: 4 }, () => run.served.get<T>(path, run.connections.any()));
  for (const reply of await Promise.all(reads)) {
    check(reply);
    run.tries += 1;
  }
}

async function send(run: Run, trader: Trader, fields: Parameters<Trader['signOrder']>) {
  const { path, body, nonce } = trader.signOrder(...fields);
  const call = { ...form({ ...body, nonce: String(nonce) }), agent: run.connections.any() };
  const answer = await run.served.call<PutReply>(path, call);
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}

/** One user's rounds: a bid, a trade, a cancel, a transfer, each followed by reads of what it changed. */
async function check(run: Run, [user, other]: readonly [Trader, Trader]): Promise<void> {
  let nonce = await user.nonce();
  let otherNonce = await other.nonce();
  const price = '0.5';
  const ofUser = `/v1/account/balance/${user.userId}/`;
  let unit = 10_000n * ONE;
  let stock = 10_000n * ONE;
  const book = `/v1/market/orderbook/?stock_id=4&unit_id=2&user_id=${user.userId}`;
  const assertNonce = () =>
    everywhere<{ nonce: number }>(run, `/v1/account/nonce/${user.userId}/`, (reply) => {
      assert.equal(reply.nonce, nonce, 'nonce');
    });
  const assertBalance = (locked: bigint) =>
    everywhere<Static<typeof BalanceReply>>(run, ofUser, (rows) => {
      const row = rows.find(({ stock_id }) => stock_id === 2);
      assert.equal(row?.free, formatAmount(unit - locked), 'free');
      assert.equal(row?.locked, formatAmount(locked), 'locked');
    });
  const assertOrders = (orders: readonly number[]) =>
    everywhere<OrderBookReply>(run, book, ({ bids }) => {
      assert.deepEqual(
        bids.map(({ order_id }) => order_id),
        orders,
        'book',
      );
    });
  const inMarket = { stockId: 4, unitId: 2 };

  while (run.tries < TRIES) {
    const bid = await send(run, user, ['BID', { quantity: '2', price, nonce, ...inMarket }]);
    nonce += 1;
    await Promise.all([assertNonce(), assertBalance(ONE), assertOrders([bid.order_id])]);
    await everywhere<ResultReply>(
      run,
      `/v1/account/result/${user.userId}/${bid.nonce}/`,
      ({ sequence }) => assert.equal(sequence, bid.sequence, 'result'),
    );

    const cut = { quantity: '2', price, nonce, ...inMarket };
    await send(run, user, ['CANCELBID', cut]);
    nonce += 1;
    await Promise.all([assertNonce(), assertBalance(0n), assertOrders([])]);

    // All ask before they bid, at one price: so an ask always stands, if not that of the other.
    const own = { stockId: 15, unitId: 2, quantity: '1', price };
    const ask = await send(run, other, ['ASK', { ...own, nonce: otherNonce }]);
    otherNonce += 1;
    assert.equal(ask.trades.length, 0);
    const bought = await send(run, user, ['BID', { ...own, nonce }]);
    nonce += 1;
    for (const { value } of bought.trades) unit -= BigInt(value.replace('.', ''));
    stock += ONE;
    const newest = bought.trades[bought.trades.length - 1]?.id;
    await Promise.all([
      assertBalance(0n),
      everywhere<{ bids: { id: number }[] }>(
        run,
        `/v1/account/order/history/${user.userId}/15/`,
        ({ bids }) => assert.equal(bids[0]?.id, newest, 'trades'),
      ),
    ]);

    const params = { to_user: other.userId, stock_id: 15, quantity: '1', memo: `${nonce}` };
    const message = user.envelopeText({ type: 'transfer', params, nonce });
    const signature = user.signer.sign(message);
    const headers = { ...JSON_TYPE, 'picostocks-signature': signature };
    const agent = run.connections.any();
    const moved = await run.served.call('/v1/commands/', {
      method: 'POST',
      headers,
      body: message,
      agent,
    });
    assert.equal(moved.status, 201, moved.text);
    nonce += 1;
    stock -= ONE;
    await everywhere<{ memo: string }[]>(
      run,
      `/v1/account/transfers/internal/${user.userId}/15/`,
      (rows) => assert.equal(rows[0]?.memo, params.memo, 'transfers'),
    );
    await everywhere<Static<typeof BalanceReply>>(run, ofUser, (rows) => {
      const row = rows.find(({ stock_id }) => stock_id === 15);
      assert.equal(row?.free, formatAmount(stock), 'stock');
    });
  }
}

/** Keeps the log busy until the checks are done. */
async function write(run: Run, trader: Trader): Promise<number> {
  let nonce = await trader.nonce();
  let count = 0;
  while (run.tries < TRIES) {
    await send(run, trader, ['BID', { quantity: '1', price: '0.0001', nonce }]);
    await send(run, trader, ['CANCELBID', { quantity: '1', price: '0.0001', nonce: nonce + 1 }]);
    nonce += 2;
    count += 2;
  }
  return count;
}

test('no node answers older than what was acknowledged', async (t) => {
  t.diagnostic(`seed ${seedText}`);
  await using served = await serve({ nodes: NODES });
  using connections = new Connections(randomOf('freshness'));
  const run: Run = { served, connections, tries: 0 };
  const newTraders = (count: number) =>
    Promise.all(Array.from({ length: count }, () => served.newTrader()));
  const [users, others, writers] = [
    await newTraders(CHECKERS),
    await newTraders(CHECKERS),
    await newTraders(WRITERS),
  ];
  const checks = users.map((user, index) => check(run, [user, others[index] ?? user]));
  const writes = writers.map((writer) => write(run, writer));
  await Promise.all([...checks, ...writes]);
  const written = (await Promise.all(writes)).reduce((sum, count) => sum + count, 0);
  assert(written > CHECKERS, 'the writers wrote');
  assert(run.tries >= TRIES);
  t.diagnostic(`${run.tries} reads, ${written} commands of the writers`);
});
