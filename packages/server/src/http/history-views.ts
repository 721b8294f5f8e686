// From the history's rows to the wire: trades, closed orders, money, acts, entries.

import {
  type ActRow,
  type CandleRow,
  type DepositRow,
  ENTRY_KINDS,
  type Entry,
  type EntryKind,
  type EntryReply,
  type ExternalTransferRow,
  encodeRecord,
  formatAmount,
  type InternalTransferRow,
  type OrderRow,
  type OwnTradeRow,
  type PublicTradeRow,
  type TradeRow,
  toHex,
  type WithdrawalRow,
} from '@picostocks/protocol';
import type { TimedCandle } from '../history/candle-reader.ts';
import type {
  ActRecord,
  DepositRecord,
  TransferRecord,
  WithdrawalRecord,
} from '../history/money-reader.ts';
import type { ClosedOrderRecord, OwnTradeRecord, TradeRecord } from '../history/trade-reader.ts';
import { shownTo, type Viewer } from './signed-reads.ts';
import { formatSync, toMillis } from './times.ts';

export function tradeRow(trade: TradeRecord, viewer: Viewer): TradeRow {
  return {
    stock_id: trade.stock_id,
    quantity: trade.quantity,
    unit_id: trade.unit_id,
    price: trade.price,
    bid_user: shownTo(viewer, trade.bid_user),
    ask_user: shownTo(viewer, trade.ask_user),
    sync: formatSync(trade.time),
    id: trade.id,
  };
}

export function publicTradeRow(trade: TradeRecord, viewer: Viewer): PublicTradeRow {
  return {
    id: trade.id,
    stock_id: trade.stock_id,
    unit_id: trade.unit_id,
    sequence: trade.sequence,
    time: toMillis(trade.time),
    side: trade.aggressor,
    price: trade.price,
    quantity: trade.quantity,
    value: trade.cost,
    bid_user: shownTo(viewer, trade.bid_user),
    ask_user: shownTo(viewer, trade.ask_user),
    bid_order: trade.bid_order,
    ask_order: trade.ask_order,
    auction: false,
  };
}

export function ownTradeRow(
  trade: OwnTradeRecord,
  { viewer, clientOrderId }: { viewer: Viewer; clientOrderId: string | null },
): OwnTradeRow {
  const isBid = trade.own === 'bid';
  return {
    ...publicTradeRow(trade, viewer),
    order_id: isBid ? trade.bid_order : trade.ask_order,
    client_order_id: clientOrderId,
    own: trade.own,
    role: trade.aggressor === trade.own ? 'taker' : 'maker',
    fee: isBid ? trade.bid_fee : trade.ask_fee,
    fee_stock_id: isBid ? trade.stock_id : trade.unit_id,
  };
}

export function closedOrderRow(order: ClosedOrderRecord): OrderRow {
  return {
    order_id: order.id,
    client_order_id: order.client_order_id,
    stock_id: order.stock_id,
    unit_id: order.unit_id,
    side: order.side,
    type: order.type as OrderRow['type'],
    time_in_force: order.time_in_force as OrderRow['time_in_force'],
    good_until: order.good_until,
    price: order.price,
    quantity: order.quantity,
    filled: order.filled,
    remaining: formatAmount(0n),
    cancelled: order.cancelled,
    value: order.value,
    fee: order.fee,
    fee_stock_id: order.side === 'bid' ? order.stock_id : order.unit_id,
    status: order.status as OrderRow['status'],
    reason: order.reason as OrderRow['reason'],
    time: toMillis(order.time),
    last_time: toMillis(order.time_closed),
    last_trade_time: order.time_last_trade === null ? null : toMillis(order.time_last_trade),
  };
}

export function candleRow(candle: TimedCandle): CandleRow {
  const { start, open, high, low, close, quantity, value, count } = candle;
  return [
    start * 60_000,
    formatAmount(open),
    formatAmount(high),
    formatAmount(low),
    formatAmount(close),
    formatAmount(quantity),
    formatAmount(value),
    count,
  ];
}

/** Both who sent and who received may know whom the money came from and went to. */
export function internalTransferRow(transfer: TransferRecord): InternalTransferRow {
  const { stock_id, quantity, from_user, to_user, memo, time, id, corrects } = transfer;
  return {
    stock_id,
    quantity,
    from_user,
    to_user,
    memo,
    sync: formatSync(time),
    id,
    time: toMillis(time),
    last_time: toMillis(time),
    corrects,
  };
}

/** A deposit's fee is always "0": the published API's word. */
export function depositTransferRow(deposit: DepositRecord): ExternalTransferRow {
  return { ...externalRow(deposit), fee: '0' };
}

export function withdrawalTransferRow(withdrawal: WithdrawalRecord): ExternalTransferRow {
  return { ...externalRow(withdrawal), fee: withdrawal.fee };
}

function externalRow(record: DepositRecord | WithdrawalRecord) {
  const { quantity, status, address, txid, memo, id, stock_id, reason } = record;
  return {
    quantity,
    status,
    address,
    txid,
    memo,
    id,
    stock_id,
    reason,
    time: toMillis(record.time),
    last_time: toMillis(record.time_changed),
  };
}

export function depositRow(deposit: DepositRecord): DepositRow {
  return { ...externalRow(deposit), user_id: deposit.user_id, output: deposit.output };
}

export function withdrawalRow(withdrawal: WithdrawalRecord): WithdrawalRow {
  const { user_id, fee, claimed_by } = withdrawal;
  return { ...externalRow(withdrawal), user_id, fee, claimed_by };
}

/** What an operator did is for everybody; to whom, only where reads are public. */
export function actRow(act: ActRecord, { seesAll }: Viewer): ActRow {
  return {
    sequence: act.id,
    time: toMillis(act.time),
    key_id: act.key_id,
    type: act.type,
    params: seesAll ? (JSON.parse(act.params) as Record<string, unknown>) : null,
    status: act.code === null ? 'applied' : 'rejected',
    code: act.code,
  };
}

const KIND_NAMES = new Map<EntryKind, EntryReply['kind']>([
  [ENTRY_KINDS.genesis, 'genesis'],
  [ENTRY_KINDS.order, 'order'],
  [ENTRY_KINDS.registration, 'registration'],
  [ENTRY_KINDS.envelope, 'envelope'],
  [ENTRY_KINDS.tick, 'tick'],
]);

/** The record is what counts; the other fields are for people. */
export function entryRow(entry: Entry): EntryReply {
  return {
    sequence: entry.sequence,
    time: entry.time,
    kind: KIND_NAMES.get(entry.kind) ?? 'tick',
    key: toHex(entry.key),
    signature: toHex(entry.signature),
    message: Buffer.from(entry.message).toString('utf8'),
    hash: toHex(entry.hash),
    record: toHex(encodeRecord(entry)),
  };
}
