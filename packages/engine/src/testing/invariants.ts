// What must hold in every state, checked from the text of `describe()` alone: the same check judges
// any engine, and no engine can hide behind an accessor of its own.

const ATOMS_IN_ONE = 10n ** 18n;
const NO_AMOUNT_REACHES = 10n ** 56n;

interface Line {
  readonly word: string;
  readonly fields: readonly string[];
}

/** A text, a list of texts, or anything without a space. */
const FIELD = /"(?:[^"\\]|\\.)*"|\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]|[^ ]+/g;

function parseLines(description: string): Line[] {
  return description
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [word = '', ...fields] = line.match(FIELD) ?? [];
      return { word, fields };
    });
}

const at = (line: Line, index: number): string => line.fields.at(index) ?? '';
const pick = (line: Line, ...indexes: number[]): string =>
  indexes.map((index) => at(line, index)).join(' ');

/** Every broken invariant of docs/protocol.md §1, §6 and §7 as a sentence; none when all is well. */
export function findViolations(description: string): string[] {
  const lines = parseLines(description);
  return [
    ...findImbalances(lines),
    ...findWrongLocks(lines),
    ...booksOf(lines).flatMap((book) => findDisorder(book)),
    ...findTwins(lines),
    ...findLeftovers(lines),
    ...findTooMany(lines),
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

/** What is locked is what open orders and withdrawals on their way lock, and nothing else. */
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
  for (const line of lines.filter(({ word }) => word === 'withdrawal')) {
    add(`${at(line, 1)} of ${at(line, 2)}`, BigInt(at(line, 3)) + BigInt(at(line, 4)));
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
    quantity: BigInt(at(order, 5)),
    place: Number(at(order, 7)),
  }));
  const bids = rows.filter(({ side }) => side === 'bid');
  const asks = rows.filter(({ side }) => side === 'ask');
  const [bid] = bids;
  const [ask] = asks;
  const market = `market ${stockId}/${unitId}`;
  // The dead included: whoever comes to rest has met every order that he could trade with.
  if (bid && ask && bid.price >= ask.price) violations.push(`${market} is crossed`);
  if (rows.some(({ remaining }) => remaining <= 0n)) {
    violations.push(`${market} has an empty order`);
  }
  if (rows.some(({ remaining, quantity }) => remaining > quantity)) {
    violations.push(`${market} has an order with more left than it was`);
  }
  for (const [side, sign] of [
    [bids, -1n],
    [asks, 1n],
  ] as const) {
    for (const [index, row] of side.entries()) {
      const before = side[index - 1];
      if (before === undefined) continue;
      const step = (row.price - before.price) * sign;
      const isInOrder = step > 0n || (step === 0n && row.place > before.place);
      if (!isInOrder) violations.push(`${market} has order ${row.id} in the wrong place`);
    }
  }
  return violations;
}

/** What there may be once only, by the kind of line and by what names it there. */
const UNIQUE: readonly [word: string, what: string, name: (line: Line) => string | undefined][] = [
  ['asset', 'asset', (line) => at(line, 0)],
  ['market', 'market', (line) => pick(line, 0, 1)],
  ['user', 'user', (line) => at(line, 0)],
  ['key', 'key number', (line) => pick(line, 0, 1)],
  ['key', 'public key', (line) => at(line, 2)],
  ['former', 'public key', (line) => at(line, 1)],
  ['balance', 'balance', (line) => pick(line, 0, 1)],
  ['order', 'order', (line) => at(line, 0)],
  ['order', 'place', (line) => at(line, 7)],
  ['order', 'client order id', (line) => (at(line, 8) === '-' ? undefined : pick(line, 2, 8))],
  ['sweep', 'sweep', (line) => at(line, 0)],
  ['deposit', 'transaction', (line) => pick(line, 0, 1, 2)],
  ['incoming', 'deposit', (line) => at(line, 0)],
  ['withdrawal', 'withdrawal', (line) => at(line, 0)],
  ['wanted', 'wanted address', (line) => pick(line, 0, 1)],
  ['address', 'address', (line) => pick(line, 0, 2)],
];

function findTwins(lines: readonly Line[]): string[] {
  const violations: string[] = [];
  const known = new Set<string>();
  for (const line of lines) {
    for (const [word, what, nameOf] of UNIQUE) {
      const name = line.word === word ? nameOf(line) : undefined;
      if (name === undefined) continue;
      const whole = `${what} ${name}`;
      if (known.has(whole)) violations.push(`${whole} is there twice`);
      known.add(whole);
    }
  }
  return violations;
}

const FINAL = ['done', 'canceled', 'ignore'];
const RESTING = ['gtc', 'gtt', 'post_only'];

/** What should have gone: orders that cannot rest or that nobody sweeps, and what is final. */
function findLeftovers(lines: readonly Line[]): string[] {
  const violations: string[] = [];
  const swept = new Set<string>();
  const users = new Map<string, Line>();
  for (const line of lines) {
    if (line.word === 'sweep') swept.add(at(line, 0));
    if (line.word === 'user') users.set(at(line, 0), line);
  }
  for (const order of lines.filter(({ word }) => word === 'order')) {
    const [id, userId, terms] = [at(order, 0), at(order, 2), at(order, 9)];
    const user = users.get(userId);
    if (user === undefined || userId === '0') violations.push(`order ${id} is nobody's`);
    if (!RESTING.includes(terms)) violations.push(`order ${id} rests, but is ${terms}`);
    if ((terms === 'gtt') !== (at(order, 10) !== '-')) violations.push(`order ${id} has no term`);
    const isDead = user !== undefined && Number(at(order, 7)) < Number(at(user, 2));
    if (isDead && !swept.has(userId)) violations.push(`order ${id} is dead, but nobody sweeps it`);
    const isFrozen = user !== undefined && at(user, 3) !== 'null';
    if (isFrozen && !isDead) violations.push(`order ${id} of a frozen user is alive`);
  }
  for (const line of lines) {
    if (line.word === 'incoming' && FINAL.includes(at(line, 4))) {
      violations.push(`deposit ${at(line, 0)} is final`);
    }
    if (line.word === 'withdrawal' && FINAL.includes(at(line, 5))) {
      violations.push(`withdrawal ${at(line, 0)} is final`);
    }
    if (line.word === 'withdrawal' && at(line, 6) === '-') {
      const isClaimed = ['busy', 'confirmed'].includes(at(line, 5));
      if (isClaimed) violations.push(`withdrawal ${at(line, 0)} is sent by nobody`);
    }
    if (line.word === 'key' && at(line, 4) === 'true' && at(line, 6) !== '-') {
      violations.push(`key ${pick(line, 0, 1)} is revoked, but has a switch`);
    }
  }
  return violations;
}

/** docs/protocol.md §7. */
const MOST: readonly [word: string, most: number, of: (line: Line) => string][] = [
  ['withdrawal', 100, (line) => `user ${at(line, 1)}`],
  ['address', 100, (line) => `user ${at(line, 1)} in asset ${at(line, 0)}`],
  ['key', 1_000, (line) => `user ${at(line, 0)}`],
];

function findTooMany(lines: readonly Line[]): string[] {
  return MOST.flatMap(([word, most, of]) => {
    const counts = new Map<string, number>();
    for (const line of lines) {
      if (line.word === word) counts.set(of(line), (counts.get(of(line)) ?? 0) + 1);
    }
    return [...counts]
      .filter(([, count]) => count > most)
      .map(([whose, count]) => `${whose} has ${count} lines of the kind ${word}`);
  });
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
