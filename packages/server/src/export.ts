// Trades, orders, transfers and balances for a range of time, from the log alone: every entry is applied
// from the first one on, and what its events say becomes rows. Nothing is kept but the engine's state, so
// the memory does not grow with the rows. The history is not asked: it could be wrong, or not there.

import { RealEngine, type State } from '@picostocks/engine';
import { formatAmount, type TimeMicros } from '@picostocks/protocol';
import { type Column, csvHeader, csvLine, jsonLine } from './csv.ts';
import { ORDER_COLUMNS, orderRows } from './export-orders.ts';
import { type Applied, formatMicros, type Row } from './export-row.ts';
import { TRADE_COLUMNS, TRANSFER_COLUMNS, tradeRows, transferRows } from './export-trades.ts';
import type { Log } from './log/log.ts';

export const EXPORTS = ['trades', 'orders', 'transfers', 'balances'] as const;
export type ExportKind = (typeof EXPORTS)[number];

export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** By the time of the entry. Balances are those that `to` finds; `from` says nothing about them. */
export interface ExportRange {
  /** Included. */
  readonly from?: TimeMicros;
  /** Not included. */
  readonly to?: TimeMicros;
}

export interface ExportOptions {
  readonly what: ExportKind;
  readonly range?: ExportRange;
}

interface Table {
  readonly columns: readonly Column[];
  /** Of one entry, after it was applied. */
  readonly ofEntry?: (applied: Applied) => Iterable<Row>;
  /** Of the state at the end. */
  readonly ofState?: (state: State) => Iterable<Row>;
}

const BALANCE_COLUMNS: readonly Column[] = [
  { name: 'sequence', kind: 'number' },
  { name: 'time', kind: 'time' },
  { name: 'user_id', kind: 'number' },
  { name: 'stock_id', kind: 'number' },
  { name: 'asset', kind: 'word' },
  { name: 'free', kind: 'amount' },
  { name: 'locked', kind: 'amount' },
];

const TABLES: Record<ExportKind, Table> = {
  trades: { columns: TRADE_COLUMNS, ofEntry: tradeRows },
  orders: { columns: ORDER_COLUMNS, ofEntry: orderRows },
  transfers: { columns: TRANSFER_COLUMNS, ofEntry: transferRows },
  balances: { columns: BALANCE_COLUMNS, ofState: balanceRows },
};

/** The names of an export's columns, in their order. */
export function exportColumns(what: ExportKind): readonly Column[] {
  return TABLES[what].columns;
}

/**
 * The rows of an export, in the order of the log; balances by user, then in the order in which the assets
 * were created.
 *
 * @throws ExchangeError `log_corrupt`
 */
export function* exportRows(log: Log, { what, range = {} }: ExportOptions): Generator<Row> {
  const { ofEntry, ofState } = TABLES[what];
  const { from = 0, to = Number.POSITIVE_INFINITY } = range;
  const engine = new RealEngine();
  const { state } = engine;
  for (const entry of log.read(1)) {
    // Times never go back, so nothing of the range comes after this.
    if (entry.time >= to) break;
    const events = engine.apply(entry);
    if (ofEntry !== undefined && entry.time >= from) yield* ofEntry({ entry, events, state });
  }
  if (ofState !== undefined) yield* ofState(state);
}

/** An export as the lines of a file, each with its end. */
export function* exportLines(
  log: Log,
  { format, ...options }: ExportOptions & { readonly format: ExportFormat },
): Generator<string> {
  const { columns } = TABLES[options.what];
  if (format === 'csv') yield csvHeader(columns);
  const line = format === 'csv' ? csvLine : jsonLine;
  for (const row of exportRows(log, options)) yield line(columns, row);
}

function* balanceRows(state: State): Generator<Row> {
  const time = formatMicros(state.time);
  for (const user of state.users) {
    for (const { slot, id, code } of state.assets) {
      const account = user.accounts[slot];
      if (account === undefined) continue;
      const amounts = [formatAmount(account.free), formatAmount(account.locked)];
      yield [state.sequence, time, user.id, id, code, ...amounts];
    }
  }
}
