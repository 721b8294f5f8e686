// The same signed bytes, sent many times: at once over several connections and nodes, later, and after a
// restart. Exactly one takes effect, and all get the same answer.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { ErrorReply, PutReply } from '@picostocks/protocol';
import {
  type Answer,
  assertRefused,
  form,
  json,
  newSigner,
  randomOf,
  type Served,
  type SignedOrder,
  seedText,
  serve,
  shuffle,
  type Trader,
} from './kit.ts';

const COPIES = 50;
const DEADLINE_MS = 2_000;
const NODE = { deadlineMs: DEADLINE_MS };

let served: Served;
before(async () => {
  served = await serve({ nodes: 2, node: NODE });
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

/** Each copy takes a connection of its own, so both nodes get some. */
async function sendCopies<T>(send: () => Promise<Answer<T>>): Promise<Answer<T>> {
  const answers = await Promise.all(Array.from({ length: COPIES }, send));
  const [first] = answers;
  assert(first !== undefined);
  for (const { status, text } of answers) {
    assert.equal(status, first.status, text);
    assert.equal(text, first.text);
  }
  return first;
}

/** Sends an order as a form; `withNonce` says which nonce was signed. */
function sendOrder<T>({ path, body, nonce }: SignedOrder, withNonce: boolean): Promise<Answer<T>> {
  const extra = withNonce ? { nonce: String(nonce) } : {};
  return served.call<T>(path, form({ ...body, ...extra }));
}

async function openQuantities(trader: Trader): Promise<string[]> {
  const { asks, bids } = await trader.openOrders();
  return [...asks, ...bids].map(({ quantity }) => quantity);
}

for (const withNonce of [false, true]) {
  suite(withNonce ? 'with a nonce field' : 'without a nonce field', () => {
    let trader: Trader;
    before(async () => {
      trader = await served.newTrader();
    });

    test('an order rests once', async () => {
      const nonce = await trader.nonce();
      const order = trader.signOrder('BID', { quantity: '3', price: '0.5', nonce });
      const answer = await sendCopies(() => sendOrder<PutReply>(order, withNonce));
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.json.nonce, nonce);
      assert.equal(await trader.nonce(), nonce + 1);
      assert.deepEqual(await openQuantities(trader), ['3.000000000000000000']);
      const later = await sendCopies(() => sendOrder(order, withNonce));
      assert.equal(later.text, answer.text, 'a later resend gets the stored answer');
    });

    test('a cancel in part cancels once', async () => {
      const nonce = await trader.nonce();
      const cut = trader.signOrder('CANCELBID', { quantity: '1', price: '0.5', nonce });
      const answer = await sendCopies(() => sendOrder(cut, withNonce));
      assert.equal(answer.status, 201, answer.text);
      assert.deepEqual(await openQuantities(trader), ['2.000000000000000000']);
      assert.equal((await sendOrder(cut, withNonce)).text, answer.text);
    });

    test('a rejection is one rejection', async () => {
      const nonce = await trader.nonce();
      const order = trader.signOrder('ASK', { quantity: '10001', price: '1', nonce });
      const answer = await sendCopies(() => sendOrder(order, withNonce));
      assertRefused(answer, { status: 400, code: 'insufficient_funds' });
      assert.equal((answer.json as ErrorReply).nonce, nonce);
      assert.equal(await trader.nonce(), nonce + 1);
      assert.equal((await sendOrder(order, withNonce)).text, answer.text);
    });

    test('a text with the amounts as the client spells them is as good', async () => {
      const nonce = await trader.nonce();
      const order = trader.signOrder('BID', { quantity: '0.70', price: '00.1', nonce });
      const answer = await sendCopies(() => sendOrder<PutReply>(order, withNonce));
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.json.quantity, '0.700000000000000000');
      assert.equal(await trader.nonce(), nonce + 1);
      assert.equal((await sendOrder(order, withNonce)).text, answer.text);
    });

    test('the same signature with another field does not verify', async () => {
      const nonce = await trader.nonce();
      const order = trader.signOrder('BID', { quantity: '1', price: '0.25', nonce });
      assert.equal((await sendOrder(order, withNonce)).status, 201);
      const changes = { quantity: '2', price: '0.26', stock_id: '4', unit_id: '2' };
      for (const [field, value] of Object.entries(changes)) {
        if (order.body[field] === value) continue;
        const forged = { ...order, body: { ...order.body, [field]: value } };
        const answer = await sendOrder(forged, withNonce);
        assertRefused(answer, { status: 401, code: 'bad_signature' });
        assert.equal((answer.json as ErrorReply).nonce, nonce + 1);
      }
      const asCancel = { ...order, path: '/v1/trader/bid/cancel/' };
      assertRefused(await sendOrder(asCancel, withNonce), { code: 'bad_signature' });
    });
  });
}

test('other bytes with a used nonce are refused, and say which nonce to use', async () => {
  const trader = await served.newTrader();
  const nonce = await trader.nonce();
  await trader.put('BID', { quantity: '1', price: '0.1', nonce });
  const other = trader.signOrder('BID', { quantity: '2', price: '0.1', nonce });
  const answer = await sendCopies(() => sendOrder(other, true));
  assertRefused(answer, { status: 400, code: 'nonce_used' });
  assert.equal((answer.json as ErrorReply).nonce, nonce + 1);
});

test('two different commands race for one nonce: one counts, the other is told', async () => {
  const trader = await served.newTrader();
  for (let round = 0; round < 20; round += 1) {
    const nonce = await trader.nonce();
    const sign = (quantity: string) => trader.signOrder('BID', { quantity, price: '0.1', nonce });
    const orders = [sign('1'), sign('2')];
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => orders[index % 2] ?? sign('1')).map((order) =>
        sendOrder(order, true),
      ),
    );
    const taken = answers.filter(({ status }) => status === 201);
    assert.equal(taken.length, 4, 'the copies of one of the two');
    assert.equal(new Set(taken.map(({ text }) => text)).size, 1);
    for (const answer of answers) {
      if (answer.status !== 201) assertRefused(answer, { code: 'nonce_used' });
    }
    assert.equal(await trader.nonce(), nonce + 1);
  }
});

test('an envelope moves money once', async () => {
  const [from, to] = [await served.newTrader(), await served.newTrader()];
  const params = { to_user: to.userId, stock_id: 2, quantity: '7' };
  const message = from.envelopeText({ type: 'transfer', params, nonce: await from.nonce() });
  const answer = await sendCopies(() => from.sendEnvelope(message));
  assert.equal(answer.status, 201, answer.text);
  assert.equal((await to.balance())[2]?.free, '10007.000000000000000000');
  assert.equal((await from.sendEnvelope(message)).text, answer.text);
});

test('a key is registered once', async () => {
  const signer = newSigner();
  const before = await served.newTrader();
  const answers = await Promise.all(Array.from({ length: COPIES }, () => served.register(signer)));
  for (const { status, json: reply, text } of answers) {
    assert.equal(status, 201, text);
    assert.equal(reply.user_id, before.userId + 1);
    assert.equal(reply.nonce, answers[0]?.json.nonce);
  }
  assert.equal((await served.newTrader()).userId, before.userId + 2);
  assert.equal((await served.register(signer)).json.user_id, before.userId + 1);
});

test('a registered key gets its user, also when registration is closed', async () => {
  const signer = newSigner();
  const first = await served.register(signer);
  await served.operator.act('change_settings', { registration_open: false });
  const again = await served.register(signer);
  await served.operator.act('change_settings', { registration_open: true });
  assert.equal(again.status, 201, again.text);
  assert.equal(again.json.user_id, first.json.user_id);
});

test('100 orders put at once, in any order over many connections, all land', async (t) => {
  t.diagnostic(`seed ${seedText}`);
  const random = randomOf('replay');
  const trader = await served.newTrader();
  for (let round = 0; round < 3; round += 1) {
    const first = await trader.nonce();
    const orders = Array.from({ length: 100 }, (_, index) =>
      trader.signOrder('BID', {
        quantity: `0.${String(index + 1).padStart(3, '0')}`,
        price: '0.01',
        nonce: first + index,
      }),
    );
    const answers = await Promise.all(
      shuffle(orders, random).map((order) => sendOrder<PutReply>(order, true)),
    );
    for (const answer of answers) assert.equal(answer.status, 201, answer.text);
    const nonces = answers.map(({ json: reply }) => reply.nonce).sort((a, b) => a - b);
    assert.deepEqual(
      nonces,
      orders.map(({ nonce }) => nonce),
    );
    assert.equal(await trader.nonce(), first + 100);
    assert.equal((await openQuantities(trader)).length, (round + 1) * 100);
  }
});

test('a gap that stays: those behind it are refused when their time is up, and nothing is sequenced', async () => {
  const trader = await served.newTrader();
  const first = await trader.nonce();
  const ahead = [1, 2, 50, 100].map((distance) =>
    trader.signOrder('BID', { quantity: '1', price: '0.02', nonce: first + distance }),
  );
  const sequence = await served.sequence();
  const answers = await Promise.all(ahead.map((order) => sendOrder(order, true)));
  for (const answer of answers) {
    assertRefused(answer, { status: 400, code: 'nonce_ahead' });
    assert.equal((answer.json as ErrorReply).nonce, first);
  }
  assert.equal(await served.sequence(), sequence);
  assert.equal(await trader.nonce(), first);
});

test('after a restart the same bytes still get the answer that they got', async () => {
  const trader = await served.newTrader();
  const nonce = await trader.nonce();
  const order = trader.signOrder('BID', { quantity: '5', price: '0.5', nonce });
  const rejected = trader.signOrder('ASK', { quantity: '10001', price: '1', nonce: nonce + 1 });
  const params = { to_user: trader.userId, stock_id: 2, quantity: '1' };
  const message = trader.envelopeText({ type: 'transfer', params, nonce: nonce + 2 });
  const first = [await sendOrder(order, false), await sendOrder(rejected, false)];
  const envelope = await trader.sendEnvelope(message);
  assert.deepEqual(
    [...first, envelope].map(({ status }) => status),
    [201, 400, 201],
  );
  await served.restart({ nodes: 2, node: NODE });
  for (const withNonce of [false, true]) {
    assert.equal((await sendCopies(() => sendOrder(order, withNonce))).text, first[0]?.text);
    assert.equal((await sendCopies(() => sendOrder(rejected, withNonce))).text, first[1]?.text);
  }
  assert.equal((await trader.sendEnvelope(message)).text, envelope.text);
  assert.equal(await trader.nonce(), nonce + 3);
  assert.deepEqual(await openQuantities(trader), ['5.000000000000000000']);
});

test('a result can be asked for by its nonce', async () => {
  const trader = await served.newTrader();
  const nonce = await trader.nonce();
  const order = trader.signOrder('BID', { quantity: '5', price: '0.5', nonce });
  const path = `/v1/account/result/${trader.userId}/${nonce}/`;
  assertRefused(await served.call(path), { status: 404, code: 'result_not_found' });
  const answer = await served.call(order.path, json({ ...order.body, nonce }));
  const result = await served.get<Record<string, unknown>>(path);
  assert.equal(result['status'], 'applied');
  assert.equal(result['http_status'], 201);
  assert.equal(result['signature'], order.body['signature']);
  assert.deepEqual(result['reply'], answer.json);
});
