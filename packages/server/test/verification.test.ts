// What may change while a signature is being verified: the nonce, the key, and that the same bytes count elsewhere.
// The door answers by how things are when the verdict comes.
//
// The node is made by hand from the real parts, so that the test decides when the verdicts come.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { HandClock } from './hand-clock.ts';
import type { HandNodeOptions } from './hand-node.ts';
import { type Answered, assertDoor, House, registration, type User } from './house.ts';
import { newSigner, type Signer } from './kit.ts';

/** Sends, lets something happen elsewhere while the signature is being verified, and answers. */
async function meanwhile(
  house: House,
  {
    send,
    happens,
    until,
  }: { send: () => Promise<Answered>; happens: () => void; until: () => Promise<boolean> },
): Promise<Answered> {
  house.node.dials.isHoldingVerdicts = true;
  const answer = send();
  await house.verdictsHeldUp(1);
  happens();
  while (!(await until())) await new Promise((resolve) => setImmediate(resolve));
  house.node.tellVerdicts();
  return answer;
}

async function openHouse(
  options: HandNodeOptions = {},
): Promise<{ house: House; user: User; nonce: number } & AsyncDisposable> {
  const house = await House.open(options);
  const user = await house.newUser();
  const nonce = await user.nonce();
  return { house, user, nonce, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}

suite('the nonce moves', () => {
  test('by another command with that nonce: nonce_used', async () => {
    await using opened = await openHouse();
    const { house, user, nonce } = opened;
    const other = {
      happens: () => user.elsewhere('noop', { params: {}, nonce }),
      until: async () => (await user.nonce()) === nonce + 1,
    };
    const answer = await meanwhile(house, { send: user.bid(nonce), ...other });
    assertDoor(answer, { status: 400, code: 'nonce_used' });
    assert.equal(answer.json['nonce'], nonce + 1);
  });

  test('to the one that an order without the field has signed: it is tried again', async () => {
    await using opened = await openHouse();
    const { house, user, nonce } = opened;
    const send = user.bid(nonce + 1, '1', { isHidden: true });
    const other = {
      happens: () => user.elsewhere('noop', { params: {}, nonce }),
      until: async () => (await user.nonce()) === nonce + 1,
    };
    const answer = await meanwhile(house, { send, ...other });
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.json['nonce'], nonce + 1);
  });

  test('by the same bytes: their answer, and no second entry', async () => {
    await using opened = await openHouse();
    const { house, user, nonce } = opened;
    const fields = { params: {}, nonce };
    const answer = await meanwhile(house, {
      send: user.envelope('noop', fields),
      happens: () => user.elsewhere('noop', fields),
      until: async () => (await user.nonce()) === nonce + 1,
    });
    assert.equal(answer.status, 201, answer.text);
    const result = await user.result(nonce);
    assert.deepEqual(result.json['reply'], answer.json);
    assert.equal(await user.nonce(), nonce + 1);
  });
});

test('the same bytes, several times under verification at once: one entry, one answer', async () => {
  await using opened = await openHouse();
  const { house, user, nonce } = opened;
  for (const isHidden of [false, true]) {
    const now = await user.nonce();
    const send = user.bid(now, '1', { isHidden });
    house.node.dials.isHoldingVerdicts = true;
    const sent = [send(), send(), send()];
    await house.verdictsHeldUp(1);
    house.node.tellVerdicts();
    const answers = await Promise.all(sent);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 201],
    );
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  }
  assert.equal(await user.nonce(), nonce + 2);
});

suite('an order without the field, signed by a stranger, is refused with the nonce that it was tried with last', () => {
  test('which moved while it was tried', async () => {
    await using opened = await openHouse();
    const { house, user, nonce } = opened;
    const answer = await meanwhile(house, {
      send: user.bid(nonce, '1', { isHidden: true, signer: newSigner() }),
      happens: () => user.elsewhere('noop', { params: {}, nonce }),
      until: async () => (await user.nonce()) === nonce + 1,
    });
    assertForged(answer, { tried: nonce + 1, next: nonce + 1 });
  });

  test('which moved afterwards, while the history was asked: the next one is named beside it', async () => {
    await using opened = await openHouse();
    const { house, user, nonce } = opened;
    house.node.dials.isHoldingFound = true;
    const refused = user.bid(nonce, '1', { isHidden: true, signer: newSigner() })();
    await house.foundHeldUp(1);
    user.elsewhere('noop', { params: {}, nonce });
    while ((await user.nonce()) === nonce) await new Promise((resolve) => setImmediate(resolve));
    house.node.tellFound();
    assertForged(await refused, { tried: nonce, next: nonce + 1 });
  });

  function assertForged(answer: Answered, { tried, next }: { tried: number; next: number }): void {
    assertDoor(answer, { status: 401, code: 'bad_signature' });
    assert.match(answer.text, new RegExp(`checked with the nonce ${tried};`));
    assert.equal(answer.json['nonce'], next);
  }
});

suite('the key', () => {
  async function rotation(user: User, { nonce, to }: { nonce: number; to: Signer }) {
    const proof = to.sign(`KEY:${user.exchange}:${user.userId}:${to.publicKey}`);
    const params = { rotated_key_id: 0, public_key: to.publicKey, proof };
    return {
      happens: () => user.elsewhere('rotate_key', { params, nonce }),
      until: async () => (await user.nonce()) === nonce + 1,
    };
  }

  test('is rotated: what the old one signed is not taken', async () => {
    for (const kind of ['order', 'hidden', 'envelope']) {
      await using opened = await openHouse();
      const { house, user, nonce } = opened;
      const send =
        kind === 'envelope'
          ? user.envelope('noop', { params: {}, nonce: nonce + 1 })
          : user.bid(nonce + 1, '1', { isHidden: kind === 'hidden' });
      const before = await house.sequence();
      const other = await rotation(user, { nonce, to: newSigner() });
      const answer = await meanwhile(house, { send, ...other });
      assertDoor(answer, { status: 401, code: 'key_not_current' });
      assert.equal(answer.json['nonce'], nonce + 1);
      assert.equal(await house.sequence(), before + 1, 'the rotation alone');
    }
  });

  test('is rotated: what the new one signed is verified with it', async () => {
    for (const kind of ['order', 'hidden', 'envelope']) {
      await using opened = await openHouse();
      const { house, user, nonce } = opened;
      const signer = newSigner();
      const send =
        kind === 'envelope'
          ? user.envelope('noop', { params: {}, nonce: nonce + 1, signer })
          : user.bid(nonce + 1, '1', { signer, isHidden: kind === 'hidden' });
      const other = await rotation(user, { nonce, to: signer });
      const answer = await meanwhile(house, { send, ...other });
      assert.equal(answer.status, 201, answer.text);
    }
  });

  test('is revoked: what it signed is not taken', async () => {
    await using opened = await openHouse();
    const { house, user, nonce } = opened;
    const bot = newSigner();
    const proof = bot.sign(`KEY:${user.exchange}:${user.userId}:${bot.publicKey}`);
    await user.act('add_key', { public_key: bot.publicKey, proof, scopes: ['trade'] });
    const botNonce = await user.nonce(1);
    const params = { revoked_key_id: 1 };
    const answer = await meanwhile(house, {
      send: user.envelope('noop', { params: {}, nonce: botNonce, signer: bot, keyId: 1 }),
      happens: () => user.elsewhere('revoke_key', { params, nonce: nonce + 1 }),
      until: async () => (await user.nonce()) === nonce + 2,
    });
    assertDoor(answer, { status: 401, code: 'key_not_current' });
    assert.equal(await user.nonce(1), botNonce);
  });
});

test('where too many are being verified, nobody knows what these bytes got before: 504, and later their answer', async () => {
  await using house = await House.open({ inFlightMax: 2 });
  const first = await house.newUser();
  const second = await house.newUser();
  const third = await house.newUser();
  const send = third.bid(await third.nonce());
  const taken = [first.bid(await first.nonce()), second.bid(await second.nonce())];
  const answer = await send();
  house.node.dials.isHoldingVerdicts = true;
  const waiting = taken.map((bid) => bid());
  await house.verdictsHeldUp(1);
  assertDoor(await send(), { status: 504, code: 'outcome_unknown' });
  const register = house.call('POST', '/v1/account/register/', { body: registration(newSigner()) });
  assertDoor(await register, { status: 503, code: 'unavailable' });
  house.node.tellVerdicts();
  for (const { status, text } of await Promise.all(waiting)) assert.equal(status, 201, text);
  assert.equal((await send()).text, answer.text);
});

test('a check that outlasts its request ends with it: 504, and what was not yet tried is left alone', async () => {
  const deadlineClock = new HandClock();
  await using opened = await openHouse({ deadlineClock });
  const { house, user, nonce } = opened;
  // Its spelling is the second of the two that an order may have, so that it is right when the first was wrong.
  const send = user.bid(nonce);
  const answer = await meanwhile(house, {
    send,
    happens: () => deadlineClock.pass(house.node.dials.deadlineMs + 1),
    until: async () => true,
  });
  assertDoor(answer, { status: 504, code: 'outcome_unknown' });
  assert.match(answer.text, /the check took too long/);
  assert.equal(await user.nonce(), nonce, 'it was not submitted for a sender who has gone');
  const again = await send();
  assert.equal(again.status, 201, again.text);
});
