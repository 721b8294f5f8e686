// Goal: no short sequence of orders is left to chance. Method: all sequences of a small alphabet, in
// one market, on both engines. A sequence begins with an empty book: what the last one left there is
// cancelled, which is compared too. The first command is always the first user's, since the two
// users are alike.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import {
  EntryMaker,
  fakeKeyHex,
  findViolations,
  type MadeOrder,
  NaiveEngine,
} from '@picostocks/engine/testing';
import { type Entry, SELF_TRADE_MODES } from '@picostocks/protocol';

const ONE = 10n ** 18n;
const MARKET = { stockId: 1, unitId: 2 };
/** Prices whose products with the quantities below are not whole atoms. */
const PRICES = [(ONE * 13n) / 10n, (ONE * 17n) / 10n] as const;
/** Atoms: one that is dust, and one that is worth a fee. */
const QUANTITIES = [3n, 25n] as const;

type Command = Omit<MadeOrder, 'stockId' | 'unitId'>;

function commands(parts: {
  readonly verbs: readonly MadeOrder['verb'][];
  readonly prices: readonly bigint[];
  readonly quantities: readonly bigint[];
}): Command[] {
  return [1, 2].flatMap((userId) =>
    parts.verbs.flatMap((verb) =>
      parts.prices.flatMap((price) =>
        parts.quantities.map((quantity) => ({ userId, verb, price, quantity })),
      ),
    ),
  );
}

class Duel {
  readonly #maker = new EntryMaker();
  readonly #naive = new NaiveEngine();
  readonly #real = new RealEngine();

  constructor(selfTrade: (typeof SELF_TRADE_MODES)[number], deposit = '1000') {
    const operator = { userId: 0 } as const;
    this.apply(this.#maker.genesis());
    for (const stock_id of [1, 2]) {
      const params = { stock_id, code: `coin${stock_id}` };
      this.apply(this.#maker.envelope({ ...operator, type: 'create_asset', params }));
    }
    const pair = { stock_id: 1, unit_id: 2 };
    const rules = { ...pair, min_value: '0.000000000000000001', self_trade: selfTrade };
    this.apply(this.#maker.envelope({ ...operator, type: 'list_market', params: rules }));
    for (const user_id of [1, 2, 3]) {
      const params = { public_key: fakeKeyHex(user_id) };
      this.apply(this.#maker.envelope({ ...operator, type: 'register_user', params }));
      for (const stock_id of user_id === 3 ? [] : [1, 2]) {
        const money = { user_id, stock_id, quantity: deposit, txid: `${user_id}` };
        this.apply(this.#maker.envelope({ ...operator, type: 'credit_deposit', params: money }));
      }
    }
    const settings = { fee_user_id: 3 };
    this.apply(this.#maker.envelope({ ...operator, type: 'change_settings', params: settings }));
    const fees = { ...pair, maker_ppm: 50_000, taker_ppm: 100_000 };
    this.apply(this.#maker.envelope({ ...operator, type: 'set_fees', params: fees }));
  }

  apply(entry: Omit<Entry, 'hash'>): void {
    const events = this.#naive.apply(entry);
    assert.deepStrictEqual(this.#real.apply(entry), events);
  }

  play(sequence: readonly Command[]): void {
    for (const command of sequence) this.apply(this.#maker.order({ ...MARKET, ...command }));
  }

  clearBook(): void {
    while (this.#naive.state.orders.length > 0) {
      const [open] = this.#naive.state.orders;
      if (open === undefined) return;
      const verb = open.side === 'bid' ? ('CANCELBID' as const) : ('CANCELASK' as const);
      const { userId, price } = open;
      this.play([{ verb, userId, price, quantity: ONE }]);
    }
  }

  compare(): void {
    assert.equal(this.#real.describe(), this.#naive.describe());
    assert.deepEqual(findViolations(this.#real.describe()), []);
  }
}

/** Calls `visit` with every sequence of `length` that begins with one of the first user's commands. */
function forEachSequence(
  { alphabet, length }: { alphabet: readonly Command[]; length: number },
  visit: (sequence: readonly Command[]) => void,
): number {
  let count = 0;
  const extend = (sequence: readonly Command[]) => {
    if (sequence.length === length) {
      count += 1;
      visit(sequence);
      return;
    }
    for (const command of alphabet) {
      if (sequence.length > 0 || command.userId === 1) extend([...sequence, command]);
    }
  };
  extend([]);
  return count;
}

function playAll(duel: Duel, parts: { alphabet: readonly Command[]; length: number }): number {
  let played = 0;
  const count = forEachSequence(parts, (sequence) => {
    duel.play(sequence);
    if (played % 500 === 0) duel.compare();
    duel.clearBook();
    played += 1;
  });
  duel.compare();
  return count;
}

const placements = commands({ verbs: ['ASK', 'BID'], prices: PRICES, quantities: QUANTITIES });
const cancels = commands({
  verbs: ['CANCELASK', 'CANCELBID'],
  prices: [PRICES[0]],
  quantities: [QUANTITIES[0]],
});

for (const selfTrade of SELF_TRADE_MODES) {
  test(`every sequence of 3 of 20 commands, ${selfTrade}`, () => {
    const alphabet = [...placements, ...cancels];
    assert.equal(playAll(new Duel(selfTrade), { alphabet, length: 3 }), 10 * 20 ** 2);
  });
}

test('every sequence of 4 of 20 commands', () => {
  const alphabet = [...placements, ...cancels];
  assert.equal(playAll(new Duel('cancel_newest'), { alphabet, length: 4 }), 10 * 20 ** 3);
});

test('every sequence of 5 of 8 commands', () => {
  const alphabet = [
    ...commands({ verbs: ['ASK', 'BID'], prices: [PRICES[0]], quantities: QUANTITIES }),
  ];
  assert.equal(playAll(new Duel('cancel_oldest'), { alphabet, length: 5 }), 4 * 8 ** 4);
});

test('every sequence of 3 of 20 commands, each of a new exchange with hardly any money', () => {
  const alphabet = [...placements, ...cancels];
  const deposit = '0.000000000000000040';
  const count = forEachSequence({ alphabet, length: 3 }, (sequence) => {
    const duel = new Duel('cancel_both', deposit);
    duel.play(sequence);
    duel.compare();
  });
  assert.equal(count, 10 * 20 ** 2);
});
