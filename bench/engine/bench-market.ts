// One market of a real engine, driven with the generator's events: each is an entry of its own with key,
// nonce and time, whose command was decoded before. (What decoding costs is part of the replay row.)
//
// All rules are on: tick, lot, least and most quantity and value, price band, open orders per user, self-trade
// prevention, fees of makers and takers. Amounts are exact, and every balance is kept.

import { assert, type EntryHead, findInsolvency, RealEngine } from '@picostocks/engine';
import { EntryMaker } from '@picostocks/engine/testing';
import type { Amount, Command, EnvelopeCommandOf } from '@picostocks/protocol';
import type { OrderEvents } from './order-events.ts';

const UNIT = 1;
const STOCK = 2;
/** Atoms in 10⁻⁸: a tick, and the step of a quantity. */
const STEP = 10n ** 10n;
const LIFE_MICROS = 60_000_000;

type PlaceOrder = EnvelopeCommandOf<'place_order'>;
type CancelOrder = EnvelopeCommandOf<'cancel_order'>;

export interface BenchEntry {
  readonly head: EntryHead;
  readonly command: Command;
}

/** What the engine said, so that nothing of it is for nothing. */
export interface Tally {
  events: number;
  trades: number;
  refusals: number;
}

export class BenchMarket {
  readonly engine = new RealEngine();
  readonly tally: Tally = { events: 0, trades: 0, refusals: 0 };
  readonly #source: OrderEvents;
  readonly #maker = new EntryMaker();
  readonly #keys: Uint8Array[] = [];
  readonly #nonces: number[] = [];
  #sequence: number;
  #time: number;

  constructor(source: OrderEvents) {
    this.#source = source;
    this.#found();
    this.#list();
    for (let userId = 0; userId <= source.users; userId += 1) {
      this.#keys.push(this.#maker.keyOf(userId));
      this.#nonces.push(this.#maker.nonceOf(userId));
    }
    this.#sequence = this.engine.state.sequence;
    this.#time = this.engine.state.time;
  }

  /** All users of the events with money for all of their orders, and one more who gets the fees. */
  #found(): void {
    const { engine } = this;
    const maker = this.#maker;
    const operate = (type: 'create_asset' | 'change_settings', params: object): unknown =>
      engine.apply(maker.envelope({ userId: 0, type, params: params as never }));
    engine.apply(maker.genesis());
    operate('create_asset', { stock_id: UNIT, code: 'unit' });
    operate('create_asset', { stock_id: STOCK, code: 'stock' });
    operate('change_settings', { registration_open: true, gift: '1000000000000' });
    for (let user = 1; user <= this.#source.users + 1; user += 1) {
      engine.apply(maker.register(user));
    }
    operate('change_settings', { registration_open: false, fee_user_id: this.#source.users + 1 });
  }

  #list(): void {
    const market = { stock_id: STOCK, unit_id: UNIT };
    const rules = {
      ...{ tick: '0.00000001', lot: '0.00000001', price_band_ppm: 900_000 },
      ...{ min_quantity: '0.00000001', max_quantity: '1000000' },
      ...{ min_value: '0.000000000001', max_value: '1000000' },
      ...{ max_open_orders: 10_000, self_trade: 'cancel_newest' as const },
    };
    const fees = { maker_ppm: 1_000, taker_ppm: 2_000 };
    const events = [
      ...this.engine.apply(
        this.#maker.envelope({ userId: 0, type: 'list_market', params: { ...market, ...rules } }),
      ),
      ...this.engine.apply(
        this.#maker.envelope({ userId: 0, type: 'set_fees', params: { ...market, ...fees } }),
      ),
    ];
    assert(!events.some(({ kind }) => kind === 'command_rejected'), 'the market is listed');
  }

  /** The entries of some events, decoded; they must be applied before the next are made. */
  prepare(from: number, to: number): BenchEntry[] {
    const entries: BenchEntry[] = [];
    for (let row = from; row < to; row += 1) entries.push(this.entry(row));
    return entries;
  }

  entry(row: number): BenchEntry {
    const userId = this.#source.userIds[row] ?? 0;
    const key = this.#keys[userId] ?? new Uint8Array(0);
    this.#sequence += 1;
    this.#time += 1;
    // Bytes of its own: in a batch of the log, too, they are read just before.
    const head = { sequence: this.#sequence, time: this.#time, key: key.slice() };
    const isCancel = this.#source.isCancel[row] === 1;
    return { head, command: isCancel ? this.#cancel(row, userId) : this.#order(row, userId) };
  }

  #order(row: number, userId: number): PlaceOrder {
    const params = {
      stockId: STOCK,
      unitId: UNIT,
      side: this.#source.isAsk[row] === 1 ? 'ask' : 'bid',
      quantity: BigInt(this.#source.quantities[row] ?? 0) * STEP,
      price: BigInt(this.#source.ticks[row] ?? 0) * STEP,
    } as const;
    return { ...this.#signed(userId), type: 'place_order', params };
  }

  #cancel(row: number, userId: number): CancelOrder {
    const params = { orderId: this.#source.orders[row] ?? 0 };
    return { ...this.#signed(userId), type: 'cancel_order', params };
  }

  #signed(userId: number) {
    const nonce = this.#nonces[userId] ?? 0;
    this.#nonces[userId] = nonce + 1;
    const { exchange } = this.#maker;
    return { exchange, expires: this.#time + LIFE_MICROS, userId, keyId: 0, nonce };
  }

  apply({ head, command }: BenchEntry): void {
    const { tally } = this;
    const events = this.engine.applyCommand(head, command);
    tally.events += events.length;
    for (const event of events) {
      if (event.kind === 'order_filled') tally.trades += 1;
      else if (event.kind === 'command_rejected' || event.kind === 'command_void') {
        tally.refusals += 1;
      }
    }
  }

  /** Has the engine arrived where an exact price-time engine must? */
  check(): void {
    const { trades, resting, levels } = this.#source;
    const { bids, asks } = this.engine.state.markets[0] ?? {};
    let orders = 0;
    const prices = new Set<Amount>();
    for (const side of [bids, asks]) {
      for (const { price } of side?.orders() ?? []) {
        orders += 1;
        prices.add(price);
      }
    }
    assert(this.tally.refusals === 0, 'every command is applied');
    assert(this.tally.trades === trades, 'the trades are those of an exact price-time engine');
    assert(orders === resting && prices.size === levels, 'so are the orders that rest');
    const insolvency = findInsolvency(this.engine.state);
    assert(insolvency === undefined, insolvency ?? '');
  }
}
