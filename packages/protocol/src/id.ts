// Ids, nonces, sequences and times are integers below 2⁵³, so that every JSON reader keeps them
// exact. In a text they have one spelling: decimal, no sign, no leading zero.

/** A user's number. 0 is the operator, who acts but holds no money and cannot trade. */
export type UserId = number;
/** An asset's number: a stock in one market may be the unit of another. */
export type StockId = number;
export type OrderId = number;
/** Place of an entry in the log, from 1. */
export type Sequence = number;
/** Microseconds since the Unix epoch, as the log stamped them. */
export type TimeMicros = number;

export const OPERATOR_USER_ID: UserId = 0;

/** One below 2⁵³, the largest integer that any answer holds. */
export const ID_MAX = Number.MAX_SAFE_INTEGER;

export const ID_PATTERN = '^(0|[1-9][0-9]{0,15})$';

const ID = new RegExp(ID_PATTERN);

/** Reads an id in its one spelling, or answers `undefined`. */
export function parseId(text: string): number | undefined {
  if (!ID.test(text)) return undefined;
  const id = Number(text);
  return id <= ID_MAX ? id : undefined;
}

/** Is this a JSON number that can be an id? */
export function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
