// Real order flow through the engine: five hours of a real exchange's raw feed, 2015-05-01.
//
//   PICOSTOCKS_BITSTAMP=<folder with 2015-05-01.log> npm run bench:bitstamp
//
// The engine is given only what traders did (orders, changes of an order's price, cancels), each order
// by a user of its own, and must arrive at the trades that the real exchange made. The data is not part
// of this repository, its licence is another; it is the file of the R package obAnalytics 0.1.2, unpacked
// (sha256 of the log 42f1eb48…78f72c).
//
// How it is read. An order that was resting before the feed begins is placed first, with what it has
// left when the feed first speaks of it. The feed's channels are not in step: a deletion may come before
// its creation, and may come twice. A deleted order that the engine still has is taken out, also where
// the feed says that it was filled, since a few incoming orders are missing and their makers must not
// stay for ever.
//
// What is counted: real trades that the engine made too, price and amount equal to the last digit; and
// cancels for which the engine's order had exactly the amount left that the real exchange said. An exact
// price-time engine reaches at least 520 of 575 and 24,151 cancels; fewer is a bug of the engine.

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { RealEngine } from '@picostocks/engine';
import { EntryMaker, findViolations } from '@picostocks/engine/testing';
import { type Amount, type Event, formatAmount, parseAmount } from '@picostocks/protocol';

const USD = 1;
const BTC = 2;
const TRADES_AT_LEAST = 520;
const CANCELS_AT_LEAST = 24_151;

interface FeedOrder {
  readonly id: number;
  readonly price: string;
  readonly amount: string;
  readonly order_type: 0 | 1;
}
interface FeedEvent {
  readonly kind: string;
  readonly order: FeedOrder;
}
interface PlacedOrder {
  readonly userId: number;
  readonly isBid: boolean;
  price: Amount;
}

function amountOf(text: string): Amount {
  const amount = parseAmount(text);
  if (amount === undefined) throw new Error(`the feed says ${text}, which is no amount`);
  return amount;
}

/** The feed writes the prices and amounts of trades as floats; they have 2 and 8 decimals. */
function tradeName(trade: { price: unknown; amount: unknown }): string {
  return `${Number(trade.price).toFixed(2)} ${Number(trade.amount).toFixed(8)}`;
}

function readFeed(path: string): FeedEvent[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines
    .map((line) => {
      const [received = '', kind = ''] = line.split(' ', 2);
      const json = line.slice(received.length + kind.length + 2);
      return { kind, order: JSON.parse(json) as FeedOrder };
    })
    .filter(({ kind }) => kind !== 'order_book');
}

class Replay {
  readonly engine = new RealEngine();
  readonly trades: string[] = [];
  cancels = 0;
  cancelsExact = 0;
  readonly #maker = new EntryMaker();
  readonly #orders = new Map<number, PlacedOrder>();
  readonly #deleted = new Set<number>();
  /** Deletions that came before the creation of their order. */
  readonly #early = new Map<number, FeedOrder>();

  constructor() {
    const operate = (type: 'create_asset' | 'list_market' | 'change_settings', params: object) =>
      this.engine.apply(this.#maker.envelope({ userId: 0, type, params: params as never }));
    this.engine.apply(this.#maker.genesis());
    operate('create_asset', { stock_id: USD, code: 'usd' });
    operate('create_asset', { stock_id: BTC, code: 'btc' });
    operate('list_market', { stock_id: BTC, unit_id: USD });
    operate('change_settings', { registration_open: true, gift: '1000000000000' });
  }

  create(order: FeedOrder): void {
    const userId = this.#orders.size + 1;
    this.engine.apply(this.#maker.register(userId));
    const placed = { userId, isBid: order.order_type === 0, price: amountOf(order.price) };
    this.#orders.set(order.id, placed);
    this.#place(placed, amountOf(order.amount));
    const early = this.#early.get(order.id);
    if (early !== undefined) this.delete(early);
  }

  /** A changed amount is what trades did; a changed price is the trader's act: a new order. */
  change(order: FeedOrder): void {
    const placed = this.#orders.get(order.id);
    const price = amountOf(order.price);
    if (placed === undefined || placed.price === price) return;
    const left = this.#remaining(placed);
    this.#cancel(placed, left);
    placed.price = price;
    if (left > 0n) this.#place(placed, left);
  }

  delete(order: FeedOrder): void {
    const placed = this.#orders.get(order.id);
    if (placed === undefined) this.#early.set(order.id, order);
    if (placed === undefined || this.#deleted.has(order.id)) return;
    this.#deleted.add(order.id);
    const left = this.#remaining(placed);
    const said = amountOf(order.amount);
    if (said > 0n) {
      this.cancels += 1;
      if (left === said) this.cancelsExact += 1;
    }
    this.#cancel(placed, left);
  }

  #remaining({ userId }: PlacedOrder): Amount {
    return this.engine.state.users[userId]?.ownOrders[0]?.newest?.remaining ?? 0n;
  }

  #place({ userId, isBid, price }: PlacedOrder, quantity: Amount): void {
    const verb = isBid ? 'BID' : 'ASK';
    const order = { verb, userId, stockId: BTC, unitId: USD, quantity, price } as const;
    this.#note(this.engine.apply(this.#maker.order(order)));
  }

  #cancel({ userId, isBid, price }: PlacedOrder, quantity: Amount): void {
    if (quantity === 0n) return;
    const verb = isBid ? 'CANCELBID' : 'CANCELASK';
    const order = { verb, userId, stockId: BTC, unitId: USD, quantity, price } as const;
    this.#note(this.engine.apply(this.#maker.order(order)));
  }

  #note(events: readonly Event[]): void {
    for (const event of events) {
      if (event.kind === 'command_rejected') throw new Error(`rejected: ${event.reason}`);
      if (event.kind !== 'order_filled') continue;
      const price = formatAmount(event.price);
      this.trades.push(tradeName({ price, amount: formatAmount(event.quantity) }));
    }
  }
}

/** Orders that the feed changes or deletes but never creates: they were there before it begins. */
function restingBefore(feed: readonly FeedEvent[]): FeedOrder[] {
  const created = new Set(
    feed.filter(({ kind }) => kind === 'order_created').map(({ order }) => order.id),
  );
  const first = new Map<number, FeedOrder>();
  for (const { kind, order } of feed) {
    if (kind === 'trade' || created.has(order.id) || first.has(order.id)) continue;
    first.set(order.id, order);
  }
  return [...first.values()]
    .filter(({ amount }) => amountOf(amount) > 0n)
    .sort((left, right) => left.id - right.id);
}

/** How many of `wanted` are in `made`, each of those used once. */
function countFound(wanted: readonly string[], made: readonly string[]): number {
  const left = new Map<string, number>();
  for (const name of made) left.set(name, (left.get(name) ?? 0) + 1);
  return wanted.filter((name) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count > 0;
  }).length;
}

function main(): void {
  const folder = process.env['PICOSTOCKS_BITSTAMP'];
  if (folder === undefined) {
    process.stdout.write(
      'PICOSTOCKS_BITSTAMP names no folder with 2015-05-01.log: nothing was run\n',
    );
    return;
  }
  const feed = readFeed(join(folder, '2015-05-01.log'));
  const replay = new Replay();
  const real: string[] = [];
  for (const order of restingBefore(feed)) replay.create(order);
  for (const { kind, order } of feed) {
    if (kind === 'trade') real.push(tradeName(order));
    else if (kind === 'order_created') replay.create(order);
    else if (kind === 'order_changed') replay.change(order);
    else if (kind === 'order_deleted') replay.delete(order);
  }
  const found = countFound(real, replay.trades);
  const violations = findViolations(replay.engine.describe());
  const { cancels, cancelsExact } = replay;
  process.stdout.write(
    [
      `machine: ${cpus()[0]?.model ?? 'unknown'}, Node.js ${process.version}`,
      `real trades found: ${found} of ${real.length} (at least ${TRADES_AT_LEAST})`,
      `cancels that find the exact amount: ${cancelsExact} of ${cancels} (at least ${CANCELS_AT_LEAST})`,
      `broken invariants at the end: ${violations.length}`,
      '',
    ].join('\n'),
  );
  const isWell = found >= TRADES_AT_LEAST && cancelsExact >= CANCELS_AT_LEAST;
  if (!isWell || violations.length > 0) process.exitCode = 1;
}

main();
