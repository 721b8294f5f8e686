// Operations on orders: what an envelope asks for alone, and up to a thousand at once in a batch.

import Type, { type Static, type TObject } from 'typebox';
import { BATCH_OPERATIONS_MAX } from './limit.ts';
import { AmountText, type Decoded, Id, object, oneOf } from './param-schema.ts';

export const SIDES = ['bid', 'ask'] as const;
export const ORDER_TYPES = ['limit', 'market'] as const;
export const TIMES_IN_FORCE = ['gtc', 'gtt', 'ioc', 'fok', 'post_only'] as const;

export type Side = (typeof SIDES)[number];
export type OrderType = (typeof ORDER_TYPES)[number];
/**
 * How long an order may stand: `gtc` until it is cancelled, `gtt` until a time, `ioc` not at all,
 * `fok` not at all and only whole, `post_only` until it is cancelled and never as a taker.
 */
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

export const CLIENT_ORDER_ID_PATTERN = '^[A-Za-z0-9_.:-]{1,40}$';
export const ClientOrderId = Type.String({ pattern: CLIENT_ORDER_ID_PATTERN });

const side = oneOf(SIDES);

/** What may stand in a batch, by type. */
export const OPERATION_PARAMS = {
  place_order: object({
    stock_id: Id,
    unit_id: Id,
    side,
    quantity: AmountText,
    price: Type.Optional(AmountText),
    type: Type.Optional(oneOf(ORDER_TYPES)),
    time_in_force: Type.Optional(oneOf(TIMES_IN_FORCE)),
    good_until: Type.Optional(Id),
    client_order_id: Type.Optional(ClientOrderId),
  }),
  amend_order: object({
    order_id: Type.Optional(Id),
    client_order_id: Type.Optional(ClientOrderId),
    quantity: Type.Optional(AmountText),
    price: Type.Optional(AmountText),
  }),
  cancel_order: object({
    order_id: Type.Optional(Id),
    client_order_id: Type.Optional(ClientOrderId),
  }),
  cancel_at_price: object({
    stock_id: Id,
    unit_id: Id,
    side,
    quantity: AmountText,
    price: AmountText,
  }),
  cancel_orders: object({
    stock_id: Type.Optional(Id),
    unit_id: Type.Optional(Id),
    side: Type.Optional(side),
  }),
} as const;

export type OperationType = keyof typeof OPERATION_PARAMS;
export type OperationParams<T extends OperationType> = Static<(typeof OPERATION_PARAMS)[T]>;

/** One operation of a batch as it travels: its kind in `operation`, and its parameters beside it. */
export type WireOperation = {
  [T in OperationType]: { operation: T } & OperationParams<T>;
}[OperationType];

/** One operation as the engine has it. */
export type OperationOf<T extends OperationType> = T extends OperationType
  ? { readonly type: T; readonly params: Decoded<OperationParams<T>> }
  : never;
export type Operation = OperationOf<OperationType>;

export const BATCH_PARAMS = object({
  operations: Type.Unsafe<WireOperation[]>(
    Type.Array(Type.Record(Type.String(), Type.Unknown()), {
      minItems: 1,
      maxItems: BATCH_OPERATIONS_MAX,
    }),
  ),
});

/** Zero seconds switches it off. */
export const CANCEL_AFTER_PARAMS = object({
  seconds: Type.Union([Type.Literal(0), Type.Integer({ minimum: 10, maximum: 86_400 })]),
});

/** What the schema of an operation cannot say: which of its fields go together. */
export function findMisfit(
  type: OperationType,
  params: Record<string, unknown>,
): string | undefined {
  switch (type) {
    case 'place_order':
      return findPlaceMisfit(params as OperationParams<'place_order'>);
    case 'amend_order':
      if (params['quantity'] === undefined && params['price'] === undefined) {
        return 'an amend changes the quantity, the price, or both';
      }
      return findNameMisfit(params);
    case 'cancel_order':
      return findNameMisfit(params);
    case 'cancel_orders':
      return (params['stock_id'] === undefined) === (params['unit_id'] === undefined)
        ? undefined
        : 'a market is a stock_id and a unit_id';
    case 'cancel_at_price':
      return undefined;
  }
}

function findNameMisfit(params: Record<string, unknown>): string | undefined {
  return (params['order_id'] === undefined) === (params['client_order_id'] === undefined)
    ? 'name the order by order_id or by client_order_id'
    : undefined;
}

function findPlaceMisfit(params: OperationParams<'place_order'>): string | undefined {
  const { type = 'limit', price, good_until } = params;
  const isMarket = type === 'market';
  const { time_in_force = isMarket ? 'ioc' : 'gtc' } = params;
  if (!isMarket && price === undefined) return 'a limit order has a price';
  if (isMarket && time_in_force !== 'ioc' && time_in_force !== 'fok') {
    return 'a market order is ioc or fok';
  }
  if ((good_until !== undefined) !== (time_in_force === 'gtt')) {
    return 'good_until belongs to the time_in_force gtt';
  }
  return undefined;
}

/** The schema of an operation inside a batch: its parameters, and which it is. */
export function operationShape(type: OperationType): TObject {
  const { properties } = OPERATION_PARAMS[type];
  return object({ operation: Type.Literal(type), ...properties });
}
