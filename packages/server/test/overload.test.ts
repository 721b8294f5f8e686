// Too much, too late, too often: the door's answers say what the log knows. 503 and 429 are given with
// Retry-After and leave the nonce as it is; after a 504 the nonce and the result tell what happened.
//
// The node is made by hand from the real parts, so that the test decides when the log answers and what
// its clocks say.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Answered, assertDoor, House, registration } from './house.ts';
import { newSigner } from './kit.ts';

suite('a full house', () => {
  test('commands above the bound get 503 and leave no trace; the rest are answered', async () => {
    await using house = await House.open({ inFlightMax: 3 });
    const users = [...(await house.newUsers(3)), ...(await house.newUsers(2))];
    const bids = await Promise.all(users.map(async (user) => user.bid(await user.nonce())));
    house.node.dials.isHolding = true;
    const taken = bids.slice(0, 3).map((send) => send());
    await house.heldUp(3);
    for (const [index, send] of bids.slice(3).entries()) {
      const user = users[index + 3];
      const nonce = await user?.nonce();
      assertDoor(await send(), { status: 503, code: 'unavailable' });
      assert.equal(await user?.nonce(), nonce);
    }
    house.node.deliver();
    for (const { status, text } of await Promise.all(taken)) assert.equal(status, 201, text);
    for (const send of bids) assert.equal((await send()).status, 201, 'the same bytes, later');
  });

  test('a registration above the bound gets 503', async () => {
    await using house = await House.open({ inFlightMax: 1 });
    const user = await house.newUser();
    house.node.dials.isHolding = true;
    const bid = user.bid(await user.nonce())();
    await house.heldUp(1);
    const body = registration(newSigner());
    const send = () => house.call('POST', '/v1/account/register/', { body });
    assertDoor(await send(), { status: 503, code: 'unavailable' });
    house.node.deliver();
    assert.equal((await bid).status, 201);
    assert.equal((await send()).status, 201);
  });

  test('while the history is behind, commands get 503 and reads go on', async () => {
    await using house = await House.open();
    const user = await house.newUser();
    const nonce = await user.nonce();
    const send = user.bid(nonce);
    house.node.dials.isHistoryBehind = true;
    assertDoor(await send(), { status: 503, code: 'unavailable' });
    assert.equal((await house.call('GET', '/readyz')).status, 503);
    assert.equal((await house.call('GET', '/healthz')).status, 200);
    assert.equal(await user.nonce(), nonce);
    house.node.dials.isHistoryBehind = false;
    assert.equal((await send()).status, 201);
  });
});

suite('too late', () => {
  test('after submission: 504 with the nonce, and later the result tells', async () => {
    await using house = await House.open();
    const { dials } = house.node;
    const user = await house.newUser();
    const nonce = await user.nonce();
    const send = user.bid(nonce);
    dials.isHolding = true;
    dials.deadlineMs = 30;
    const late = await send();
    assertDoor(late, { status: 504, code: 'outcome_unknown' });
    assert.equal(late.json['nonce'], nonce);
    const again = await send();
    assertDoor(again, { status: 504, code: 'outcome_unknown' });
    assert.equal(again.json['nonce'], nonce);
    assert.equal(house.node.held(), 1, 'the same bytes are under way once');
    dials.deadlineMs = 60_000;
    assert.equal(await user.nonce(), nonce, 'unchanged: nothing has happened yet');
    assertDoor(await user.result(nonce), { status: 404, code: 'result_not_found' });

    const waiting = send();
    house.node.deliver();
    const answer = await waiting;
    assert.equal(answer.status, 201, answer.text);
    assert.equal(await user.nonce(), nonce + 1);
    const result = await user.result(nonce);
    assert.equal(result.json['status'], 'applied');
    assert.deepEqual(result.json['reply'], answer.json);
    assert.equal((await send()).text, answer.text);
  });

  test('nobody waits any more, and the command still counts', async () => {
    await using house = await House.open();
    const { dials } = house.node;
    const user = await house.newUser();
    const nonce = await user.nonce();
    dials.isHolding = true;
    dials.deadlineMs = 30;
    assertDoor(await user.bid(nonce)(), { status: 504, code: 'outcome_unknown' });
    house.node.deliver();
    dials.deadlineMs = 60_000;
    const next = await user.bid(nonce + 1)();
    assert.equal(next.status, 201, 'the turn was handed on');
    assert.equal((await user.result(nonce)).json['status'], 'applied');
  });

  test('a registration: 504, and later the same bytes get the user', async () => {
    await using house = await House.open();
    const { dials } = house.node;
    const body = registration(newSigner());
    const send = () => house.call('POST', '/v1/account/register/', { body });
    dials.isHolding = true;
    dials.deadlineMs = 30;
    assertDoor(await send(), { status: 504, code: 'outcome_unknown' });
    house.node.deliver();
    dials.deadlineMs = 60_000;
    const answer = await send();
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.json['user_id'], 1);
  });

  test('before its turn: not submitted', async () => {
    await using house = await House.open();
    const { dials } = house.node;
    const user = await house.newUser();
    const nonce = await user.nonce();
    dials.isHolding = true;
    const first = user.bid(nonce)();
    await house.heldUp(1);
    dials.deadlineMs = 30;
    assertDoor(await user.bid(nonce, '2')(), { status: 503, code: 'unavailable' });
    assertDoor(await user.bid(nonce + 1)(), { status: 400, code: 'nonce_ahead' });
    assert.equal(house.node.held(), 1);
    dials.deadlineMs = 60_000;
    house.node.deliver();
    assert.equal((await first).status, 201);
    assertDoor(await user.bid(nonce, '2')(), { status: 400, code: 'nonce_used' });
  });
});

test('a clock that has jumped makes the exchange read only until it is right again', async () => {
  let jump = 0;
  const clocks = {
    wall: () => Date.now() * 1_000 + jump,
    monotonic: () => Math.round(performance.now() * 1_000),
  };
  await using house = await House.open({ clocks });
  const user = await house.newUser();
  const nonce = await user.nonce();
  const send = user.bid(nonce);
  for (const hours of [1, -1]) {
    jump = hours * 3_600_000_000;
    assertDoor(await send(), { status: 503, code: 'unavailable' });
    const time = await house.call('GET', '/v1/time/');
    assert.equal(time.json['read_only'], true);
    assertDoor(await house.call('GET', '/readyz'), { status: 503, code: 'unavailable' });
    assert.equal(await user.nonce(), nonce);
  }
  jump = 0;
  assert.equal((await send()).status, 201);
  assert.equal((await house.call('GET', '/v1/time/')).json['read_only'], false);
  assert.equal((await house.call('GET', '/readyz')).status, 200);
});

test('an envelope that has expired since gets the answer that it got', async () => {
  await using house = await House.open();
  const user = await house.newUser();
  const nonce = await user.nonce();
  const expires = house.node.dials.doorTime + 3_600_000_000;
  const send = user.envelope('noop', { params: {}, nonce, expires });
  const answer = await send();
  assert.equal(answer.status, 201, answer.text);
  house.node.dials.doorTime = expires + 1;
  assert.equal((await send()).text, answer.text);
  const next = user.envelope('noop', { params: {}, nonce: nonce + 1, expires });
  assertDoor(await next(), { status: 400, code: 'expired' });
});

suite('too often', () => {
  test('rejected commands of a user: his bucket, and nobody else waits for it', async () => {
    await using house = await House.open({ rejectionsPerSecond: 2 });
    const [user, other] = await house.newUsers(2);
    assert(user !== undefined && other !== undefined);
    let nonce = await user.nonce();
    const rejected: (() => Promise<Answered>)[] = [];
    for (let count = 0; count < 4; count += 1) {
      const send = user.bid(nonce, '999999');
      assert.equal((await send()).json['code'], 'insufficient_funds');
      rejected.push(send);
      nonce += 1;
    }
    const good = user.bid(nonce);
    assertDoor(await good(), { status: 429, code: 'rate_limited' });
    assert.equal(await user.nonce(), nonce);
    for (const send of rejected) {
      assert.equal((await send()).json['code'], 'insufficient_funds', 'a resend costs nothing');
    }
    assert.equal((await other.bid(await other.nonce())()).status, 201);
    house.node.dials.bucketTime += 500;
    assert.equal((await good()).status, 201);
  });

  test('operators share a user, and none waits for what was rejected of another', async () => {
    await using house = await House.open({ rejectionsPerSecond: 2 });
    const { operator } = house;
    let nonce = await operator.nonce();
    for (let count = 0; count < 6; count += 1) {
      const params = { stock_id: 2, code: 'btc' };
      const again = await operator.envelope('create_asset', { params, nonce })();
      assert.equal(again.json['code'], 'stock_id_taken');
      nonce += 1;
    }
  });

  test('requests of an address: refused before anything is looked at', async () => {
    await using house = await House.open({ sandbox: false, requestsPerSecond: 100 });
    // Setting up used some of the burst of twice the rate.
    const call = (headers: Record<string, string> = {}, from = '203.0.113.7') =>
      house.call('GET', '/v1/time/', { headers, from });
    const calls = Array.from({ length: 2_000 }, (_, index) =>
      call({ 'x-forwarded-for': `198.51.100.${index % 250}` }),
    );
    const answers = await Promise.all(calls);
    const refused = answers.filter(({ status }) => status !== 200);
    assert(refused.length > 0, 'forwarded addresses are not believed');
    for (const answer of refused.slice(0, 10)) {
      assertDoor(answer, { status: 429, code: 'rate_limited' });
    }
    assert.equal((await call({}, '203.0.113.8')).status, 200, 'another address');
  });

  test('behind a trusted proxy the forwarded address counts', async () => {
    const proxy = '203.0.113.7';
    await using house = await House.open({
      sandbox: false,
      requestsPerSecond: 100,
      trustedProxies: [proxy],
    });
    const burst = (client: string) =>
      Promise.all(
        Array.from({ length: 150 }, () =>
          house.call('GET', '/healthz', { from: proxy, headers: { 'x-forwarded-for': client } }),
        ),
      );
    for (const client of ['198.51.100.1', '198.51.100.2', '198.51.100.3']) {
      for (const { status } of await burst(client)) assert.equal(status, 200);
    }
  });

  test('loopback of a sandbox is never limited', async () => {
    await using house = await House.open({ requestsPerSecond: 1 });
    const calls = Array.from({ length: 100 }, () => house.call('GET', '/healthz'));
    for (const { status } of await Promise.all(calls)) assert.equal(status, 200);
  });
});
