// One simulated trader: at each turn it gives one command. It knows nothing that a stranger could not
// read, and remembers nothing that matters: its open orders are read anew each time, so a restart, a
// lost answer or an order that somebody else took cannot confuse it.

import type { PicostocksClient } from '@picostocks/client';
import type { OrderBookRow, Side } from '@picostocks/protocol';
import type { Random } from './random.ts';
import type { ReferencePrice } from './reference-price.ts';

/** What a trader needs of the exchange. */
export type TraderClient = Pick<
  PicostocksClient,
  'getOpenOrders' | 'getOrderBook' | 'putAsk' | 'putBid' | 'cancelAsk' | 'cancelBid'
>;

export type TraderStyle = 'maker' | 'taker';

/** In all markets together: what bounds the book, and the one answer that lists them. */
export const OPEN_ORDERS_MAX = 24;
/** An order that the market has left this far behind is taken back. */
const STALE_PPM = 30_000;
const SPREAD_PPM = { least: 500, most: 15_000 };

export class Trader {
  readonly #style: TraderStyle;
  readonly #prices: readonly ReferencePrice[];
  readonly #random: Random;

  constructor(fields: {
    style: TraderStyle;
    prices: readonly ReferencePrice[];
    random: Random;
  }) {
    this.#style = fields.style;
    this.#prices = fields.prices;
    this.#random = fields.random;
  }

  /** One turn: at most one command. */
  async act(client: TraderClient): Promise<void> {
    for (const price of this.#prices) price.move(this.#random);
    const { asks, bids } = await client.getOpenOrders({ limit: 300 });
    const open = [
      ...asks.map((row) => ({ ...row, side: 'ask' as const })),
      ...bids.map((row) => ({ ...row, side: 'bid' as const })),
    ];
    const unwanted = this.#findUnwanted(open);
    if (unwanted !== undefined) return this.#cancel(client, unwanted);
    const price = this.#random.pick(this.#prices);
    const side = this.#random.pick(['ask', 'bid'] as const);
    if (this.#style === 'maker') return this.#quote(client, { price, side });
    return this.#take(client, { price, side });
  }

  /** The oldest order when there are enough, else one that the market has left behind. */
  #findUnwanted<Row extends OrderBookRow>(open: readonly Row[]): Row | undefined {
    const oldest = open.toSorted((left, right) => left.order_id - right.order_id);
    const isFull = open.length >= OPEN_ORDERS_MAX;
    const isTired = open.length > OPEN_ORDERS_MAX / 2 && this.#random.below(4) === 0;
    if (isFull || isTired) return oldest[0];
    return oldest.find((row) => {
      const price = this.#prices.find(
        ({ market }) => market.stockId === row.stock_id && market.unitId === row.unit_id,
      );
      return price !== undefined && price.distancePpm(row.price) > STALE_PPM;
    });
  }

  async #cancel(client: TraderClient, row: OrderBookRow & { side: Side }): Promise<void> {
    const { stock_id: stockId, unit_id: unitId, quantity, price } = row;
    const order = { stockId, unitId, quantity, price };
    await (row.side === 'ask' ? client.cancelAsk(order) : client.cancelBid(order));
  }

  /** Rests an order a little away from what the stock is worth. */
  #quote(client: TraderClient, { price, side }: Wish): Promise<void> {
    const spread = this.#random.between(SPREAD_PPM.least, SPREAD_PPM.most);
    return this.#put(client, { price, side, at: price.at(side === 'ask' ? spread : -spread) });
  }

  /** Takes the best order of the other side; where there is none, quotes. */
  async #take(client: TraderClient, { price, side }: Wish): Promise<void> {
    const { stockId, unitId } = price.market;
    const { asks, bids } = await client.getOrderBook({ stockId, unitId });
    const [best] = side === 'ask' ? bids : asks;
    if (best === undefined) return this.#quote(client, { price, side });
    return this.#put(client, { price, side, at: best.price });
  }

  async #put(client: TraderClient, { price, side, at }: Wish & { at: string }): Promise<void> {
    const { stockId, unitId } = price.market;
    const order = { stockId, unitId, price: at, quantity: price.quantity(this.#random) };
    await (side === 'ask' ? client.putAsk(order) : client.putBid(order));
  }
}

interface Wish {
  readonly price: ReferencePrice;
  readonly side: Side;
}
