// Goal: the real engine does what docs/protocol.md says. Method: random logs are applied by the
// naive engine, written from the document alone, and by the real one. Every event of every entry
// must be equal, and the whole state every so often; what must always hold is checked on the way.
//
// PICOSTOCKS_SEED is any text and PICOSTOCKS_RUNS the number of logs. A failure names the seed that
// repeats its log alone. A seed that ends with `#` and a depth makes a log that begins with so much
// of something that it meets a limit; each depth comes once in a full run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Engine, findInsolvency, RealEngine, restoreState } from '@picostocks/engine';
import {
  changedLines,
  DEPTHS,
  findViolations,
  NaiveEngine,
  RandomEntries,
} from '@picostocks/engine/testing';
import {
  CANCEL_REASONS,
  decodeCommand,
  ENTRY_KINDS,
  ENVELOPE_PARAMS,
  type Entry,
  type Event,
  EXTERNAL_STATUSES,
  OPERATION_PARAMS,
  type OrderFilled,
  REJECTION_CODES,
  TIMERS_PER_ENTRY_MAX,
  TIMES_IN_FORCE,
  UnknownEntry,
  VOID_REASONS,
} from '@picostocks/protocol';
import { seedText } from './seed.ts';

type Unhashed = Omit<Entry, 'hash'>;

const ENTRIES_PER_RUN = 500;
const STATE_EVERY = 50;
const EFFECT_EVERY = 17;
const BROKEN_EVERY = 41;
const RUNS_DEFAULT = 240;

const runs = Number(process.env['PICOSTOCKS_RUNS'] ?? RUNS_DEFAULT);

// --- What has happened at least once, so that a generator gone dull is noticed ------------------------

/** A new kind of event does not compile before it is here. */
const EVENT_KINDS = {
  order_placed: true,
  order_filled: true,
  order_rested: true,
  order_amended: true,
  order_cancelled: true,
  order_closed: true,
  switch_set: true,
  switch_fired: true,
  switch_spared: true,
  timers_ran: true,
  operation_ended: true,
  user_registered: true,
  key_added: true,
  key_rotated: true,
  key_revoked: true,
  user_frozen: true,
  user_unfrozen: true,
  user_changed: true,
  deposit_changed: true,
  withdrawal_changed: true,
  address_requested: true,
  address_registered: true,
  corrected: true,
  transferred: true,
  asset_created: true,
  asset_changed: true,
  market_listed: true,
  market_changed: true,
  fee_tier_changed: true,
  settings_changed: true,
  recovered: true,
  nonce_spent: true,
  exchange_founded: true,
  command_rejected: true,
  command_void: true,
} satisfies Record<Event['kind'], true>;

const EXPECTED: readonly string[] = [
  ...Object.keys(EVENT_KINDS),
  ...['register', ...Object.keys(ENVELOPE_PARAMS)].map((type) => `applied: ${type}`),
  ...Object.keys(OPERATION_PARAMS).map((type) => `applied in a batch: ${type}`),
  ...REJECTION_CODES.map((code) => `rejected: ${code}`),
  ...VOID_REASONS.map((reason) => `void: ${reason}`),
  ...CANCEL_REASONS.map((reason) => `cancelled: ${reason}`),
  ...TIMES_IN_FORCE.map((terms) => `filled: limit ${terms}`),
  'filled: market ioc',
  'filled: market fok',
  'closed: filled',
  'closed: cancelled',
  'closed: expired',
  ...EXTERNAL_STATUSES.map((status) => `deposit: ${status}`),
  ...EXTERNAL_STATUSES.map((status) => `withdrawal: ${status}`),
  'amended: keeps its place',
  'amended: loses its place',
  'batch: its middle fails',
  'time: as much as one entry may',
  'time: the dead are met',
  'fill: free',
  'fill: bid fee',
  'fill: ask fee',
  'fill: with oneself',
  'fill: below the exact value',
  'fill: above the exact value',
];

const seen = new Set<string>();

function remember(entry: Unhashed, events: readonly Event[]): void {
  for (const event of events) rememberEvent(event);
  const ran = events.findIndex(({ kind }) => kind === 'timers_ran');
  const steps = events.slice(0, ran + 1).filter(({ kind }) => kind !== 'order_closed');
  if (steps.length > TIMERS_PER_ENTRY_MAX) seen.add('time: as much as one entry may');
  const asked = events.slice(ran + 1);
  const isDead = (event: Event) =>
    event.kind === 'order_cancelled' &&
    ['expired', 'frozen', 'cancel_after'].includes(event.reason);
  if (asked.some(isDead)) seen.add('time: the dead are met');
  rememberCommand(entry, asked);
}

function rememberCommand({ kind, message }: Unhashed, asked: readonly Event[]): void {
  if (kind === ENTRY_KINDS.genesis || kind === ENTRY_KINDS.tick) return;
  const first = asked[0]?.kind;
  if (first === 'command_rejected' || first === 'command_void') return;
  const command = decodeCommand(kind, message);
  seen.add(`applied: ${command.type}`);
  if (command.type !== 'batch') return;
  const ends = asked.filter((event) => event.kind === 'operation_ended');
  for (const { index, rejection } of ends) {
    const type = command.params.operations[index]?.type;
    if (rejection === undefined) seen.add(`applied in a batch: ${type}`);
    const isMiddle = index > 0 && index < ends.length - 1;
    if (isMiddle && rejection !== undefined) seen.add('batch: its middle fails');
  }
}

function rememberEvent(event: Event): void {
  const { kind } = event;
  seen.add(kind);
  if (kind === 'command_rejected') seen.add(`rejected: ${event.reason}`);
  if (kind === 'operation_ended') seen.add(`rejected: ${event.rejection}`);
  if (kind === 'command_void') seen.add(`void: ${event.reason}`);
  if (kind === 'order_cancelled') seen.add(`cancelled: ${event.reason}`);
  if (kind === 'order_closed') seen.add(`closed: ${event.status}`);
  if (kind === 'order_closed' && event.filled > 0n) {
    seen.add(`filled: ${event.type} ${event.timeInForce}`);
  }
  if (kind === 'order_amended')
    seen.add(`amended: ${event.keepsPlace ? 'keeps' : 'loses'} its place`);
  if (kind === 'deposit_changed') seen.add(`deposit: ${event.status}`);
  if (kind === 'withdrawal_changed') seen.add(`withdrawal: ${event.status}`);
  if (kind === 'order_filled') rememberFill(event);
}

function rememberFill(event: OrderFilled): void {
  if (event.cost === 0n) seen.add('fill: free');
  if (event.bidFee > 0n) seen.add('fill: bid fee');
  if (event.askFee > 0n) seen.add('fill: ask fee');
  if (event.bidUserId === event.askUserId) seen.add('fill: with oneself');
  const exact = event.price * event.quantity;
  if (event.cost * 10n ** 18n < exact) seen.add('fill: below the exact value');
  if (event.cost * 10n ** 18n > exact) seen.add('fill: above the exact value');
}

// --- Both engines --------------------------------------------------------------------------------------

function explain(seed: string, entry: Unhashed): string {
  const message = new TextDecoder().decode(entry.message);
  const rerun = `PICOSTOCKS_SEED='${seed}' PICOSTOCKS_RUNS=1`;
  return `${rerun}, entry ${entry.sequence}, kind ${entry.kind}: ${message}`;
}

/** A rejection spends a nonce and a void nothing: no other line of the state may change. */
function assertNoEffect(event: Event | undefined, changed: readonly string[], why: string): void {
  if (event?.kind === 'command_void') assert.deepEqual(changed, [], why);
  if (event?.kind !== 'command_rejected' || changed.length === 0) return;
  const [before = '', after = ''] = changed;
  assert.equal(changed.length, 2, why);
  const [kept, nonce, ...rest] = before.match(/^- (key \S+ \S+ \S+) (\S+) (.*)$/)?.slice(1) ?? [];
  assert.equal(after, `+ ${[kept, Number(nonce) + 1, ...rest].join(' ')}`, why);
}

function runLog(seed: string): void {
  const depth = DEPTHS.find((known) => seed.endsWith(`#${known}`));
  const naive = new NaiveEngine();
  let real = new RealEngine();
  const entries = new RandomEntries({ seed, oracle: naive, depth });
  // What a depth is for has just happened when its world is made.
  const setUp = entries.setUpLeft;
  const most = ENTRIES_PER_RUN + (depth === undefined ? 0 : setUp);
  for (let count = 1; count <= most; count += 1) {
    const entry = entries.next();
    const isSample = count > 1 && count % EFFECT_EVERY === 0;
    const before = isSample ? real.describe() : '';
    if (count % BROKEN_EVERY === 0) assertRefused([naive, real], entry);
    const events = naive.apply(entry);
    remember(entry, events);
    const why = () => explain(seed, entry);
    assertSame(real.apply(entry), events, why);
    // What time did stands before what the message did, and a sweep may end without an event.
    if (isSample && events[0]?.kind.startsWith('command_') && !before.includes('\nsweep ')) {
      assertNoEffect(events[0], changedLines(before, real.describe()), why());
    }
    if (count % STATE_EVERY === 0 || count === setUp || count === most) {
      const description = real.describe();
      if (description !== naive.describe()) {
        assert.deepEqual(changedLines(naive.describe(), description), [], why());
      }
      assert.deepEqual(findViolations(description), [], why());
      assert.equal(findInsolvency(real.state), undefined, why());
      real = restart(real, why());
    }
  }
}

/** What no program can read stops both engines before anything is done, also what time has made due. */
function assertRefused(engines: readonly Engine[], entry: Unhashed): void {
  if (entry.kind === ENTRY_KINDS.tick) return;
  const broken = { ...entry, message: entry.message.subarray(1) };
  for (const engine of engines) assert.throws(() => engine.apply(broken), UnknownEntry);
}

/** From here on the log is applied by an engine that was restored from what the other one said. */
function restart(engine: RealEngine, why: string): RealEngine {
  const restored = new RealEngine(restoreState([engine.describe()]));
  assert.equal(restored.describe(), engine.describe(), why);
  assert.equal(restored.hash(), engine.hash(), why);
  return restored;
}

/** Event by event, since the difference of two long lists takes minutes to print. */
function assertSame(actual: readonly Event[], expected: readonly Event[], why: () => string): void {
  try {
    for (const [index, event] of expected.entries()) assert.deepStrictEqual(actual[index], event);
    assert.equal(actual.length, expected.length);
  } catch (error) {
    throw new Error(why(), { cause: error });
  }
}

const seedOf = (run: number): string => {
  const depth = DEPTHS[run - 1];
  if (run === 0) return seedText;
  return depth === undefined ? `${seedText}/${run}` : `${seedText}/${run}#${depth}`;
};

test(`both engines agree (seed ${seedText}, ${runs} logs of ${ENTRIES_PER_RUN})`, () => {
  for (let run = 0; run < runs; run += 1) runLog(seedOf(run));
});

test('the random logs reach everything', { skip: runs < RUNS_DEFAULT }, () => {
  assert.deepEqual(
    EXPECTED.filter((what) => !seen.has(what)),
    [],
  );
});
