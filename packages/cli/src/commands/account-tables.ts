// Answers about a user as tables for people.

import type {
  BalanceRow,
  ExternalTransferRow,
  FeesReply,
  InternalTransferRow,
  KeyRow,
  StatusReply,
  TradesReply,
} from '@picostocks/protocol';
import { type Column, formatMillis, formatTime, renderFields, renderTable } from '../table.ts';

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

export function transfersTable(
  rows: readonly InternalTransferRow[],
  { codes, userId }: { codes: Codes; userId: number },
): string {
  if (rows.length === 0) return `User ${userId} has no such transfers.`;
  const columns: Column[] = [
    { title: 'TIME' },
    { title: 'ASSET' },
    { title: 'DIRECTION' },
    { title: 'USER', align: 'right' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'MEMO' },
    { title: 'TRANSFER', align: 'right' },
  ];
  const cells = rows.map((row) => {
    const isOut = row.from_user === userId;
    const other = isOut ? row.to_user : row.from_user;
    return [
      formatTime(row.sync),
      codes(row.stock_id),
      isOut ? 'to' : 'from',
      row.corrects === null ? String(other) : 'correction',
      row.quantity,
      row.corrects === null ? row.memo : `of entry ${row.corrects}: ${row.memo}`,
      String(row.id),
    ];
  });
  return renderTable(columns, cells);
}

/** Deposits or withdrawals. */
export function externalTable(
  rows: readonly ExternalTransferRow[],
  { codes, none }: { codes: Codes; none: string },
): string {
  if (rows.length === 0) return none;
  const columns: Column[] = [
    { title: 'ID', align: 'right' },
    { title: 'TIME' },
    { title: 'ASSET' },
    { title: 'STATUS' },
    { title: 'QUANTITY', align: 'amount' },
    { title: 'FEE', align: 'amount' },
    { title: 'ADDRESS' },
    { title: 'MEMO' },
    { title: 'TXID' },
    { title: 'REASON' },
  ];
  const cells = rows.map((row) => [
    String(row.id),
    formatMillis(row.time),
    codes(row.stock_id),
    row.status,
    row.quantity,
    row.fee,
    row.address,
    row.memo,
    row.txid,
    row.reason,
  ]);
  return renderTable(columns, cells);
}

export function keysTable(rows: readonly KeyRow[]): string {
  const columns: Column[] = [
    { title: 'KEY', align: 'right' },
    { title: 'MAY' },
    { title: 'PUBLIC KEY' },
    { title: 'NEXT NONCE', align: 'right' },
    { title: 'SWITCH' },
  ];
  const cells = rows.map((row) => [
    String(row.key_id),
    row.revoked ? 'revoked' : row.scopes.join(', ') || 'nothing',
    row.public_key,
    String(row.nonce),
    row.cancel_after === null
      ? 'off'
      : `${row.cancel_after.seconds} s, at ${formatMillis(row.cancel_after.due)}`,
  ]);
  return renderTable(columns, cells);
}

export function feesTable({ fee_tier, markets }: FeesReply, codes: Codes): string {
  const columns: Column[] = [
    { title: 'MARKET' },
    { title: 'MAKER PPM', align: 'right' },
    { title: 'TAKER PPM', align: 'right' },
  ];
  const cells = markets.map((row) => [
    `${codes(row.stock_id)}/${codes(row.unit_id)}`,
    String(row.maker_ppm),
    String(row.taker_ppm),
  ]);
  return `Fee tier ${fee_tier}; rates in parts per million of what is received.\n\n${renderTable(columns, cells)}`;
}

export function statusText({ user_id, frozen, reason, since, fee_tier }: StatusReply): string {
  return renderFields({
    user: String(user_id),
    account: frozen ? 'frozen' : 'open',
    ...(reason === null ? {} : { reason }),
    ...(since === null ? {} : { since: formatMillis(since) }),
    'fee tier': String(fee_tier),
  });
}
