// Pages: which rows of a list an answer holds, and in which order.
//
// Rows have ids that grow with the log, and so do their times: a time is turned into an id by bisection,
// and everything else is a range of ids, which every index ends with.

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { TimeMicros } from '@picostocks/protocol';

/** What a reader asked for. Ids and times are not included, but `since` and `until` are. */
export interface Page {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly since?: TimeMicros | undefined;
  readonly until?: TimeMicros | undefined;
  readonly limit: number;
}

export type Row = Record<string, unknown>;

/** Tables whose `time` never falls as their `id` grows. */
export type PagedTable = 'trade' | 'closed_order' | 'transfer' | 'deposit' | 'withdrawal' | 'act';

/** A condition, and for trades the table through which they are found. */
export interface Selection {
  readonly where: string;
  readonly values: readonly SQLInputValue[];
  readonly through?: 'trade_of_user' | 'trade_of_order';
}

interface Market {
  readonly stockId: number;
  readonly unitId: number;
}

/** Oldest first where a page begins somewhere, newest first where it does not. */
export function isForward({ after, since }: Page): boolean {
  return after !== undefined || since !== undefined;
}

export class Rows {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  /**
   * A page of a table. Each selection is a condition with an index that ends with the id; together they
   * are read as one list, a row that several of them have once.
   */
  page(
    table: PagedTable,
    { page, selections }: { readonly page: Page; readonly selections: readonly Selection[] },
  ): Row[] {
    const { limit } = page;
    const isUp = isForward(page);
    let [above, below] = this.#range(table, page);
    let rows: Row[] = [];
    for (const { where, values, through } of selections) {
      const condition = where === '' ? '' : `${where} AND`;
      const [from, id] =
        through === undefined
          ? [table, 'id']
          : [`${through} CROSS JOIN ${table} ON id = trade_id`, 'trade_id'];
      const sql = `SELECT ${table}.* FROM ${from} WHERE ${condition} ${id} > ? AND ${id} < ?
        ORDER BY ${id} ${isUp ? 'ASC' : 'DESC'} LIMIT ?`;
      const found = this.all(sql, ...values, above, below, limit);
      if (found.length === 0) continue;
      rows = merged(rows, found, isUp ? 1 : -1).slice(0, limit);
      // A page that is full needs only what comes before its last row.
      const last = rows.length === limit ? idOf(rows.at(-1)) : undefined;
      if (last !== undefined && isUp) below = last;
      if (last !== undefined && !isUp) above = last;
    }
    return rows;
  }

  /**
   * The markets in which a user has rows of an index that begins with him and the market: one seek for each. A seek
   * lands at the first row that is not less, so it asks for the next market that there can be: with `>` SQLite
   * would go through all rows of the last one.
   */
  marketsOf(table: 'trade_of_user' | 'closed_order', userId: number): Market[] {
    const sql = `SELECT stock_id AS stockId, unit_id AS unitId FROM ${table}
      WHERE user_id = ? AND (stock_id, unit_id) >= (?, ?) ORDER BY stock_id, unit_id LIMIT 1`;
    const markets: Market[] = [];
    for (let from = { stockId: 0, unitId: 0 }; ; ) {
      const [next] = this.all(sql, userId, from.stockId, from.unitId);
      if (next === undefined) return markets;
      const market = next as unknown as Market;
      markets.push(market);
      from = { ...market, unitId: market.unitId + 1 };
    }
  }

  /** The ids between which a page lies, neither included. */
  #range(table: PagedTable, page: Page): [above: number, below: number] {
    const since = page.since === undefined ? 0 : this.#firstId(table, page.since) - 1;
    const until =
      page.until === undefined ? Number.MAX_SAFE_INTEGER : this.#firstId(table, page.until + 1);
    return [
      Math.max(page.after ?? 0, since),
      Math.min(page.before ?? Number.MAX_SAFE_INTEGER, until),
    ];
  }

  /** The first id at or after a time; the largest number where there is none. */
  #firstId(table: PagedTable, time: TimeMicros): number {
    let low = 1;
    let high = Number(this.all(`SELECT max(id) AS id FROM ${table}`)[0]?.['id'] ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const sql = `SELECT id, time FROM ${table} WHERE id >= ? ORDER BY id LIMIT 1`;
      const row = this.all(sql, middle)[0];
      if (row === undefined || Number(row['time']) >= time) high = middle;
      else low = Number(row['id']) + 1;
    }
    const row = this.all(`SELECT id FROM ${table} WHERE id >= ? ORDER BY id LIMIT 1`, low)[0];
    return row === undefined ? Number.MAX_SAFE_INTEGER : Number(row['id']);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function idOf(row: Row | undefined): number {
  return Number(row?.['id']);
}

/** Two lists as one, in the order of their ids, what both have once. */
function merged(left: readonly Row[], right: readonly Row[], sign: 1 | -1): Row[] {
  const rows = new Map([...left, ...right].map((row) => [idOf(row), row]));
  return [...rows.values()].sort((one, other) => sign * (idOf(one) - idOf(other)));
}
