// Rows of trades and closed orders. What a row is found by are columns of its own; the rest is only ever
// read together and stands in one text, its words apart by spaces: a column costs the historian as much as
// all the words of a text, and there are millions of rows.
//
// Amounts are whole atoms there: to put in the point costs as much as to write the digits.

import { formatAmount, type OrderClosed, type OrderFilled } from '@picostocks/protocol';
import type { Row } from './page.ts';
import type { ClosedOrderRecord, TradeRecord } from './trade-reader.ts';

/** A word that is not there. */
const NONE = '-';

/** price quantity cost bid_fee ask_fee */
export function packTrade({ price, quantity, cost, bidFee, askFee }: OrderFilled): string {
  return `${price} ${quantity} ${cost} ${bidFee} ${askFee}`;
}

/**
 * side type time_in_force status reason price quantity filled value fee good_until time_last_trade
 * time_closed
 */
export function packOrder(order: OrderClosed, timeClosed: number): string {
  const { side, type, timeInForce, status, reason = NONE } = order;
  const { price, quantity, filled, value, fee } = order;
  const { goodUntil = NONE, timeLastTrade = NONE } = order;
  return `${side} ${type} ${timeInForce} ${status} ${reason} ${price} ${quantity} ${filled} ${value} ${fee} ${goodUntil} ${timeLastTrade} ${timeClosed}`;
}

export function unpackTrade({ amounts, ...columns }: Row): TradeRecord {
  const words = new Words(amounts);
  return {
    ...(columns as unknown as Omit<TradeRecord, 'price' | 'quantity' | 'cost' | `${string}_fee`>),
    price: words.amount(),
    quantity: words.amount(),
    cost: words.amount(),
    bid_fee: words.amount(),
    ask_fee: words.amount(),
  };
}

export function unpackOrder({ terms, ...columns }: Row): ClosedOrderRecord {
  const words = new Words(terms);
  const [side, type, timeInForce] = [words.word(), words.word(), words.word()];
  const [status, reason] = [words.word(), words.optional()];
  const [price, quantity, filled] = [words.atoms(), words.atoms(), words.atoms()];
  return {
    ...(columns as unknown as Pick<
      ClosedOrderRecord,
      'id' | 'time' | 'user_id' | 'stock_id' | 'unit_id' | 'client_order_id'
    >),
    side: side === 'bid' ? 'bid' : 'ask',
    type,
    time_in_force: timeInForce,
    status,
    reason,
    price: formatAmount(price),
    quantity: formatAmount(quantity),
    filled: formatAmount(filled),
    // Nothing is left of a closed order.
    cancelled: formatAmount(quantity - filled),
    value: words.amount(),
    fee: words.amount(),
    good_until: words.time(),
    time_last_trade: words.time(),
    time_closed: Number(words.word()),
  };
}

/** Reads the words of a text one after the other. */
class Words {
  readonly #words: IterableIterator<string>;

  constructor(text: unknown) {
    this.#words = String(text).split(' ').values();
  }

  word(): string {
    const { value, done } = this.#words.next();
    if (done === true) throw new Error('a row of the history has too few words');
    return value;
  }

  optional(): string | null {
    const word = this.word();
    return word === NONE ? null : word;
  }

  time(): number | null {
    const word = this.optional();
    return word === null ? null : Number(word);
  }

  atoms(): bigint {
    return BigInt(this.word());
  }

  /** With its 18 decimals. */
  amount(): string {
    return formatAmount(this.atoms());
  }
}
