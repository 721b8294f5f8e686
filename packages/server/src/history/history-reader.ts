// Reads of the history. Rows come out newest first, each read has a limit.

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type Amount, bytesEqual, toHex } from '@picostocks/protocol';
import type { LiabilityFolder } from '../liabilities/liability-folder.ts';
import type { Log } from '../log/log.ts';
import { AuditReader } from './audit-reader.ts';
import type { HeadRow } from './head-table.ts';
import { MINUTE_MICROS, openHistoryReader, readSum, signatureStart } from './history-schema.ts';

export interface StoredResult {
  readonly userId: number;
  readonly keyId: number;
  readonly nonce: number;
  readonly sequence: number;
  readonly time: number;
  /** Hexadecimal. */
  readonly signature: string;
  /** Hexadecimal. */
  readonly messageHash: string;
  readonly status: number;
  readonly body: string;
}

export interface TradeRecord {
  readonly id: number;
  readonly time: number;
  readonly stock_id: number;
  readonly unit_id: number;
  readonly price: string;
  readonly quantity: string;
  readonly bid_user: number;
  readonly ask_user: number;
}

export interface TransferRecord {
  readonly id: number;
  readonly time: number;
  readonly stock_id: number;
  readonly from_user: number;
  readonly to_user: number;
  readonly quantity: string;
  readonly memo: string;
}

export interface DepositRecord {
  readonly id: number;
  readonly time: number;
  readonly quantity: string;
  readonly status: string;
  readonly txid: string;
  readonly memo: string;
}

/** What a market traded in the last 24 hours. */
export interface DayVolume {
  readonly quantity: Amount;
  readonly count: number;
}

interface InMarket {
  readonly stockId: number;
  readonly unitId: number;
}

const DAY_MINUTES = 24 * 60;

export class HistoryReader {
  /** By market: one window each. */
  readonly #volumes = new Map<string, DayVolume & { from: number; to: number }>();
  readonly #database: DatabaseSync;
  readonly #audit: AuditReader;

  /** Without a log, a reader of its own, it has no entries to show, and so with liabilities. */
  constructor(path: string, log?: Log, liabilities?: LiabilityFolder) {
    this.#database = openHistoryReader(path);
    this.#audit = new AuditReader(this.#database, { log, liabilities });
  }

  close(): void {
    this.#audit.close();
    this.#database.close();
  }

  resultByNonce(by: { userId: number; keyId: number; nonce: number }): StoredResult | undefined {
    const sql = 'SELECT * FROM result WHERE user_id = ? AND key_id = ? AND nonce = ?';
    return this.#rows(sql, by.userId, by.keyId, by.nonce).map(toResult)[0];
  }

  resultBySignature(by: { signature: Uint8Array }): StoredResult | undefined {
    const sql = 'SELECT * FROM result WHERE signature_start = ? LIMIT 100';
    const rows = this.#rows(sql, signatureStart(by.signature));
    return rows
      .filter((row) => bytesEqual(row['signature'] as Uint8Array, by.signature))
      .map(toResult)[0];
  }

  /** Trades of a market in which the incoming order stood on one side. */
  marketTrades(by: InMarket & { aggressor: 'bid' | 'ask'; limit: number }): TradeRecord[] {
    const sql = `SELECT * FROM trade WHERE stock_id = ? AND unit_id = ? AND aggressor = ?
      ORDER BY id DESC LIMIT ?`;
    return this.#rows(sql, by.stockId, by.unitId, by.aggressor, by.limit).map(toTrade);
  }

  /** Trades in which a user bought (`bid`) or sold (`ask`) an asset, for one unit or for all. */
  userTrades(by: {
    userId: number;
    stockId: number;
    unitId: number | undefined;
    side: 'bid' | 'ask';
    limit: number;
  }): TradeRecord[] {
    const unit = by.unitId === undefined ? '' : 'AND unit_id = ?';
    const sql = `SELECT * FROM trade WHERE ${by.side}_user = ? AND stock_id = ? ${unit}
      ORDER BY id DESC LIMIT ?`;
    const units = by.unitId === undefined ? [] : [by.unitId];
    return this.#rows(sql, by.userId, by.stockId, ...units, by.limit).map(toTrade);
  }

  internalTransfers(by: { userId: number; stockId: number; limit: number }): TransferRecord[] {
    const half = (column: string): string =>
      `SELECT * FROM (SELECT * FROM transfer WHERE ${column} = ? AND stock_id = ? ORDER BY id DESC LIMIT ?)`;
    // UNION, not UNION ALL: a transfer to oneself is in both halves and is listed once.
    const sql = `${half('from_user')} UNION ${half('to_user')} ORDER BY id DESC LIMIT ?`;
    const { userId, stockId, limit } = by;
    const rows = this.#rows(sql, userId, stockId, limit, userId, stockId, limit, limit);
    return rows as unknown as TransferRecord[];
  }

  deposits(by: { userId: number; stockId: number; limit: number }): DepositRecord[] {
    const sql = 'SELECT * FROM deposit WHERE user_id = ? AND stock_id = ? ORDER BY id DESC LIMIT ?';
    return this.#rows(sql, by.userId, by.stockId, by.limit) as unknown as DepositRecord[];
  }

  /**
   * The volume of 24 hours that end with the running minute: the window begins on a whole minute, so
   * that it can be summed from candles. The log's time never goes back, so candles before a market's
   * last one are final, and their sum is kept.
   */
  dayVolume(by: InMarket & { timeMicros: number }): DayVolume {
    const { stockId, unitId } = by;
    const minute = Math.floor(by.timeMicros / MINUTE_MICROS);
    const from = minute - DAY_MINUTES;
    const sql = `SELECT minute, quantity, count FROM candle
      WHERE stock_id = ? AND unit_id = ? AND minute <= ? ORDER BY minute DESC LIMIT 1`;
    const [last] = this.#rows(sql, stockId, unitId, minute);
    if (last === undefined || Number(last['minute']) <= from) return { quantity: 0n, count: 0 };
    const before = this.#finalVolume({ stockId, unitId, from, to: Number(last['minute']) });
    return addVolume(before, last);
  }

  /** The sum of the candles after minute `from` and before minute `to`. */
  #finalVolume(by: InMarket & { from: number; to: number }): DayVolume {
    const name = `${by.stockId}/${by.unitId}`;
    const kept = this.#volumes.get(name);
    if (kept?.from === by.from && kept.to === by.to) return kept;
    const sql = `SELECT quantity, count FROM candle
      WHERE stock_id = ? AND unit_id = ? AND minute > ? AND minute < ?`;
    const rows = this.#rows(sql, by.stockId, by.unitId, by.from, by.to);
    const volume = rows.reduce<DayVolume>(addVolume, { quantity: 0n, count: 0 });
    this.#volumes.set(name, { ...volume, from: by.from, to: by.to });
    return volume;
  }

  newestHead(_by: object): HeadRow | undefined {
    return this.#audit.newestHead();
  }

  heads(by: Parameters<AuditReader['heads']>[0]): HeadRow[] {
    return this.#audit.heads(by);
  }

  consistency(by: Parameters<AuditReader['consistency']>[0]): string[] {
    return this.#audit.consistency(by);
  }

  inclusion(by: Parameters<AuditReader['inclusion']>[0]): string[] {
    return this.#audit.inclusion(by);
  }

  publication(
    by: Parameters<AuditReader['publication']>[0],
  ): ReturnType<AuditReader['publication']> {
    return this.#audit.publication(by);
  }

  liability(by: Parameters<AuditReader['liability']>[0]): ReturnType<AuditReader['liability']> {
    return this.#audit.liability(by);
  }

  entries(by: Parameters<AuditReader['entries']>[0]): ReturnType<AuditReader['entries']> {
    return this.#audit.entries(by);
  }

  #rows(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values) as Record<string, unknown>[];
  }

  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  #statement(sql: string): ReturnType<DatabaseSync['prepare']> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function addVolume(volume: DayVolume, row: Record<string, unknown>): DayVolume {
  return {
    quantity: volume.quantity + readSum(String(row['quantity'])),
    count: volume.count + Number(row['count']),
  };
}

function toResult(row: Record<string, unknown>): StoredResult {
  return {
    userId: Number(row['user_id']),
    keyId: Number(row['key_id']),
    nonce: Number(row['nonce']),
    sequence: Number(row['sequence']),
    time: Number(row['time']),
    signature: toHex(row['signature'] as Uint8Array),
    messageHash: toHex(row['message_hash'] as Uint8Array),
    status: Number(row['http_status']),
    body: String(row['reply']),
  };
}

function toTrade(row: Record<string, unknown>): TradeRecord {
  return row as unknown as TradeRecord;
}

/** The reads that another thread may ask for, by name. */
export const HISTORY_READS = [
  'resultByNonce',
  'resultBySignature',
  'marketTrades',
  'userTrades',
  'internalTransfers',
  'deposits',
  'dayVolume',
  'newestHead',
  'heads',
  'consistency',
  'inclusion',
  'publication',
  'liability',
  'entries',
] as const;
export type HistoryRead = (typeof HISTORY_READS)[number];
