// What the tables of an export share: a row, and how times and markets are written in it.

import type { State } from '@picostocks/engine';
import type { Entry, Event, TimeMicros } from '@picostocks/protocol';
import type { Cell } from './csv.ts';

export type Row = readonly Cell[];

/** An entry, what it did, and the state right after it. */
export interface Applied {
  readonly entry: Entry;
  readonly events: readonly Event[];
  readonly state: State;
}

/** ISO 8601 to the microsecond: what the log stamped, exactly. */
export function formatMicros(time: TimeMicros): string {
  const seconds = new Date(Math.floor(time / 1_000)).toISOString().slice(0, -5);
  return `${seconds}.${String(time % 1_000_000).padStart(6, '0')}Z`;
}

/** As traders write it: eth/btc. Empty where a rejected command named no market. */
export function marketCode(
  state: State,
  { stockId, unitId }: { readonly stockId: number; readonly unitId: number },
): string | undefined {
  const stock = assetCode(state, stockId);
  const unit = assetCode(state, unitId);
  return stock === undefined || unit === undefined ? undefined : `${stock}/${unit}`;
}

export function assetCode(state: State, stockId: number): string | undefined {
  return state.assetById.get(stockId)?.code;
}
