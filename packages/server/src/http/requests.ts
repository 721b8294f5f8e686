// Text of requests to typed values. The schemas have already refused what cannot be read.

import { parseId, type Sequence } from '@picostocks/protocol';
import { Refused } from '../node/refused.ts';

/** An id that may come as a number or as text: form bodies and addresses know only text. */
export function readId(value: number | string): number {
  const id = typeof value === 'number' ? value : parseId(value);
  if (id === undefined) throw new Refused('malformed', { why: `${value} is no id` });
  return id;
}

export function readOptionalId(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : readId(value);
}

/** A number of an entry that must be in the log now. */
export function readSequence(text: string, last: Sequence): Sequence {
  const sequence = readId(text);
  if (sequence === 0 || sequence > last) throw new Refused('entry_not_found');
  return sequence;
}

const HUNDRED = 100;
const LIMIT_MAX = 300;

/** Rounded up to the nearest hundred; 100 when absent, 300 at most. */
export function readLimit(value: string | undefined): number {
  const hundreds = Math.ceil(Number(value ?? HUNDRED) / HUNDRED) * HUNDRED;
  return Math.min(LIMIT_MAX, Math.max(HUNDRED, hundreds));
}
