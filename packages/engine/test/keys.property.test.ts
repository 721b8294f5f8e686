// Goal: what a stolen key can do at worst. A user's key with the scope `trade` can lower his total of an
// asset only by trading at a price that it signed; the custody worker's key can credit nobody without a
// reported deposit, credit none twice, and pay no withdrawal twice. Method: that key signs whatever
// fast-check thinks of, while others trade and finance approves; the totals are compared entry by entry.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import { EntryMaker, FAKE_PROOF, fakeKeyHex } from '@picostocks/engine/testing';
import {
  decodeCommand,
  ENTRY_KINDS,
  type EnvelopeParams,
  type EnvelopeType,
  type Event,
  encodeUtf8,
  formatAmount,
  type OrderFilled,
  type Side,
  type Written,
} from '@picostocks/protocol';
import fc from 'fast-check';
import { anyParams, TYPES } from './arbitrary-params.ts';
import { seedNumber, seedText } from './seed.ts';

const ONE = 10n ** 18n;
const VICTIM = 1;
const TRADERS = [VICTIM, 2, 3] as const;
const FEE_USER = 4;
const STOCKS = [1, 2] as const;
/** Under this number the key that is tried signs, of the victim or of the operator. */
const STOLEN = 1;

/** One market, three traders with money and a deposit address each, and fees. */
class Exchange {
  readonly engine = new RealEngine();
  readonly maker = new EntryMaker();

  constructor() {
    this.engine.apply(this.maker.genesis());
    for (const stock_id of STOCKS) {
      const limits = { min_fee: '0.01', approval_above: '4' };
      this.give(0, 'create_asset', { stock_id, code: `coin${stock_id}`, ...limits });
    }
    this.give(0, 'list_market', { stock_id: 1, unit_id: 2 });
    for (const user_id of [...TRADERS, FEE_USER]) {
      this.give(0, 'register_user', { public_key: fakeKeyHex(user_id) });
      for (const stock_id of STOCKS) {
        const quantity = '100';
        this.give(0, 'credit_deposit', { user_id, stock_id, quantity, txid: `${user_id}` });
        this.give(0, 'register_address', { user_id, stock_id, address: `a${user_id}` });
      }
    }
    this.give(0, 'change_settings', { fee_user_id: FEE_USER });
    this.give(0, 'set_fees', { stock_id: 1, unit_id: 2, maker_ppm: 1_000, taker_ppm: 2_000 });
  }

  /** Gives a user the key that will be stolen. */
  addKey(userId: number, scopes: Written<EnvelopeParams<'add_key'>>['scopes']): void {
    const public_key = fakeKeyHex(1_000 + userId);
    this.give(userId, 'add_key', { public_key, proof: FAKE_PROOF, scopes });
  }

  give<T extends EnvelopeType>(
    userId: number,
    type: T,
    params: Written<EnvelopeParams<T>>,
  ): readonly Event[] {
    const events = this.engine.apply(this.maker.envelope({ userId, type, params }));
    assert.ok(!events.some(({ kind }) => kind === 'command_void'), type);
    return events;
  }

  /** The stolen key signs this, or nothing happens where it is no command. */
  forge(userId: number, { type, params }: Wish): readonly Event[] {
    const { state } = this.engine;
    const key = state.users[userId]?.keys[STOLEN];
    assert.ok(key !== undefined);
    if (key.isRevoked) return [];
    const envelope = {
      exchange: state.exchange,
      user_id: userId,
      key_id: STOLEN,
      nonce: key.nonceNext,
      expires: Number.MAX_SAFE_INTEGER,
      type,
      params,
    };
    const message = encodeUtf8(JSON.stringify(envelope));
    if (decodeCommand(ENTRY_KINDS.envelope, message).type === 'undecodable') return [];
    return this.engine.apply(
      this.maker.raw({ kind: ENTRY_KINDS.envelope, message, key: key.publicKey }),
    );
  }

  total(userId: number, stockId: number): bigint {
    const asset = this.engine.state.assetById.get(stockId);
    const account = this.engine.state.users[userId]?.accounts[asset?.slot ?? -1];
    return (account?.free ?? 0n) + (account?.locked ?? 0n);
  }

  totals(): bigint[] {
    const { users } = this.engine.state;
    return STOCKS.map((stockId) =>
      users.reduce((sum, { id }) => sum + this.total(id, stockId), 0n),
    );
  }
}

interface Wish {
  readonly type: EnvelopeType;
  readonly params: unknown;
}

// --- What the key may sign -------------------------------------------------------------------------

const smallAmount = fc.bigInt(1n, 60n).map((tenths) => formatAmount((tenths * ONE) / 10n));
const anyPrice = fc.bigInt(8n, 12n).map((tenths) => formatAmount((tenths * ONE) / 10n));
const anySide = fc.constantFrom<Side>('bid', 'ask');
const anyTimeInForce = fc.constantFrom('gtc', 'ioc', 'fok', 'post_only');
const PAIR = { stock_id: 1, unit_id: 2 } as const;

/** Anything that is a command at all. */
const anything: fc.Arbitrary<Wish> = fc
  .constantFrom(...TYPES)
  .chain((type) => fc.record({ type: fc.constant(type), params: anyParams(type) }));

function wish<T extends EnvelopeType>(
  type: T,
  params: { [K in keyof Written<EnvelopeParams<T>>]?: fc.Arbitrary<unknown> },
): fc.Arbitrary<Wish> {
  const record = fc.record(params as Record<string, fc.Arbitrary<unknown>>);
  return fc.record({ type: fc.constant(type), params: record });
}

const orderId = fc.integer({ min: 1, max: 25 });
const placing = wish('place_order', {
  stock_id: fc.constant(1),
  unit_id: fc.constant(2),
  side: anySide,
  quantity: smallAmount,
  price: anyPrice,
  time_in_force: anyTimeInForce,
});
const trading: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 5, arbitrary: placing },
  wish('amend_order', { order_id: orderId, price: anyPrice }),
  wish('amend_order', { order_id: orderId, quantity: smallAmount }),
  wish('cancel_order', { order_id: orderId }),
  wish('transfer', { to_user: fc.constant(2), stock_id: fc.constant(2), quantity: smallAmount }),
  wish('request_withdrawal', {
    stock_id: fc.constant(2),
    quantity: smallAmount,
    address: fc.constant('a'),
  }),
);

const otherTrades = fc.record({
  userId: fc.constantFrom(2, 3),
  side: anySide,
  quantity: smallAmount,
  price: anyPrice,
});

interface OtherTrade {
  readonly userId: number;
  readonly side: Side;
  readonly quantity: string;
  readonly price: string;
}

function placeFor(exchange: Exchange, { userId, ...terms }: OtherTrade): readonly Event[] {
  return exchange.give(userId, 'place_order', { ...PAIR, ...terms });
}

// --- A key that may trade ----------------------------------------------------------------------------

/** What the victim's orders last said that they would trade at, from what the entries told. */
function notePrices(prices: Map<number, bigint>, events: readonly Event[]): void {
  for (const event of events) {
    if (event.kind !== 'order_placed' && event.kind !== 'order_amended') continue;
    if (event.userId === VICTIM) prices.set(event.orderId, event.price);
  }
}

/** What a trade did to the victim's totals of the stock and the unit; he may be both sides. */
function effectOf(trade: OrderFilled): [stock: bigint, unit: bigint] {
  let [stock, unit] = [0n, 0n];
  if (trade.bidUserId === VICTIM) {
    stock += trade.quantity - trade.bidFee;
    unit -= trade.cost;
  }
  if (trade.askUserId === VICTIM) {
    stock -= trade.quantity;
    unit += trade.cost - trade.askFee;
  }
  return [stock, unit];
}

/** Nobody pays more for a part than his price says, an atom of rounding aside, or gets less. */
function checkPrice(trade: OrderFilled, prices: ReadonlyMap<number, bigint>): void {
  if (trade.bidUserId === VICTIM) {
    const price = prices.get(trade.bidOrderId);
    assert.ok(price !== undefined && trade.price <= price);
    assert.ok(trade.cost * ONE < price * trade.quantity + ONE);
  }
  if (trade.askUserId === VICTIM) {
    const price = prices.get(trade.askOrderId);
    assert.ok(price !== undefined && trade.price >= price);
    assert.ok(trade.cost * ONE > price * trade.quantity - ONE);
  }
}

test(`a key that may trade lowers a total only by trading at its price (seed ${seedText})`, () => {
  let trades = 0;
  let rejected = 0;
  const steps = fc.array(
    fc.oneof({ weight: 6, arbitrary: trading }, { weight: 3, arbitrary: otherTrades }, anything),
    {
      minLength: 20,
      size: 'max',
      maxLength: 60,
    },
  );
  const property = fc.property(steps, (wishes) => {
    const exchange = new Exchange();
    exchange.addKey(VICTIM, ['trade']);
    const prices = new Map<number, bigint>();
    for (const step of wishes) {
      const before = STOCKS.map((stockId) => exchange.total(VICTIM, stockId));
      const events = 'type' in step ? exchange.forge(VICTIM, step) : placeFor(exchange, step);
      notePrices(prices, events);
      rejected += events.some(({ kind }) => kind === 'command_rejected') ? 1 : 0;
      const expected = [...before];
      for (const event of events) {
        if (event.kind !== 'order_filled') continue;
        trades += event.bidUserId === VICTIM || event.askUserId === VICTIM ? 1 : 0;
        checkPrice(event, prices);
        for (const [at, change] of effectOf(event).entries()) {
          expected[at] = (expected[at] ?? 0n) + change;
        }
      }
      const after = STOCKS.map((stockId) => exchange.total(VICTIM, stockId));
      assert.deepEqual(after, expected, JSON.stringify(step));
    }
  });
  fc.assert(property, { seed: seedNumber, numRuns: 100 });
  assert.ok(trades > 200, `the victim trades ${trades} times`);
  assert.ok(rejected > 200, `what the key may not do is tried ${rejected} times`);
});

// --- The custody worker's key ------------------------------------------------------------------------

const anyStatus = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('busy', 'done', 'error', 'accepted') },
  fc.constantFrom('confirmed', 'canceled'),
);
const withdrawalId = fc.integer({ min: 1, max: 2 });
/** The first eight deposits made the world. */
const depositId = fc.integer({ min: 9, max: 11 });
const working: fc.Arbitrary<Wish> = fc.oneof(
  wish('report_deposit', {
    stock_id: fc.constantFrom(...STOCKS),
    address: fc.constantFrom('a1', 'a2', 'a3', 'a9'),
    quantity: smallAmount,
    txid: fc.constantFrom('t1', 't2', 't3'),
    output: fc.constantFrom(0, 1),
  }),
  wish('change_deposit', { deposit_id: depositId, status: anyStatus }),
  wish('change_withdrawal', {
    withdrawal_id: withdrawalId,
    status: anyStatus,
    txid: fc.constantFrom('w1', 'w2'),
  }),
);
const requests = fc.record({
  userId: fc.constantFrom(...TRADERS),
  stock_id: fc.constantFrom(...STOCKS),
  quantity: smallAmount,
});
const approvals = fc.record({ withdrawal_id: withdrawalId });

/** What was reported, credited, claimed and paid so far; each may be once. */
class Book {
  readonly reported = new Set<string>();
  readonly credited = new Set<string>();
  readonly claimed = new Set<number>();
  readonly paid = new Set<number>();

  /** Finance took what failed, and wants it to be claimed anew. */
  sendAgain(events: readonly Event[]): void {
    for (const event of events) {
      if (event.kind === 'withdrawal_changed') this.claimed.delete(event.withdrawalId);
    }
  }

  /** Notes what happened, and answers by how much it changed what all users have together. */
  note(events: readonly Event[]): bigint[] {
    const changes = STOCKS.map(() => 0n);
    const add = (stockId: number, quantity: bigint) => {
      changes[stockId - 1] = (changes[stockId - 1] ?? 0n) + quantity;
    };
    for (const event of events) {
      if (event.kind === 'deposit_changed') {
        const output = `${event.stockId} ${event.txid} ${event.output}`;
        if (event.status !== 'done') {
          this.reported.add(output);
          continue;
        }
        assert.ok(this.reported.has(output), 'nothing is credited that was not reported');
        assert.ok(!this.credited.has(output), 'nothing is credited twice');
        this.credited.add(output);
        add(event.stockId, event.quantity);
      }
      if (event.kind === 'withdrawal_changed') this.#noteWithdrawal(event, add);
    }
    return changes;
  }

  #noteWithdrawal(
    { withdrawalId, stockId, quantity, status }: Event & { kind: 'withdrawal_changed' },
    add: (stockId: number, quantity: bigint) => void,
  ): void {
    if (status === 'busy') {
      assert.ok(!this.claimed.has(withdrawalId), 'nothing is claimed twice');
      this.claimed.add(withdrawalId);
    }
    if (status !== 'done') return;
    assert.ok(this.claimed.has(withdrawalId) && !this.paid.has(withdrawalId), 'paid once');
    this.paid.add(withdrawalId);
    add(stockId, -quantity);
  }
}

test(`the custody worker credits what was reported and pays once (seed ${seedText})`, () => {
  let [credited, paid] = [0, 0];
  const steps = fc.array(
    fc.oneof(
      { weight: 9, arbitrary: working },
      { weight: 3, arbitrary: requests },
      approvals,
      anything,
    ),
    { minLength: 30, maxLength: 80, size: 'max' },
  );
  const property = fc.property(steps, (wishes) => {
    const exchange = new Exchange();
    exchange.addKey(0, ['custody']);
    const book = new Book();
    for (const step of wishes) {
      const before = exchange.totals();
      const events = apply(exchange, step);
      if ('withdrawal_id' in step) book.sendAgain(events);
      const changes = book.note(events);
      const expected = before.map((total, at) => total + (changes[at] ?? 0n));
      assert.deepEqual(exchange.totals(), expected, JSON.stringify(step));
    }
    credited += book.credited.size;
    paid += book.paid.size;
  });
  fc.assert(property, { seed: seedNumber, numRuns: 600 });
  assert.ok(credited > 50 && paid > 50, `${credited} deposits credited, ${paid} withdrawals paid`);
});

type WorkStep =
  | Wish
  | { withdrawal_id: number }
  | { userId: number; stock_id: number; quantity: string };

function apply(exchange: Exchange, step: WorkStep): readonly Event[] {
  if ('type' in step) return exchange.forge(0, step);
  if ('withdrawal_id' in step) {
    return exchange.give(0, 'change_withdrawal', { ...step, status: 'accepted' });
  }
  const { userId, ...money } = step;
  return exchange.give(userId, 'request_withdrawal', { ...money, address: 'a' });
}
