// What must hold in every state, checked from the text of `describe()` alone: the same check judges
// any engine, and no engine can hide behind an accessor of its own.

const ATOMS_IN_ONE = 10n ** 18n;
const NO_AMOUNT_REACHES = 10n ** 56n;

interface Line {
  readonly word: string;
  readonly fields: readonly string[];
}

function parseLines(description: string): Line[] {
  return description
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [word = '', ...fields] = line.split(' ');
      return { word, fields };
    });
}

const at = (line: Line, index: number): string => line.fields.at(index) ?? '';

/** Every broken invariant of docs/protocol.md §1 and §6.5 as a sentence; none when all is well. */
export function findViolations(description: string): string[] {
  const lines = parseLines(description);
  return [
    ...findImbalances(lines),
    ...findWrongLocks(lines),
    ...booksOf(lines).flatMap((book) => findDisorder(book)),
  ];
}

function findImbalances(lines: readonly Line[]): string[] {
  const violations: string[] = [];
  const sums = new Map<string, bigint>();
  for (const line of lines.filter(({ word }) => word === 'asset')) {
    const outside = BigInt(at(line, -1));
    sums.set(at(line, 0), outside);
    if (outside > 0n) violations.push(`the outside world of asset ${at(line, 0)} is above zero`);
    if (outside <= -NO_AMOUNT_REACHES) violations.push(`asset ${at(line, 0)} passes 56 digits`);
  }
  for (const line of lines.filter(({ word }) => word === 'balance')) {
    const [free, locked] = [BigInt(at(line, 2)), BigInt(at(line, 3))];
    const stockId = at(line, 1);
    if (free < 0n || locked < 0n) {
      violations.push(`user ${at(line, 0)} has a negative balance of asset ${stockId}`);
    }
    sums.set(stockId, (sums.get(stockId) ?? 0n) + free + locked);
  }
  for (const [stockId, sum] of sums) {
    if (sum !== 0n) violations.push(`the balances of asset ${stockId} sum to ${sum}`);
  }
  return violations;
}

/** The open orders of each market, with the market's own two assets before them. */
interface Book {
  readonly stockId: string;
  readonly unitId: string;
  readonly orders: readonly Line[];
}

function booksOf(lines: readonly Line[]): Book[] {
  const books: { stockId: string; unitId: string; orders: Line[] }[] = [];
  for (const line of lines) {
    if (line.word === 'market') {
      books.push({ stockId: at(line, 0), unitId: at(line, 1), orders: [] });
    }
    if (line.word === 'order') books.at(-1)?.orders.push(line);
  }
  return books;
}

function findWrongLocks(lines: readonly Line[]): string[] {
  const locks = new Map<string, bigint>();
  const add = (holding: string, change: bigint) =>
    locks.set(holding, (locks.get(holding) ?? 0n) + change);
  for (const { stockId, unitId, orders } of booksOf(lines)) {
    for (const order of orders) {
      const [price, remaining] = [BigInt(at(order, 3)), BigInt(at(order, 4))];
      const value = (price * remaining + ATOMS_IN_ONE - 1n) / ATOMS_IN_ONE;
      if (at(order, 1) === 'bid') add(`${at(order, 2)} of ${unitId}`, value);
      else add(`${at(order, 2)} of ${stockId}`, remaining);
    }
  }
  for (const line of lines.filter(({ word }) => word === 'balance')) {
    add(`${at(line, 0)} of ${at(line, 1)}`, -BigInt(at(line, 3)));
  }
  return [...locks]
    .filter(([, difference]) => difference !== 0n)
    .map(([holding, difference]) => `the lock of ${holding} is off by ${difference}`);
}

function findDisorder({ stockId, unitId, orders }: Book): string[] {
  const violations: string[] = [];
  const rows = orders.map((order) => ({
    id: Number(at(order, 0)),
    side: at(order, 1),
    price: BigInt(at(order, 3)),
    remaining: BigInt(at(order, 4)),
  }));
  const bids = rows.filter(({ side }) => side === 'bid');
  const asks = rows.filter(({ side }) => side === 'ask');
  const [bid] = bids;
  const [ask] = asks;
  const market = `market ${stockId}/${unitId}`;
  if (bid && ask && bid.price >= ask.price) violations.push(`${market} is crossed`);
  if (rows.some(({ remaining }) => remaining <= 0n))
    violations.push(`${market} has an empty order`);
  for (const [side, sign] of [
    [bids, -1n],
    [asks, 1n],
  ] as const) {
    for (const [index, row] of side.entries()) {
      const before = side[index - 1];
      if (before === undefined) continue;
      const step = (row.price - before.price) * sign;
      const isInOrder = step > 0n || (step === 0n && row.id > before.id);
      if (!isInOrder) violations.push(`${market} has order ${row.id} in the wrong place`);
    }
  }
  return violations;
}

/**
 * The lines that are in one description only, the clock aside: what an entry changed. A line that
 * went is marked `-`, one that came `+`.
 */
export function changedLines(before: string, after: string): string[] {
  const [old, now] = [before, after].map(
    (text) => new Set(text.split('\n').filter((line) => !line.startsWith('clock '))),
  );
  return [
    ...[...(old ?? [])].filter((line) => !now?.has(line)).map((line) => `- ${line}`),
    ...[...(now ?? [])].filter((line) => !old?.has(line)).map((line) => `+ ${line}`),
  ];
}
