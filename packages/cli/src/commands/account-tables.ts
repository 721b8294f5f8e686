// Answers about a user as tables for people.

import type {
  BalanceRow,
  ExternalTransferRow,
  ExternalTransfersReply,
  InternalTransferRow,
  TradesReply,
} from '@picostocks/protocol';
import { type Column, formatTime, renderTable } from '../table.ts';

type Codes = (id: number) => string;

export function balanceTable(rows: readonly BalanceRow[], codes: Codes): string {
  if (rows.length === 0) return 'Nothing yet.';
  const columns: Column[] = [
    { title: 'ASSET' },
    { title: 'ID', align: 'right' },
    { title: 'FREE', align: 'amount' },
    { title: 'LOCKED', align: 'amount' },
  ];
  const cells = rows.map((row) => [
    codes(row.stock_id),
    String(row.stock_id),
    row.free,
    row.locked,
  ]);
  return renderTable(columns, cells);
}

/** What the user bought and sold, newest first. */
export function historyTable(
  { bids, asks }: TradesReply,
  { codes, userId }: { codes: Codes; userId: number },
): string {
  const rows = [
    ...bids.map((row) => ({ ...row, did: 'bought' })),
    ...asks.map((row) => ({ ...row, did: 'sold' })),
  ].sort((left, right) => right.id - left.id);
  if (rows.length === 0) return `User ${userId} has not traded this.`;
  const columns: Column[] = [
    { title: 'TIME' },
    { title: 'MARKET' },
    { title: 'DID' },
    { title: 'PRICE', align: 'amount' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'WITH USER', align: 'right' },
    { title: 'TRADE', align: 'right' },
  ];
  const cells = rows.map((row) => [
    formatTime(row.sync),
    `${codes(row.stock_id)}/${codes(row.unit_id)}`,
    row.did,
    row.price,
    row.quantity,
    String(row.did === 'bought' ? row.ask_user : row.bid_user),
    String(row.id),
  ]);
  return renderTable(columns, cells);
}

export function transfersTable(rows: readonly InternalTransferRow[], userId: number): string {
  if (rows.length === 0) return `User ${userId} has no transfers of this asset.`;
  const columns: Column[] = [
    { title: 'TIME' },
    { title: 'DIRECTION' },
    { title: 'USER', align: 'right' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'MEMO' },
    { title: 'TRANSFER', align: 'right' },
  ];
  const cells = rows.map((row) => {
    const isOut = row.from_user === userId;
    return [
      formatTime(row.sync),
      isOut ? 'to' : 'from',
      String(isOut ? row.to_user : row.from_user),
      row.quantity,
      row.memo,
      String(row.id),
    ];
  });
  return renderTable(columns, cells);
}

export function depositsTable({ deposits, withdrawals }: ExternalTransfersReply): string {
  const rows = [
    ...deposits.map((row) => ({ ...row, kind: 'deposit' })),
    ...withdrawals.map((row) => ({ ...row, kind: 'withdrawal' })),
  ];
  if (rows.length === 0) return 'No deposits and no withdrawals of this asset.';
  const columns: Column[] = [
    { title: 'KIND' },
    { title: 'STATUS' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'FEE', align: 'amount' },
    { title: 'TXID' },
    { title: 'MEMO' },
    { title: 'ID', align: 'right' },
  ];
  const cells = rows.map((row: ExternalTransferRow & { kind: string }) => [
    row.kind,
    row.status,
    row.quantity,
    row.fee,
    row.txid,
    row.memo,
    String(row.id),
  ]);
  return renderTable(columns, cells);
}
