// Walks through a list of the exchange from an old row to the newest, page by page.

/** Where to begin; without either, at the first row there is. */
export interface PageStart {
  /** The id of the row before the first. */
  readonly after?: number | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly since?: number | undefined;
}

/** What tells the place of a row in its list. */
type Row =
  | { readonly id: number }
  | { readonly order_id: number }
  | { readonly sequence: number }
  | readonly [begin: number, ...rest: unknown[]];

/** The most that one page has. */
const PAGE_ROWS = 300;

/**
 * Every row of a list, oldest first, until there are no more. Keep the id of the last one, and begin after it
 * the next time.
 *
 * @example
 * for await (const trade of followRows((page) => client.getOwnTrades(page), { after: 17 })) {
 *   console.log(trade.id, trade.price);
 * }
 */
export async function* followRows<R extends Row>(
  readPage: (page: PageStart & { readonly limit: number }) => Promise<readonly R[]>,
  start: PageStart = {},
): AsyncGenerator<R, void, undefined> {
  let { after, since } = start;
  if (after === undefined && since === undefined) since = 0;
  while (true) {
    const rows = await readPage({ after, since, limit: PAGE_ROWS });
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    // A candle has no id: its page begins with a time.
    if (isCandle(last)) since = last[0] + 1;
    else after = idOf(last);
  }
}

function isCandle(row: Row): row is Extract<Row, readonly unknown[]> {
  return Array.isArray(row);
}

/** An own trade has the id of its order beside its own. */
function idOf(row: Exclude<Row, readonly unknown[]>): number {
  if ('id' in row) return row.id;
  return 'order_id' in row ? row.order_id : row.sequence;
}
