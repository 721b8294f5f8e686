import {
  encodeUtf8,
  joinOrderText,
  type OrderBody,
  type OrderTextFields,
  type OrderVerb,
} from '@picostocks/protocol';
import { checkAmount, checkId, checkObject } from '../argument.ts';
import type { CallOptions } from '../call-options.ts';
import type { SigningKey } from '../key.ts';
import type { Sign } from '../nonce-queue.ts';
import { JSON_HEADERS } from '../signed-command.ts';

/** An order, or what to cancel: amounts are decimal strings, never numbers. */
export interface OrderParameters extends CallOptions {
  /** The asset whose quantity is traded. */
  readonly stockId: number;
  /** The asset in which the price is given. */
  readonly unitId: number;
  readonly quantity: string;
  readonly price: string;
}

export interface SignOrderOptions {
  readonly verb: OrderVerb;
  readonly userId: number;
  readonly key: Promise<SigningKey>;
  readonly order: OrderParameters;
}

const PATHS: Record<OrderVerb, string> = {
  ASK: 'trader/ask/put/',
  BID: 'trader/bid/put/',
  CANCELASK: 'trader/ask/cancel/',
  CANCELBID: 'trader/bid/cancel/',
};

/** Checks an order at once, and answers how to sign it under a nonce. */
export function signOrder({ verb, userId, key, order }: SignOrderOptions): Sign {
  const { stockId, unitId, quantity, price } = checkObject(order, 'order');
  const fields = {
    verb,
    userId,
    stockId: checkId(stockId, 'stockId'),
    unitId: checkId(unitId, 'unitId'),
    quantity: checkAmount(quantity, 'quantity'),
    price: checkAmount(price, 'price'),
  };
  return async (nonce) => {
    const text: OrderTextFields = { ...fields, nonce };
    const message = encodeUtf8(joinOrderText(text));
    const signature = await (await key).sign(message);
    const body = JSON.stringify(orderBody(text, signature));
    return { nonce, path: PATHS[verb], headers: JSON_HEADERS, body, message };
  };
}

function orderBody(text: OrderTextFields, signature: string): OrderBody {
  const { userId, stockId, quantity, unitId, price, nonce } = text;
  return { user_id: userId, stock_id: stockId, quantity, unit_id: unitId, price, signature, nonce };
}
