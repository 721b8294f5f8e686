// What a random log is about: a few users, three assets, few prices of one size, and the oracle's
// state, which tells what exists. Everything that makes random commands chooses from here.

import type { EnvelopeParams, EnvelopeType, Written } from '@picostocks/protocol';
import { formatAmount } from '@picostocks/protocol';
import type { NaiveEngine } from './naive-engine.ts';
import { freeOf, type Holding, type NaiveState } from './naive-state.ts';
import { Random } from './random.ts';
import { SCALES, type Scale } from './scale.ts';

export const USERS = 4;
export const ASSETS = 3;
/** Ids of nobody and nothing. */
export const NOBODY = 999;
export const NOTHING = 99;

export interface Pair {
  readonly stockId: number;
  readonly unitId: number;
}
/** The markets that a world may list: a triangle, so that a stock is also a unit. */
export const PAIRS: readonly [Pair, ...Pair[]] = [
  { stockId: 1, unitId: 2 },
  { stockId: 3, unitId: 2 },
  { stockId: 3, unitId: 1 },
];

/** A command that somebody wants to give, and perhaps the key that should sign it. */
export type Wish = {
  [T in EnvelopeType]: {
    readonly userId: number;
    readonly keyId?: number | undefined;
    readonly type: T;
    readonly params: Written<EnvelopeParams<T>>;
  };
}[EnvelopeType];

const AMOUNTS = 10n ** 56n;
export const LARGEST = AMOUNTS - 1n;

/** Brings an amount below the limit, so that it can be written. */
export function below56(amount: bigint): bigint {
  return (amount < 0n ? 0n : amount) % AMOUNTS;
}

export class RandomWorld {
  readonly random: Random;
  readonly scale: Scale;
  readonly prices: readonly [bigint, ...bigint[]];
  /** Does nearly every order have a price of its own? Then books are deep, and seldom meet. */
  readonly isWide: boolean;
  readonly #oracle: NaiveEngine;
  #time = 1;
  #keys = 0;

  constructor(seed: string, oracle: NaiveEngine) {
    this.random = new Random(seed);
    this.#oracle = oracle;
    this.scale = this.random.pick(SCALES);
    const price = this.scale.price(this.random);
    this.prices = [price, ...this.#morePrices(price)];
    this.isWide = this.random.chance(20);
  }

  get state(): NaiveState {
    return this.#oracle.state;
  }

  /** The time of the entry that is being made. */
  get time(): number {
    return this.#time;
  }

  set time(time: number) {
    this.#time = time;
  }

  /** A number of a public key that nobody had. */
  newKeyNumber(): number {
    this.#keys += 1;
    return 10_000_000 + this.#keys;
  }

  /** Two prices an atom apart look the same to a program that thinks in floats. */
  #morePrices(first: bigint): bigint[] {
    const others = Array.from({ length: 4 }, () => this.scale.price(this.random));
    return this.random.chance(50) ? others : [first + 1n, first + 2n, ...others.slice(0, 2)];
  }

  anyUser(): number {
    const users = this.state.users.length - 1;
    return this.random.weighted<() => number>([
      [94, () => 1 + this.random.integer(Math.min(users, USERS + 2) || 1)],
      [1, () => 0],
      [1, () => NOBODY],
    ])();
  }

  /** Whose it is, or now and then somebody else. */
  mostly(userId: number): number {
    return this.random.chance(94) ? userId : this.anyUser();
  }

  anyAsset(): number {
    return this.random.chance(4) ? NOTHING : 1 + this.random.integer(ASSETS + 1);
  }

  anyPair(): Pair {
    if (this.random.chance(97)) return this.random.pick(PAIRS);
    return { stockId: this.anyAsset(), unitId: this.anyAsset() };
  }

  price(): bigint {
    return this.random.weighted<() => bigint>([
      [this.isWide ? 5 : 93, () => this.random.pick(this.prices)],
      [this.isWide ? 93 : 5, () => this.scale.price(this.random)],
      [1, () => 0n],
      [1, () => this.random.pick([1n, LARGEST, 10n ** 37n])],
    ])();
  }

  quantity(): bigint {
    return this.random.weighted<() => bigint>([
      [95, () => this.scale.quantity(this.random)],
      [2, () => this.random.pick([1n, 2n])],
      [1, () => 0n],
      [2, () => this.random.pick([LARGEST, 10n ** 55n, 10n ** 37n])],
    ])();
  }

  free(holding: Holding): bigint {
    return freeOf(this.state, holding);
  }

  /** Some of what is free, all of it, an atom more; or any quantity. */
  spendable(holding: Holding): string {
    const free = this.free(holding);
    const amount = this.random.weighted<() => bigint>([
      [50, () => this.quantity()],
      [30, () => free / BigInt(5 + this.random.integer(40))],
      [8, () => free],
      [8, () => free + 1n],
      [4, () => 0n],
    ])();
    return formatAmount(below56(amount));
  }

  /** About what an asset's outside world can still give: an atom less, all of it, far too much. */
  nearlyAll(stockId: number): bigint {
    const asset = this.state.assets.find((known) => known.stockId === stockId);
    const left = AMOUNTS + (asset?.outside ?? 0n);
    return below56(this.random.pick([left - 1n, left, left / 2n, LARGEST]));
  }
}
