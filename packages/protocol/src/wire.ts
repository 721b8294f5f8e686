// The HTTP API in schemas: every request and response. The server validates and serialises with
// them, the OpenAPI document and docs/api.md are made from them, and the client takes its types
// from them. Keys are the published API's snake_case. Responses are open (`extras` may be added by a
// later version), requests are closed.

import Type, { type Static, type TProperties, type TSchema } from 'typebox';
import { AMOUNT_PATTERN } from './amount.ts';
import { ID_MAX, ID_PATTERN } from './id.ts';
import { MARKET_STATUSES, SELF_TRADE_MODES } from './params.ts';

const closed = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const describe = (description: string) => ({ description });
const oneOf = <const V extends readonly string[]>(values: V, description = '') =>
  Type.Unsafe<V[number]>({ type: 'string', enum: values, description });
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

// --- Parts ---------------------------------------------------------------------------------------

/** An amount in an answer: always 18 decimals. */
const amount = (description?: string) =>
  Type.String({
    pattern: '^[0-9]{1,38}\\.[0-9]{18}$',
    examples: ['0.035000000000000000'],
    ...(description === undefined ? {} : { description }),
  });
const Amount = amount();
/** An amount in a request: any exact spelling. */
const AmountInput = Type.String({ pattern: AMOUNT_PATTERN, examples: ['0.035'] });
const Id = Type.Integer({ minimum: 0, maximum: ID_MAX });
/** An integer in a request: form bodies and addresses know only text. */
const IdText = Type.String({ pattern: ID_PATTERN, maxLength: 16 });
const IdInput = Type.Union([Id, IdText]);
const Hex = (bytes: number) => Type.String({ pattern: `^[0-9a-fA-F]{${bytes * 2}}$` });
const Signature = Hex(64);
const Sync = Type.String({
  pattern: '^[0-9]+\\.[0-9]{6}$',
  description: 'Unix seconds with six decimals: when this row last changed, as the log stamped it.',
  examples: ['1543218503.000000'],
});
const IsoTime = Type.String({ format: 'date-time', examples: ['2012-12-21T19:11:04Z'] });

// --- Errors --------------------------------------------------------------------------------------

export const ErrorReply = Type.Object(
  {
    detail: Type.String(describe('For people. Starts with "ERROR: ".')),
    code: Type.String(describe('For programs. Stable.')),
    nonce: Type.Optional(
      Type.Integer(
        describe('Of a rejection: the nonce that it consumed. Otherwise: the nonce to use now.'),
      ),
    ),
    sequence: Type.Optional(Type.Integer(describe('Only of a rejection: its place in the log.'))),
  },
  describe('Every answer of 4xx or 5xx. With `sequence` the command was sequenced and rejected.'),
);
export type ErrorReply = Static<typeof ErrorReply>;

// --- Addresses and queries -----------------------------------------------------------------------

export const UserPath = closed({ user_id: IdText });
export const UserStockPath = closed({ user_id: IdText, stock_id: IdText });
export const MarketPath = closed({ stock_id: IdText, unit_id: IdText });
export const ResultPath = closed({ user_id: IdText, nonce: IdText });

export const Limit = Type.String({
  pattern: '^[0-9]{1,9}$',
  description: 'Rounded up to the nearest hundred; 100 when absent, 300 at most.',
});
export const LimitQuery = closed({ limit: Type.Optional(Limit) });
export const KeyQuery = closed({ key_id: Type.Optional(IdText) });
export const MarketQuery = closed({
  stock_id: Type.Optional(IdText),
  unit_id: Type.Optional(IdText),
});
export const OrderBookQuery = closed({
  user_id: Type.Optional(IdText),
  stock_id: Type.Optional(IdText),
  unit_id: Type.Optional(IdText),
  limit: Type.Optional(Limit),
});
export const UserHistoryQuery = closed({
  unit_id: Type.Optional(IdText),
  limit: Type.Optional(Limit),
});

// --- Account -------------------------------------------------------------------------------------

export const NonceReply = Type.Object({
  nonce: Type.Integer(describe('The number that the next signed command must use.')),
});
export type NonceReply = Static<typeof NonceReply>;

export const BalanceRow = Type.Object({ stock_id: Id, locked: Amount, free: Amount });
export const BalanceReply = Type.Array(BalanceRow);
export type BalanceRow = Static<typeof BalanceRow>;

export const RegisterBody = closed({
  public_key: Hex(32),
  signature: Hex(64),
});
export type RegisterBody = Static<typeof RegisterBody>;
export const RegisterReply = Type.Object({
  user_id: Id,
  nonce: Type.Integer(describe('The number that the next signed command must use.')),
  sequence: Type.Optional(Type.Integer(describe('Absent when the key was registered before.'))),
});
export type RegisterReply = Static<typeof RegisterReply>;

export const ResultReply = Type.Object({
  user_id: Id,
  key_id: Id,
  nonce: Type.Integer(),
  sequence: Type.Integer(),
  time: Type.Integer(describe('Milliseconds.')),
  status: oneOf(['applied', 'rejected']),
  signature: Signature,
  message_hash: Type.String(describe('SHA-256 of the signed bytes.')),
  http_status: Type.Integer(describe('The status of the answer to the command.')),
  reply: Type.Record(Type.String(), Type.Unknown(), describe('The answer to the command.')),
});
export type ResultReply = Static<typeof ResultReply>;

export const InternalTransferRow = Type.Object({
  stock_id: Id,
  quantity: Amount,
  from_user: Id,
  to_user: Id,
  memo: Type.String(),
  sync: Sync,
  id: Id,
});
export const InternalTransfersReply = Type.Array(InternalTransferRow);
export type InternalTransferRow = Static<typeof InternalTransferRow>;

export const EXTERNAL_STATUSES = [
  'init',
  'queued',
  'accepted',
  'confirmed',
  'busy',
  'done',
  'canceled',
  'error',
  'ignore',
] as const;

export const ExternalTransferRow = Type.Object({
  quantity: Amount,
  status: oneOf(EXTERNAL_STATUSES),
  address: Type.String(),
  txid: Type.String(),
  memo: Type.String(),
  fee: Type.String({ pattern: '^(0|[0-9]{1,38}\\.[0-9]{18})$' }),
  id: Id,
});
export const ExternalTransfersReply = Type.Object({
  withdrawals: Type.Array(ExternalTransferRow),
  deposits: Type.Array(ExternalTransferRow),
});
export type ExternalTransferRow = Static<typeof ExternalTransferRow>;
export type ExternalTransfersReply = Static<typeof ExternalTransfersReply>;

// --- Market --------------------------------------------------------------------------------------

export const StockRow = Type.Object({
  id: Id,
  stock_rank: Type.Integer(),
  code: Type.String(),
  name: Type.String(),
  stock_type: Type.String(),
  email: Type.String(),
  www: Type.String(),
  about: Type.String(),
  quantity: Amount,
  traded: amount('How much of this asset has changed hands in its markets, ever.'),
  status: oneOf(['init', 'ipo', 'wait', 'traded', 'suspended', 'delisted']),
  doc_id: Type.Integer(),
  transaction_id: Type.Integer(),
  ipo_user_id: Id,
  ipo_max_quantity: Amount,
  ipo_min_price: Amount,
  ipo_rec_price: Amount,
  ipo_price: Amount,
  ipo_balance: Amount,
  btc_address: nullable(Type.String()),
  eth_address: nullable(Type.String()),
  eth_decimals: Type.Integer(),
  min_fee: Amount,
  per_fee: Type.String({ pattern: '^0\\.[0-9]{4}$' }),
  time_init: nullable(IsoTime),
  time_ipo: nullable(IsoTime),
  time_wait: nullable(IsoTime),
  sync: Sync,
});
export const StocksReply = Type.Array(StockRow);
export type StockRow = Static<typeof StockRow>;

export const TickerRow = Type.Object({
  stock_id: Id,
  unit_id: Id,
  stock_code: Type.String(),
  unit_code: Type.String(),
  price: amount('Latest price; zero before the first trade.'),
  quantity: amount('Traded within the last 24 hours.'),
  count: Type.Integer(describe('Trades within the last 24 hours.')),
  sync: Sync,
});
export const TickersReply = Type.Array(TickerRow);
export type TickerRow = Static<typeof TickerRow>;

export const OrderBookRow = Type.Object({
  quantity: amount('What still stands in the book.'),
  price: Amount,
  unit_id: Id,
  stock_id: Id,
  sync: Sync,
  order_id: Id,
  user_id: Id,
});
export const OrderBookReply = Type.Object({
  asks: Type.Array(OrderBookRow),
  bids: Type.Array(OrderBookRow),
});
export type OrderBookRow = Static<typeof OrderBookRow>;
export type OrderBookReply = Static<typeof OrderBookReply>;

export const MarketRow = Type.Object({
  stock_id: Id,
  unit_id: Id,
  stock_code: Type.String(),
  unit_code: Type.String(),
  status: oneOf([...MARKET_STATUSES, 'auction']),
  tick: Amount,
  lot: Amount,
  min_quantity: Amount,
  max_quantity: Amount,
  min_value: Amount,
  max_value: Amount,
  price_band_ppm: Type.Integer(describe('How far from the reference price; 0: no band.')),
  max_open_orders: Type.Integer(describe('Of one user in this market.')),
  maker_ppm: Type.Integer(),
  taker_ppm: Type.Integer(),
  self_trade: oneOf(SELF_TRADE_MODES),
  reference_price: amount('The last price, or what the operator set; may be zero.'),
  created: Type.Integer(describe('Milliseconds.')),
});
export const MarketsReply = Type.Array(MarketRow);
export type MarketRow = Static<typeof MarketRow>;

export const TradeRow = Type.Object({
  stock_id: Id,
  quantity: Amount,
  unit_id: Id,
  price: Amount,
  bid_user: Id,
  ask_user: Id,
  sync: Sync,
  id: Id,
});
export const TradesReply = Type.Object({
  bids: Type.Array(TradeRow),
  asks: Type.Array(TradeRow),
});
export type TradeRow = Static<typeof TradeRow>;
export type TradesReply = Static<typeof TradesReply>;

// --- Trading -------------------------------------------------------------------------------------

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
    Type.Union([Id, IdText], describe('The nonce that was signed; absent: the next one.')),
  ),
});
export type OrderBody = Static<typeof OrderBody>;

const orderEcho = {
  user_id: Id,
  stock_id: Id,
  quantity: Amount,
  unit_id: Id,
  price: Amount,
  signature: Signature,
};
const FillRow = Type.Object({
  id: Id,
  price: Amount,
  quantity: Amount,
  value: amount('What the buyer paid, in the unit.'),
  fee: amount("The user's fee, in what he received."),
  fee_stock_id: Id,
});
export const PutReply = Type.Object({
  ...orderEcho,
  response: Type.String({
    examples: ["b'ASK 0.035000000000000000 shares at 1000000000.000000000000000000; '"],
  }),
  order_id: Id,
  filled: Amount,
  remaining: amount('What rests in the book.'),
  cancelled: amount(
    "What was taken off at once: the next order was the user's own, or there were too many.",
  ),
  trades: Type.Array(FillRow),
  nonce: Type.Integer(describe('The nonce that this command consumed.')),
  sequence: Type.Integer(describe('Its place in the log.')),
});
export type PutReply = Static<typeof PutReply>;

export const CancelReply = Type.Object({
  ...orderEcho,
  response: amount('The quantity that was really cancelled.'),
  orders: Type.Array(
    Type.Object({ order_id: Id, quantity: Amount, remaining: Amount }),
    describe('The orders that were cancelled or reduced.'),
  ),
  nonce: Type.Integer(describe('The nonce that this command consumed.')),
  sequence: Type.Integer(describe('Its place in the log.')),
});
export type CancelReply = Static<typeof CancelReply>;

export const SIGNATURE_HEADER = 'picostocks-signature';

export const CommandHeaders = Type.Object({
  [SIGNATURE_HEADER]: Type.String({
    pattern: '^[0-9a-fA-F]{128}$',
    description: "Ed25519, hexadecimal, of the body's bytes.",
  }),
});
export const CommandBody = closed({
  exchange: Type.String(describe("This exchange's id.")),
  user_id: Id,
  key_id: Id,
  nonce: Id,
  expires: Type.Integer(describe('Microseconds since the Unix epoch.')),
  type: Type.String({ examples: ['transfer'] }),
  params: Type.Record(Type.String(), Type.Unknown()),
});

/** The answer to an envelope: what it was, where it stands, and what it made. */
export const CommandReply = Type.Object({
  type: Type.String(),
  user_id: Id,
  key_id: Id,
  nonce: Type.Integer(describe('The nonce that this command consumed.')),
  sequence: Type.Integer(describe('Its place in the log.')),
  result: Type.Record(
    Type.String(),
    Type.Unknown(),
    describe('Ids that the command made: user_id and nonce, transfer_id, deposit_id, …'),
  ),
});
export type CommandReply = Static<typeof CommandReply>;

// --- Exchange ------------------------------------------------------------------------------------

export const TimeReply = Type.Object({
  exchange: Type.String(describe("This exchange's id: goes into every envelope.")),
  milliseconds: Type.Integer(),
  time: Type.String(describe('The same in ISO 8601.')),
  sequence: Type.Integer(describe('The last durable entry of the log.')),
  read_only: Type.Boolean(describe('True while no command can be taken.')),
});
export type TimeReply = Static<typeof TimeReply>;

export const HealthReply = Type.Object({ status: Type.String(), sequence: Type.Integer() });
export type HealthReply = Static<typeof HealthReply>;
