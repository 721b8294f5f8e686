// One simulated trader: at each turn it gives one command. It knows nothing that a stranger could not
// read, and remembers nothing that matters: its open orders are read anew each time, so a restart, a
// lost answer or an order that somebody else took cannot confuse it.

import type { PicostocksClient } from '@picostocks/client';
import type { OrderRow, Side } from '@picostocks/protocol';
import type { Random } from './random.ts';
import type { ReferencePrice } from './reference-price.ts';

/** What a trader needs of the exchange. */
export type TraderClient = Pick<
  PicostocksClient,
  'getOrders' | 'getDepth' | 'placeOrder' | 'amendOrder' | 'cancelOrder'
>;

export type TraderStyle = 'maker' | 'taker';

/** In all markets together: what bounds the book, and the one answer that lists them. */
export const OPEN_ORDERS_MAX = 24;
/** An order that the market has left this far behind is moved after it. */
const STALE_PPM = 30_000;
const SPREAD_PPM = { least: 500, most: 15_000 };
const NAMES = 1_000_000_000;

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
    const open = await client.getOrders({ limit: 300 });
    const unwanted = this.#findUnwanted(open);
    if (unwanted !== undefined) {
      await client.cancelOrder({ orderId: unwanted.order_id });
      return;
    }
    const stale = this.#findStale(open);
    if (stale !== undefined) return this.#follow(client, stale);
    const price = this.#random.pick(this.#prices);
    const side = this.#random.pick(['ask', 'bid'] as const);
    if (this.#style === 'maker') return this.#quote(client, { price, side });
    return this.#take(client, { price, side });
  }

  /** The oldest order, when there are enough. */
  #findUnwanted(open: readonly OrderRow[]): OrderRow | undefined {
    const isFull = open.length >= OPEN_ORDERS_MAX;
    const isTired = open.length > OPEN_ORDERS_MAX / 2 && this.#random.below(4) === 0;
    return isFull || isTired ? open.at(-1) : undefined;
  }

  /** An order that the market has left behind, with what its stock is worth now. */
  #findStale(open: readonly OrderRow[]): (Wish & { readonly orderId: number }) | undefined {
    for (const { order_id: orderId, stock_id, unit_id, side, price: stands } of open) {
      const price = this.#prices.find(
        ({ market }) => market.stockId === stock_id && market.unitId === unit_id,
      );
      if (price !== undefined && price.distancePpm(stands) > STALE_PPM) {
        return { orderId, side, price };
      }
    }
    return undefined;
  }

  async #follow(client: TraderClient, { orderId, ...wish }: Wish & { readonly orderId: number }) {
    await client.amendOrder({ orderId, price: this.#priceOf(wish) });
  }

  /** Rests an order a little away from what the stock is worth, and never takes one. */
  async #quote(client: TraderClient, wish: Wish): Promise<void> {
    const clientOrderId = `quote-${this.#random.below(NAMES)}`;
    const price = this.#priceOf(wish);
    const order = { ...this.#order(wish), price, clientOrderId };
    await client.placeOrder({ ...order, timeInForce: 'post_only' });
  }

  #priceOf({ price, side }: Wish): string {
    const spread = this.#random.between(SPREAD_PPM.least, SPREAD_PPM.most);
    return price.at(side === 'ask' ? spread : -spread);
  }

  /** Takes what the other side offers at its best price; where there is nothing, quotes. */
  async #take(client: TraderClient, wish: Wish): Promise<void> {
    const { stockId, unitId } = wish.price.market;
    const { asks, bids } = await client.getDepth({ stockId, unitId, levels: 1 });
    const [best] = wish.side === 'ask' ? bids : asks;
    if (best === undefined) return this.#quote(client, wish);
    await client.placeOrder({ ...this.#order(wish), price: best[0], timeInForce: 'ioc' });
  }

  #order({ price, side }: Wish) {
    const { stockId, unitId } = price.market;
    return { stockId, unitId, side, quantity: price.quantity(this.#random) };
  }
}

interface Wish {
  readonly price: ReferencePrice;
  readonly side: Side;
}
