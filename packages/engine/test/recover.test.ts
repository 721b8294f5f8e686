// Goal: after a recovery no message that was signed before can count, whatever was lost and however
// often which backup is restored. Method: a random log is cut at a random entry, which is the
// backup; the rest is the lost part. Each recovery applies the backup, then the recovery, then every
// message of all that was lost, twice over; registrations bring lost users back, under their old ids
// or others, and only they may count. Between two recoveries everybody signs more messages.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealEngine, restoreState } from '@picostocks/engine';
import {
  changedLines,
  EntryMaker,
  fakeKey,
  fakeKeyHex,
  NaiveEngine,
  Random,
  RandomEntries,
} from '@picostocks/engine/testing';
import {
  ENTRY_KINDS,
  type Entry,
  type Event,
  encodeUtf8,
  LEAP_PER_MICRO,
  NONCE_OFFSET_MAX,
  nonceStart,
  RECOVERY_PAUSE,
} from '@picostocks/protocol';
import { seedText } from './seed.ts';

type Unhashed = Omit<Entry, 'hash'>;
type Message = Pick<Unhashed, 'kind' | 'message' | 'key'>;

const RUNS = 20;
const BACKUP_MIN = 60;
const LOST_ENTRIES = 200;
const ROUNDS_AFTER = 5;

/** Both engines after a backup, in step. */
class Restored {
  readonly #real: RealEngine;
  readonly #naive = new NaiveEngine();
  readonly #entries: Unhashed[];
  #time: number;

  constructor(backup: readonly Unhashed[]) {
    this.#real = new RealEngine();
    this.#entries = [...backup];
    for (const entry of backup) {
      this.#naive.apply(entry);
      this.#real.apply(entry);
    }
    this.#time = this.#real.state.time;
  }

  get engine(): RealEngine {
    return this.#real;
  }

  /** Its whole log, as a backup that is taken of it now. */
  get entries(): readonly Unhashed[] {
    return [...this.#entries];
  }

  apply(message: Message, time = this.#time): readonly Event[] {
    this.#time = time;
    const sequence = this.#real.state.sequence + 1;
    const entry = { ...message, sequence, time, signature: new Uint8Array(64).fill(1) };
    this.#entries.push(entry);
    const events = this.#real.apply(entry);
    assert.deepEqual(this.#naive.apply(entry), events);
    // What time did stands before what the message did.
    return events.slice(events.findIndex(({ kind }) => kind === 'timers_ran') + 1);
  }

  envelope(userId: number, type: string, params: object): Message {
    const { exchange, users } = this.#real.state;
    const nonce = users[userId]?.keys[0]?.nonceNext;
    const expires = Number.MAX_SAFE_INTEGER;
    const head = { exchange, user_id: userId, key_id: 0, nonce, expires };
    const message = encodeUtf8(JSON.stringify({ ...head, type, params }));
    const publicKey = users[userId]?.keys[0]?.publicKey ?? fakeKey(userId);
    return { kind: ENTRY_KINDS.envelope, message, key: publicKey };
  }

  recover(time: number): Message {
    const { sequence } = this.#real.state;
    const message = this.envelope(0, 'recover', { sequence, hash: 'ab'.repeat(32) });
    const [event] = this.apply(message, time);
    assert.equal(event?.kind, 'recovered');
    assert.equal(this.#real.describe(), this.#naive.describe());
    return message;
  }
}

/** Nothing of what was signed counts; a registration may bring its user back. */
function replay(restored: Restored, messages: readonly Message[], why: string): void {
  const before = restored.engine.describe();
  let registered = 0;
  for (const message of [...messages, ...messages]) {
    const [event] = restored.apply(message);
    if (message.kind === ENTRY_KINDS.registration) {
      if (event?.kind === 'user_registered') registered += 1;
      continue;
    }
    const text = new TextDecoder().decode(message.message);
    assert.equal(event?.kind, 'command_void', `${why}: ${text}`);
  }
  if (registered > 0) return;
  assert.deepEqual(changedLines(before, restored.engine.describe()), [], why);
}

/** Every user, and the operator, signs some more: it all counts, and is lost again. */
function goOn(restored: Restored, time: number): Message[] {
  const signed: Message[] = [];
  for (let round = 0; round < ROUNDS_AFTER; round += 1) {
    for (const { id } of restored.engine.state.users) {
      const message = restored.envelope(id, 'noop', {});
      assert.equal(restored.apply(message, time + round)[0]?.kind, 'nonce_spent');
      signed.push(message);
    }
  }
  return signed;
}

for (let run = 0; run < RUNS; run += 1) {
  const seed = `${seedText}/recover/${run}`;
  test(`recover: nothing signed before counts again (seed ${seed})`, () => {
    const oracle = new NaiveEngine();
    const entries = new RandomEntries({ seed, oracle });
    const cut = BACKUP_MIN + new Random(seed).integer(200);
    const log = Array.from({ length: cut + LOST_ENTRIES }, () => {
      const entry = entries.next();
      oracle.apply(entry);
      return entry;
    });
    const backup = log.slice(0, cut);
    const signed = log.filter(
      ({ kind }) => kind !== ENTRY_KINDS.tick && kind !== ENTRY_KINDS.genesis,
    );
    let time = log.at(-1)?.time ?? 0;
    const known: Message[] = [...signed];
    for (let recovery = 1; recovery <= 3; recovery += 1) {
      const restored = new Restored(backup);
      time += RECOVERY_PAUSE;
      const envelope = restored.recover(time);
      replay(restored, known, `recovery ${recovery}`);
      known.push(envelope, ...goOn(restored, time));
      time += ROUNDS_AFTER;
      const { state } = restored.engine;
      const again = new RealEngine(restoreState([restored.engine.describe()]));
      assert.equal(again.describe(), restored.engine.describe());
      assert.equal(again.state.nonceOffset, state.nonceOffset);
    }
  });
}

const BRANCHES = 12;

/** Every counter of the exchange: the next nonce of each key, and the next ids. */
function countersOf({ engine }: Restored): Map<string, number> {
  const { users, orderIdNext, tradeIdNext, depositIdNext, transferIdNext, withdrawalIdNext } =
    engine.state;
  const ids = { orderIdNext, tradeIdNext, depositIdNext, transferIdNext, withdrawalIdNext };
  const nonces = users.flatMap(({ id, keys }) =>
    keys.map(({ nonceNext }, key): [string, number] => [`user ${id} key ${key}`, nonceNext]),
  );
  return new Map([...nonces, ...Object.entries(ids)]);
}

// A restored log knows nothing of what became of the exchange after it, of recoveries neither.
for (let run = 0; run < RUNS; run += 1) {
  const seed = `${seedText}/branches/${run}`;
  test(`recover: from any backup, in any order, everything before is left behind (seed ${seed})`, () => {
    const random = new Random(seed);
    const maker = new EntryMaker();
    const founded = [maker.genesis()];
    for (const user of [1, 2, 3]) {
      const params = { public_key: fakeKeyHex(user) };
      founded.push(maker.envelope({ userId: 0, type: 'register_user', params }));
    }
    const backups: (readonly Unhashed[])[] = [founded];
    const highest = new Map<string, number>();
    const known: Message[] = [];
    let time = maker.time;
    for (let branch = 0; branch < BRANCHES; branch += 1) {
      const restored = new Restored(random.pickAny(backups) ?? founded);
      time += RECOVERY_PAUSE + random.integer(3) * random.integer(100_000_000);
      known.push(restored.recover(time));
      const counters = countersOf(restored);
      for (const [name, highestEver] of highest) {
        assert.ok((counters.get(name) ?? 0) >= highestEver, `${name} in branch ${branch}`);
      }
      replay(restored, known, `branch ${branch}`);
      known.push(...goOn(restored, time));
      time += ROUNDS_AFTER;
      backups.push(restored.entries);
      for (const [name, next] of countersOf(restored)) {
        highest.set(name, Math.max(next, highest.get(name) ?? 0));
      }
    }
  });
}

test('recover: two recoveries of one moment count a second each, so who appends one waits for it', () => {
  const restored = new Restored([new EntryMaker().genesis()]);
  const before = countersOf(restored).get('orderIdNext');
  assert.equal(before, 1);
  restored.recover(restored.engine.state.time);
  assert.equal(restored.engine.state.orderIdNext, 1 + LEAP_PER_MICRO * RECOVERY_PAUSE);
});

test('recover: a user lost and registered again does not begin where he began', () => {
  const maker = new EntryMaker();
  const open = { userId: 0, type: 'change_settings', params: { registration_open: true } } as const;
  const backup = [maker.genesis(), maker.envelope(open)];
  const lost = [maker.register(1), maker.envelope({ userId: 1, type: 'noop', params: {} })];
  const restored = new Restored(backup);
  const restoredAt = restored.engine.state.time;
  restored.recover(1 + 2 * RECOVERY_PAUSE);
  const [registration, spent] = lost;
  assert.ok(registration !== undefined && spent !== undefined);
  const start = nonceStart({ exchange: maker.exchange, userId: 1, keyId: 0 });
  const nonce = start + LEAP_PER_MICRO * (1 + 2 * RECOVERY_PAUSE - restoredAt);
  assert.deepEqual(restored.apply(registration), [
    { kind: 'user_registered', userId: 1, publicKey: fakeKeyHex(1), nonce },
  ]);
  assert.deepEqual(restored.apply(spent), [{ kind: 'command_void', reason: 'nonce_not_next' }]);
});

test('recover: a leap that would pass the limit is rejected and moves no counter', () => {
  const restored = new Restored([new EntryMaker().genesis()]);
  const most = NONCE_OFFSET_MAX / LEAP_PER_MICRO;
  const claim = () => {
    const { sequence } = restored.engine.state;
    return restored.envelope(0, 'recover', { sequence, hash: 'ab'.repeat(32) });
  };
  const capacity = [{ kind: 'command_rejected', reason: 'capacity' }];
  assert.deepEqual(restored.apply(claim(), restored.engine.state.time + most + 1), capacity);
  assert.equal(restored.engine.state.nonceOffset, 0);
  assert.equal(restored.engine.state.orderIdNext, 1);
});

test('recover: as far as the limit it counts, and all numbers stay exact', () => {
  const restored = new Restored([new EntryMaker().genesis()]);
  const { time } = restored.engine.state;
  restored.recover(time + NONCE_OFFSET_MAX / LEAP_PER_MICRO);
  const { state } = restored.engine;
  assert.equal(state.nonceOffset, NONCE_OFFSET_MAX);
  const nonce = state.users[0]?.keys[0]?.nonceNext ?? 0;
  assert.ok(Number.isSafeInteger(nonce + 2 ** 32));
  assert.equal(restoreState([restored.engine.describe()]).orderIdNext, NONCE_OFFSET_MAX + 1);
});
