// Checks of what callers pass, before anything is sent. TypeScript says most of it at compile time,
// but a caller in JavaScript, or data from a file, must meet the same no.

import { formatAmount, isId, parseAmount } from '@picostocks/protocol';
import { InvalidArgumentError } from './errors.ts';

/** The 18-decimal form of an amount that was given as a string. */
export function checkAmount(value: unknown, argument: string): string {
  if (typeof value !== 'string') {
    // A number has already lost digits by the time it gets here: 0.1 + 0.2 is no amount.
    const got = value === null ? 'null' : typeof value;
    throw new InvalidArgumentError(argument, `an amount is a decimal string, not a ${got}`);
  }
  const amount = parseAmount(value);
  if (amount === undefined) {
    throw new InvalidArgumentError(
      argument,
      'an amount has up to 38 digits, then at most 18 decimals after a point, and nothing else',
    );
  }
  return formatAmount(amount);
}

export function checkId(value: unknown, argument: string): number {
  if (isId(value)) return value;
  throw new InvalidArgumentError(argument, 'an id is an integer from 0 and below 2^53');
}

export function checkOptionalId(value: unknown, argument: string): number | undefined {
  return value === undefined ? undefined : checkId(value, argument);
}

/** Refuses a call without its options object before a property of it is read. */
export function checkObject<T extends object>(value: T, argument: string): T {
  if (typeof value === 'object' && value !== null) return value;
  throw new InvalidArgumentError(argument, 'an object is expected');
}
