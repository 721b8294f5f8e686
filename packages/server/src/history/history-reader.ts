// Reads of the history: all that another thread may ask for. Each has a limit.

import type { DatabaseSync } from 'node:sqlite';
import { bytesEqual, toHex } from '@picostocks/protocol';
import type { LiabilityFolder } from '../liabilities/liability-folder.ts';
import type { Log } from '../log/log.ts';
import { AuditReader } from './audit-reader.ts';
import { CandleReader } from './candle-reader.ts';
import { openHistoryReader, RESULTS_BY_SIGNATURE, signatureStart } from './history-schema.ts';
import { MoneyReader } from './money-reader.ts';
import { Rows } from './page.ts';
import { TradeReader } from './trade-reader.ts';

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

/** The reads, by name: a node asks for one by its name, and its question and answer cross threads. */
function makeReads(database: DatabaseSync, audit: AuditReader) {
  const rows = new Rows(database);
  const trades = new TradeReader(rows);
  const money = new MoneyReader(rows);
  const candles = new CandleReader(rows);
  return {
    resultByNonce: (by: { userId: number; keyId: number; nonce: number }) => {
      const sql = 'SELECT * FROM result WHERE user_id = ? AND key_id = ? AND nonce = ?';
      return rows.all(sql, by.userId, by.keyId, by.nonce).map(toResult)[0];
    },
    resultBySignature: (by: { signature: Uint8Array }) => {
      return rows
        .all(RESULTS_BY_SIGNATURE, signatureStart(by.signature))
        .filter((row) => bytesEqual(row['signature'] as Uint8Array, by.signature))
        .map(toResult)[0];
    },
    ...methods(trades, [
      'marketTrades',
      'allMarketTrades',
      'userTrades',
      'ownTrades',
      'closedOrders',
      'closedOrder',
      'closedOrderByName',
    ]),
    ...methods(money, [
      'internalTransfers',
      'deposits',
      'withdrawals',
      'depositsByStatus',
      'withdrawalsByStatus',
      'deposit',
      'withdrawal',
      'acts',
    ]),
    ...methods(candles, ['candles', 'daySummary']),
    newestHead: (_by: object) => audit.newestHead(),
    ...methods(audit, ['heads', 'consistency', 'inclusion', 'publication', 'liability', 'entries']),
  };
}

/** Some methods of an object as functions. */
function methods<T extends object, K extends keyof T>(object: T, names: readonly K[]): Pick<T, K> {
  const picked: Partial<Pick<T, K>> = {};
  for (const name of names) {
    const method = object[name];
    if (typeof method === 'function') picked[name] = method.bind(object);
  }
  return picked as Pick<T, K>;
}

type Reads = ReturnType<typeof makeReads>;
/** The reads that another thread may ask for, by name. */
export type HistoryRead = keyof Reads;
export type HistoryBy<R extends HistoryRead> = Parameters<Reads[R]>[0];
export type HistoryFound<R extends HistoryRead> = ReturnType<Reads[R]>;

export class HistoryReader {
  readonly #database: DatabaseSync;
  readonly #audit: AuditReader;
  readonly #reads: Reads;

  /** Without a log, a reader of its own, it has no entries to show, and so with liabilities. */
  constructor(path: string, log?: Log, liabilities?: LiabilityFolder) {
    this.#database = openHistoryReader(path);
    this.#audit = new AuditReader(this.#database, { log, liabilities });
    this.#reads = makeReads(this.#database, this.#audit);
  }

  close(): void {
    this.#audit.close();
    this.#database.close();
  }

  read<R extends HistoryRead>(name: R, by: HistoryBy<R>): HistoryFound<R> {
    const read = this.#reads[name] as ((by: HistoryBy<R>) => HistoryFound<R>) | undefined;
    if (read === undefined) throw new Error(`no read of the history is called ${name}`);
    return read(by);
  }
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
