// Runs the tables in scenarios/*.txt on both engines. A table is read like this:
//
//   == title                      a new exchange with the assets share, usd and gold, a market of
//                                 shares in usd, and an operator
//   given alice 5 usd, 2 share    a new user and what he has; `given no sandbox` changes genesis
//   alice BID 2 share at 1 usd    a command: an order text, TICK, REGISTER and a name, or an
//                                 envelope as `operator set_fees stock_id=share maker_ppm=10`
//     order_rested 1: 2           under it, everything that happens
//   after                         at the end, every balance and every open order
//
// `!nonce=-1`, `!expires=-1` (both from what is right), `!key=bob`, `!key_id=1` and `!exchange=other`
// put something wrong into an entry. A rejected command must leave all but its nonce as it was, a
// void one all.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import {
  changedLines,
  EntryMaker,
  fakeKey,
  fakeKeyHex,
  findViolations,
  NaiveEngine,
} from '@picostocks/engine/testing';
import {
  ENVELOPE_PARAMS,
  type Entry,
  type EnvelopeParams,
  type EnvelopeType,
  type Event,
  formatAmount,
  ORDER_VERBS,
  type OrderVerb,
  parseAmount,
  REJECTION_CODES,
  type Rejection,
  VOID_REASONS,
  type Written,
} from '@picostocks/protocol';

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

// --- Commands --------------------------------------------------------------------------------------

type Unhashed = Omit<Entry, 'hash'>;

const ASSETS = ['share', 'usd', 'gold'] as const;

/** One exchange, and the names that its table uses. */
class Floor {
  readonly maker: EntryMaker;
  readonly ids = new Map<string, number>([
    ['operator', 0],
    ['nobody', 999],
    ['nothing', 99],
    ...ASSETS.map((code, index): [string, number] => [code, index + 1]),
  ]);
  readonly names: string[] = ['operator'];

  constructor(sandbox: boolean) {
    this.maker = new EntryMaker({ sandbox });
  }

  /** A new name is the next user's. */
  idOf(name: string): number {
    const id = this.ids.get(name) ?? this.names.length;
    if (!this.ids.has(name)) this.names.push(name);
    this.ids.set(name, id);
    return id;
  }

  opening(givens: readonly string[]): Unhashed[] {
    const entries = [this.maker.genesis()];
    for (const code of ASSETS) {
      entries.push(this.entry(`operator create_asset stock_id=${code} code=${code}`));
    }
    entries.push(this.entry('operator list_market stock_id=share unit_id=usd'));
    for (const given of givens.filter((text) => text !== 'no sandbox')) {
      const [, name = '', rest = ''] = /^(\w+) ?(.*)$/.exec(given) ?? [];
      entries.push(this.entry(`operator register_user public_key=${name}`));
      for (const money of rest === '' ? [] : rest.split(', ')) {
        const [quantity, code] = money.split(' ');
        const what = `user_id=${name} stock_id=${code} quantity=${quantity}`;
        entries.push(this.entry(`operator credit_deposit ${what} txid=given:${name}:${code}`));
      }
    }
    return entries;
  }

  entry(command: string): Unhashed {
    this.maker.elapse(1);
    const words = command.split(/ +/);
    const forgery = this.#forgery(words);
    const [name = '', verb = '', ...rest] = words.filter((word) => !word.startsWith('!'));
    if (name === 'TICK') return this.maker.tick();
    if (name === 'REGISTER') return this.maker.register(this.idOf(verb), forgery);
    const userId = this.idOf(name);
    const real = userId < this.names.length ? {} : { nonce: 1 };
    if (!ORDER_VERBS.some((known) => known === verb)) {
      const type = verb as EnvelopeType;
      const params = this.#params(type, rest);
      return this.maker.envelope({ userId, type, params }, { ...real, ...forgery });
    }
    const [quantity = '', stock = '', , price = '', unit = ''] = rest;
    const pair = { stockId: this.idOf(stock), unitId: this.idOf(unit) };
    const amounts = { quantity: parseAmount(quantity) ?? -1n, price: parseAmount(price) ?? -1n };
    const order = { verb: verb as OrderVerb, userId, ...pair, ...amounts };
    return this.maker.order(order, { ...real, ...forgery });
  }

  #params<T extends EnvelopeType>(type: T, words: readonly string[]): Written<EnvelopeParams<T>> {
    const properties = ENVELOPE_PARAMS[type].properties as Record<string, { type?: string }>;
    const pairs = words.map((word): [string, unknown] => {
      const [key = '', value = ''] = word.split('=');
      if (key === 'hash') return [key, this.maker.headBefore().hash];
      if (value === 'before') return [key, this.maker.headBefore().sequence];
      if (key === 'public_key') return [key, fakeKeyHex(this.idOf(value))];
      if (properties[key]?.type === 'boolean') return [key, value === 'true'];
      if (properties[key]?.type !== 'integer') return [key, value];
      return [key, /^\d+$/.test(value) ? Number(value) : this.idOf(value)];
    });
    return Object.fromEntries(pairs) as Written<EnvelopeParams<T>>;
  }

  #forgery(words: readonly string[]): Record<string, unknown> {
    const userId = this.ids.get(words[0] ?? '') ?? 0;
    const wrongs = words.filter((word) => word.startsWith('!')).map((word) => word.slice(1));
    const pairs = wrongs.map((wrong): [string, unknown] => {
      const [what = '', value = ''] = wrong.split('=');
      if (what === 'nonce') return ['nonce', this.maker.nonceOf(userId) + Number(value)];
      if (what === 'expires') return ['expires', this.maker.time + Number(value)];
      if (what === 'key') return ['key', fakeKey(this.idOf(value))];
      if (what === 'key_id') return ['keyId', Number(value)];
      if (what === 'exchange') return ['exchange', 'ab'.repeat(16)];
      throw new Error(`nothing to do for !${wrong}`);
    });
    return Object.fromEntries(pairs);
  }

  // --- What a table says of events and state -------------------------------------------------------

  #money(amount: bigint | string, stockId: number | string): string {
    return `${short(BigInt(amount))} ${ASSETS[Number(stockId) - 1] ?? stockId}`;
  }

  renderEvent(event: Event): string {
    const { names } = this;
    switch (event.kind) {
      case 'command_rejected':
        return `rejected ${event.reason}`;
      case 'command_void':
        return `void ${event.reason}`;
      case 'order_placed': {
        const what = this.#money(event.quantity, event.stockId);
        const price = this.#money(event.price, event.unitId);
        return `order_placed ${event.orderId}: ${names[event.userId]} ${event.side} ${what} at ${price}`;
      }
      case 'order_filled': {
        const { stockId, unitId } = event;
        const who = `${names[event.bidUserId]} buys from ${names[event.askUserId]}`;
        const what = `${this.#money(event.quantity, stockId)} at ${this.#money(event.price, unitId)}`;
        const fees = `${this.#money(event.bidFee, stockId)} and ${this.#money(event.askFee, unitId)}`;
        const cost = this.#money(event.cost, unitId);
        const orders = `bid ${event.bidOrderId} ask ${event.askOrderId}`;
        return `order_filled ${event.tradeId} (${orders}): ${who} ${what}, cost ${cost}, fees ${fees}`;
      }
      case 'order_rested':
        return `order_rested ${event.orderId}: ${short(event.remaining)}`;
      case 'order_cancelled': {
        const amounts = `${short(event.quantity)} off, ${short(event.remaining)} left`;
        return `order_cancelled ${event.orderId}: ${amounts}, by ${event.reason}`;
      }
      case 'user_registered':
        return `user_registered ${names[event.userId]}`;
      case 'deposit_credited': {
        const what = this.#money(event.quantity, event.stockId);
        return `deposit_credited ${event.depositId}: ${names[event.userId]} ${what}`;
      }
      case 'transferred': {
        const who = `${names[event.fromUserId]} to ${names[event.toUserId]}`;
        return `transferred ${event.transferId}: ${who} ${this.#money(event.quantity, event.stockId)}`;
      }
      default:
        return event.kind;
    }
  }

  /** The balances that are not zero and the books, from the engine's own description. */
  renderState(description: string): string[] {
    let market: readonly string[] = [];
    return description.split('\n').flatMap((line) => {
      const [word, ...fields] = line.split(' ');
      const [first = '', second = '', third = '', fourth = '', fifth = ''] = fields;
      if (word === 'market') market = fields;
      if (word === 'balance' && third === '0' && fourth === '0') return [];
      if (word === 'balance') {
        const locked = fourth === '0' ? '' : `, ${short(BigInt(fourth))} locked`;
        return [`${this.names[Number(first)]} ${this.#money(third, second)} free${locked}`];
      }
      if (word !== 'order') return [];
      const what = `${this.#money(fifth, market[0] ?? '')} at ${this.#money(fourth, market[1] ?? '')}`;
      return [`${second} ${first} ${this.names[Number(third)]} ${what}`];
    });
  }
}

function short(amount: bigint): string {
  return formatAmount(amount).replace(/\.?0+$/, '');
}

// --- The runner ------------------------------------------------------------------------------------

const seen = new Set<string>();

function runScenario({ title, givens, steps, after }: Scenario): void {
  const floor = new Floor(!givens.includes('no sandbox'));
  const engines = [new RealEngine(), new NaiveEngine()];
  const entries = floor.opening(givens);
  for (const engine of engines) {
    for (const entry of entries) {
      const [event] = engine.apply(entry);
      assert.notEqual(event?.kind, 'command_rejected', `${title}: the opening is wrong`);
      assert.notEqual(event?.kind, 'command_void', `${title}: the opening is wrong`);
    }
  }
  for (const { command, events } of steps) {
    const entry = floor.entry(command);
    for (const engine of engines) {
      const before = engine.describe();
      const lines = engine.apply(entry).map((event) => floor.renderEvent(event));
      assert.deepEqual(lines, events, command);
      for (const line of lines) seen.add(line);
      const changed = changedLines(before, engine.describe());
      if (lines[0]?.startsWith('void ')) assert.deepEqual(changed, [], command);
      if (lines[0]?.startsWith('rejected ')) {
        const kinds = changed.map((line) => line.split(' ').slice(0, 2).join(' '));
        const registers = command.startsWith('REGISTER');
        assert.deepEqual(kinds, registers ? [] : ['- key', '+ key'], command);
      }
      assert.deepEqual(findViolations(engine.describe()), [], command);
    }
  }
  for (const engine of engines) {
    if (after !== undefined) assert.deepEqual(floor.renderState(engine.describe()), after, 'after');
  }
}

const folder = new URL('./scenarios/', import.meta.url);
for (const file of readdirSync(folder).sort()) {
  const scenarios = parseScenarios(readFileSync(new URL(file, folder), 'utf8'));
  for (const scenario of scenarios) {
    test(`${file}: ${scenario.title}`, () => runScenario(scenario));
  }
}

/** Needs 10,000 assets, which is no table: limits.test.ts has them. */
const NO_TABLE: readonly Rejection[] = ['capacity'];

test('scenarios: every rejection and every void reason stands in a table', () => {
  const expected = [
    ...REJECTION_CODES.filter((code) => !NO_TABLE.includes(code)).map((code) => `rejected ${code}`),
    ...VOID_REASONS.map((reason) => `void ${reason}`),
  ];
  assert.deepEqual(
    expected.filter((line) => !seen.has(line)),
    [],
  );
});
