// The rows of orders: what became of every placement, amend and cancel, those that the market refused and
// the voids too, each operation of a batch by itself. Every change of an order is in here or among the
// trades:
//
//   place, amend   one row; `filled` at once, `remaining` in the book
//   cancel         one row for each order that was cancelled or reduced; one if it was rejected
//   self_trade, too_many, unfilled, expired, cancel_after, frozen
//                  one row for an order that was taken off for that reason; time's own have no nonce
//
// `quantity` is what was asked for in a placement, an amend or a cancel without effect, else what was
// taken off.

import {
  decodeCommand,
  type Event,
  formatAmount,
  OPERATION_PARAMS,
  type Operation,
  type OrderCancelled,
  type SignedCommand,
} from '@picostocks/protocol';
import type { Cell, Column } from './csv.ts';
import { type Applied, formatMicros, marketCode, type Row } from './export-row.ts';
import { ownEvents } from './own-events.ts';

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
  { name: 'key_id', kind: 'number' },
  { name: 'type', kind: 'word' },
  { name: 'time_in_force', kind: 'word' },
  { name: 'client_order_id', kind: 'text' },
];

/** A row by the names of its columns; what is not said is empty. */
type Cells = Partial<Record<(typeof ORDER_COLUMNS)[number]['name'], Cell>>;

export function* orderRows(applied: Applied): Generator<Row> {
  const { entry, events } = applied;
  const own = ownEvents(events);
  const byTime = events.slice(0, events.length - own.length);
  for (const event of byTime.filter(isCut)) yield row(applied, cutCells(applied, event));
  const command = decodeCommand(entry.kind, entry.message);
  if (command.type === 'undecodable' || command.type === 'register') return;
  for (const group of groupsOf(command, own)) yield* groupRows(applied, command, group);
}

interface Group {
  readonly operation: Operation;
  readonly events: readonly Event[];
  /** Why it did nothing. */
  readonly refusal: { readonly outcome: 'rejected' | 'void'; readonly reason: string } | undefined;
}

/** The operations of a command with what each did. */
function groupsOf(command: SignedCommand, events: readonly Event[]): Group[] {
  const [first] = events;
  const refusal =
    first?.kind === 'command_rejected' || first?.kind === 'command_void'
      ? { outcome: outcomeOf(first.kind), reason: first.reason }
      : undefined;
  if (command.type !== 'batch') {
    return isOperation(command) ? [{ operation: command, events, refusal }] : [];
  }
  const { operations } = command.params;
  if (refusal !== undefined) {
    return operations.map((operation) => ({ operation, events: [], refusal }));
  }
  const groups: Group[] = [];
  let begin = 0;
  for (const [index, event] of events.entries()) {
    if (event.kind !== 'operation_ended') continue;
    const operation = operations[event.index];
    if (operation === undefined) throw new Error('an operation that ended is one of the batch');
    const { rejection } = event;
    groups.push({
      operation,
      events: events.slice(begin, index),
      refusal: rejection && { outcome: 'rejected', reason: rejection },
    });
    begin = index + 1;
  }
  return groups;
}

function isOperation(command: SignedCommand): command is SignedCommand & Operation {
  return command.type in OPERATION_PARAMS;
}

function outcomeOf(kind: 'command_rejected' | 'command_void'): 'rejected' | 'void' {
  return kind === 'command_void' ? 'void' : 'rejected';
}

function* groupRows(applied: Applied, command: SignedCommand, group: Group): Generator<Row> {
  const { operation, events, refusal } = group;
  const { userId, nonce, keyId } = command;
  const signer = { user_id: userId, nonce, key_id: keyId };
  if (refusal !== undefined) {
    yield row(applied, { ...signer, ...askedCells(applied, operation), ...refusal });
    return;
  }
  const isBegin = operation.type === 'place_order' || operation.type === 'amend_order';
  if (isBegin) yield row(applied, { ...signer, ...begunCells(applied, group) });
  for (const event of events.filter(isCut)) {
    yield row(applied, { ...cutCells(applied, event), nonce, key_id: keyId });
  }
}

/** What an operation asked for, as far as it says. */
function askedCells({ state }: Applied, { type, params }: Operation): Cells {
  const amount = (value: bigint | undefined) =>
    value === undefined ? undefined : formatAmount(value);
  const market =
    'unitId' in params && params.unitId !== undefined && params.stockId !== undefined
      ? { stockId: params.stockId, unitId: params.unitId }
      : undefined;
  return {
    action: actionOf(type),
    side: 'side' in params ? params.side : undefined,
    market: market && marketCode(state, market),
    stock_id: market?.stockId,
    unit_id: market?.unitId,
    price: amount('price' in params ? params.price : undefined),
    quantity: amount('quantity' in params ? params.quantity : undefined),
    order_id: 'orderId' in params ? params.orderId : undefined,
    client_order_id: 'clientOrderId' in params ? params.clientOrderId : undefined,
  };
}

function actionOf(type: Operation['type']): string {
  if (type === 'place_order') return 'place';
  return type === 'amend_order' ? 'amend' : 'cancel';
}

/** A placement or an amend that was applied, as the events tell it. */
function begunCells(applied: Applied, { operation, events }: Group): Cells {
  let begun: Cells = {};
  let filled = 0n;
  let remaining = 0n;
  for (const event of events) {
    if (event.kind === 'order_placed' || event.kind === 'order_amended') {
      begun = { ...orderCells(applied, event), quantity: formatAmount(event.quantity) };
      if (event.kind === 'order_amended' && event.keepsPlace) remaining = event.remaining;
      if (event.kind === 'order_placed') {
        begun['type'] = event.type;
        begun['time_in_force'] = event.timeInForce;
        begun['client_order_id'] = event.clientOrderId;
      }
    } else if (event.kind === 'order_filled') filled += event.quantity;
    else if (event.kind === 'order_rested') remaining = event.remaining;
  }
  return {
    ...begun,
    action: actionOf(operation.type),
    outcome: 'applied',
    filled: formatAmount(filled),
    remaining: formatAmount(remaining),
  };
}

function isCut(event: Event): event is OrderCancelled {
  return event.kind === 'order_cancelled';
}

function cutCells(applied: Applied, event: OrderCancelled): Cells {
  return {
    ...orderCells(applied, event),
    user_id: event.userId,
    action: event.reason === 'user' ? 'cancel' : event.reason,
    quantity: formatAmount(event.quantity),
    outcome: 'applied',
    remaining: formatAmount(event.remaining),
  };
}

function orderCells(
  { state }: Applied,
  event: Pick<OrderCancelled, 'orderId' | 'side' | 'stockId' | 'unitId' | 'price'>,
): Cells {
  return {
    order_id: event.orderId,
    side: event.side,
    market: marketCode(state, event),
    stock_id: event.stockId,
    unit_id: event.unitId,
    price: formatAmount(event.price),
  };
}

function row({ entry }: Applied, cells: Cells): Row {
  const all: Cells = { ...cells, sequence: entry.sequence, time: formatMicros(entry.time) };
  return ORDER_COLUMNS.map(({ name }) => all[name]);
}
