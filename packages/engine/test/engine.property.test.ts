// Goal: nothing that the log can hold makes an engine throw, but for the entries that it must stop
// before; and an engine is a function of its log. Method: fast-check makes commands from the very
// schemas that decode them, so that a new command is covered on the day it is added, and bytes that
// are nearly messages. They are applied in the middle of a random log, where there is much to break.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { findInsolvency, RealEngine, restoreState } from '@picostocks/engine';
import {
  EntryMaker,
  fakeKey,
  fakeKeyHex,
  findViolations,
  NaiveEngine,
  RandomEntries,
} from '@picostocks/engine/testing';
import {
  decodeCommand,
  decodeRecord,
  ENTRY_KINDS,
  type Entry,
  type EntryKind,
  encodeGenesis,
  encodeRecord,
  encodeUtf8,
  formatAmount,
  isOperatorType,
  UnknownEntry,
} from '@picostocks/protocol';
import fc from 'fast-check';
import { anyAmount, anyParams, TYPES } from './arbitrary-params.ts';
import { seedNumber, seedText } from './seed.ts';

type Unhashed = Omit<Entry, 'hash'>;

const PREFIX_ENTRIES = 150;
const check = (numRuns: number) => ({ seed: seedNumber, numRuns });

// --- Arbitrary commands ----------------------------------------------------------------------------

const anyEnvelope = fc.constantFrom(...TYPES).chain((type) =>
  fc.record({
    type: fc.constant(type),
    params: anyParams(type),
    userId: isOperatorType(type) ? fc.constantFrom(0, 0, 0, 1) : fc.nat(6),
    keyId: fc.constantFrom(0, 0, 0, 1, 2),
    pause: fc.constantFrom(0, 0, 0, 1, 10_000_000, 40_000_000, 86_400_000_000),
  }),
);

const anyOrder = fc.record({
  verb: fc.constantFrom('ASK', 'BID', 'CANCELASK', 'CANCELBID'),
  userId: fc.nat(6),
  stockId: fc.nat(4),
  unitId: fc.nat(4),
  quantity: anyAmount,
  price: anyAmount,
});

/** Engines after the same random log, and a maker that goes on where the log ends. */
function startEngines(seed: string): { naive: NaiveEngine; real: RealEngine } {
  const naive = new NaiveEngine();
  const real = new RealEngine();
  const entries = new RandomEntries({ seed, oracle: naive });
  for (let count = 0; count < PREFIX_ENTRIES; count += 1) {
    const entry = entries.next();
    naive.apply(entry);
    real.apply(entry);
  }
  return { naive, real };
}

/** An entry that comes next, whatever it is, so many microseconds after the one before. */
function nextEntry(
  naive: NaiveEngine,
  part: Pick<Unhashed, 'kind' | 'message' | 'key'>,
  pause = 0,
): Unhashed {
  const { sequence, time } = naive.state;
  const signature = new Uint8Array(64).fill(1);
  return { ...part, sequence: sequence + 1, time: time + pause, signature };
}

/** The user's key with this number as it is now; of nobody's, something. */
function keyNow(
  real: RealEngine,
  userId: number,
  keyId: number,
): { nonce: number; key: Uint8Array } {
  const key = real.state.users[userId]?.keys[keyId];
  return { nonce: key?.nonceNext ?? 0, key: key?.publicKey ?? fakeKey(userId) };
}

test(`engine: no command makes it throw (seed ${seedText})`, () => {
  const logs = fc.integer({ min: 0, max: 50 });
  const commands = fc.array(fc.oneof(anyEnvelope, anyOrder), { minLength: 10, maxLength: 60 });
  let decoded = 0;
  const property = fc.property(logs, commands, (log, steps) => {
    const { naive, real } = startEngines(`${seedText}/${log}`);
    for (const step of steps) {
      const { userId } = step;
      const isOrder = 'verb' in step;
      const keyId = isOrder ? 0 : step.keyId;
      const { nonce, key } = keyNow(real, userId, keyId);
      const { exchange } = real.state;
      const text = isOrder
        ? `${step.verb}:${userId}:${step.stockId}:${formatAmount(step.quantity)}:${step.unitId}:${formatAmount(step.price)}:${nonce}`
        : JSON.stringify({
            exchange,
            user_id: userId,
            key_id: keyId,
            nonce,
            expires: Number.MAX_SAFE_INTEGER,
            type: step.type,
            params: step.params,
          });
      const kind = isOrder ? ENTRY_KINDS.order : ENTRY_KINDS.envelope;
      const message = encodeUtf8(text);
      // What schemas do not say is left to chance: texts, memos, which fields go together.
      if (decodeCommand(kind, message).type === 'undecodable') continue;
      decoded += 1;
      const entry = nextEntry(naive, { kind, message, key }, isOrder ? 0 : step.pause);
      const events = real.apply(entry);
      const isQuiet = !isOrder && step.type === 'cancel_orders';
      assert.ok(isQuiet || events.length > 0, text);
      assert.deepEqual(events, naive.apply(entry), text);
    }
    assert.equal(real.describe(), naive.describe());
    assert.equal(findInsolvency(real.state), undefined);
    assert.deepEqual(findViolations(real.describe()), []);
  });
  fc.assert(property, check(60));
  assert.ok(decoded > 500, 'most of the made commands are commands');
});

// --- Poison ----------------------------------------------------------------------------------------

const COMMAND_KINDS = [ENTRY_KINDS.order, ENTRY_KINDS.registration, ENTRY_KINDS.envelope] as const;

/** Good messages of each kind, for spoiling. */
function goodMessages(): [EntryKind, Uint8Array][] {
  const naive = new NaiveEngine();
  const entries = new RandomEntries({ seed: seedText, oracle: naive });
  const messages: [EntryKind, Uint8Array][] = [];
  for (let count = 0; count < PREFIX_ENTRIES; count += 1) {
    const entry = entries.next();
    naive.apply(entry);
    if (entry.kind !== ENTRY_KINDS.tick) messages.push([entry.kind, entry.message]);
  }
  return messages;
}

const randomBytes = fc.tuple(
  fc.constantFrom<EntryKind>(...COMMAND_KINDS),
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: 'binary' }).map(encodeUtf8),
    fc.json().map(encodeUtf8),
  ),
);

const spoiledBytes = fc
  .tuple(fc.constantFrom(...goodMessages()), fc.nat(), fc.nat(255), fc.nat(2))
  .map(([[kind, good], place, byte, how]): [EntryKind, Uint8Array] => {
    const at = place % good.length;
    const [head, tail] = [good.subarray(0, at), good.subarray(how === 0 ? at : at + 1)];
    return [kind, Uint8Array.from([...head, ...(how === 1 ? [] : [byte]), ...tail])];
  });

test('engine: a message that is no command stops it before anything has changed', () => {
  const { naive, real } = startEngines(seedText);
  let poisonous = 0;
  const property = fc.property(fc.oneof(randomBytes, spoiledBytes), ([kind, message]) => {
    const entry = nextEntry(naive, { kind, message, key: fakeKey(1) });
    const isGenesis = kind === ENTRY_KINDS.genesis;
    if (!isGenesis && decodeCommand(kind, message).type !== 'undecodable') {
      assert.deepEqual(real.apply(entry), naive.apply(entry));
      return;
    }
    poisonous += 1;
    const before = real.describe();
    for (const engine of [naive, real]) {
      assert.throws(
        () => engine.apply(entry),
        (error) => error instanceof UnknownEntry && error.sequence === entry.sequence,
      );
      assert.equal(engine.describe(), before);
    }
  });
  fc.assert(property, check(2_000));
  assert.ok(poisonous > 1_000, 'most of these bytes are no commands');
});

test('engine: a second genesis and a kind that nobody knows stop it too', () => {
  const { naive, real } = startEngines(seedText);
  const { message } = new EntryMaker().genesis();
  const before = real.describe();
  for (const kind of [ENTRY_KINDS.genesis, 5 as EntryKind, 255 as EntryKind]) {
    const entry = nextEntry(naive, { kind, message, key: fakeKey(0) });
    for (const engine of [naive, real]) assert.throws(() => engine.apply(entry), UnknownEntry);
  }
  assert.equal(real.describe(), before);
  const { sequence, time } = naive.state;
  const tick = { ...new EntryMaker().tick(), sequence: sequence + 1, time };
  assert.deepEqual(real.apply(tick), naive.apply(tick));
  assert.equal(real.describe(), naive.describe());
});

test('engine: a log starts with a genesis that this program knows', () => {
  const genesis = {
    format: 1,
    exchange: 'e0'.repeat(16),
    rules: 1,
    operator: fakeKeyHex(0),
    headKey: fakeKeyHex(1),
    sandbox: false,
  };
  const maker = () => new EntryMaker();
  const founding = (message: Uint8Array) =>
    maker().raw({ kind: ENTRY_KINDS.genesis, message, key: fakeKey(0) });
  const bad = {
    'a newer format': founding(encodeGenesis({ ...genesis, format: 2 })),
    'newer rules': founding(encodeGenesis({ ...genesis, rules: 2 })),
    'no JSON': founding(encodeUtf8('{')),
    'no UTF-8': founding(Uint8Array.of(0xff)),
    nothing: founding(new Uint8Array(0)),
    'a tick': maker().tick(),
    'a registration': maker().register(1),
    'an order': maker().order({
      verb: 'BID',
      userId: 1,
      stockId: 1,
      unitId: 2,
      quantity: 1n,
      price: 1n,
    }),
    'an envelope': maker().envelope({ userId: 0, type: 'noop', params: {} }),
  };
  for (const engine of [new NaiveEngine(), new RealEngine()]) {
    for (const [what, entry] of Object.entries(bad)) {
      assert.throws(() => engine.apply(entry), UnknownEntry, what);
    }
    const events = engine.apply(founding(encodeGenesis(genesis)));
    assert.deepEqual(events, [{ kind: 'exchange_founded', exchange: genesis.exchange }]);
  }
});

// --- Replay ----------------------------------------------------------------------------------------

test('engine: the same log makes the same state, from memory or from records', () => {
  for (let run = 0; run < 8; run += 1) {
    const naive = new NaiveEngine();
    const entries = new RandomEntries({ seed: `${seedText}/replay/${run}`, oracle: naive });
    const [first, second] = [new RealEngine(), new RealEngine()];
    const log: Unhashed[] = [];
    const events: unknown[] = [];
    for (let count = 0; count < 400; count += 1) {
      const entry = entries.next();
      naive.apply(entry);
      log.push(entry);
      events.push(first.apply(entry));
    }
    const records = log.map((entry) => encodeRecord(entry));
    assert.deepEqual(
      records.map((record) => second.apply(decodeRecord(record))),
      events,
    );
    assert.equal(second.describe(), first.describe());
    assert.equal(second.hash(), first.hash());
    assert.equal(first.hash(), createHash('sha256').update(first.describe()).digest('hex'));
  }
});

test('engine: money, locks and books are in order after every single entry', () => {
  for (let run = 0; run < 12; run += 1) {
    const naive = new NaiveEngine();
    const real = new RealEngine();
    const entries = new RandomEntries({ seed: `${seedText}/every/${run}`, oracle: naive });
    for (let count = 0; count < 250; count += 1) {
      const entry = entries.next();
      naive.apply(entry);
      real.apply(entry);
      const description = real.describe();
      assert.deepEqual(findViolations(description), [], `run ${run}, entry ${entry.sequence}`);
      assert.equal(description, naive.describe(), `run ${run}, entry ${entry.sequence}`);
    }
  }
});

test('engine: a state that was written and read back goes on as if nothing had happened', () => {
  for (let run = 0; run < 8; run += 1) {
    const naive = new NaiveEngine();
    const entries = new RandomEntries({ seed: `${seedText}/restored/${run}`, oracle: naive });
    const stayed = new RealEngine();
    let restored = new RealEngine();
    for (let count = 0; count < 500; count += 1) {
      const entry = entries.next();
      naive.apply(entry);
      assert.deepEqual(restored.apply(entry), stayed.apply(entry));
      if (count % 25 !== 0) continue;
      const text = stayed.describe();
      // In parts of whole lines, as they come from a file.
      restored = new RealEngine(restoreState(text.match(/(.*\n){1,7}/g) ?? []));
      assert.equal(restored.describe(), text);
    }
    assert.equal(restored.hash(), stayed.hash());
  }
});
