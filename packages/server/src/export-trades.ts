// The rows of trades, and of transfers and deposits.

import { formatAmount } from '@picostocks/protocol';
import type { Column } from './csv.ts';
import { type Applied, assetCode, formatMicros, marketCode, type Row } from './export-row.ts';

export const TRADE_COLUMNS: readonly Column[] = [
  { name: 'id', kind: 'number' },
  { name: 'sequence', kind: 'number' },
  { name: 'time', kind: 'time' },
  { name: 'market', kind: 'word' },
  { name: 'stock_id', kind: 'number' },
  { name: 'unit_id', kind: 'number' },
  { name: 'price', kind: 'amount' },
  { name: 'quantity', kind: 'amount' },
  // What the buyer paid. Price times quantity has 36 decimals and does not reproduce balances.
  { name: 'value', kind: 'amount' },
  { name: 'side', kind: 'word' },
  { name: 'bid_user', kind: 'number' },
  { name: 'ask_user', kind: 'number' },
  { name: 'bid_order', kind: 'number' },
  { name: 'ask_order', kind: 'number' },
  // The buyer's in the stock, the seller's in the unit.
  { name: 'bid_fee', kind: 'amount' },
  { name: 'ask_fee', kind: 'amount' },
];

export function* tradeRows({ entry, events, state }: Applied): Generator<Row> {
  for (const event of events) {
    if (event.kind !== 'order_filled') continue;
    yield [
      event.tradeId,
      entry.sequence,
      formatMicros(entry.time),
      marketCode(state, event),
      event.stockId,
      event.unitId,
      formatAmount(event.price),
      formatAmount(event.quantity),
      formatAmount(event.cost),
      event.aggressor,
      event.bidUserId,
      event.askUserId,
      event.bidOrderId,
      event.askOrderId,
      formatAmount(event.bidFee),
      formatAmount(event.askFee),
    ];
  }
}

export const TRANSFER_COLUMNS: readonly Column[] = [
  { name: 'kind', kind: 'word' },
  { name: 'id', kind: 'number' },
  { name: 'sequence', kind: 'number' },
  { name: 'time', kind: 'time' },
  { name: 'stock_id', kind: 'number' },
  { name: 'asset', kind: 'word' },
  { name: 'quantity', kind: 'amount' },
  // Empty for a deposit, which comes from outside.
  { name: 'from_user', kind: 'number' },
  { name: 'to_user', kind: 'number' },
  { name: 'txid', kind: 'text' },
  { name: 'output', kind: 'number' },
  { name: 'memo', kind: 'text' },
];

export function* transferRows({ entry, events, state }: Applied): Generator<Row> {
  for (const event of events) {
    if (event.kind !== 'transferred' && event.kind !== 'deposit_credited') continue;
    const { stockId } = event;
    const when = [entry.sequence, formatMicros(entry.time)];
    const what = [stockId, assetCode(state, stockId), formatAmount(event.quantity)];
    yield event.kind === 'transferred'
      ? [
          'transfer',
          event.transferId,
          ...when,
          ...what,
          event.fromUserId,
          event.toUserId,
          undefined,
          undefined,
          event.memo,
        ]
      : [
          'deposit',
          event.depositId,
          ...when,
          ...what,
          undefined,
          event.userId,
          event.txid,
          event.output,
          event.memo,
        ];
  }
}
