// The history, once it has caught up, must be what the log says and nothing else: every result with its
// answer, every trade, deposit and transfer, once, and the candles that follow from the trades.

import { DatabaseSync } from 'node:sqlite';
import { decodeCommand, type Event, formatAmount, parseAmount, toHex } from '@picostocks/protocol';
import { MINUTE_MICROS } from '../../packages/server/src/history/history-schema.ts';
import { unpackOrder, unpackTrade } from '../../packages/server/src/history/packed-rows.ts';
import type { Auditor } from './auditor.ts';

type Row = Readonly<Record<string, unknown>>;

/** A name for each kind of row, and what stands in it, as one text. */
type Facts = ReadonlyMap<string, readonly string[]>;

const DEPOSIT =
  'id time time_changed user_id stock_id quantity status address memo txid output reason';
const WITHDRAWAL =
  'id time time_changed user_id stock_id quantity status address memo txid fee claimed_by reason';

/** The text of a row: the named columns. */
function pick(names: string): (row: object) => string {
  return (row) => {
    const values = new Map<string, unknown>(Object.entries(row));
    return names
      .split(' ')
      .map((name) => {
        const value = values.get(name);
        return value instanceof Uint8Array ? toHex(value) : `${value}`;
      })
      .join(' ');
  };
}

export function auditHistory(auditor: Auditor, path: string): void {
  const expected = factsOfLog(auditor);
  const database = new DatabaseSync(path, { readOnly: true });
  const found = factsOfHistory(database);
  database.close();
  for (const [name, facts] of expected) {
    const rows = found.get(name) ?? [];
    const at = facts.findIndex((fact, index) => fact !== rows[index]);
    if (at === -1 && facts.length === rows.length) continue;
    const index = at === -1 ? facts.length : at;
    const what = `${name} ${index} is ${rows[index] ?? 'missing'}, not ${facts[index] ?? 'there'}`;
    auditor.report('history_differs', what);
  }
}

function factsOfLog({ reference }: Auditor): Facts {
  const facts = { result: [], trade: [], closed_order: [], transfer: [] } as Record<
    string,
    string[]
  >;
  const candles = new Map<string, { quantity: bigint; value: bigint; count: number }>();
  for (let sequence = 1; sequence <= reference.count; sequence += 1) {
    const known = reference.at(sequence);
    if (known === undefined) continue;
    const { entry, events } = known;
    const command = decodeCommand(entry.kind, entry.message);
    const reply = reference.replyAt(sequence);
    if (reply !== undefined && 'nonce' in command) {
      const owner = [command.userId, command.keyId, command.nonce];
      const signature = toHex(entry.signature);
      facts['result']?.push([sequence, ...owner, signature, reply.status, reply.body].join(' '));
    }
    for (const event of events) {
      noteEvent(facts, event, sequence);
      if (event.kind !== 'order_filled') continue;
      const minute = Math.floor(entry.time / MINUTE_MICROS);
      const name = `${event.stockId} ${event.unitId} ${minute}`;
      const candle = candles.get(name) ?? { quantity: 0n, value: 0n, count: 0 };
      candle.quantity += event.quantity;
      candle.value += event.cost;
      candle.count += 1;
      candles.set(name, candle);
    }
  }
  const candleFacts = [...candles].map(
    ([name, { quantity, value, count }]) => `${name} ${quantity} ${value} ${count}`,
  );
  // They close in another order than they were placed.
  facts['closed_order']?.sort(
    (left, right) => Number.parseInt(left, 10) - Number.parseInt(right, 10),
  );
  const { deposits, withdrawals } = reference.money;
  return new Map([
    ...Object.entries(facts),
    ['deposit', [...deposits.values()].map(pick(DEPOSIT))],
    ['withdrawal', [...withdrawals.values()].map(pick(WITHDRAWAL))],
    ['candle', candleFacts.sort()],
  ]);
}

function noteEvent(facts: Record<string, string[]>, event: Event, sequence: number): void {
  if (event.kind === 'order_filled') {
    const amounts = [event.price, event.quantity, event.cost, event.bidFee, event.askFee];
    const who = [event.bidUserId, event.askUserId, event.bidOrderId, event.askOrderId];
    const fact = [event.tradeId, sequence, ...amounts.map(formatAmount), ...who, event.aggressor];
    facts['trade']?.push(fact.join(' '));
  } else if (event.kind === 'order_closed') {
    const { orderId, userId, stockId, unitId, clientOrderId, side, status, reason } = event;
    const what = [orderId, userId, stockId, unitId, clientOrderId ?? null, side];
    const amounts = [event.price, event.quantity, event.filled, event.value, event.fee];
    const fact = [...what, ...amounts.map(formatAmount), status, reason ?? null].map(String);
    facts['closed_order']?.push(fact.join(' '));
  } else if (event.kind === 'corrected') {
    const { transferId, userId, stockId, direction, quantity } = event;
    const who = direction === 'credit' ? [0, userId, stockId] : [userId, 0, stockId];
    facts['transfer']?.push([transferId, sequence, ...who, formatAmount(quantity)].join(' '));
  } else if (event.kind === 'transferred') {
    const { transferId, fromUserId, toUserId, stockId, quantity } = event;
    const who = [fromUserId, toUserId, stockId];
    facts['transfer']?.push([transferId, sequence, ...who, formatAmount(quantity)].join(' '));
  }
}

function factsOfHistory(database: DatabaseSync): Facts {
  const rows = (table: string, order: string): Row[] =>
    database.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).all() as Row[];
  const candle = (row: Row): string => {
    const atoms = (name: string) => parseAmount(String(row[name]));
    const name = `${row['stock_id']} ${row['unit_id']} ${row['start']}`;
    return `${name} ${atoms('quantity')} ${atoms('value')} ${row['count']}`;
  };
  const isMinute = (row: Row): boolean => row['minutes'] === 1;
  const result = 'sequence user_id key_id nonce signature http_status reply';
  const trade =
    'id sequence price quantity cost bid_fee ask_fee bid_user ask_user bid_order ask_order aggressor';
  const closedOrder =
    'id user_id stock_id unit_id client_order_id side price quantity filled value fee status reason';
  return new Map([
    ['result', rows('result', 'sequence').map(pick(result))],
    ['trade', rows('trade', 'id').map(unpackTrade).map(pick(trade))],
    ['closed_order', rows('closed_order', 'id').map(unpackOrder).map(pick(closedOrder))],
    ['deposit', rows('deposit', 'id').map(pick(DEPOSIT))],
    ['withdrawal', rows('withdrawal', 'id').map(pick(WITHDRAWAL))],
    [
      'transfer',
      rows('transfer', 'id').map(pick('id sequence from_user to_user stock_id quantity')),
    ],
    ['candle', rows('candle', 'stock_id').filter(isMinute).map(candle).sort()],
  ]);
}
