// Random logs in which everything happens: every command, every rejection, every void.
//
// Goal: short logs that trade, round, overflow and fail in as many ways as possible. Method: a world
// with few users, few prices and small quantities, so that orders meet; amounts in one of four
// scales, from single atoms to 56 digits; and, for each kind of entry, a small chance of each way in
// which it can go wrong. The oracle's state tells what exists, so that cancels find orders.

import {
  type Entry,
  formatAmount,
  fromHex,
  parseAmount,
  type Role,
  type Scope,
  verbOf,
} from '@picostocks/protocol';
import { EntryMaker, FAKE_PROOF, type Forgery, fakeKey, fakeKeyHex } from './entry-maker.ts';
import type { NaiveEngine } from './naive-engine.ts';
import type { NaiveKey } from './naive-state.ts';
import { afterPause, DEEP_PAUSE_MICROS, type Depth, deepWishes } from './random-depths.ts';
import * as listings from './random-listings.ts';
import * as money from './random-money.ts';
import * as orders from './random-orders.ts';
import { ASSETS, NOBODY, PAIRS, RandomWorld, USERS, type Wish } from './random-world.ts';

type Unhashed = Omit<Entry, 'hash'>;

const SECOND = 1_000_000;
/** What further keys a world begins with, of the operator and of users. */
const FURTHER_KEYS: readonly [number, readonly (Role | Scope)[]][] = [
  [0, ['custody']],
  [0, ['custody']],
  [0, ['finance']],
  [0, ['compliance']],
  [0, ['listing']],
  [0, ['all']],
  [0, ['custody', 'finance']],
  [1, ['trade']],
  [1, ['trade', 'transfer', 'withdraw']],
  [2, ['trade']],
  [3, ['withdraw']],
];

export interface RandomEntriesOptions {
  readonly seed: string;
  /** It must apply each entry before the next is asked for. */
  readonly oracle: NaiveEngine;
  readonly depth?: Depth | undefined;
}

export class RandomEntries {
  readonly #world: RandomWorld;
  readonly #maker: EntryMaker;
  #setUp: (() => Unhashed)[];

  constructor({ seed, oracle, depth }: RandomEntriesOptions) {
    this.#world = new RandomWorld(seed, oracle);
    this.#maker = new EntryMaker({ sandbox: this.#world.random.chance(70) });
    this.#setUp = this.#worldEntries();
    if (depth !== undefined) this.#setUp.push(...this.#deepEntries(depth));
  }

  /** How many entries make the world before chance does. */
  get setUpLeft(): number {
    return this.#setUp.length;
  }

  next(): Unhashed {
    const first = this.#setUp.shift();
    if (first !== undefined) return first();
    this.#elapse(this.#anyPause());
    const { random } = this.#world;
    if (random.chance(2)) return this.#maker.tick();
    if (random.chance(3)) return this.#register();
    if (random.chance(1)) return this.#recover();
    return this.#give(this.#anyWish());
  }

  /** Mostly of the entry before, which is the one that a recovery must name. */
  #recover(): Unhashed {
    const params = this.#maker.headBefore(this.#world.random.integer(2));
    return this.#give({ userId: 0, type: 'recover', params });
  }

  #elapse(micros: number): void {
    this.#maker.elapse(micros);
    this.#world.time = this.#maker.time;
  }

  /** Mostly no time at all; now and then as long as a switch, a stop of the exchange, or a day. */
  #anyPause(): number {
    const { random } = this.#world;
    return random.weighted<() => number>([
      [950, () => random.integer(3)],
      [30, () => (1 + random.integer(12)) * SECOND],
      [15, () => (20 + random.integer(40)) * SECOND],
      [5, () => (1 + random.integer(30)) * 3_600 * SECOND],
    ])();
  }

  #anyWish(): Wish {
    const world = this.#world;
    const make = world.random.weighted<(world: RandomWorld) => Wish>([
      [620, (known) => orders.placeOrder(known)],
      [world.isWide ? 50 : 110, (known) => orders.cancelAtPrice(known)],
      [200, (known) => orders.anyOperation(known)],
      [45, orders.batch],
      [14, orders.cancelAfter],
      [70, money.transfer],
      [20, money.registerUser],
      [12, money.freezing],
      [70, money.creditDeposit],
      [15, money.requestAddress],
      [30, money.registerAddress],
      [45, money.reportDeposit],
      [60, money.changeDeposit],
      [80, money.requestWithdrawal],
      [15, money.cancelWithdrawal],
      [120, money.changeWithdrawal],
      [15, money.setWithdrawalLimit],
      [35, money.correct],
      [20, listings.createAsset],
      [25, listings.changeAsset],
      [20, listings.listMarket],
      [45, listings.changeMarket],
      [26, listings.haltOrResume],
      [40, listings.setFees],
      [20, listings.setTier],
      [40, listings.changeSettings],
      [25, listings.addKey],
      [25, listings.changeKey],
      [15, ({ random }) => ({ userId: random.integer(3), type: 'noop', params: {} })],
    ]);
    return make(world);
  }

  // --- The world before chance -----------------------------------------------------------------------

  #worldEntries(): (() => Unhashed)[] {
    const users = Array.from({ length: USERS }, (_, index) => index + 1);
    const stockIds = Array.from({ length: ASSETS }, (_, index) => index + 1);
    const world = this.#world;
    const wishes: (() => Wish)[] = [
      ...stockIds.map((stock_id) => (): Wish => {
        const params = { stock_id, code: `coin${stock_id}` };
        return { userId: 0, type: 'create_asset', params };
      }),
      ...users.map((userId) => (): Wish => {
        const params = { public_key: fakeKeyHex(userId) };
        return { userId: 0, type: 'register_user', params };
      }),
      ...FURTHER_KEYS.map(([userId, scopes]) => (): Wish => {
        const public_key = fakeKeyHex(world.newKeyNumber());
        const params = { public_key, proof: FAKE_PROOF, scopes: [...scopes] };
        return { userId, type: 'add_key', params };
      }),
      ...PAIRS.map(({ stockId: stock_id, unitId: unit_id }) => (): Wish => {
        const min_value = formatAmount(world.scale.minValue);
        return { userId: 0, type: 'list_market', params: { stock_id, unit_id, min_value } };
      }),
      ...users.flatMap((user_id) =>
        stockIds.map((stock_id) => (): Wish => {
          const quantity = formatAmount(world.scale.quantity(world.random) * 90n);
          const params = { user_id, stock_id, quantity, txid: `world:${user_id}` };
          return { userId: 0, type: 'credit_deposit', params };
        }),
      ),
    ];
    return [() => this.#maker.genesis(), ...wishes.map((wish) => () => this.#giveRightly(wish()))];
  }

  #deepEntries(depth: Depth): (() => Unhashed)[] {
    const wishes = deepWishes(this.#world, depth);
    return [
      ...wishes.map((wish) => () => this.#giveRightly(wish())),
      () => {
        this.#elapse(DEEP_PAUSE_MICROS);
        return this.#giveRightly(afterPause(this.#world));
      },
    ];
  }

  // --- Who signs, and how it goes wrong ----------------------------------------------------------------

  #keysOf(userId: number): NaiveKey[] {
    return this.#world.state.keys.filter((key) => key.userId === userId);
  }

  /** Signed as it should be, with key 0 unless the wish names another. */
  #giveRightly(wish: Wish): Unhashed {
    return this.#envelope(wish, signatureOf(this.#keysOf(wish.userId)[wish.keyId ?? 0]));
  }

  #give(wish: Wish): Unhashed {
    const { random } = this.#world;
    const isOperators = wish.userId === 0;
    const signed =
      isOperators && random.chance(4) ? { ...wish, userId: this.#world.anyUser() } : wish;
    const keys = this.#keysOf(signed.userId);
    const preferred = keys.find(({ keyId }) => keyId === signed.keyId);
    const key = preferred ?? (random.chance(80) ? keys[0] : random.pickAny(keys));
    const right = signatureOf(key, signed.userId);
    return this.#envelope(signed, random.chance(96) ? right : this.#forge(right, signed.userId));
  }

  #forge(right: RightSignature, userId: number): Forgery {
    const { random, time, state } = this.#world;
    const { nonce } = right;
    const former = random.pickAny(state.formerKeys.filter((key) => key.userId === userId));
    const exchange = 'ff'.repeat(16);
    const wrong = random.pick<Forgery>([
      { key: fakeKey(userId + 1) },
      { nonce: Math.max(0, nonce - 1) },
      { nonce: nonce + 1 },
      { exchange },
      { keyId: 5_000 },
      { keyId: 5_000, exchange, key: fakeKey(NOBODY), nonce: 0 },
      { exchange, key: fakeKey(NOBODY), nonce: 0 },
      { key: fakeKey(NOBODY), nonce: 0 },
      { key: keyBytes(former?.publicKey) },
      { expires: time - 1 },
      { expires: time },
    ]);
    return { ...right, ...wrong };
  }

  #envelope(wish: Wish, forgery: Forgery): Unhashed {
    return this.#asOrderText(wish, forgery) ?? this.#maker.envelope(wish, forgery);
  }

  /** Some of what an order text can say is said with one: it names no exchange, key or expiry. */
  #asOrderText(wish: Wish, { keyId, key, nonce, exchange, expires }: Forgery) {
    if (wish.type !== 'place_order' && wish.type !== 'cancel_at_price') return undefined;
    const { stock_id, unit_id, side, quantity, price, ...more } = wish.params;
    if (keyId !== 0 || exchange !== undefined || expires !== undefined) return undefined;
    if (price === undefined || Object.keys(more).length > 0) return undefined;
    if (key === undefined || nonce === undefined) return undefined;
    if (this.#world.random.chance(40)) return undefined;
    const amounts = { quantity: parseAmount(quantity) ?? 0n, price: parseAmount(price) ?? 0n };
    const named = { userId: wish.userId, stockId: stock_id, unitId: unit_id };
    const verb = verbOf(wish.type, side);
    return this.#maker.order({ verb, ...named, ...amounts }, { key, nonce });
  }

  #register(): Unhashed {
    const number = money.anyKeyNumber(this.#world);
    if (this.#world.random.chance(95)) return this.#maker.register(number);
    return this.#maker.register(number, { key: fakeKey(number + 1) });
  }
}

interface RightSignature {
  readonly keyId: number;
  readonly nonce: number;
  readonly key: Uint8Array;
}

/** Of someone without keys the command is void whoever signs it. */
function signatureOf(key: NaiveKey | undefined, userId = NOBODY): RightSignature {
  if (key === undefined) return { keyId: 0, nonce: 0, key: fakeKey(userId) };
  return { keyId: key.keyId, nonce: key.nonce, key: keyBytes(key.publicKey) };
}

function keyBytes(publicKey = fakeKeyHex(NOBODY)): Uint8Array {
  return fromHex(publicKey) ?? fakeKey(NOBODY);
}
