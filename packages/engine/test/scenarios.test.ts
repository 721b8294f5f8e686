// Runs the tables in scenarios/*.txt on both engines. A table is read like this:
//
//   == title                      a new exchange with the assets share, usd and gold, a market of
//                                 shares in usd, and an operator
//   given alice 5 usd, 2 share    a new user and what he has; `given no sandbox` changes genesis
//   alice BID 2 share at 1 usd    a command: an order text, REGISTER and a name, TICK and perhaps a
//                                 time, or an envelope as `operator set_fees stock_id=share maker_ppm=10`
//     order_rested 1: 2           under it, everything that happens
//   after                         at the end, every balance and every open order
//
// `alice/1` signs with her key 1. `t60` is a minute after the first entry; `!at=t60` lets an entry come
// then. `100 x` before a command gives it so often, with a number for each `*`; under it stands what the
// last one did. The operations of a batch stand with ` ; ` between them. A public key is named for its
// user, or `key…` for nobody's.
//
// `!nonce=-1`, `!expires=-1` (both from what is right), `!key=bob`, `!key_id=1` and `!exchange=other`
// put something wrong into an entry. A rejected command must leave all but its nonce as it was, a
// void one all. After every command the state is written, read back, and must be the same.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { findInsolvency, RealEngine, restoreState } from '@picostocks/engine';
import { changedLines, findViolations, NaiveEngine } from '@picostocks/engine/testing';
import { REJECTION_CODES, VOID_REASONS } from '@picostocks/protocol';
import { Floor } from './scenario-floor.ts';

// --- The parser ------------------------------------------------------------------------------------

interface Step {
  readonly command: string;
  readonly events: string[];
}
interface Scenario {
  readonly title: string;
  readonly givens: string[];
  readonly steps: Step[];
  after: string[] | undefined;
}

function parseScenarios(text: string): Scenario[] {
  const scenarios: Scenario[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (line.startsWith('== ')) {
      scenarios.push({ title: line.slice(3), givens: [], steps: [], after: undefined });
      continue;
    }
    const scenario = scenarios.at(-1);
    if (scenario === undefined) throw new Error(`no title before: ${line}`);
    if (line === 'after') scenario.after = [];
    else if (line.startsWith('given ')) scenario.givens.push(line.slice('given '.length));
    else if (!line.startsWith(' ')) scenario.steps.push({ command: line, events: [] });
    else (scenario.after ?? scenario.steps.at(-1)?.events ?? []).push(line.trim());
  }
  return scenarios;
}

// --- The runner ------------------------------------------------------------------------------------

const seen = new Set<string>();

class Run {
  readonly floor: Floor;
  readonly engines = [new RealEngine(), new NaiveEngine()] as const;

  constructor({ title, givens }: Scenario) {
    this.floor = new Floor(!givens.includes('no sandbox'));
    for (const entry of this.floor.opening(givens)) {
      for (const engine of this.engines) {
        const kind = engine.apply(entry).at(-1)?.kind;
        assert.notEqual(kind, 'command_rejected', `${title}: the opening is wrong`);
        assert.notEqual(kind, 'command_void', `${title}: the opening is wrong`);
      }
    }
  }

  step({ command, events }: Step): void {
    const [, times = '1', text = command] = /^(\d+) x (.*)$/.exec(command) ?? [];
    for (let time = 1; time <= Number(times); time += 1) {
      const isLast = time === Number(times);
      const { floor } = this;
      const entry = floor.entry(text, time);
      const [before] = this.engines.map((engine) => engine.describe());
      for (const engine of this.engines) {
        const happened = engine.apply(entry);
        floor.noteKeys(happened);
        if (!isLast) continue;
        const lines = happened.map((event) => floor.renderEvent(event));
        assert.deepEqual(lines, events, command);
        for (const line of lines) seen.add(line);
        checkChanges(lines, changedLines(before ?? '', engine.describe()), command);
        assert.deepEqual(findViolations(engine.describe()), [], command);
      }
    }
    this.#checkText(command);
  }

  /** The text is the whole state: it reads back, and it is the same for both engines. */
  #checkText(command: string): void {
    const [real, naive] = this.engines;
    const text = real.describe();
    assert.equal(text, naive.describe(), command);
    const restored = restoreState([text]);
    assert.equal(new RealEngine(restored).describe(), text, command);
    assert.equal(findInsolvency(restored), undefined, command);
  }
}

function checkChanges(lines: readonly string[], diff: readonly string[], command: string): void {
  const [first] = lines;
  // A sweep that finds nothing left goes without an event.
  const changed = diff.filter((line) => !line.startsWith('- sweep'));
  if (first?.startsWith('void ')) assert.deepEqual(changed, [], command);
  if (!first?.startsWith('rejected ')) return;
  const kinds = changed.map((line) => line.split(' ').slice(0, 2).join(' '));
  const registers = command.startsWith('REGISTER');
  assert.deepEqual(kinds, registers ? [] : ['- key', '+ key'], command);
}

function runScenario(scenario: Scenario): void {
  const run = new Run(scenario);
  for (const step of scenario.steps) run.step(step);
  const { after } = scenario;
  if (after === undefined) return;
  for (const engine of run.engines) {
    assert.deepEqual(run.floor.renderState(engine.describe()), after, 'after');
  }
}

const folder = new URL('./scenarios/', import.meta.url);
for (const file of readdirSync(folder).sort()) {
  const scenarios = parseScenarios(readFileSync(new URL(file, folder), 'utf8'));
  for (const scenario of scenarios) {
    test(`${file}: ${scenario.title}`, () => runScenario(scenario));
  }
}

test('scenarios: every rejection and every void reason stands in a table', () => {
  const expected = [
    ...REJECTION_CODES.map((code) => `rejected ${code}`),
    ...VOID_REASONS.map((reason) => `void ${reason}`),
  ];
  assert.deepEqual(
    expected.filter((line) => !seen.has(line)),
    [],
  );
});
