// Amounts: quantities, prices, values, fees and balances.
//
// An amount is a `bigint` that counts atoms of 10⁻¹⁸, with at most 56 digits: 0 ≤ x < 10⁵⁶. It is
// the only kind of `bigint` in the program, so the type is an alias and not a brand. On the wire it
// is a string with exactly 18 decimals. Nothing here, and nothing that calls it, makes a float.
//
// docs/protocol.md §1 is normative for parsing, limits and rounding.

/** Atoms of 10⁻¹⁸. */
export type Amount = bigint;

/** Atoms in one unit. */
export const ONE: Amount = 10n ** 18n;

/** Every amount is below this: 56 digits. */
export const AMOUNT_LIMIT: Amount = 10n ** 56n;

/** The one spelling of an amount on input: up to 38 digits, then up to 18 decimals. */
export const AMOUNT_PATTERN = '^[0-9]{1,38}(\\.[0-9]{1,18})?$';

const DECIMALS = 18;
const INPUT = new RegExp(AMOUNT_PATTERN);
const ZEROS = '0'.repeat(DECIMALS);
const NOTHING = `0.${ZEROS}`;

/**
 * Reads an amount, or answers `undefined` for anything that is not one: a sign, an exponent, a
 * space, more than 18 decimals or more than 38 digits before the point. It never rounds.
 *
 * @example
 * parseAmount('0.035') // 35000000000000000n
 */
export function parseAmount(text: string): Amount | undefined {
  if (!INPUT.test(text)) return undefined;
  const point = text.indexOf('.');
  if (point === -1) return BigInt(text + ZEROS);
  const decimals = text.length - point - 1;
  return BigInt(text.slice(0, point) + text.slice(point + 1) + ZEROS.slice(decimals));
}

/**
 * Writes an amount with its 18 decimals. A negative one (only the outside world of an asset has a
 * negative balance) gets a minus sign.
 *
 * @example
 * formatAmount(35000000000000000n) // '0.035000000000000000'
 */
export function formatAmount(amount: Amount): string {
  // Every second amount of an answer or of a row: what is not filled, not cancelled, no fee.
  if (amount === 0n) return NOTHING;
  if (amount < 0n) return `-${formatAmount(-amount)}`;
  const digits = amount.toString().padStart(DECIMALS + 1, '0');
  const point = digits.length - DECIMALS;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** What a price and a quantity are worth together, in atoms of the unit, before rounding matters. */
export interface Valued {
  readonly price: Amount;
  readonly quantity: Amount;
}

/** ceil(price × quantity): what an open bid locks, and the most that a fill may cost. */
export function valueCeiling({ price, quantity }: Valued): Amount {
  return ceilingOf(price * quantity);
}

/** The same for who has multiplied already: from a product of two amounts to an amount, rounded up. */
export function ceilingOf(product: bigint): Amount {
  return (product + (ONE - 1n)) / ONE;
}

/** Parts per million of an amount, rounded down: a trading fee. */
export function feeOf(amount: Amount, feePpm: number): Amount {
  return feePpm === 0 ? 0n : (amount * BigInt(feePpm)) / 1_000_000n;
}
