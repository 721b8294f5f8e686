// The orders of the load: for each user a list of signed requests, made before the clock runs. Six of ten are
// limit orders, of which about a third trades at once; four cancel one of the user's own earlier orders.

import { Random } from '@picostocks/engine/testing';
import {
  encodeUtf8,
  formatAmount,
  joinOrderText,
  ONE,
  type OrderVerb,
  type Side,
} from '@picostocks/protocol';
import { FIRST_USER, STOCK, UNIT } from './bench-exchange.ts';
import { requestBytes } from './connection.ts';
import { signHex, userKey } from './keys.ts';

const PATHS: Record<OrderVerb, string> = {
  ASK: '/v1/trader/ask/put/',
  BID: '/v1/trader/bid/put/',
  CANCELASK: '/v1/trader/ask/cancel/',
  CANCELBID: '/v1/trader/bid/cancel/',
};

export interface OwnOrder {
  readonly side: Side;
  /** In 10⁻⁴ of the unit and of the stock. */
  readonly price: number;
  readonly quantity: number;
}

const MID = 10_000;
const SPAN = 200;

function amountText(tenThousandths: number): string {
  return formatAmount((BigInt(tenThousandths) * ONE) / 10_000n);
}

/** A new order around the middle: two thirds rest behind it, one third crosses it. */
export function randomOrder(random: Random): OwnOrder {
  const side: Side = random.chance(50) ? 'bid' : 'ask';
  const away = random.chance(67) ? 1 + random.integer(SPAN) : -random.integer(20);
  const price = side === 'bid' ? MID - away : MID + away;
  return { side, price, quantity: 1 + random.integer(50_000) };
}

/** What `place_order` has, as text. */
export function amountsOf({ price, quantity }: OwnOrder): { price: string; quantity: string } {
  return { price: amountText(price), quantity: amountText(quantity) };
}

function verbOf(side: Side, isCancel: boolean): OrderVerb {
  if (isCancel) return side === 'bid' ? 'CANCELBID' : 'CANCELASK';
  return side === 'bid' ? 'BID' : 'ASK';
}

export interface LoadOfUser {
  readonly url: URL;
  readonly index: number;
  readonly nonce: number;
  readonly count: number;
  readonly seed: string;
}

export function signedOrders({ url, index, nonce, count, seed }: LoadOfUser): Uint8Array[] {
  const key = userKey(index);
  const random = new Random(`${seed}/${index}/${nonce}`);
  const userId = FIRST_USER + index;
  const own: OwnOrder[] = [];
  return Array.from({ length: count }, (_, number) => {
    const isCancel = own.length > 0 && random.chance(40);
    const order = isCancel
      ? (own.splice(random.integer(own.length), 1)[0] ?? randomOrder(random))
      : randomOrder(random);
    if (!isCancel) own.push(order);
    const verb = verbOf(order.side, isCancel);
    const text = {
      verb,
      userId,
      stockId: STOCK,
      unitId: UNIT,
      ...amountsOf(order),
      nonce: nonce + number,
    };
    const message = encodeUtf8(joinOrderText(text));
    const body = JSON.stringify({
      user_id: userId,
      stock_id: STOCK,
      unit_id: UNIT,
      quantity: text.quantity,
      price: text.price,
      nonce: text.nonce,
      signature: signHex(key, message),
    });
    return requestBytes(url, { method: 'POST', path: PATHS[verb], body });
  });
}
