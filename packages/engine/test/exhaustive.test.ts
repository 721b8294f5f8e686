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
import {
  type Entry,
  type OperationParams,
  SELF_TRADE_MODES,
  type Written,
} from '@picostocks/protocol';

const ONE = 10n ** 18n;
const MARKET = { stockId: 1, unitId: 2 };
/** Prices whose products with the quantities below are not whole atoms. */
const PRICES = [(ONE * 13n) / 10n, (ONE * 17n) / 10n] as const;
/** Atoms: one that is dust, and one that is worth a fee. */
const QUANTITIES = [3n, 25n] as const;

type Unhashed = Omit<Entry, 'hash'>;

interface Command {
  readonly userId: number;
  readonly entry: (maker: EntryMaker) => Unhashed;
}

function orderText(order: Omit<MadeOrder, 'stockId' | 'unitId'>): Command {
  return { userId: order.userId, entry: (maker) => maker.order({ ...MARKET, ...order }) };
}

function commands(parts: {
  readonly verbs: readonly MadeOrder['verb'][];
  readonly prices: readonly bigint[];
  readonly quantities: readonly bigint[];
}): Command[] {
  return [1, 2].flatMap((userId) =>
    parts.verbs.flatMap((verb) =>
      parts.prices.flatMap((price) =>
        parts.quantities.map((quantity) => orderText({ userId, verb, price, quantity })),
      ),
    ),
  );
}

const PAIR = { stock_id: 1, unit_id: 2 };
const [LOW, HIGH] = ['1.3', '1.7'];
const [FEW, MANY] = ['0.000000000000000003', '0.000000000000000025'];
const NAME = { client_order_id: 'mine' };
/** How much time passes with the command that lets time pass. */
const PAUSE_MICROS = 5;

/** The operations that order texts do not have; each user has one order with a name. */
function operations(userId: number): Command[] {
  const place = (params: Written<OperationParams<'place_order'>>): Command => ({
    userId,
    entry: (maker) => maker.envelope({ userId, type: 'place_order', params }),
  });
  const amend = (change: { price?: string; quantity?: string }): Command => ({
    userId,
    entry: (maker) =>
      maker.envelope({ userId, type: 'amend_order', params: { ...NAME, ...change } }),
  });
  const bid = { ...PAIR, side: 'bid', price: HIGH } as const;
  const ask = { ...PAIR, side: 'ask', price: LOW } as const;
  return [
    place({ ...ask, quantity: MANY, ...NAME }),
    place({ ...bid, quantity: MANY, price: LOW, ...NAME }),
    place({ ...bid, quantity: FEW, time_in_force: 'ioc' }),
    place({ ...bid, quantity: MANY, time_in_force: 'fok' }),
    place({ ...ask, quantity: FEW, time_in_force: 'post_only' }),
    place({ ...ask, quantity: MANY, type: 'market', price: LOW }),
    {
      userId,
      entry: (maker) => {
        const good_until = maker.time + PAUSE_MICROS;
        const params = { ...bid, quantity: FEW, time_in_force: 'gtt', good_until } as const;
        return maker.envelope({ userId, type: 'place_order', params });
      },
    },
    amend({ quantity: FEW }),
    amend({ price: HIGH }),
    { userId, entry: (maker) => maker.envelope({ userId, type: 'cancel_order', params: NAME }) },
  ];
}

const timePasses: Command = { userId: 0, entry: (maker) => maker.tick(PAUSE_MICROS) };

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

  apply(entry: Unhashed): void {
    const events = this.#naive.apply(entry);
    assert.deepStrictEqual(this.#real.apply(entry), events);
  }

  play(sequence: readonly Command[]): void {
    for (const command of sequence) this.apply(command.entry(this.#maker));
  }

  clearBook(): void {
    while (this.#naive.state.orders.length > 0) {
      const [open] = this.#naive.state.orders;
      if (open === undefined) return;
      const verb = open.side === 'bid' ? ('CANCELBID' as const) : ('CANCELASK' as const);
      const { userId, price } = open;
      this.play([orderText({ verb, userId, price, quantity: ONE })]);
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

for (const selfTrade of SELF_TRADE_MODES) {
  test(`every sequence of 3 of 21 operations and the passing of time, ${selfTrade}`, () => {
    const alphabet = [...operations(1), ...operations(2), timePasses];
    assert.equal(playAll(new Duel(selfTrade), { alphabet, length: 3 }), 10 * 21 ** 2);
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
