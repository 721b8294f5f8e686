// Random logs in which everything happens: every command, every rejection, every void.
//
// Goal: short logs that trade, round, overflow and fail in as many ways as possible. Method: a world
// with few users, few prices and small quantities, so that orders meet; amounts in one of four
// scales, from single atoms to 56 digits; and, for each kind of entry, a small chance of each way in
// which it can go wrong. The oracle's state tells what exists, so that cancels find orders.

import {
  ASSET_STATUSES,
  type Entry,
  type EnvelopeParams,
  type EnvelopeType,
  formatAmount,
  MARKET_STATUSES,
  ORDER_VERBS,
  SELF_TRADE_MODES,
  type Written,
} from '@picostocks/protocol';
import { EntryMaker, type Forgery, fakeKey, fakeKeyHex } from './entry-maker.ts';
import type { NaiveEngine } from './naive-engine.ts';
import { Random } from './random.ts';
import { SCALES, type Scale } from './scale.ts';

type Unhashed = Omit<Entry, 'hash'>;

const USERS = 4;
const ASSETS = 3;
/** Ids of nobody and nothing. */
const NOBODY = 999;
const NOTHING = 99;

interface Pair {
  readonly stockId: number;
  readonly unitId: number;
}
/** The markets that a world may list: a triangle, so that a stock is also a unit. */
const PAIRS: readonly [Pair, ...Pair[]] = [
  { stockId: 1, unitId: 2 },
  { stockId: 3, unitId: 2 },
  { stockId: 3, unitId: 1 },
];

export class RandomEntries {
  readonly #random: Random;
  readonly #maker: EntryMaker;
  readonly #oracle: NaiveEngine;
  readonly #scale: Scale;
  readonly #prices: readonly [bigint, ...bigint[]];
  /** Does nearly every order have a price of its own? Then books are deep, and seldom meet. */
  readonly #isWide: boolean;
  #setUp: (() => Unhashed)[];

  /** The oracle must apply each entry before the next is asked for. */
  constructor({ seed, oracle }: { seed: string; oracle: NaiveEngine }) {
    this.#random = new Random(seed);
    this.#oracle = oracle;
    this.#maker = new EntryMaker({ sandbox: this.#random.chance(70) });
    this.#scale = this.#random.pick(SCALES);
    const price = this.#scale.price(this.#random);
    this.#prices = [price, ...this.#morePrices(price)];
    this.#isWide = this.#random.chance(20);
    this.#setUp = this.#worldEntries();
  }

  next(): Unhashed {
    const first = this.#setUp.shift();
    if (first !== undefined) return first();
    this.#maker.elapse(this.#random.integer(3));
    const make = this.#random.weighted<() => Unhashed>([
      [700, () => this.#placeOrder()],
      [this.#isWide ? 50 : 130, () => this.#cancelOrder()],
      [25, () => this.#maker.tick()],
      [40, () => this.#register()],
      [20, () => this.#operate('noop', {})],
      [70, () => this.#transfer()],
      [20, () => this.#registerUser()],
      [20, () => this.#createAsset()],
      [25, () => this.#operate('change_asset', this.#assetParams())],
      [20, () => this.#listMarket()],
      [45, () => this.#operate('change_market', this.#marketParams())],
      [40, () => this.#setFees()],
      [70, () => this.#creditDeposit()],
      [40, () => this.#changeSettings()],
      [9, () => this.#operate('recover', this.#maker.headBefore(this.#random.integer(2)))],
    ]);
    return make();
  }

  /** Two prices an atom apart look the same to a program that thinks in floats. */
  #morePrices(first: bigint): bigint[] {
    const others = Array.from({ length: 4 }, () => this.#scale.price(this.#random));
    return this.#random.chance(50) ? others : [first + 1n, first + 2n, ...others.slice(0, 2)];
  }

  #worldEntries(): (() => Unhashed)[] {
    const users = Array.from({ length: USERS }, (_, index) => index + 1);
    const stockIds = Array.from({ length: ASSETS }, (_, index) => index + 1);
    return [
      () => this.#maker.genesis(),
      ...stockIds.map(
        (stock_id) => () =>
          this.#envelope('create_asset', { stock_id, code: `coin${stock_id}` }, {}),
      ),
      ...users.map(
        (userId) => () => this.#envelope('register_user', { public_key: fakeKeyHex(userId) }, {}),
      ),
      ...PAIRS.map(
        ({ stockId: stock_id, unitId: unit_id }) =>
          () =>
            this.#envelope(
              'list_market',
              { stock_id, unit_id, min_value: formatAmount(this.#scale.minValue) },
              {},
            ),
      ),
      ...users.flatMap((userId) =>
        stockIds.map((stockId) => () => {
          const quantity = formatAmount(this.#scale.quantity(this.#random) * 90n);
          const txid = `world:${userId}`;
          const params = { user_id: userId, stock_id: stockId, quantity, txid };
          return this.#envelope('credit_deposit', params, {});
        }),
      ),
    ];
  }

  // --- Who signs, and how it goes wrong ------------------------------------------------------------

  #anyUser(): number {
    const { state } = this.#oracle;
    const users = state.keys.length - 1;
    return this.#random.weighted<() => number>([
      [94, () => 1 + this.#random.integer(Math.min(users, USERS + 2) || 1)],
      [1, () => 0],
      [1, () => NOBODY],
    ])();
  }

  #anyAsset(): number {
    return this.#random.chance(4) ? NOTHING : 1 + this.#random.integer(ASSETS + 1);
  }

  #anyPair(): Pair {
    if (this.#random.chance(97)) return this.#random.pick(PAIRS);
    return { stockId: this.#anyAsset(), unitId: this.#anyAsset() };
  }

  #forgery(userId: number): Forgery {
    if (this.#random.chance(96)) {
      return this.#isSigner(userId) ? {} : { key: fakeKey(userId) };
    }
    const nonce = this.#maker.nonceOf(userId);
    return this.#random.pick<Forgery>([
      { key: fakeKey(userId + 1) },
      { nonce: nonce - 1 },
      { nonce: nonce + 1 },
      { exchange: 'ff'.repeat(16) },
      { keyId: 1 },
      { keyId: 1, exchange: 'ff'.repeat(16), key: fakeKey(NOBODY), nonce: 0 },
      { exchange: 'ff'.repeat(16), key: fakeKey(NOBODY), nonce: 0 },
      { key: fakeKey(NOBODY), nonce: 0 },
      { expires: this.#maker.time - 1 },
      { expires: this.#maker.time },
    ]);
  }

  /** An entry of someone whom the exchange does not know is void and spends nothing. */
  #isSigner(userId: number): boolean {
    return this.#oracle.state.keys.some((key) => key.userId === userId);
  }

  #envelope<T extends EnvelopeType>(
    type: T,
    params: Written<EnvelopeParams<T>>,
    forgery: Forgery,
    userId = 0,
  ): Unhashed {
    return this.#maker.envelope({ userId, type, params }, forgery);
  }

  /** By the operator; now and then by someone who is not. */
  #operate<T extends EnvelopeType>(type: T, params: Written<EnvelopeParams<T>>): Unhashed {
    const userId = this.#random.chance(4) ? this.#anyUser() : 0;
    return this.#envelope(type, params, this.#forgery(userId), userId);
  }

  // --- Orders --------------------------------------------------------------------------------------

  #price(): bigint {
    return this.#random.weighted<() => bigint>([
      [this.#isWide ? 5 : 93, () => this.#random.pick(this.#prices)],
      [this.#isWide ? 93 : 5, () => this.#scale.price(this.#random)],
      [1, () => 0n],
      [1, () => this.#random.pick([1n, 10n ** 56n - 1n, 10n ** 37n])],
    ])();
  }

  #quantity(): bigint {
    return this.#random.weighted<() => bigint>([
      [95, () => this.#scale.quantity(this.#random)],
      [2, () => this.#random.pick([1n, 2n])],
      [1, () => 0n],
      [2, () => this.#random.pick([10n ** 56n - 1n, 10n ** 55n, 10n ** 37n])],
    ])();
  }

  #placeOrder(): Unhashed {
    const userId = this.#anyUser();
    const order = {
      verb: this.#random.pick(['ASK', 'BID'] as const),
      userId,
      ...this.#anyPair(),
      quantity: this.#quantity(),
      price: this.#price(),
    };
    return this.#maker.order(order, this.#orderForgery(userId));
  }

  /** An order text names neither exchange, key number nor expiry. */
  #orderForgery(userId: number): Forgery {
    const { key, nonce } = this.#forgery(userId);
    return { ...(key !== undefined && { key }), ...(nonce !== undefined && { nonce }) };
  }

  #cancelOrder(): Unhashed {
    const open = this.#random.pickAny(this.#oracle.state.orders);
    if (open === undefined || this.#random.chance(10)) {
      const userId = this.#anyUser();
      const verb = this.#random.pick(ORDER_VERBS);
      const amounts = { quantity: this.#quantity(), price: this.#price() };
      const order = { verb, userId, ...this.#anyPair(), ...amounts };
      return this.#maker.order(order, this.#orderForgery(userId));
    }
    const { userId, stockId, unitId, price, remaining } = open;
    const quantity = this.#random.weighted([
      [50, remaining],
      [15, this.#random.amount(remaining) + 1n],
      [15, this.#scale.quantity(this.#random)],
      [15, remaining * 2n],
      [5, 0n],
    ]);
    const verb = open.side === 'bid' ? ('CANCELBID' as const) : ('CANCELASK' as const);
    const order = { verb, userId, stockId, unitId, price, quantity: below56(quantity) };
    return this.#maker.order(order, this.#orderForgery(userId));
  }

  // --- Users and money -----------------------------------------------------------------------------

  /** The key of the next user; a key that is taken; the operator's. */
  #anyKeyNumber(): number {
    const users = this.#oracle.state.keys.length - 1;
    return this.#random.weighted([
      [users < USERS + 8 ? 6 : 1, users + 1],
      [2, this.#random.integer(users + 1)],
    ]);
  }

  #register(): Unhashed {
    return this.#maker.register(this.#anyKeyNumber());
  }

  #registerUser(): Unhashed {
    return this.#operate('register_user', { public_key: fakeKeyHex(this.#anyKeyNumber()) });
  }

  #transfer(): Unhashed {
    const userId = this.#anyUser();
    const params = {
      to_user: this.#anyUser(),
      stock_id: this.#anyAsset(),
      quantity: formatAmount(this.#quantity()),
      ...(this.#random.chance(50) && { memo: this.#random.pick(['', 'rent', 'żółć €']) }),
    };
    return this.#envelope('transfer', params, this.#forgery(userId), userId);
  }

  #creditDeposit(): Unhashed {
    const stockId = this.#anyAsset();
    const quantity = this.#random.chance(4)
      ? this.#nearlyAll(stockId)
      : below56(this.#quantity() * 10n);
    return this.#operate('credit_deposit', {
      user_id: this.#anyUser(),
      stock_id: stockId,
      quantity: formatAmount(quantity),
      txid: `tx${this.#random.integer(90)}`,
      ...(this.#random.chance(50) && { output: this.#random.integer(3) }),
      ...(this.#random.chance(20) && { memo: 'from "outside" \\' }),
    });
  }

  /** About what an asset's outside world can still give: an atom less, all of it, far too much. */
  #nearlyAll(stockId: number): bigint {
    const asset = this.#oracle.state.assets.find((known) => known.stockId === stockId);
    const left = 10n ** 56n + (asset?.outside ?? 0n);
    return below56(this.#random.pick([left - 1n, left, left / 2n, 10n ** 56n - 1n]));
  }

  #changeSettings(): Unhashed {
    const random = this.#random;
    return this.#operate('change_settings', {
      ...(random.chance(50) && { registration_open: random.chance(70) }),
      ...(random.chance(40) && {
        gift: formatAmount(
          random.weighted([
            [12, 0n],
            [4, 1n],
            [4, this.#scale.quantity(random)],
            [1, 10n ** 56n - 1n],
          ]),
        ),
      }),
      ...(random.chance(60) && { fee_user_id: this.#anyUser() }),
    });
  }

  // --- Assets and markets --------------------------------------------------------------------------

  #createAsset(): Unhashed {
    const stock_id = this.#random.chance(50) ? this.#anyAsset() : 40 + this.#random.integer(20);
    if (this.#random.chance(30)) return this.#operate('create_asset', { stock_id, code: 'coin1' });
    const { stock_id: _, ...details } = this.#assetParams();
    const code = `c${this.#random.integer(40)}x`;
    return this.#operate('create_asset', { stock_id, code, ...details });
  }

  #assetParams(): Written<EnvelopeParams<'change_asset'>> {
    const random = this.#random;
    return {
      stock_id: this.#anyAsset(),
      ...(random.chance(60) && {
        status: random.chance(94) ? 'traded' : random.pick(ASSET_STATUSES),
      }),
      ...(random.chance(20) && { name: random.pick(['', 'A "name"', 'Ünï 漢字 😀']) }),
      ...(random.chance(20) && { stock_type: random.pick(['asset', 'coin'] as const) }),
      ...(random.chance(20) && { stock_rank: random.integer(9), doc_id: random.integer(9) }),
      ...(random.chance(20) && { email: 'a@b.c', www: 'https://b.c', about: 'x' }),
      ...(random.chance(20) && { quantity: formatAmount(this.#quantity()) }),
      ...(random.chance(10) && { transaction_id: 7, ipo_user_id: 3 }),
      ...(random.chance(10) && { ipo_max_quantity: '12', ipo_min_price: '0.5' }),
      ...(random.chance(20) && { btc_address: random.pick([null, 'bc1q']) }),
      ...(random.chance(20) && { eth_address: random.pick([null, '0xab']), eth_decimals: 18 }),
      ...(random.chance(20) && { min_fee: '0.001', per_fee: '0.0025' }),
    };
  }

  #listMarket(): Unhashed {
    const stock_id = this.#anyAsset();
    const unit_id = this.#anyAsset();
    return this.#operate('list_market', { ...this.#marketParams(), stock_id, unit_id });
  }

  #setFees(): Unhashed {
    const { stockId: stock_id, unitId: unit_id } = this.#anyPair();
    const rate = () => this.#random.pick([0, 1, 2_500, 33_333, 100_000]);
    return this.#operate('set_fees', { stock_id, unit_id, maker_ppm: rate(), taker_ppm: rate() });
  }

  #marketParams(): Written<EnvelopeParams<'change_market'>> {
    const random = this.#random;
    const scale = this.#scale;
    const { stockId: stock_id, unitId: unit_id } = this.#anyPair();
    const limit = (usual: bigint, other: () => bigint) =>
      formatAmount(random.chance(88) ? usual : other());
    const quantity = () => scale.quantity(random);
    const value = () => below56((quantity() * random.pick(this.#prices)) / 10n ** 18n);
    const largest = 10n ** 56n - 1n;
    return {
      stock_id,
      unit_id,
      ...(random.chance(70) && {
        status: random.chance(94) ? ('open' as const) : random.pick(MARKET_STATUSES),
      }),
      ...(random.chance(60) && { self_trade: random.pick(SELF_TRADE_MODES) }),
      ...(random.chance(30) && { tick: limit(1n, () => random.amount(3n) * scale.step) }),
      ...(random.chance(30) && { lot: limit(1n, () => random.amount(3n) * scale.step) }),
      ...(random.chance(30) && { min_quantity: limit(1n, quantity) }),
      ...(random.chance(30) && { max_quantity: limit(largest, quantity) }),
      ...(random.chance(30) && { min_value: limit(scale.minValue, value) }),
      ...(random.chance(30) && { max_value: limit(largest, value) }),
      ...(random.chance(30) && {
        price_band_ppm: random.chance(75)
          ? 0
          : random.pick([1, 250_000, 500_000, 200_000, 1_000_000_000]),
      }),
      ...(random.chance(10) && { reference_price: formatAmount(this.#price()) }),
      ...(random.chance(30) && {
        max_open_orders: random.chance(60) ? 10_000 : 1 + random.integer(6),
      }),
    };
  }
}

/** Brings an amount below the limit, so that it can be written. */
function below56(amount: bigint): bigint {
  return amount % 10n ** 56n;
}
