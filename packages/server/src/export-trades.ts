// The rows of trades, and of money that moved: transfers, deposits, withdrawals, corrections.

import { type Event, formatAmount } from '@picostocks/protocol';
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
  // Empty where the money came from outside, or went there.
  { name: 'from_user', kind: 'number' },
  { name: 'to_user', kind: 'number' },
  { name: 'txid', kind: 'text' },
  { name: 'output', kind: 'number' },
  { name: 'memo', kind: 'text' },
  // Of a withdrawal, beside the quantity.
  { name: 'fee', kind: 'amount' },
  { name: 'address', kind: 'text' },
  // The entry that a correction is about; its reason is the memo.
  { name: 'corrects', kind: 'number' },
];

interface Movement {
  readonly kind: 'transfer' | 'deposit' | 'withdrawal' | 'correction';
  readonly id: number;
  readonly fromUser?: number | undefined;
  readonly toUser?: number | undefined;
  readonly txid?: string;
  readonly output?: number;
  readonly memo: string;
  readonly fee?: string;
  readonly address?: string;
  readonly corrects?: number;
}

/** Money that moved: a deposit or a withdrawal is in here once, when it is done. */
export function* transferRows({ entry, events, state }: Applied): Generator<Row> {
  for (const event of events) {
    const movement = movementOf(event);
    if (movement === undefined || !('quantity' in event) || !('stockId' in event)) continue;
    yield [
      movement.kind,
      movement.id,
      entry.sequence,
      formatMicros(entry.time),
      event.stockId,
      assetCode(state, event.stockId),
      formatAmount(event.quantity),
      movement.fromUser,
      movement.toUser,
      movement.txid,
      movement.output,
      movement.memo,
      movement.fee,
      movement.address,
      movement.corrects,
    ];
  }
}

function movementOf(event: Event): Movement | undefined {
  switch (event.kind) {
    case 'transferred': {
      const { transferId: id, fromUserId: fromUser, toUserId: toUser, memo } = event;
      return { kind: 'transfer', id, fromUser, toUser, memo };
    }
    case 'deposit_changed': {
      if (event.status !== 'done') return undefined;
      const { depositId: id, userId: toUser, txid, output, memo, address } = event;
      return { kind: 'deposit', id, toUser, txid, output, memo, address };
    }
    case 'withdrawal_changed': {
      if (event.status !== 'done') return undefined;
      const { withdrawalId: id, userId: fromUser, txid, memo, address } = event;
      const fee = formatAmount(event.fee);
      return { kind: 'withdrawal', id, fromUser, txid, memo, address, fee };
    }
    case 'corrected': {
      const { transferId: id, userId, direction, reason: memo, corrects } = event;
      // User 0 is the outside world.
      const user = userId === 0 ? undefined : userId;
      const users = direction === 'credit' ? { toUser: user } : { fromUser: user };
      return { kind: 'correction', id, ...users, memo, corrects };
    }
    default:
      return undefined;
  }
}
