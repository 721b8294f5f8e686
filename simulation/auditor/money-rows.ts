// Deposits and withdrawals as their events left them, and the lists of them that custody reads must show.

import { type Entry, type Event, type ExternalStatus, formatAmount } from '@picostocks/protocol';
import type {
  DepositRecord,
  WithdrawalRecord,
} from '../../packages/server/src/history/money-reader.ts';
import { depositRow, withdrawalRow } from '../../packages/server/src/http/history-views.ts';
import type { Versions } from './versions.ts';

const FINAL: readonly ExternalStatus[] = ['done', 'canceled', 'ignore'];
/** What the clients of the simulation ask for; a page of theirs begins with the oldest. */
const LISTED = ['init', 'queued', 'accepted', 'busy', 'confirmed', 'error'] as const;
const PAGE_ROWS = 100;

export class MoneyRows {
  readonly deposits = new Map<number, DepositRecord>();
  readonly withdrawals = new Map<number, WithdrawalRecord>();

  /** Notes what an entry did, and the lists that it changed. */
  note({ sequence, time }: Entry, events: readonly Event[], versions: Versions): void {
    const isFirst = sequence === 1;
    let changes = isFirst ? 'both' : '';
    for (const event of events) {
      if (event.kind === 'deposit_changed') {
        this.deposits.set(event.depositId, depositRecord(event, time));
        changes += 'deposits';
      } else if (event.kind === 'withdrawal_changed') {
        this.withdrawals.set(event.withdrawalId, withdrawalRecord(event, time));
        changes += 'withdrawals';
      }
    }
    if (isFirst || changes.includes('withdrawals')) {
      const open = [...this.withdrawals.values()].filter(({ status }) => !FINAL.includes(status));
      for (const status of LISTED) {
        const rows = open
          .filter((row) => row.status === status)
          .sort(byId)
          .slice(0, PAGE_ROWS);
        const text = JSON.stringify(rows.map(withdrawalRow));
        versions.note(`withdrawals ${status}`, sequence, text);
      }
    }
    if (isFirst || changes.includes('deposits')) {
      const open = [...this.deposits.values()].filter(({ status }) => !FINAL.includes(status));
      const rows = open.sort(byId).slice(0, PAGE_ROWS);
      versions.note('deposits pending', sequence, JSON.stringify(rows.map(depositRow)));
    }
  }
}

type OfKind<K extends Event['kind']> = Extract<Event, { kind: K }>;

function byId(left: { id: number }, right: { id: number }): number {
  return left.id - right.id;
}

function depositRecord(event: OfKind<'deposit_changed'>, time: number): DepositRecord {
  return {
    id: event.depositId,
    time: event.timeCreated,
    time_changed: time,
    user_id: event.userId,
    stock_id: event.stockId,
    quantity: formatAmount(event.quantity),
    status: event.status,
    address: event.address,
    memo: event.memo,
    txid: event.txid,
    output: event.output,
    reason: event.reason,
  };
}

function withdrawalRecord(event: OfKind<'withdrawal_changed'>, time: number): WithdrawalRecord {
  return {
    id: event.withdrawalId,
    time: event.timeCreated,
    time_changed: time,
    user_id: event.userId,
    stock_id: event.stockId,
    quantity: formatAmount(event.quantity),
    status: event.status,
    address: event.address,
    memo: event.memo,
    txid: event.txid,
    fee: formatAmount(event.fee),
    claimed_by: event.claimedBy ?? null,
    reason: event.reason,
  };
}
