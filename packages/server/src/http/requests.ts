// Text of requests to typed values. The schemas have already refused what cannot be read.

import { findMarket, type State } from '@picostocks/engine';
import { parseId, type Sequence } from '@picostocks/protocol';
import type { InMarket } from '../history/trade-reader.ts';
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
/** Rows of one list in one answer. */
export const LIMIT_MAX = 300;

/** Rounded up to the nearest hundred; 100 when absent, 300 at most. */
export function readLimit(value: string | undefined): number {
  const hundreds = Math.ceil(Number(value ?? HUNDRED) / HUNDRED) * HUNDRED;
  return Math.min(LIMIT_MAX, Math.max(HUNDRED, hundreds));
}

/** A market to choose by: both ids, or neither. */
export function readMarket(
  state: State,
  query: { readonly stock_id?: string; readonly unit_id?: string },
): InMarket | undefined {
  const stockId = readOptionalId(query.stock_id);
  const unitId = readOptionalId(query.unit_id);
  if (stockId === undefined && unitId === undefined) return undefined;
  if (stockId === undefined || unitId === undefined) {
    throw new Refused('malformed', { why: 'a market is a stock_id and a unit_id' });
  }
  const market = { stockId, unitId };
  if (findMarket(state, market) === undefined) throw new Refused('market_not_found');
  return market;
}
