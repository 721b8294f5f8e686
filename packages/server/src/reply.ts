// The answer to a sequenced command, made from the command and its events alone: the node that took it,
// and the historian who keeps it for a resend, make the same bytes.

import {
  type CancelReply,
  type Command,
  type CommandRejected,
  type Entry,
  type EnvelopeCommand,
  type ErrorReply,
  type Event,
  formatAmount,
  type OrderCommand,
  type OrderCommandOf,
  type PutReply,
  REJECTIONS,
  type SignedCommand,
  toHex,
} from '@picostocks/protocol';
import { commandResult, cutsOf, fillRow, fillsOf, madeIds } from './command-result.ts';
import { ownEvents } from './own-events.ts';

export interface Reply {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

export interface Outcome {
  readonly entry: Entry;
  readonly command: Command;
  /** All of the entry's. */
  readonly events: readonly Event[];
}

/** The answer, or `undefined` for a void, which has no result. */
export function replyTo({ entry, command, events: all }: Outcome): Reply | undefined {
  const events = ownEvents(all);
  const [first] = events;
  if (first?.kind === 'command_void') return undefined;
  if (first?.kind === 'command_rejected') return rejectionReply(entry, command, first);
  if (command.type === 'register') {
    const { user_id, nonce } = madeIds(events);
    return { status: 201, body: JSON.stringify({ user_id, nonce, sequence: entry.sequence }) };
  }
  if ('exchange' in command) return { status: 201, body: commandReply(entry, command, events) };
  const body =
    command.type === 'place_order'
      ? putReply(entry, command, events)
      : cancelReply(entry, command, events);
  return { status: 201, body: JSON.stringify(body) };
}

function rejectionReply(entry: Entry, command: Command, { reason }: CommandRejected): Reply {
  const { status, sentence } = REJECTIONS[reason];
  const body: ErrorReply = {
    detail: `ERROR: ${sentence}`,
    code: reason,
    ...('nonce' in command ? { nonce: command.nonce } : {}),
    sequence: entry.sequence,
  };
  return { status, body: JSON.stringify(body) };
}

/** An order text has a price; the same operation in an envelope may be a market order without one. */
function priceOf({ params }: OrderCommand): bigint {
  if (params.price === undefined) throw new Error('an order text has a price');
  return params.price;
}

function orderEcho(entry: Entry, command: OrderCommand) {
  const { params } = command;
  return {
    user_id: command.userId,
    stock_id: params.stockId,
    quantity: formatAmount(params.quantity),
    unit_id: params.unitId,
    price: formatAmount(priceOf(command)),
    signature: toHex(entry.signature),
  };
}

function consumed(entry: Entry, command: SignedCommand): { nonce: number; sequence: number } {
  return { nonce: command.nonce, sequence: entry.sequence };
}

function putReply(
  entry: Entry,
  command: OrderCommandOf<'place_order'>,
  events: readonly Event[],
): PutReply {
  const { side } = command.params;
  const placed = events.find((event) => event.kind === 'order_placed');
  const orderId = placed?.kind === 'order_placed' ? placed.orderId : 0;
  const fills = fillsOf(events, { orderId, side });
  const rested = events.find((event) => event.kind === 'order_rested');
  const off = cutsOf(events).find((cut) => cut.orderId === orderId);
  const filled = fills.reduce((sum, fill) => sum + fill.quantity, 0n);
  const done = side === 'ask' ? 'SOLD' : 'BOUGHT';
  const lines = fills.map((fill) => shares(done, fill.quantity, fill.price));
  if (rested !== undefined) {
    lines.push(shares(side === 'ask' ? 'ASK' : 'BID', rested.remaining, priceOf(command)));
  }
  return {
    ...orderEcho(entry, command),
    response: `b'${lines.join('')}'`,
    order_id: orderId,
    filled: formatAmount(filled),
    remaining: formatAmount(rested?.remaining ?? 0n),
    cancelled: formatAmount(off?.quantity ?? 0n),
    trades: fills.map((fill) => fillRow(fill, side)),
    ...consumed(entry, command),
  };
}

/** One part of the published API's `response`, with its odd ending. */
function shares(word: string, quantity: bigint, price: bigint): string {
  return `${word} ${formatAmount(quantity)} shares at ${formatAmount(price)}; `;
}

function cancelReply(entry: Entry, command: OrderCommand, events: readonly Event[]): CancelReply {
  const cuts = cutsOf(events);
  return {
    ...orderEcho(entry, command),
    response: formatAmount(cuts.reduce((sum, cut) => sum + cut.quantity, 0n)),
    orders: cuts.map((cut) => ({
      order_id: cut.orderId,
      quantity: formatAmount(cut.quantity),
      remaining: formatAmount(cut.remaining),
    })),
    ...consumed(entry, command),
  };
}

function commandReply(entry: Entry, command: EnvelopeCommand, events: readonly Event[]): string {
  const head = JSON.stringify({
    type: command.type,
    user_id: command.userId,
    key_id: command.keyId,
    ...consumed(entry, command),
  });
  return `${head.slice(0, -1)},"result":${commandResult(command, { events, time: entry.time })}}`;
}
