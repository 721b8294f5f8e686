// Which events become which rows of the history.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type Corrected,
  type DepositChanged,
  type Entry,
  type Event,
  formatAmount,
  type OrderClosed,
  type OrderFilled,
  type Transferred,
  type WithdrawalChanged,
} from '@picostocks/protocol';
import { CandleWriter } from './candle.ts';
import { packOrder, packTrade } from './packed-rows.ts';

export class EventTables {
  readonly #statements: ReturnType<typeof prepareAll>;
  readonly #candles: CandleWriter;

  constructor(database: DatabaseSync) {
    this.#statements = prepareAll(database);
    this.#candles = new CandleWriter(database);
  }

  write(entry: Entry, event: Event): void {
    switch (event.kind) {
      case 'order_filled':
        this.#writeTrade(entry, event);
        this.#candles.add(event, entry.time);
        break;
      case 'order_closed':
        this.#writeClosedOrder(entry, event);
        break;
      case 'deposit_changed':
        this.#writeDeposit(entry, event);
        break;
      case 'withdrawal_changed':
        this.#writeWithdrawal(entry, event);
        break;
      case 'transferred':
        this.#writeTransfer(entry, event);
        break;
      case 'corrected':
        this.#writeCorrection(entry, event);
        break;
      default:
        break;
    }
  }

  /** To be called before the transaction ends. */
  flush(): void {
    this.#candles.flush();
  }

  /** Forgets what was not flushed, after the transaction was rolled back. */
  clear(): void {
    this.#candles.clear();
  }

  #writeTrade({ sequence, time }: Entry, trade: OrderFilled): void {
    const { tradeId, stockId, unitId, aggressor } = trade;
    const { bidUserId, askUserId, bidOrderId, askOrderId } = trade;
    const { trade: row, tradeOfUsers, tradeOfOrders } = this.#statements;
    row.run(
      tradeId,
      sequence,
      time,
      stockId,
      unitId,
      aggressor,
      bidUserId,
      askUserId,
      bidOrderId,
      askOrderId,
      packTrade(trade),
    );
    tradeOfUsers.run(bidUserId, askUserId, stockId, unitId, tradeId);
    tradeOfOrders.run(bidOrderId, askOrderId, tradeId);
  }

  #writeClosedOrder({ time }: Entry, order: OrderClosed): void {
    this.#statements.closedOrder.run(
      order.orderId,
      order.timePlaced,
      order.userId,
      order.stockId,
      order.unitId,
      order.clientOrderId ?? null,
      packOrder(order, time),
    );
  }

  #writeDeposit({ time }: Entry, deposit: DepositChanged): void {
    this.#statements.deposit.run(
      deposit.depositId,
      deposit.timeCreated,
      time,
      deposit.userId,
      deposit.stockId,
      formatAmount(deposit.quantity),
      deposit.status,
      deposit.address,
      deposit.memo,
      deposit.txid,
      deposit.output,
      deposit.reason,
    );
  }

  #writeWithdrawal({ time }: Entry, withdrawal: WithdrawalChanged): void {
    this.#statements.withdrawal.run(
      withdrawal.withdrawalId,
      withdrawal.timeCreated,
      time,
      withdrawal.userId,
      withdrawal.stockId,
      formatAmount(withdrawal.quantity),
      withdrawal.status,
      withdrawal.address,
      withdrawal.memo,
      withdrawal.txid,
      formatAmount(withdrawal.fee),
      withdrawal.claimedBy ?? null,
      withdrawal.reason,
    );
  }

  #writeTransfer({ sequence, time }: Entry, transfer: Transferred): void {
    const { transferId, fromUserId, toUserId, stockId, quantity, memo } = transfer;
    const amount = formatAmount(quantity);
    const users = [fromUserId, toUserId];
    this.#statements.transfer.run(
      transferId,
      sequence,
      time,
      stockId,
      ...users,
      amount,
      memo,
      null,
    );
  }

  /** A line of a correction is money from or to the outside world, whoever's the other line is. */
  #writeCorrection({ sequence, time }: Entry, line: Corrected): void {
    const { transferId, userId, stockId, direction, quantity, reason, corrects } = line;
    const amount = formatAmount(quantity);
    const users = direction === 'credit' ? [0, userId] : [userId, 0];
    this.#statements.transfer.run(
      transferId,
      sequence,
      time,
      stockId,
      ...users,
      amount,
      reason,
      corrects,
    );
  }
}

function prepareAll(database: DatabaseSync) {
  const into = (verb: string, table: string, columns: number): StatementSync =>
    database.prepare(`${verb} INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`);
  return {
    trade: into('INSERT', 'trade', 11),
    // FAIL, not ABORT: so that a statement need not save the pages it changes. Who fails rolls back all.
    tradeOfUsers: database.prepare(
      "INSERT OR FAIL INTO trade_of_user VALUES (?1, ?3, ?4, 'bid', ?5), (?2, ?3, ?4, 'ask', ?5)",
    ),
    tradeOfOrders: database.prepare('INSERT OR FAIL INTO trade_of_order VALUES (?1, ?3), (?2, ?3)'),
    closedOrder: into('INSERT', 'closed_order', 7),
    transfer: into('INSERT', 'transfer', 9),
    deposit: into('INSERT OR REPLACE', 'deposit', 12),
    withdrawal: into('INSERT OR REPLACE', 'withdrawal', 13),
  };
}
