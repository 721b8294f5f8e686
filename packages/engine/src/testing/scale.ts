// Four sizes of money. Prices and quantities of one size make orders that meet, and each size
// reaches its own corner of the rounding rules (docs/protocol.md §1).

import type { Random } from './random.ts';

const ONE = 10n ** 18n;

export interface Scale {
  readonly name: string;
  /** A tick or lot that divides some of the prices or quantities of this size. */
  readonly step: bigint;
  readonly minValue: bigint;
  price(random: Random): bigint;
  quantity(random: Random): bigint;
}

/** Whole numbers, as in the examples of a textbook: nothing is ever rounded. */
const whole: Scale = {
  name: 'whole',
  step: ONE,
  minValue: 1_000_000n,
  price: (random) => (1n + random.amount(6n)) * ONE,
  quantity: (random) => (1n + random.amount(8n)) * ONE,
};

/** All 18 decimals in use: every fill is rounded. */
const fine: Scale = {
  name: 'fine',
  step: 7n,
  minValue: 1_000_000n,
  price: (random) => 1n + random.amount(3n * ONE),
  quantity: (random) => 1n + random.amount(5n * ONE),
};

/** Single atoms at prices around one: an atom of rounding is the whole trade, and costs can be 0. */
const dust: Scale = {
  name: 'dust',
  step: 3n,
  minValue: 1n,
  price: (random) => 1n + random.amount(random.pick([ONE / 3n, 2n * ONE, 2n * ONE])),
  quantity: (random) => 1n + random.amount(30n),
};

/** Values around 10^56, where an amount more would not fit. */
const huge: Scale = {
  name: 'huge',
  step: 10n ** 9n,
  minValue: 1_000_000n,
  price: (random) => 1n + random.amount(random.pick([10n ** 18n, 10n ** 20n, 10n ** 38n])),
  quantity: (random) => 1n + random.amount(random.pick([10n ** 18n, 10n ** 36n, 10n ** 54n])),
};

export const SCALES: readonly [Scale, ...Scale[]] = [whole, fine, dust, huge];
