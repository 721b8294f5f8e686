// The rows of orders: what became of every placement and every cancel, those that the market refused and
// the voids too. Every change of an order is in here or among the trades:
//
//   place       one row; `filled` at once, `remaining` in the book
//   cancel      one row for each order that was cancelled or reduced; one if it was rejected
//   self_trade  one row for an order that a market's rule took away because it met its own user
//
// `quantity` is what was asked for in a placement or a cancel without effect, else what was taken off.

import {
  type CancelOrder,
  decodeCommand,
  type Event,
  formatAmount,
  type OrderCancelled,
  type PlaceOrder,
} from '@picostocks/protocol';
import type { Column } from './csv.ts';
import { type Applied, formatMicros, marketCode, type Row } from './export-row.ts';

export const ORDER_COLUMNS: readonly Column[] = [
  { name: 'sequence', kind: 'number' },
  { name: 'time', kind: 'time' },
  { name: 'user_id', kind: 'number' },
  { name: 'nonce', kind: 'number' },
  { name: 'action', kind: 'word' },
  { name: 'side', kind: 'word' },
  { name: 'market', kind: 'word' },
  { name: 'stock_id', kind: 'number' },
  { name: 'unit_id', kind: 'number' },
  { name: 'price', kind: 'amount' },
  { name: 'quantity', kind: 'amount' },
  { name: 'outcome', kind: 'word' },
  { name: 'reason', kind: 'word' },
  { name: 'order_id', kind: 'number' },
  { name: 'filled', kind: 'amount' },
  { name: 'remaining', kind: 'amount' },
];

type OrderCommand = PlaceOrder | CancelOrder;

export function* orderRows(applied: Applied): Generator<Row> {
  const { entry, events } = applied;
  const command = decodeCommand(entry.kind, entry.message);
  if (command.type !== 'place_order' && command.type !== 'cancel_order') return;
  const refusal = events.find(isRefusal);
  if (refusal !== undefined) yield refusedRow(applied, { command, refusal });
  else if (command.type === 'place_order') yield placedRow(applied, command);
  for (const event of events) {
    if (event.kind === 'order_cancelled') yield cancelledRow(applied, { command, event });
  }
}

type Refusal = Extract<Event, { kind: 'command_rejected' | 'command_void' }>;

function isRefusal(event: Event): event is Refusal {
  return event.kind === 'command_rejected' || event.kind === 'command_void';
}

function refusedRow(
  applied: Applied,
  { command, refusal }: { readonly command: OrderCommand; readonly refusal: Refusal },
): Row {
  const outcome = refusal.kind === 'command_void' ? 'void' : 'rejected';
  const asked = rowStart(applied, { command, action: actionOf(command), order: command });
  return [...asked, formatAmount(command.quantity), outcome, refusal.reason];
}

function placedRow(applied: Applied, command: PlaceOrder): Row {
  let orderId: number | undefined;
  let filled = 0n;
  let remaining = 0n;
  for (const event of applied.events) {
    if (event.kind === 'order_placed') orderId = event.orderId;
    else if (event.kind === 'order_filled') filled += event.quantity;
    else if (event.kind === 'order_rested') remaining = event.remaining;
  }
  const asked = rowStart(applied, { command, action: 'place', order: command });
  const became = [orderId, formatAmount(filled), formatAmount(remaining)];
  return [...asked, formatAmount(command.quantity), 'applied', undefined, ...became];
}

function cancelledRow(
  applied: Applied,
  { command, event }: { readonly command: OrderCommand; readonly event: OrderCancelled },
): Row {
  const action = event.reason === 'self_trade' ? 'self_trade' : 'cancel';
  const taken = rowStart(applied, { command, action, order: event });
  const left = [event.orderId, undefined, formatAmount(event.remaining)];
  return [...taken, formatAmount(event.quantity), 'applied', undefined, ...left];
}

/** What all rows begin with, as far as the price. */
function rowStart(
  { entry, state }: Applied,
  {
    command,
    action,
    order,
  }: {
    readonly command: OrderCommand;
    readonly action: string;
    readonly order: Pick<OrderCommand, 'userId' | 'side' | 'stockId' | 'unitId' | 'price'>;
  },
): Row {
  const { userId, side, stockId, unitId, price } = order;
  return [
    entry.sequence,
    formatMicros(entry.time),
    userId,
    command.nonce,
    action,
    side,
    marketCode(state, order),
    stockId,
    unitId,
    formatAmount(price),
  ];
}

function actionOf({ type }: OrderCommand): string {
  return type === 'place_order' ? 'place' : 'cancel';
}
