// Writes the history, in the order of the log and each entry once: the `applied` row moves in the same
// transaction as the rows, and only if it still is where this writer left it, so a second historian on
// the same file is harmless.

import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type Amount,
  type DepositCredited,
  decodeCommand,
  ENTRY_KINDS,
  type Entry,
  type Event,
  formatAmount,
  type OrderFilled,
  type Sequence,
  type Transferred,
} from '@picostocks/protocol';
import { ExchangeError } from '../exchange-error.ts';
import { replyTo } from '../reply.ts';
import { HeadTable } from './head-table.ts';
import { MINUTE_MICROS, openHistoryWriter, readSum, signatureStart } from './history-schema.ts';
import { TileTree } from './tile-tree.ts';
import { hashLeaf } from './tree-hash.ts';

/** Kept in memory, so that a busy minute is not read back for every trade. */
const CANDLES_MAX = 1_000;

interface Candle {
  open: Amount;
  high: Amount;
  low: Amount;
  close: Amount;
  quantity: Amount;
  value: Amount;
  count: number;
}

interface CandleKey {
  readonly stockId: number;
  readonly unitId: number;
  readonly minute: number;
}

interface KeptCandle {
  readonly key: CandleKey;
  readonly candle: Candle;
  isChanged: boolean;
}

export class HistoryWriter {
  /** Over the entries that are written. */
  get tree(): TileTree {
    return this.#tree;
  }
  readonly heads: HeadTable;
  #tree: TileTree;
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareAll>;
  /** Candles changed in the open transaction, or read lately. */
  readonly #candles = new Map<string, KeptCandle>();
  #applied: { sequence: Sequence; hash: Uint8Array };
  #last: { sequence: Sequence; hash: Uint8Array };

  constructor(path: string) {
    this.#database = openHistoryWriter(path);
    this.#statements = prepareAll(this.#database);
    const row = this.#database.prepare('SELECT sequence, hash FROM applied').get();
    this.#applied = row as unknown as { sequence: Sequence; hash: Uint8Array };
    this.#last = this.#applied;
    this.heads = new HeadTable(this.#database);
    this.#tree = new TileTree(this.#database);
    this.#refuseOtherTree(path);
  }

  /** How far the history has come, durably enough to be refilled from the log. */
  get applied(): { readonly sequence: Sequence; readonly hash: Uint8Array } {
    return this.#applied;
  }

  begin(): void {
    this.#database.exec('BEGIN IMMEDIATE');
  }

  /** Writes what an entry did; entries that the history has are passed over. */
  write(entry: Entry, events: readonly Event[]): void {
    if (entry.sequence <= this.#last.sequence) return;
    this.#writeResult(entry, events);
    for (const event of events) {
      if (event.kind === 'order_filled') this.#writeTrade(entry, event);
      else if (event.kind === 'deposit_credited') this.#writeDeposit(entry, event);
      else if (event.kind === 'transferred') this.#writeTransfer(entry, event);
    }
    this.tree.append(hashLeaf(entry));
    this.#last = { sequence: entry.sequence, hash: entry.hash };
  }

  commit(): void {
    this.#writeCandles();
    this.tree.flush();
    const { sequence, hash } = this.#last;
    const moved = this.#statements.applied.run(
      sequence,
      hash,
      this.#applied.sequence,
      this.#applied.hash,
    );
    if (moved.changes !== 1) {
      throw new ExchangeError({
        code: 'history_foreign',
        message: 'another historian has written this history',
      });
    }
    this.#database.exec('COMMIT');
    this.#applied = this.#last;
  }

  /** After a failure: everything is as it was after the last commit. */
  rollBack(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#candles.clear();
    this.#last = this.#applied;
    this.#tree = new TileTree(this.#database);
  }

  close(): void {
    this.#database.close();
  }

  /** They are written in the same transactions, so only a damaged file can tell them apart. */
  #refuseOtherTree(path: string): void {
    if (this.tree.size === this.#applied.sequence) return;
    throw new ExchangeError({
      code: 'history_foreign',
      message: `${path} has ${this.#applied.sequence} entries and a tree of ${this.tree.size}: delete it and it is made again from the log`,
    });
  }

  #writeResult(entry: Entry, events: readonly Event[]): void {
    if (entry.kind === ENTRY_KINDS.genesis || entry.kind === ENTRY_KINDS.tick) return;
    const command = decodeCommand(entry.kind, entry.message);
    if (command.type === 'undecodable' || command.type === 'register') return;
    const reply = replyTo({ entry, command, events });
    if (reply === undefined) return;
    this.#statements.result.run(
      entry.sequence,
      entry.time,
      command.userId,
      command.keyId,
      command.nonce,
      entry.signature,
      signatureStart(entry.signature),
      createHash('sha256').update(entry.message).digest(),
      reply.status,
      reply.body,
    );
  }

  #writeTrade({ sequence, time }: Entry, trade: OrderFilled): void {
    const { stockId, unitId, price, quantity, cost } = trade;
    this.#statements.trade.run(
      trade.tradeId,
      sequence,
      time,
      stockId,
      unitId,
      trade.aggressor,
      formatAmount(price),
      formatAmount(quantity),
      formatAmount(cost),
      trade.bidUserId,
      trade.askUserId,
      trade.bidOrderId,
      trade.askOrderId,
      formatAmount(trade.bidFee),
      formatAmount(trade.askFee),
    );
    const minute = Math.floor(time / MINUTE_MICROS);
    const kept = this.#candleAt({ stockId, unitId, minute }, price);
    const { candle } = kept;
    candle.high = price > candle.high ? price : candle.high;
    candle.low = price < candle.low ? price : candle.low;
    candle.close = price;
    candle.quantity += quantity;
    candle.value += cost;
    candle.count += 1;
    kept.isChanged = true;
  }

  /** The candle of a minute: kept, or read back, or new with this first price. */
  #candleAt(key: CandleKey, price: Amount): KeptCandle {
    const name = `${key.stockId}/${key.unitId}/${key.minute}`;
    const known = this.#candles.get(name);
    if (known !== undefined) return known;
    const row = this.#statements.readCandle.get(key.stockId, key.unitId, key.minute);
    const candle = row === undefined ? newCandle(price) : storedCandle(row);
    const kept: KeptCandle = { key, candle, isChanged: false };
    this.#candles.set(name, kept);
    return kept;
  }

  #writeCandles(): void {
    for (const kept of this.#candles.values()) {
      if (!kept.isChanged) continue;
      const { key, candle } = kept;
      this.#statements.candle.run(
        key.stockId,
        key.unitId,
        key.minute,
        formatAmount(candle.open),
        formatAmount(candle.high),
        formatAmount(candle.low),
        formatAmount(candle.close),
        formatAmount(candle.quantity),
        formatAmount(candle.value),
        candle.count,
      );
      kept.isChanged = false;
    }
    if (this.#candles.size > CANDLES_MAX) this.#candles.clear();
  }

  #writeDeposit({ sequence, time }: Entry, deposit: DepositCredited): void {
    const { depositId, userId, stockId, quantity, txid, output, memo } = deposit;
    const amount = formatAmount(quantity);
    this.#statements.deposit.run(
      depositId,
      sequence,
      time,
      userId,
      stockId,
      amount,
      'done',
      txid,
      output,
      memo,
    );
  }

  #writeTransfer({ sequence, time }: Entry, transfer: Transferred): void {
    const { transferId, fromUserId, toUserId, stockId, quantity, memo } = transfer;
    const amount = formatAmount(quantity);
    this.#statements.transfer.run(
      transferId,
      sequence,
      time,
      stockId,
      fromUserId,
      toUserId,
      amount,
      memo,
    );
  }
}

function newCandle(price: Amount): Candle {
  return { open: price, high: price, low: price, close: price, quantity: 0n, value: 0n, count: 0 };
}

function storedCandle(row: Record<string, unknown>): Candle {
  const amount = (name: string): Amount => readSum(String(row[name]));
  return {
    open: amount('open'),
    high: amount('high'),
    low: amount('low'),
    close: amount('close'),
    quantity: amount('quantity'),
    value: amount('value'),
    count: Number(row['count']),
  };
}

function prepareAll(database: DatabaseSync) {
  const insert = (table: string, columns: number): StatementSync =>
    database.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`);
  return {
    applied: database.prepare(
      'UPDATE applied SET sequence = ?, hash = ? WHERE sequence = ? AND hash = ?',
    ),
    result: insert('result', 10),
    trade: insert('trade', 15),
    deposit: insert('deposit', 10),
    transfer: insert('transfer', 8),
    readCandle: database.prepare(
      'SELECT * FROM candle WHERE stock_id = ? AND unit_id = ? AND minute = ?',
    ),
    candle: database.prepare(
      `INSERT OR REPLACE INTO candle VALUES (${Array(10).fill('?').join(', ')})`,
    ),
  };
}
