// The HTTP API in schemas: signed orders and envelopes with their answers, and the orders of a user.

import Type, { type Static, type TSchema } from 'typebox';
import { CANCEL_REASONS } from './event.ts';
import type { EXTERNAL_STATUSES } from './operator-params.ts';
import {
  CLIENT_ORDER_ID_PATTERN,
  OPERATION_PARAMS,
  type OperationType,
  ORDER_TYPES,
  operationShape,
  SIDES,
  TIMES_IN_FORCE,
} from './order-params.ts';
import { ENVELOPE_PARAMS, type EnvelopeType } from './params.ts';
import { PublicTradeRow } from './wire-market.ts';
import {
  Amount,
  AmountInput,
  amount,
  Consumed,
  closed,
  describe,
  IdInput,
  IdText,
  idText,
  marketChoice,
  millis,
  named,
  nullable,
  Place,
  paging,
  SIGNATURE_HEADER,
  SignatureHex,
  WireId,
} from './wire-part.ts';

export const OrderBody = closed({
  user_id: IdInput,
  stock_id: IdInput,
  quantity: AmountInput,
  unit_id: IdInput,
  price: AmountInput,
  signature: Type.String({
    pattern: '^[0-9a-fA-F]{128}$',
    description:
      'Ed25519, hexadecimal, of "<ASK|BID|CANCELASK|CANCELBID>:<user_id>:<stock_id>:<quantity>:<unit_id>:<price>:<nonce>".',
  }),
  nonce: Type.Optional(
    Type.Union([WireId, IdText], describe('The nonce that was signed; absent: the next one.')),
  ),
});
export type OrderBody = Static<typeof OrderBody>;

const orderEcho = {
  user_id: WireId,
  stock_id: WireId,
  quantity: Amount,
  unit_id: WireId,
  price: Amount,
  signature: SignatureHex,
};
export const FillRow = Type.Object({
  id: WireId,
  price: Amount,
  quantity: Amount,
  value: amount('What the buyer paid, in the unit.'),
  fee: amount("The user's fee, in what he received."),
  fee_stock_id: WireId,
});
export type FillRow = Static<typeof FillRow>;
const taken =
  "What was taken off at once: the next order was the user's own, or there were too many.";
export const PutReply = Type.Object({
  ...orderEcho,
  response: Type.String({
    examples: ["b'ASK 0.035000000000000000 shares at 1000000000.000000000000000000; '"],
  }),
  order_id: WireId,
  filled: Amount,
  remaining: amount('What rests in the book.'),
  cancelled: amount(taken),
  trades: Type.Array(FillRow),
  nonce: Consumed,
  sequence: Place,
});
export type PutReply = Static<typeof PutReply>;

export const CancelReply = Type.Object({
  ...orderEcho,
  response: amount('The quantity that was really cancelled.'),
  orders: Type.Array(
    Type.Object({ order_id: WireId, quantity: Amount, remaining: Amount }),
    describe('The orders that were cancelled or reduced.'),
  ),
  nonce: Consumed,
  sequence: Place,
});
export type CancelReply = Static<typeof CancelReply>;

export const CommandHeaders = Type.Object({
  [SIGNATURE_HEADER]: Type.String({
    pattern: '^[0-9a-fA-F]{128}$',
    description: "Ed25519, hexadecimal, of the body's bytes.",
  }),
});
const envelopeHead = {
  exchange: Type.String(describe("This exchange's id.")),
  user_id: WireId,
  key_id: WireId,
  nonce: WireId,
  expires: Type.Integer(describe('Microseconds since the Unix epoch.')),
};

/** The parameters of a command for who reads: the operations of a batch one by one. */
function shownParams(type: EnvelopeType): TSchema {
  if (type !== 'batch') return ENVELOPE_PARAMS[type];
  const kinds = Object.keys(OPERATION_PARAMS) as OperationType[];
  const what = 'Each has its kind in `operation`, and beside it the parameters of that command.';
  return closed({ operations: Type.Array(Type.Union(kinds.map(operationShape)), describe(what)) });
}

/** Every command that there is. For who reads: the server checks the signed bytes, more strictly. */
export const CommandBody = Type.Union(
  (Object.keys(ENVELOPE_PARAMS) as EnvelopeType[]).map((type) =>
    closed({ ...envelopeHead, type: Type.Literal(type), params: shownParams(type) }),
  ),
);

/** The answer to an envelope: what it was, where it stands, and what it did. */
export const CommandReply = Type.Object({
  type: Type.String(),
  user_id: WireId,
  key_id: WireId,
  nonce: Consumed,
  sequence: Place,
  result: Type.Record(
    Type.String(),
    Type.Unknown(),
    describe('What it made or changed; docs/api.md lists the fields by type.'),
  ),
});
export type CommandReply = Static<typeof CommandReply>;

export const ORDER_STATUSES = ['open', 'partly_filled', 'filled', 'cancelled', 'expired'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

// --- Results of envelopes, by type: what `result` of a `CommandReply` holds ----------------------

/** Of `place_order` and `amend_order`: the order after it. */
export interface OrderResult {
  order_id: number;
  /** As the command named it; of an amend by `order_id` only if the order ended. */
  client_order_id: string | null;
  status: OrderStatus;
  quantity: string;
  price: string;
  /** In its whole life. */
  filled: string;
  remaining: string;
  /** What this command took off the order. */
  cancelled: string;
  /** Why something was taken off. */
  reason: (typeof CANCEL_REASONS)[number] | null;
  /** Of this command. */
  trades: FillRow[];
}

/** Of the three cancels. */
export interface CancelResult {
  orders: {
    order_id: number;
    /** `null` if it has none, or still stands in the book. */
    client_order_id: string | null;
    quantity: string;
    remaining: string;
  }[];
  /** The most that one command cancels was reached: there may be more. Only of `cancel_orders`. */
  more?: boolean;
}

export interface OperationRejected {
  code: string;
  detail: string;
}

export interface BatchResult {
  operations: (OrderResult | CancelResult | OperationRejected)[];
}

/** Of commands about a deposit or a withdrawal. */
export interface ExternalResult {
  deposit_id?: number;
  withdrawal_id?: number;
  status: (typeof EXTERNAL_STATUSES)[number];
}

// --- Orders of a user ----------------------------------------------------------------------------

export const OrdersQuery = closed({
  status: Type.Optional(named(['open', 'closed'], 'open when absent.')),
  ...marketChoice,
  ...paging,
});
export const OrderPath = closed({ user_id: IdText, order_id: IdText });
export const ClientOrderPath = closed({
  user_id: IdText,
  client_order_id: Type.String({ pattern: CLIENT_ORDER_ID_PATTERN }),
});
export const OwnTradesQuery = closed({
  ...marketChoice,
  order_id: Type.Optional(idText('Only trades of this order.')),
  ...paging,
});

const orderFields = {
  order_id: WireId,
  client_order_id: nullable(Type.String()),
  stock_id: WireId,
  unit_id: WireId,
  side: named(SIDES),
  type: named(ORDER_TYPES),
  time_in_force: named(TIMES_IN_FORCE),
  good_until: nullable(Type.Integer(), 'Microseconds, as it was signed; only of gtt.'),
  price: amount('Of a market order: the worst at which it may trade.'),
  quantity: amount('All of it, what was filled included.'),
  filled: Amount,
  remaining: amount('What stands in the book.'),
  cancelled: amount('What was taken off it in the end.'),
  value: amount('Paid for what was filled, in the unit.'),
  fee: amount('In what its user received.'),
  fee_stock_id: WireId,
  status: named(ORDER_STATUSES),
  reason: nullable(named(CANCEL_REASONS), 'Why it was taken off.'),
  time: millis('Milliseconds: when it was placed.'),
  last_time: millis('Milliseconds: when it last changed.'),
  last_trade_time: nullable(Type.Integer()),
};
export const OrderRow = Type.Object(orderFields);
export const OrdersReply = Type.Array(OrderRow);
export type OrderRow = Static<typeof OrderRow>;

export const OwnTradeRow = Type.Object({
  ...PublicTradeRow.properties,
  order_id: WireId,
  client_order_id: nullable(Type.String()),
  own: named(SIDES, 'What the user did.'),
  role: named(['maker', 'taker', 'auction']),
  fee: amount("The user's fee, in what he received."),
  fee_stock_id: WireId,
});
export const OwnTradesReply = Type.Array(OwnTradeRow);
export type OwnTradeRow = Static<typeof OwnTradeRow>;

export const OrderReply = Type.Object({
  ...orderFields,
  trades: Type.Array(
    OwnTradeRow,
    describe('Its newest 300 trades, newest first; all are at /account/trades/ with order_id.'),
  ),
});
export type OrderReply = Static<typeof OrderReply>;
