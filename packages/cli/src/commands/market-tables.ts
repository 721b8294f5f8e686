// Answers about markets as tables for people.

import type {
  MarketRow,
  OrderBookReply,
  StockRow,
  TickerRow,
  TradesReply,
} from '@picostocks/protocol';
import { type Column, formatTime, renderTable } from '../table.ts';

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

export function tradesTable({ bids, asks }: TradesReply): string {
  const rows = [
    ...bids.map((row) => ({ ...row, taker: 'bid' })),
    ...asks.map((row) => ({ ...row, taker: 'ask' })),
  ].sort((left, right) => right.id - left.id);
  if (rows.length === 0) return 'No trades yet.';
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
    formatTime(row.sync),
    row.price,
    row.quantity,
    row.taker,
    String(row.bid_user),
    String(row.ask_user),
    String(row.id),
  ]);
  return renderTable(columns, cells);
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
    row.status,
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
