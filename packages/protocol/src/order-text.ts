// The four signed texts of the published API.
//
//   ASK|BID|CANCELASK|CANCELBID:<user_id>:<stock_id>:<quantity>:<unit_id>:<price>:<nonce>
//
// The official client signs both amounts with 18 decimals; a text with another spelling of the same
// amount is accepted too, since the signature covers what was sent (docs/protocol.md §3.1).

import { type Amount, formatAmount, parseAmount } from './amount.ts';
import { parseId, type StockId, type UserId } from './id.ts';

export const ORDER_VERBS = ['ASK', 'BID', 'CANCELASK', 'CANCELBID'] as const;
export type OrderVerb = (typeof ORDER_VERBS)[number];

export interface OrderText {
  readonly verb: OrderVerb;
  readonly userId: UserId;
  readonly stockId: StockId;
  readonly quantity: Amount;
  readonly unitId: StockId;
  readonly price: Amount;
  readonly nonce: number;
}

/** An order text whose amounts are still strings: as they came, or in the 18-decimal form. */
export interface OrderTextFields {
  readonly verb: OrderVerb;
  readonly userId: UserId;
  readonly stockId: StockId;
  readonly quantity: string;
  readonly unitId: StockId;
  readonly price: string;
  readonly nonce: number;
}

export function joinOrderText(fields: OrderTextFields): string {
  const { verb, userId, stockId, quantity, unitId, price, nonce } = fields;
  return `${verb}:${userId}:${stockId}:${quantity}:${unitId}:${price}:${nonce}`;
}

/**
 * The text to sign, with both amounts in the 18-decimal form.
 *
 * @example
 * encodeOrderText({ verb: 'ASK', userId: 19, stockId: 3, quantity: ONE, unitId: 2, price: ONE, nonce: 45 })
 * // 'ASK:19:3:1.000000000000000000:2:1.000000000000000000:45'
 */
export function encodeOrderText(order: OrderText): string {
  return joinOrderText({
    ...order,
    quantity: formatAmount(order.quantity),
    price: formatAmount(order.price),
  });
}

const ID = '(0|[1-9][0-9]{0,15})';
const AMOUNT = '([0-9]{1,38}(?:\\.[0-9]{1,18})?)';
const ORDER_TEXT = new RegExp(
  `^(ASK|BID|CANCELASK|CANCELBID):${ID}:${ID}:${AMOUNT}:${ID}:${AMOUNT}:${ID}$`,
);

export function decodeOrderText(text: string): OrderText | undefined {
  const match = ORDER_TEXT.exec(text);
  if (match === null) return undefined;
  const [, verb = '', user = '', stock = '', quantityText = '', unit = '', priceText = ''] = match;
  const userId = parseId(user);
  const stockId = parseId(stock);
  const quantity = parseAmount(quantityText);
  const unitId = parseId(unit);
  const price = parseAmount(priceText);
  const nonce = parseId(match[7] ?? '');
  if (userId === undefined || stockId === undefined || quantity === undefined) return undefined;
  if (unitId === undefined || price === undefined || nonce === undefined) return undefined;
  return { verb: verb as OrderVerb, userId, stockId, quantity, unitId, price, nonce };
}
