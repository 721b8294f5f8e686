// Reads of money that moved, and of what operators did.

import { EXTERNAL_STATUSES, type ExternalStatus } from '@picostocks/protocol';
import type { Page, Rows } from './page.ts';

export interface TransferRecord {
  readonly id: number;
  readonly time: number;
  readonly stock_id: number;
  readonly from_user: number;
  readonly to_user: number;
  readonly quantity: string;
  readonly memo: string;
  readonly corrects: number | null;
}

interface ExternalRecord {
  readonly id: number;
  readonly time: number;
  readonly time_changed: number;
  readonly user_id: number;
  readonly stock_id: number;
  readonly quantity: string;
  readonly status: ExternalStatus;
  readonly address: string;
  readonly memo: string;
  readonly txid: string;
  readonly reason: string;
}
export interface DepositRecord extends ExternalRecord {
  readonly output: number;
}
export interface WithdrawalRecord extends ExternalRecord {
  readonly fee: string;
  readonly claimed_by: number | null;
}

export interface ActRecord {
  /** Its sequence. */
  readonly id: number;
  readonly time: number;
  readonly key_id: number;
  readonly type: string;
  readonly params: string;
  readonly code: string | null;
}

interface OfUser {
  readonly userId: number;
  readonly stockId: number | undefined;
  readonly page: Page;
}
interface OfStatus {
  /** Absent: all that are not final. */
  readonly status: ExternalStatus | undefined;
  readonly stockId: number | undefined;
  readonly page: Page;
}

const FINAL: ReadonlySet<ExternalStatus> = new Set(['done', 'canceled', 'ignore']);
const PENDING = EXTERNAL_STATUSES.filter((status) => !FINAL.has(status));

export class MoneyReader {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  internalTransfers(by: OfUser): TransferRecord[] {
    const selections = ['from_user', 'to_user'].map((column) => ofStock(column, by.userId, by));
    const rows = this.#rows.page('transfer', { page: by.page, selections });
    return rows as unknown as TransferRecord[];
  }

  deposits(by: OfUser): DepositRecord[] {
    const selections = [ofStock('user_id', by.userId, by)];
    const rows = this.#rows.page('deposit', { page: by.page, selections });
    return rows as unknown as DepositRecord[];
  }

  withdrawals(by: OfUser): WithdrawalRecord[] {
    const selections = [ofStock('user_id', by.userId, by)];
    const rows = this.#rows.page('withdrawal', { page: by.page, selections });
    return rows as unknown as WithdrawalRecord[];
  }

  depositsByStatus(by: OfStatus): DepositRecord[] {
    const rows = this.#rows.page('deposit', { page: by.page, selections: ofStatuses(by) });
    return rows as unknown as DepositRecord[];
  }

  withdrawalsByStatus(by: OfStatus): WithdrawalRecord[] {
    const rows = this.#rows.page('withdrawal', { page: by.page, selections: ofStatuses(by) });
    return rows as unknown as WithdrawalRecord[];
  }

  deposit(by: { id: number }): DepositRecord | undefined {
    const rows = this.#rows.all('SELECT * FROM deposit WHERE id = ?', by.id);
    return rows[0] as unknown as DepositRecord | undefined;
  }

  withdrawal(by: { id: number }): WithdrawalRecord | undefined {
    const rows = this.#rows.all('SELECT * FROM withdrawal WHERE id = ?', by.id);
    return rows[0] as unknown as WithdrawalRecord | undefined;
  }

  acts(by: { page: Page }): ActRecord[] {
    const selections = [{ where: '', values: [] }];
    return this.#rows.page('act', { page: by.page, selections }) as unknown as ActRecord[];
  }
}

function ofStock(
  column: string,
  value: string | number,
  { stockId }: { stockId: number | undefined },
) {
  return stockId === undefined
    ? { where: `${column} = ?`, values: [value] }
    : { where: `${column} = ? AND stock_id = ?`, values: [value, stockId] };
}

function ofStatuses(by: OfStatus) {
  const statuses = by.status === undefined ? PENDING : [by.status];
  return statuses.map((status) => ofStock('status', status, by));
}
