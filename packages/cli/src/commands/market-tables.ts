// Answers about markets as tables for people.

import type {
  ActRow,
  CandleRow,
  DepthLevel,
  DepthReply,
  LimitsReply,
  MarketRow,
  OrderBookReply,
  PublicTradeRow,
  StockRow,
  TickerRow,
} from '@picostocks/protocol';
import {
  type Column,
  formatMillis,
  formatTime,
  renderFields,
  renderTable,
  shortAmount,
} from '../table.ts';

/** Asks from the worst to the best, then bids from the best: the market's price is in the middle. */
export function bookTable(
  { asks, bids }: OrderBookReply,
  { codes, rows }: { codes: (id: number) => string; rows: number },
): string {
  if (asks.length + bids.length === 0) return 'No open orders.';
  const columns: Column[] = [
    { title: 'MARKET' },
    { title: 'SIDE' },
    { title: 'PRICE', align: 'amount' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'USER', align: 'right' },
    { title: 'ORDER', align: 'right' },
    { title: 'CHANGED' },
  ];
  const shown = [
    ...asks
      .slice(0, rows)
      .reverse()
      .map((row) => ({ ...row, side: 'ask' })),
    ...bids.slice(0, rows).map((row) => ({ ...row, side: 'bid' })),
  ];
  const cells = shown.map((row) => [
    `${codes(row.stock_id)}/${codes(row.unit_id)}`,
    row.side,
    row.price,
    row.quantity,
    String(row.user_id),
    String(row.order_id),
    formatTime(row.sync),
  ]);
  const hidden = asks.length + bids.length - shown.length;
  const more = hidden === 0 ? '' : `\n${hidden} more behind these: --limit 100`;
  return renderTable(columns, cells) + more;
}

export function tradesTable(rows: readonly PublicTradeRow[]): string {
  if (rows.length === 0) return 'No trades.';
  const columns: Column[] = [
    { title: 'TIME' },
    { title: 'PRICE', align: 'amount' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'TAKER' },
    { title: 'BUYER', align: 'right' },
    { title: 'SELLER', align: 'right' },
    { title: 'TRADE', align: 'right' },
  ];
  const cells = rows.map((row) => [
    formatMillis(row.time),
    row.price,
    row.quantity,
    row.auction ? 'auction' : row.side,
    String(row.bid_user),
    String(row.ask_user),
    String(row.id),
  ]);
  return renderTable(columns, cells);
}

/** Asks from the worst to the best, then bids from the best. */
export function depthTable({ asks, bids }: DepthReply): string {
  if (asks.length + bids.length === 0) return 'No open orders.';
  const columns: Column[] = [
    { title: 'SIDE' },
    { title: 'PRICE', align: 'amount' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'ORDERS', align: 'right' },
  ];
  const row = (side: string, [price, quantity, orders]: DepthLevel): string[] => [
    side,
    price,
    quantity,
    String(orders),
  ];
  const cells = [
    ...asks.toReversed().map((level) => row('ask', level)),
    ...bids.map((level) => row('bid', level)),
  ];
  return renderTable(columns, cells);
}

export function candlesTable(rows: readonly CandleRow[]): string {
  if (rows.length === 0) return 'No trades in this time.';
  const columns: Column[] = [
    { title: 'BEGIN' },
    { title: 'OPEN', align: 'amount' },
    { title: 'HIGH', align: 'amount' },
    { title: 'LOW', align: 'amount' },
    { title: 'CLOSE', align: 'amount' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'VALUE', align: 'amount' },
    { title: 'TRADES', align: 'right' },
  ];
  const cells = rows.map(([begin, ...row]) => [formatMillis(begin), ...row.map(String)]);
  return renderTable(columns, cells);
}

export function actsTable(rows: readonly ActRow[]): string {
  if (rows.length === 0) return 'The operators did nothing.';
  const columns: Column[] = [
    { title: 'ENTRY', align: 'right' },
    { title: 'TIME' },
    { title: 'KEY', align: 'right' },
    { title: 'ACT' },
    { title: 'WITH' },
    { title: 'REJECTED' },
  ];
  const cells = rows.map((row) => [
    String(row.sequence),
    formatMillis(row.time),
    String(row.key_id),
    row.type,
    row.params === null ? 'not public' : paramsText(row.params),
    row.code ?? '',
  ]);
  return renderTable(columns, cells);
}

const VALUE_CHARACTERS_MAX = 40;

/** What was signed, without the tail of what is too long for a table; --json has all of it. */
function paramsText(params: Readonly<Record<string, unknown>>): string {
  return Object.entries(params)
    .map(([name, value]) => {
      const text = typeof value === 'string' ? shortAmount(value) : JSON.stringify(value);
      const isLong = text.length > VALUE_CHARACTERS_MAX;
      return `${name} ${isLong ? `${text.slice(0, VALUE_CHARACTERS_MAX - 1)}…` : text}`;
    })
    .join('; ');
}

export function limitsText(limits: LimitsReply): string {
  const { requests, rejections } = limits;
  return renderFields({
    registration: limits.registration_open ? 'open' : 'by an operator',
    'reads of accounts': limits.reads,
    'log of entries': limits.log_public ? 'public' : 'not public',
    sandbox: limits.sandbox ? 'yes: play money' : 'no',
    requests: rate(requests),
    'rejected commands': rate(rejections),
    'rows of a list': String(limits.page_rows_max),
    'operations in a batch': String(limits.batch_operations_max),
    'orders that a command meets': String(limits.orders_per_command_max),
    'bytes of a command': String(limits.message_bytes_max),
    'bytes of a memo': String(limits.memo_bytes_max),
    'withdrawals on their way': String(limits.pending_withdrawals_max),
    'keys of a user': String(limits.keys_max),
  });
}

function rate({ per_second, burst }: { per_second: number; burst: number }): string {
  return per_second === 0 ? 'no limit' : `${per_second} a second, ${burst} at once`;
}

export function tickerTable(rows: readonly TickerRow[]): string {
  if (rows.length === 0) return 'No markets.';
  const columns: Column[] = [
    { title: 'MARKET' },
    { title: 'LAST PRICE', align: 'amount' },
    { title: '24H QUANTITY', align: 'amount' },
    { title: '24H TRADES', align: 'right' },
    { title: 'CHANGED' },
  ];
  const cells = rows.map((row) => [
    `${row.stock_code}/${row.unit_code}`,
    row.price,
    row.quantity,
    String(row.count),
    formatTime(row.sync),
  ]);
  return renderTable(columns, cells);
}

export function marketsTable(rows: readonly MarketRow[]): string {
  if (rows.length === 0) return 'No markets.';
  const columns: Column[] = [
    { title: 'MARKET' },
    { title: 'IDS' },
    { title: 'STATUS' },
    { title: 'TICK', align: 'amount' },
    { title: 'LOT', align: 'amount' },
    { title: 'MIN VALUE', align: 'amount' },
    { title: 'MAKER PPM', align: 'right' },
    { title: 'TAKER PPM', align: 'right' },
    { title: 'SELF TRADE' },
  ];
  const cells = rows.map((row) => [
    `${row.stock_code}/${row.unit_code}`,
    `${row.stock_id}/${row.unit_id}`,
    row.reason === '' ? row.status : `${row.status}: ${row.reason}`,
    row.tick,
    row.lot,
    row.min_value,
    String(row.maker_ppm),
    String(row.taker_ppm),
    row.self_trade,
  ]);
  return renderTable(columns, cells);
}

export function stocksTable(rows: readonly StockRow[]): string {
  if (rows.length === 0) return 'No assets.';
  const columns: Column[] = [
    { title: 'ID', align: 'right' },
    { title: 'CODE' },
    { title: 'NAME' },
    { title: 'TYPE' },
    { title: 'STATUS' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'TRADED', align: 'amount' },
  ];
  const cells = rows.map((row) => [
    String(row.id),
    row.code.toUpperCase(),
    row.name,
    row.stock_type,
    row.status,
    row.quantity,
    row.traded,
  ]);
  return renderTable(columns, cells);
}
