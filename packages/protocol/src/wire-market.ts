// The HTTP API in schemas: assets, markets, books, trades, candles.

import Type, { type Static } from 'typebox';
import { MARKET_STATUSES, SELF_TRADE_MODES } from './operator-params.ts';
import { SIDES } from './order-params.ts';
import {
  Amount,
  amount,
  closed,
  describe,
  IsoTime,
  idText,
  Limit,
  marketFilter,
  millis,
  named,
  nullable,
  Sync,
  WireId,
} from './wire-part.ts';

export const StocksQuery = closed({
  after: Type.Optional(idText('Only assets with a larger id.')),
  limit: Type.Optional(Limit),
});
export const OrderBookQuery = closed({
  user_id: Type.Optional(idText('Only orders of this user.')),
  ...marketFilter,
  limit: Type.Optional(Limit),
});
export const DEPTH_LEVELS_MAX = 1_000;
export const DepthQuery = closed({
  levels: Type.Optional(
    Type.String({
      pattern: '^[1-9][0-9]{0,5}$',
      description: `Price levels a side; 100 when absent, ${DEPTH_LEVELS_MAX} at most.`,
    }),
  ),
});

export const CANDLE_INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d', '1w'] as const;
export type CandleInterval = (typeof CANDLE_INTERVALS)[number];
export const CandlesQuery = closed({
  interval: Type.Optional(named(CANDLE_INTERVALS, '1m when absent. Weeks begin on Monday, UTC.')),
  since: Type.Optional(
    Type.String({
      pattern: '^[0-9]{1,16}$',
      description: 'Milliseconds. Candles that begin from then on, oldest first.',
    }),
  ),
  until: Type.Optional(
    Type.String({
      pattern: '^[0-9]{1,16}$',
      description: 'Milliseconds. Candles that begin up to then.',
    }),
  ),
  limit: Type.Optional(Limit),
});

export const StockRow = Type.Object({
  id: WireId,
  stock_rank: Type.Integer(),
  code: Type.String(),
  name: Type.String(),
  stock_type: Type.String(),
  email: Type.String(),
  www: Type.String(),
  about: Type.String(),
  quantity: Amount,
  traded: amount('How much of this asset has changed hands in its markets, ever.'),
  status: named(['init', 'ipo', 'wait', 'traded', 'suspended', 'delisted']),
  doc_id: Type.Integer(),
  transaction_id: Type.Integer(),
  ipo_user_id: WireId,
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
  deposit: Type.Boolean(describe('Are deposits taken?')),
  withdraw: Type.Boolean(describe('Are withdrawals taken?')),
  min_deposit: amount('Less is not credited.'),
  min_withdrawal: Amount,
  approval_above: amount('A withdrawal of more waits for an operator.'),
  daily_withdrawal: amount('Of one user on one day, UTC; zero: no limit.'),
  ipo_unit_id: WireId,
});
export const StocksReply = Type.Array(StockRow);
export type StockRow = Static<typeof StockRow>;

const pair = { stock_id: WireId, unit_id: WireId };
const pairWithCodes = { ...pair, stock_code: Type.String(), unit_code: Type.String() };

export const TickerRow = Type.Object({
  ...pairWithCodes,
  price: amount('Latest price; zero before the first trade.'),
  quantity: amount('Traded within the last 24 hours.'),
  count: Type.Integer(describe('Trades within the last 24 hours.')),
  sync: Sync,
  open: nullable(Amount, 'First price of the last 24 hours.'),
  high: nullable(Amount, 'Of the last 24 hours.'),
  low: nullable(Amount, 'Of the last 24 hours.'),
  value: Type.String({
    pattern: '^[0-9]+\\.[0-9]{18}$',
    description: 'Paid within the last 24 hours, in the unit.',
  }),
  bid: nullable(Amount, 'Best bid.'),
  bid_quantity: nullable(Amount, 'All that is bid at that price.'),
  ask: nullable(Amount, 'Best ask.'),
  ask_quantity: nullable(Amount, 'All that is asked at that price.'),
  time: millis(),
});
export const TickersReply = Type.Array(TickerRow);
export type TickerRow = Static<typeof TickerRow>;

export const OrderBookRow = Type.Object({
  quantity: amount('What still stands in the book.'),
  price: Amount,
  unit_id: WireId,
  stock_id: WireId,
  sync: Sync,
  order_id: WireId,
  user_id: WireId,
});
export const OrderBookReply = Type.Object({
  asks: Type.Array(OrderBookRow),
  bids: Type.Array(OrderBookRow),
});
export type OrderBookRow = Static<typeof OrderBookRow>;
export type OrderBookReply = Static<typeof OrderBookReply>;

/** Levels of each side that the checksum is over. */
export const CHECKSUM_LEVELS = 10;
const Levels = Type.Array(
  Type.Array(Type.Union([Type.String(), Type.Integer()])),
  describe('Best price first: [price, quantity, orders].'),
);
export const DepthReply = Type.Object({
  ...pair,
  sequence: Type.Integer(
    describe("The market's book sequence: it goes up with every change of its book."),
  ),
  time: millis('Milliseconds: when this market last changed.'),
  checksum: Type.Integer(
    describe(
      `CRC-32 of the best ${CHECKSUM_LEVELS} levels of bids, then of asks, each as price:quantity, joined by commas.`,
    ),
  ),
  bids: Levels,
  asks: Levels,
});
export type DepthLevel = [price: string, quantity: string, orders: number];
export interface DepthReply {
  stock_id: number;
  unit_id: number;
  sequence: number;
  time: number;
  checksum: number;
  bids: DepthLevel[];
  asks: DepthLevel[];
}

export const MarketRow = Type.Object({
  ...pairWithCodes,
  status: named([...MARKET_STATUSES, 'auction']),
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
  self_trade: named(SELF_TRADE_MODES),
  reference_price: amount('The last price, or what the operator set; may be zero.'),
  created: millis(),
  reason: Type.String(describe('Why it is halted, else empty.')),
});
export const MarketsReply = Type.Array(MarketRow);
export type MarketRow = Static<typeof MarketRow>;

export const TradeRow = Type.Object({
  stock_id: WireId,
  quantity: Amount,
  unit_id: WireId,
  price: Amount,
  bid_user: WireId,
  ask_user: WireId,
  sync: Sync,
  id: WireId,
});
export const TradesReply = Type.Object({
  bids: Type.Array(TradeRow),
  asks: Type.Array(TradeRow),
});
export type TradeRow = Static<typeof TradeRow>;
export type TradesReply = Static<typeof TradesReply>;

export const PublicTradeRow = Type.Object({
  id: WireId,
  ...pair,
  sequence: Type.Integer(describe('Its place in the log.')),
  time: millis(),
  side: named(SIDES, 'Of the incoming order.'),
  price: Amount,
  quantity: Amount,
  value: amount('What the buyer paid, in the unit.'),
  bid_user: WireId,
  ask_user: WireId,
  bid_order: WireId,
  ask_order: WireId,
  auction: Type.Boolean(describe('Made by an auction, where no order is incoming.')),
});
export const PublicTradesReply = Type.Array(PublicTradeRow);
export type PublicTradeRow = Static<typeof PublicTradeRow>;

export const CandlesReply = Type.Array(
  Type.Array(Type.Union([Type.Integer(), Type.String()])),
  describe(
    'Each [begin in milliseconds, open, high, low, close, quantity, value, trades]; intervals without a trade are left out.',
  ),
);
export type CandleRow = [
  begin: number,
  open: string,
  high: string,
  low: string,
  close: string,
  quantity: string,
  value: string,
  count: number,
];
