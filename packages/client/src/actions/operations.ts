// Operations on orders as a caller writes them, and as they travel. Each goes alone in an envelope, or
// with others in a batch.

import type { OperationType, OrderType, Side, TimeInForce } from '@picostocks/protocol';
import { checkAmount, checkId, checkObject, checkOptionalId } from '../argument.ts';
import type { SendCommandOptions } from '../call-options.ts';
import type { OperationResult, TypedReply } from '../command-result.ts';
import { InvalidArgumentError } from '../errors.ts';

/** An order to place. Amounts are decimal strings, never numbers. */
export interface PlaceOrder {
  /** The asset whose quantity is traded. */
  readonly stockId: number;
  /** The asset in which the price is given. */
  readonly unitId: number;
  readonly side: Side;
  readonly quantity: string;
  /** Of a limit order; of a market order the worst price, or else the edge of the market's price band. */
  readonly price?: string | undefined;
  /** Default `limit`. */
  readonly type?: OrderType | undefined;
  /** Default `gtc`, of a market order `ioc`. */
  readonly timeInForce?: TimeInForce | undefined;
  /** With `gtt`, which it implies: a time, or microseconds since the Unix epoch. */
  readonly goodUntil?: Date | number | undefined;
  /** Your own name for it: unique among your open orders. */
  readonly clientOrderId?: string | undefined;
}

/** One of your orders: by the exchange's id or by your own. */
export type OrderName =
  | { readonly orderId: number; readonly clientOrderId?: undefined }
  | { readonly clientOrderId: string; readonly orderId?: undefined };

/** The new price, the new quantity (all of it, what was filled included), or both. */
export type AmendOrder = OrderName & {
  readonly quantity?: string | undefined;
  readonly price?: string | undefined;
};

export interface CancelAtPrice {
  readonly stockId: number;
  readonly unitId: number;
  readonly side: Side;
  readonly quantity: string;
  readonly price: string;
}

/** Which orders: of a market if both ids are given, of a side if one is. */
export interface CancelOrders {
  readonly stockId?: number | undefined;
  readonly unitId?: number | undefined;
  readonly side?: Side | undefined;
}

interface OperationFields {
  place_order: PlaceOrder;
  amend_order: AmendOrder;
  cancel_order: OrderName;
  cancel_at_price: CancelAtPrice;
  cancel_orders: CancelOrders;
}

export type PlaceOrderParameters = PlaceOrder & SendCommandOptions;
export type AmendOrderParameters = AmendOrder & SendCommandOptions;
export type CancelOrderParameters = OrderName & SendCommandOptions;
export type CancelAtPriceParameters = CancelAtPrice & SendCommandOptions;
export type CancelOrdersParameters = CancelOrders & SendCommandOptions;

/** One operation of a batch. */
export type BatchOperation = {
  [T in OperationType]: { readonly operation: T } & OperationFields[T];
}[OperationType];

export interface BatchParameters<Operations extends readonly BatchOperation[]>
  extends SendCommandOptions {
  /** 1 to 1,000, done in this order. */
  readonly operations: Operations;
}

/** The answer to a batch: one result for each operation, at its place. */
export type BatchReply<Operations extends readonly BatchOperation[]> = TypedReply<'batch'> & {
  readonly result: {
    readonly operations: {
      readonly [Index in keyof Operations]: OperationResult<Operations[Index]['operation']>;
    };
  };
};

type WireParams = Record<string, unknown>;

const WIRE: { [T in OperationType]: (fields: OperationFields[T]) => WireParams } = {
  place_order: (order) => ({
    ...wireMarket(order),
    side: order.side,
    quantity: checkAmount(order.quantity, 'quantity'),
    price: optionalAmount(order.price, 'price'),
    type: order.type,
    time_in_force: order.timeInForce ?? (order.goodUntil === undefined ? undefined : 'gtt'),
    good_until: wireTime(order.goodUntil),
    client_order_id: order.clientOrderId,
  }),
  amend_order: (order) => ({
    ...wireName(order),
    quantity: optionalAmount(order.quantity, 'quantity'),
    price: optionalAmount(order.price, 'price'),
  }),
  cancel_order: wireName,
  cancel_at_price: (order) => ({
    ...wireMarket(order),
    side: order.side,
    quantity: checkAmount(order.quantity, 'quantity'),
    price: checkAmount(order.price, 'price'),
  }),
  cancel_orders: ({ stockId, unitId, side }) => ({
    stock_id: checkOptionalId(stockId, 'stockId'),
    unit_id: checkOptionalId(unitId, 'unitId'),
    side,
  }),
};

/** The parameters of an operation as they travel; what is undefined does not. */
export function wireOperation<T extends OperationType>(
  type: T,
  fields: OperationFields[T],
): WireParams {
  return WIRE[type](checkObject(fields, 'parameters'));
}

export function wireOperations(operations: readonly BatchOperation[]): WireParams[] {
  if (!Array.isArray(operations)) {
    throw new InvalidArgumentError('operations', 'a list of operations is expected');
  }
  return operations.map((operation: BatchOperation, index) => {
    const { operation: type } = checkObject(operation, `operations[${index}]`);
    if (!Object.hasOwn(WIRE, type)) {
      throw new InvalidArgumentError(`operations[${index}]`, `no operation is called ${type}`);
    }
    const wire = WIRE[type] as (fields: BatchOperation) => WireParams;
    return { operation: type, ...wire(operation) };
  });
}

function wireMarket({ stockId, unitId }: { readonly stockId: number; readonly unitId: number }) {
  return { stock_id: checkId(stockId, 'stockId'), unit_id: checkId(unitId, 'unitId') };
}

function wireName({ orderId, clientOrderId }: OrderName): WireParams {
  return { order_id: checkOptionalId(orderId, 'orderId'), client_order_id: clientOrderId };
}

function optionalAmount(value: string | undefined, argument: string): string | undefined {
  return value === undefined ? undefined : checkAmount(value, argument);
}

function wireTime(time: Date | number | undefined): number | undefined {
  if (time === undefined) return undefined;
  return checkId(time instanceof Date ? time.getTime() * 1_000 : time, 'goodUntil');
}
