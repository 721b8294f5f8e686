// Reads of candles, and what a market did in the last 24 hours.

import type { Amount, CandleInterval } from '@picostocks/protocol';
import { addCandle, type Candle, storedCandle } from './candle.ts';
import { MINUTE_MICROS } from './history-schema.ts';
import type { Rows } from './page.ts';
import type { InMarket } from './trade-reader.ts';

/** What a market traded in the last 24 hours; without a trade there are no prices. */
export interface DaySummary {
  readonly quantity: Amount;
  readonly value: Amount;
  readonly count: number;
  readonly prices:
    | { readonly open: Amount; readonly high: Amount; readonly low: Amount }
    | undefined;
}

const EMPTY_DAY: DaySummary = { quantity: 0n, value: 0n, count: 0, prices: undefined };
const DAY_MINUTES = 24 * 60;

/** How many kept candles of how many minutes one candle of an interval is made of. */
const INTERVALS: Record<CandleInterval, { readonly minutes: number; readonly parts: number }> = {
  '1m': { minutes: 1, parts: 1 },
  '5m': { minutes: 1, parts: 5 },
  '15m': { minutes: 1, parts: 15 },
  '1h': { minutes: 60, parts: 1 },
  '4h': { minutes: 60, parts: 4 },
  '1d': { minutes: DAY_MINUTES, parts: 1 },
  '1w': { minutes: DAY_MINUTES, parts: 7 },
};
/** The first Monday after the epoch, which was a Thursday. */
const MONDAY_MINUTES = 4 * DAY_MINUTES;

export interface TimedCandle extends Candle {
  /** Minutes since the epoch. */
  start: number;
}

export class CandleReader {
  readonly #rows: Rows;
  /** By market: the final candles of one window each. */
  readonly #windows = new Map<string, { from: number; to: number; sum: Candle | undefined }>();

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Candles that have trades; oldest first from `since` on, else newest first. Times in milliseconds. */
  candles(
    by: InMarket & {
      interval: CandleInterval;
      since: number | undefined;
      until: number | undefined;
      limit: number;
    },
  ): TimedCandle[] {
    const { minutes, parts } = INTERVALS[by.interval];
    const length = minutes * parts;
    const offset = by.interval === '1w' ? MONDAY_MINUTES : 0;
    const floor = (minute: number): number =>
      minute - ((((minute - offset) % length) + length) % length);
    const since = by.since === undefined ? 0 : Math.ceil(by.since / 60_000);
    const until = Math.floor((by.until ?? Number.MAX_SAFE_INTEGER) / 60_000);
    // A candle whose begin is asked for is given whole, and one that began before not at all.
    const from = by.since === undefined ? 0 : floor(since + length - 1);
    const to = floor(until) + length;
    const order = by.since === undefined ? 'DESC' : 'ASC';
    const sql = `SELECT * FROM candle WHERE minutes = ? AND stock_id = ? AND unit_id = ?
      AND start >= ? AND start < ? ORDER BY start ${order} LIMIT ?`;
    const values = [minutes, by.stockId, by.unitId, from, to, by.limit * parts];
    const rows = this.#rows.all(sql, ...values).map(toCandle);
    const groups = new Map<number, TimedCandle>();
    for (const row of order === 'DESC' ? rows.toReversed() : rows) {
      const start = floor(row.start);
      const group = groups.get(start);
      if (group === undefined) groups.set(start, { ...row, start });
      else addCandle(group, row);
    }
    const candles = [...groups.values()];
    return (order === 'DESC' ? candles.toReversed() : candles).slice(0, by.limit);
  }

  /**
   * The 24 hours that end with the running minute: the window begins on a whole minute, so that it can
   * be summed from candles. The log's time never goes back, so candles before a market's last one are
   * final, and their sum is kept.
   */
  daySummary(by: InMarket & { timeMicros: number }): DaySummary {
    const { stockId, unitId } = by;
    const minute = Math.floor(by.timeMicros / MINUTE_MICROS);
    const from = minute - DAY_MINUTES;
    const sql = `SELECT * FROM candle WHERE minutes = 1 AND stock_id = ? AND unit_id = ?
      AND start <= ? ORDER BY start DESC LIMIT 1`;
    const [row] = this.#rows.all(sql, stockId, unitId, minute);
    if (row === undefined || Number(row['start']) <= from) return EMPTY_DAY;
    const last = storedCandle(row);
    const before = this.#finalSum({ stockId, unitId, from, to: Number(row['start']) });
    const sum = before === undefined ? last : { ...before };
    if (before !== undefined) addCandle(sum, last);
    const { open, high, low, quantity, value, count } = sum;
    return { quantity, value, count, prices: { open, high, low } };
  }

  /** The sum of the candles after minute `from` and before minute `to`. */
  #finalSum(by: InMarket & { from: number; to: number }): Candle | undefined {
    const name = `${by.stockId}/${by.unitId}`;
    const kept = this.#windows.get(name);
    if (kept?.from === by.from && kept.to === by.to) return kept.sum;
    const sql = `SELECT * FROM candle WHERE minutes = 1 AND stock_id = ? AND unit_id = ?
      AND start > ? AND start < ? ORDER BY start`;
    const [first, ...rest] = this.#rows.all(sql, by.stockId, by.unitId, by.from, by.to);
    const sum = first === undefined ? undefined : storedCandle(first);
    if (sum !== undefined) for (const row of rest) addCandle(sum, storedCandle(row));
    this.#windows.set(name, { from: by.from, to: by.to, sum });
    return sum;
  }
}

function toCandle(row: Record<string, unknown>): TimedCandle {
  return { ...storedCandle(row), start: Number(row['start']) };
}
