// Orders and what became of them, for people.

import type {
  CancelReply,
  CancelResult,
  FillRow,
  OperationRejected,
  OrderReply,
  OrderResult,
  OrderRow,
  OwnTradeRow,
  PutReply,
  Side,
} from '@picostocks/protocol';
import { type Column, formatMillis, renderFields, renderTable, shortAmount } from '../table.ts';

type Codes = (id: number) => string;

interface Market {
  readonly stockId: number;
  readonly unitId: number;
}

export interface OrderContext {
  readonly side: Side;
  readonly codes: Codes;
}

/** The answer to an order text. */
export function putText(reply: PutReply, { side, codes }: OrderContext): string {
  const { order_id, quantity, filled, remaining, price, trades, nonce } = reply;
  const [stock, unit] = [codes(reply.stock_id), codes(reply.unit_id)];
  const head = `Order ${order_id}: ${side} ${shortAmount(quantity)} ${stock} at ${shortAmount(price)} ${unit} or better`;
  const rest = `filled ${shortAmount(filled)}, in the book ${shortAmount(remaining)} (nonce ${nonce})`;
  return [`${head}\n${rest}`, ...fillsTable(trades, { stock, unit })].join('\n\n');
}

/** The answer to an envelope that placed an order. */
export function placedText(
  { result, nonce }: { readonly result: OrderResult; readonly nonce: number },
  { side, codes, market }: OrderContext & { readonly market: Market },
): string {
  const [stock, unit] = [codes(market.stockId), codes(market.unitId)];
  const { order_id, quantity, price } = result;
  const head = `Order ${order_id}: ${side} ${shortAmount(quantity)} ${stock} at ${shortAmount(price)} ${unit} or better`;
  const parts = fillsTable(result.trades, { stock, unit });
  return [`${head}\n${stateOf(result)} (nonce ${nonce})`, ...parts].join('\n\n');
}

/** What is true of an order after a command. */
export function stateOf({ status, filled, remaining, cancelled, reason }: OrderResult): string {
  const parts = [
    status.replace('_', ' '),
    `filled ${shortAmount(filled)}`,
    `in the book ${shortAmount(remaining)}`,
  ];
  if (reason !== null) parts.push(`${shortAmount(cancelled)} cancelled: ${reason}`);
  return parts.join(', ');
}

/** Nothing where there are no fills. */
function fillsTable(
  trades: readonly FillRow[],
  { stock, unit }: { readonly stock: string; readonly unit: string },
): string[] {
  if (trades.length === 0) return [];
  const columns: Column[] = [
    { title: 'TRADE', align: 'right' },
    { title: `PRICE ${unit}`, align: 'amount' },
    { title: `QUANTITY ${stock}`, align: 'amount' },
    { title: `VALUE ${unit}`, align: 'amount' },
    { title: 'FEE', align: 'amount' },
  ];
  const cells = trades.map((trade) => [
    String(trade.id),
    trade.price,
    trade.quantity,
    trade.value,
    trade.fee,
  ]);
  return [renderTable(columns, cells)];
}

/** The answer to an order text that cancels. */
export function cancelText({ response, orders, nonce }: CancelReply): string {
  const all = `Cancelled in all: ${shortAmount(response)} (nonce ${nonce})`;
  return [...cancelLines(orders), all].join('\n');
}

/** The answer to an envelope that cancels. */
export function cancelledText(
  { orders }: CancelResult,
  { nonce }: { readonly nonce: number },
): string {
  if (orders.length === 0) return `No open orders (nonce ${nonce})`;
  const all = `${orders.length} ${orders.length === 1 ? 'order' : 'orders'} (nonce ${nonce})`;
  return [...cancelLines(orders), all].join('\n');
}

function cancelLines(orders: CancelResult['orders'] | CancelReply['orders']): string[] {
  return orders.map(({ order_id, quantity, remaining }) => {
    const left = shortAmount(remaining);
    const state = left === '0' ? 'gone' : `${left} left`;
    return `Order ${order_id}: ${shortAmount(quantity)} cancelled, ${state}`;
  });
}

/** One line for each operation of a batch. */
export function batchTable(
  names: readonly string[],
  results: readonly (OrderResult | CancelResult | OperationRejected)[],
): string {
  const columns: Column[] = [
    { title: '#', align: 'right' },
    { title: 'OPERATION' },
    { title: 'ORDER', align: 'right' },
    { title: 'RESULT' },
  ];
  const cells = results.map((result, index) => [
    String(index + 1),
    names[index] ?? '',
    'order_id' in result ? String(result.order_id) : '',
    operationText(result),
  ]);
  return renderTable(columns, cells);
}

function operationText(result: OrderResult | CancelResult | OperationRejected): string {
  if ('code' in result) return result.detail;
  if ('order_id' in result) return stateOf(result);
  const ids = result.orders.map(({ order_id }) => order_id);
  return ids.length === 0 ? 'no open orders' : `cancelled ${ids.join(', ')}`;
}

export function ordersTable(rows: readonly OrderRow[], codes: Codes): string {
  if (rows.length === 0) return 'No orders.';
  const columns: Column[] = [
    { title: 'ORDER', align: 'right' },
    { title: 'NAME' },
    { title: 'MARKET' },
    { title: 'SIDE' },
    { title: 'PRICE', align: 'amount' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'FILLED', align: 'amount' },
    { title: 'STATUS' },
    { title: 'PLACED' },
  ];
  const cells = rows.map((row) => [
    String(row.order_id),
    row.client_order_id ?? '-',
    `${codes(row.stock_id)}/${codes(row.unit_id)}`,
    row.side,
    row.price,
    row.quantity,
    row.filled,
    row.reason === null ? row.status : `${row.status} (${row.reason})`,
    formatMillis(row.time),
  ]);
  return renderTable(columns, cells);
}

export function orderText(row: OrderReply, codes: Codes): string {
  const [stock, unit] = [codes(row.stock_id), codes(row.unit_id)];
  const fields = renderFields({
    order: String(row.order_id),
    ...(row.client_order_id === null ? {} : { 'client id': row.client_order_id }),
    market: `${stock}/${unit}`,
    kind: `${row.side}, ${row.type}, ${row.time_in_force}`,
    ...(row.good_until === null ? {} : { 'good until': formatMillis(row.good_until / 1_000) }),
    status: row.reason === null ? row.status : `${row.status} (${row.reason})`,
    price: `${shortAmount(row.price)} ${unit}`,
    quantity: `${shortAmount(row.quantity)} ${stock}`,
    filled: `${shortAmount(row.filled)} ${stock} for ${shortAmount(row.value)} ${unit}`,
    'in the book': shortAmount(row.remaining),
    fee: `${shortAmount(row.fee)} ${codes(row.fee_stock_id)}`,
    placed: formatMillis(row.time),
    changed: formatMillis(row.last_time),
  });
  return row.trades.length === 0 ? fields : `${fields}\n\n${ownTradesTable(row.trades, codes)}`;
}

export function ownTradesTable(rows: readonly OwnTradeRow[], codes: Codes): string {
  if (rows.length === 0) return 'No trades.';
  const columns: Column[] = [
    { title: 'TIME' },
    { title: 'MARKET' },
    { title: 'DID' },
    { title: 'AS' },
    { title: 'PRICE', align: 'amount' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'FEE', align: 'amount' },
    { title: 'ORDER', align: 'right' },
    { title: 'TRADE', align: 'right' },
  ];
  const cells = rows.map((row) => [
    formatMillis(row.time),
    `${codes(row.stock_id)}/${codes(row.unit_id)}`,
    row.own === 'bid' ? 'bought' : 'sold',
    row.role,
    row.price,
    row.quantity,
    row.fee,
    String(row.order_id),
    String(row.id),
  ]);
  return renderTable(columns, cells);
}
