// Candles: what a market did in each interval. Kept by the minute, the hour and the day; the other
// intervals are summed from the largest of these that fits into them.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Amount, formatAmount, type OrderFilled, type TimeMicros } from '@picostocks/protocol';
import { MINUTE_MICROS, readSum } from './history-schema.ts';

/** The lengths of intervals that are kept, in minutes. */
const KEPT_MINUTES = [1, 60, 1_440] as const;
/** Kept in memory, so that a busy minute is not read back for every trade. */
const CANDLES_MAX = 3_000;

export interface Candle {
  open: Amount;
  high: Amount;
  low: Amount;
  close: Amount;
  quantity: Amount;
  value: Amount;
  count: number;
}

/** What is written for one trade or read of one row; the first price of an interval opens it. */
export function newCandle(price: Amount): Candle {
  return { open: price, high: price, low: price, close: price, quantity: 0n, value: 0n, count: 0 };
}

/** Adds a candle that comes later. */
export function addCandle(sum: Candle, later: Candle): void {
  sum.high = later.high > sum.high ? later.high : sum.high;
  sum.low = later.low < sum.low ? later.low : sum.low;
  sum.close = later.close;
  sum.quantity += later.quantity;
  sum.value += later.value;
  sum.count += later.count;
}

export function storedCandle(row: Record<string, unknown>): Candle {
  const amount = (name: string): Amount => readSum(String(row[name]));
  return {
    open: amount('open'),
    high: amount('high'),
    low: amount('low'),
    close: amount('close'),
    quantity: amount('quantity'),
    value: amount('value'),
    count: Number(row['count']),
  };
}

interface KeptCandle {
  readonly key: readonly [minutes: number, stockId: number, unitId: number, start: number];
  readonly candle: Candle;
  isChanged: boolean;
}

/** Writes candles; what was added since the last `flush` is only in memory. */
export class CandleWriter {
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  /** Changed in the open transaction, or read lately. */
  readonly #kept = new Map<string, KeptCandle>();

  constructor(database: DatabaseSync) {
    this.#read = database.prepare(
      'SELECT * FROM candle WHERE minutes = ? AND stock_id = ? AND unit_id = ? AND start = ?',
    );
    this.#write = database.prepare(
      `INSERT OR REPLACE INTO candle VALUES (${Array(11).fill('?').join(', ')})`,
    );
  }

  add(trade: OrderFilled, time: TimeMicros): void {
    const { stockId, unitId, price, quantity, cost } = trade;
    const minute = Math.floor(time / MINUTE_MICROS);
    const one = { ...newCandle(price), quantity, value: cost, count: 1 };
    for (const minutes of KEPT_MINUTES) {
      const start = minute - (minute % minutes);
      const kept = this.#candleAt([minutes, stockId, unitId, start], price);
      addCandle(kept.candle, one);
      kept.isChanged = true;
    }
  }

  flush(): void {
    for (const kept of this.#kept.values()) {
      if (!kept.isChanged) continue;
      const { open, high, low, close, quantity, value, count } = kept.candle;
      const amounts = [open, high, low, close, quantity, value].map(formatAmount);
      this.#write.run(...kept.key, ...amounts, count);
      kept.isChanged = false;
    }
    if (this.#kept.size > CANDLES_MAX) this.#kept.clear();
  }

  /** Forgets what was not flushed. */
  clear(): void {
    this.#kept.clear();
  }

  #candleAt(key: KeptCandle['key'], price: Amount): KeptCandle {
    const name = key.join('/');
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    const row = this.#read.get(...key);
    const candle = row === undefined ? newCandle(price) : storedCandle(row);
    const kept: KeptCandle = { key, candle, isChanged: false };
    this.#kept.set(name, kept);
    return kept;
  }
}
