// Goal: the real engine does what docs/protocol.md says. Method: random logs are applied by the
// naive engine, written from the document alone, and by the real one. Every event of every entry
// must be equal, and the whole state every so often; what must always hold is checked on the way.
//
// PICOSTOCKS_SEED is any text and PICOSTOCKS_RUNS the number of logs. A failure names the seed that
// repeats its log alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findInsolvency, RealEngine, restoreState, stateLines } from '@picostocks/engine';
import {
  changedLines,
  findViolations,
  NaiveEngine,
  RandomEntries,
} from '@picostocks/engine/testing';
import {
  ENTRY_KINDS,
  type Entry,
  type Event,
  REJECTION_CODES,
  type Rejection,
  VOID_REASONS,
} from '@picostocks/protocol';
import { seedText } from './seed.ts';

const ENTRIES_PER_RUN = 500;
const STATE_EVERY = 50;
const EFFECT_EVERY = 7;
const RUNS_DEFAULT = 240;

const baseSeed = seedText;
const runs = Number(process.env['PICOSTOCKS_RUNS'] ?? RUNS_DEFAULT);

/** Needs 10,000 assets: limits.test.ts has them. */
const UNREACHED: readonly Rejection[] = ['capacity'];

const EVENT_KINDS: readonly Event['kind'][] = [
  'order_placed',
  'order_filled',
  'order_rested',
  'order_cancelled',
  'user_registered',
  'deposit_credited',
  'transferred',
  'asset_created',
  'asset_changed',
  'market_listed',
  'market_changed',
  'settings_changed',
  'recovered',
  'nonce_spent',
  'exchange_founded',
  'command_rejected',
  'command_void',
];

/** What has happened at least once, so that a generator gone dull is noticed. */
const seen = new Set<string>();

function remember(events: readonly Event[]): void {
  for (const event of events) {
    seen.add(event.kind);
    if (event.kind === 'command_rejected') seen.add(`rejected: ${event.reason}`);
    if (event.kind === 'command_void') seen.add(`void: ${event.reason}`);
    if (event.kind === 'order_cancelled') seen.add(`cancelled: ${event.reason}`);
    if (event.kind !== 'order_filled') continue;
    if (event.cost === 0n) seen.add('fill: free');
    if (event.bidFee > 0n) seen.add('fill: bid fee');
    if (event.askFee > 0n) seen.add('fill: ask fee');
    if (event.bidUserId === event.askUserId) seen.add('fill: with oneself');
    const exact = event.price * event.quantity;
    if (event.cost * 10n ** 18n < exact) seen.add('fill: below the exact value');
    if (event.cost * 10n ** 18n > exact) seen.add('fill: above the exact value');
  }
}

function explain(seed: string, entry: Omit<Entry, 'hash'>): string {
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
  assert.match(before, /^- key /, why);
  const fields = before.slice(2).split(' ');
  const nonce = Number(fields.pop()) + 1;
  assert.equal(after, `+ ${[...fields, nonce].join(' ')}`, why);
}

function runLog(seed: string): void {
  const naive = new NaiveEngine();
  let real = new RealEngine();
  const entries = new RandomEntries({ seed, oracle: naive });
  for (let count = 1; count <= ENTRIES_PER_RUN; count += 1) {
    const entry = entries.next();
    const isSample = count > 1 && count % EFFECT_EVERY === 0;
    const before = isSample ? real.describe() : '';
    const events = naive.apply(entry);
    remember(events);
    const why = () => explain(seed, entry);
    assertSame(real.apply(entry), events, why);
    if (isSample) {
      const changed = changedLines(before, real.describe());
      assertNoEffect(events[0], changed, why());
      if (entry.kind === ENTRY_KINDS.tick) assert.deepEqual(changed, [], why());
    }
    if (count % STATE_EVERY === 0) {
      const description = real.describe();
      assert.equal(description, naive.describe(), why());
      assert.deepEqual(findViolations(description), [], why());
      assert.equal(findInsolvency(real.state), undefined, why());
      real = restart(real, why());
    }
  }
}

/** From here on the log is applied by an engine that was restored from what the other one said. */
function restart(engine: RealEngine, why: string): RealEngine {
  const restored = new RealEngine(restoreState(stateLines(engine.state)));
  assert.equal(restored.describe(), engine.describe(), why);
  assert.equal(restored.hash(), engine.hash(), why);
  return restored;
}

/** Deep equality is the slow part of the test, so that its message is made only when it fails. */
function assertSame(actual: unknown, expected: unknown, why: () => string): void {
  try {
    assert.deepStrictEqual(actual, expected);
  } catch (error) {
    throw new Error(why(), { cause: error });
  }
}

test(`both engines agree (seed ${baseSeed}, ${runs} logs of ${ENTRIES_PER_RUN})`, () => {
  for (let run = 0; run < runs; run += 1) runLog(run === 0 ? baseSeed : `${baseSeed}/${run}`);
});

test('the random logs reach everything', { skip: runs < RUNS_DEFAULT }, () => {
  const expected = [
    ...EVENT_KINDS,
    ...REJECTION_CODES.filter((code) => !UNREACHED.includes(code)).map(
      (code) => `rejected: ${code}`,
    ),
    ...VOID_REASONS.map((reason) => `void: ${reason}`),
    'cancelled: user',
    'cancelled: self_trade',
    'fill: free',
    'fill: bid fee',
    'fill: ask fee',
    'fill: with oneself',
    'fill: below the exact value',
    'fill: above the exact value',
  ];
  assert.deepEqual(
    expected.filter((what) => !seen.has(what)),
    [],
  );
});
