// The answer to an envelope is written as text. Property: it is what objects made of the same events are in
// JSON, byte for byte, for orders, cancels and batches of random entries.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import { NaiveEngine, RandomEntries } from '@picostocks/engine/testing';
import {
  type CancelResult,
  decodeCommand,
  type EnvelopeCommand,
  type Event,
  formatAmount,
  HASH_BYTES,
  type Operation,
  type OperationRejected,
  ORDERS_PER_BATCH_MAX,
  ORDERS_PER_COMMAND_MAX,
  type OrderResult,
  REJECTIONS,
} from '@picostocks/protocol';
import { commandResult, fillRow, fillsOf, openStatus } from '../src/command-result.ts';
import { ownEvents } from '../src/own-events.ts';
import { replyTo } from '../src/reply.ts';
import { seedText } from './kit.ts';

const ENTRIES = 12_000;

function sum(amounts: readonly { readonly quantity: bigint }[]): bigint {
  return amounts.reduce((total, { quantity }) => total + quantity, 0n);
}

function orderResult(asked: string | undefined, events: readonly Event[]): OrderResult {
  const begun = events.find(({ kind }) => kind === 'order_placed' || kind === 'order_amended');
  assert(begun?.kind === 'order_placed' || begun?.kind === 'order_amended');
  const { orderId, side, quantity, price } = begun;
  const first = begun.kind === 'order_amended' ? begun.remaining : quantity;
  const fills = fillsOf(events, { orderId, side });
  const cuts = events
    .filter((event) => event.kind === 'order_cancelled')
    .filter((cut) => cut.orderId === orderId);
  const end = events
    .filter((event) => event.kind === 'order_closed')
    .find((closed) => closed.orderId === orderId);
  const filled = quantity - first + sum(fills);
  return {
    order_id: orderId,
    client_order_id: asked ?? end?.clientOrderId ?? null,
    status: end?.status ?? openStatus(filled),
    quantity: formatAmount(quantity),
    price: formatAmount(price),
    filled: formatAmount(filled),
    remaining: formatAmount(first - sum(fills) - sum(cuts)),
    cancelled: formatAmount(sum(cuts)),
    reason: cuts[0]?.reason ?? null,
    trades: fills.map((fill) => fillRow(fill, side)),
  };
}

function cancelResult(events: readonly Event[]): CancelResult {
  const closed = events.filter((event) => event.kind === 'order_closed');
  const names = new Map(closed.map(({ orderId, clientOrderId }) => [orderId, clientOrderId]));
  const cuts = events.filter((event) => event.kind === 'order_cancelled');
  return {
    orders: cuts.map(({ orderId, quantity, remaining }) => ({
      order_id: orderId,
      client_order_id: names.get(orderId) ?? null,
      quantity: formatAmount(quantity),
      remaining: formatAmount(remaining),
    })),
  };
}

function operationResult(
  { type, params }: Operation,
  events: readonly Event[],
  most: number,
): OrderResult | CancelResult {
  if (type === 'place_order' || type === 'amend_order') {
    return orderResult(params.clientOrderId, events);
  }
  const result = cancelResult(events);
  return type === 'cancel_orders' ? { ...result, more: result.orders.length >= most } : result;
}

function batchResult(asked: readonly Operation[], events: readonly Event[]): object {
  const operations: (OrderResult | CancelResult | OperationRejected)[] = [];
  let rest = events;
  let left = ORDERS_PER_BATCH_MAX;
  for (const operation of asked) {
    const at = rest.findIndex(({ kind }) => kind === 'operation_ended');
    const ended = rest[at];
    assert(ended?.kind === 'operation_ended');
    const own = rest.slice(0, at);
    const code = ended.rejection;
    operations.push(
      code === undefined
        ? operationResult(operation, own, Math.min(left, ORDERS_PER_COMMAND_MAX))
        : { code, detail: `ERROR: ${REJECTIONS[code].sentence}` },
    );
    left -= own.filter(({ kind }) => kind === 'order_filled' || kind === 'order_cancelled').length;
    rest = rest.slice(at + 1);
  }
  return { operations };
}

function expectedResult(command: EnvelopeCommand, events: readonly Event[]): object | undefined {
  switch (command.type) {
    case 'batch':
      return batchResult(command.params.operations, events);
    case 'place_order':
    case 'amend_order':
    case 'cancel_order':
    case 'cancel_at_price':
    case 'cancel_orders':
      return operationResult(command as Operation, events, ORDERS_PER_COMMAND_MAX);
    default:
      return undefined;
  }
}

test(`answers: the text is what objects would be in JSON (seed ${seedText})`, () => {
  const naive = new NaiveEngine();
  const real = new RealEngine();
  const entries = new RandomEntries({ seed: seedText, oracle: naive });
  const seen: Record<string, number> = {};
  const note = (name: string): void => {
    seen[name] = (seen[name] ?? 0) + 1;
  };
  for (let count = 0; count < ENTRIES; count += 1) {
    const unhashed = entries.next();
    const entry = { ...unhashed, hash: new Uint8Array(HASH_BYTES) };
    naive.apply(entry);
    const events = real.apply(entry);
    const command = decodeCommand(entry.kind, entry.message);
    if (command.type === 'undecodable') continue;
    const reply = replyTo({ entry, command, events });
    if (reply === undefined) continue;
    const { body } = reply;
    assert.equal(JSON.stringify(JSON.parse(body)), body, 'the one spelling of its JSON');
    if (reply.status !== 201 || !('exchange' in command)) continue;
    const { type, userId, keyId, nonce } = command;
    const result = expectedResult(command, ownEvents(events));
    if (result === undefined) continue;
    const head = { type, user_id: userId, key_id: keyId, nonce, sequence: entry.sequence };
    assert.equal(body, JSON.stringify({ ...head, result }), `entry ${entry.sequence}`);
    note(type);
    if (body.includes('"fee_stock_id"')) note('a fill');
    if (body.includes('"reason":"')) note('a reason');
    if (/"client_order_id":"/.test(body)) note('a name');
    if (events.some(({ kind }) => kind === 'timers_ran')) note('time before it');
  }
  const least = { place_order: 50, amend_order: 5, cancel_order: 5, cancel_orders: 1, batch: 50 };
  const met = { 'a fill': 10, 'a reason': 5, 'a name': 20, 'time before it': 1 };
  for (const [name, times] of Object.entries({ ...least, ...met })) {
    assert((seen[name] ?? 0) >= times, `${name}: ${seen[name]} of ${JSON.stringify(seen)}`);
  }
});

test('answers: a batch that has met as many orders as it may says that there may be more', () => {
  const cancelled = { kind: 'order_cancelled', quantity: 1n, remaining: 0n, reason: 'user' };
  const full = ORDERS_PER_BATCH_MAX / ORDERS_PER_COMMAND_MAX - 1;
  for (const last of [ORDERS_PER_COMMAND_MAX - 600, ORDERS_PER_COMMAND_MAX - 601]) {
    const counts = [...Array<number>(full).fill(ORDERS_PER_COMMAND_MAX), 600, last];
    const operations = counts.map(() => ({ type: 'cancel_orders', params: {} }));
    const command = { type: 'batch', params: { operations } } as unknown as EnvelopeCommand;
    const events = counts.flatMap((count, index) => [
      ...Array.from({ length: count }, (_, orderId) => ({ ...cancelled, orderId })),
      { kind: 'operation_ended', index },
    ]) as Event[];
    const result = JSON.parse(commandResult(command, { events, time: 0 }));
    const got = result.operations.map(({ orders, more }: CancelResult) => [orders.length, more]);
    const isMore = [...Array<boolean>(full).fill(true), false, last === 400];
    assert.deepEqual(
      got,
      counts.map((count, index) => [count, isMore[index]]),
    );
  }
});

test('answers: an amend by id tells the name of an order that it ended', () => {
  const order = { orderId: 7, side: 'bid', quantity: 5n, price: 1n, remaining: 3n };
  const params = { orderId: 7, quantity: 5n };
  const command = { type: 'amend_order', params } as unknown as EnvelopeCommand;
  const amended = { kind: 'order_amended', ...order };
  const closed = { kind: 'order_closed', orderId: 7, status: 'cancelled', clientOrderId: 'a"b' };
  const named = (events: object[]) =>
    JSON.parse(commandResult(command, { events: events as Event[], time: 0 })).client_order_id;
  assert.equal(named([amended]), null);
  assert.equal(named([amended, closed]), 'a"b');
});
