// The answer to a sequenced command, made from the command and its events alone: the node that took it,
// and the historian who keeps it for a resend, make the same bytes.

import {
  type CancelOrder,
  type CancelReply,
  type Command,
  type CommandRejected,
  type Entry,
  type EnvelopeCommand,
  type ErrorReply,
  type Event,
  formatAmount,
  type OrderCancelled,
  type OrderFilled,
  type PlaceOrder,
  type PutReply,
  REJECTIONS,
  type SignedCommand,
  toHex,
} from '@picostocks/protocol';

export interface Reply {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

export interface Outcome {
  readonly entry: Entry;
  readonly command: Command;
  readonly events: readonly Event[];
}

/** The answer, or `undefined` for a void, which has no result. */
export function replyTo({ entry, command, events }: Outcome): Reply | undefined {
  const [first] = events;
  if (first?.kind === 'command_void') return undefined;
  if (first?.kind === 'command_rejected') return rejectionReply(entry, command, first);
  switch (command.type) {
    case 'place_order':
      return { status: 201, body: JSON.stringify(putReply(entry, command, events)) };
    case 'cancel_order':
      return { status: 201, body: JSON.stringify(cancelReply(entry, command, events)) };
    case 'register': {
      const { user_id, nonce } = madeIds(events);
      return { status: 201, body: JSON.stringify({ user_id, nonce, sequence: entry.sequence }) };
    }
    default:
      return { status: 201, body: JSON.stringify(commandReply(entry, command, events)) };
  }
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

function orderEcho(entry: Entry, command: PlaceOrder | CancelOrder) {
  return {
    user_id: command.userId,
    stock_id: command.stockId,
    quantity: formatAmount(command.quantity),
    unit_id: command.unitId,
    price: formatAmount(command.price),
    signature: toHex(entry.signature),
  };
}

function consumed(entry: Entry, command: SignedCommand): { nonce: number; sequence: number } {
  return { nonce: command.nonce, sequence: entry.sequence };
}

function putReply(entry: Entry, command: PlaceOrder, events: readonly Event[]): PutReply {
  const fills = events.filter((event): event is OrderFilled => event.kind === 'order_filled');
  const rested = events.find((event) => event.kind === 'order_rested');
  const placed = events.find((event) => event.kind === 'order_placed');
  const off = events.find(
    (event) => event.kind === 'order_cancelled' && event.orderId === placed?.orderId,
  );
  const filled = fills.reduce((sum, fill) => sum + fill.quantity, 0n);
  const { side } = command;
  const done = side === 'ask' ? 'SOLD' : 'BOUGHT';
  const lines = fills.map((fill) => shares(done, fill.quantity, fill.price));
  if (rested !== undefined) {
    lines.push(shares(side === 'ask' ? 'ASK' : 'BID', rested.remaining, command.price));
  }
  return {
    ...orderEcho(entry, command),
    response: `b'${lines.join('')}'`,
    order_id: placed?.orderId ?? 0,
    filled: formatAmount(filled),
    remaining: formatAmount(rested?.remaining ?? 0n),
    cancelled: formatAmount(off?.kind === 'order_cancelled' ? off.quantity : 0n),
    trades: fills.map((fill) => ({
      id: fill.tradeId,
      price: formatAmount(fill.price),
      quantity: formatAmount(fill.quantity),
      value: formatAmount(fill.cost),
      fee: formatAmount(side === 'bid' ? fill.bidFee : fill.askFee),
      fee_stock_id: side === 'bid' ? fill.stockId : fill.unitId,
    })),
    ...consumed(entry, command),
  };
}

/** One part of the published API's `response`, with its odd ending. */
function shares(word: string, quantity: bigint, price: bigint): string {
  return `${word} ${formatAmount(quantity)} shares at ${formatAmount(price)}; `;
}

function cancelReply(entry: Entry, command: CancelOrder, events: readonly Event[]): CancelReply {
  const cuts = events.filter((event): event is OrderCancelled => event.kind === 'order_cancelled');
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

function commandReply(entry: Entry, command: EnvelopeCommand, events: readonly Event[]) {
  return {
    type: command.type,
    user_id: command.userId,
    key_id: command.keyId,
    ...consumed(entry, command),
    result: madeIds(events),
  };
}

interface MadeIds {
  user_id?: number;
  nonce?: number;
  stock_id?: number;
  unit_id?: number;
  deposit_ids?: number[];
  transfer_id?: number;
}

/** The ids that a command made or changed. */
function madeIds(events: readonly Event[]): MadeIds {
  const made: MadeIds = {};
  for (const event of events) {
    switch (event.kind) {
      case 'user_registered':
        made.user_id = event.userId;
        made.nonce = event.nonce;
        break;
      case 'asset_created':
      case 'asset_changed':
        made.stock_id = event.stockId;
        break;
      case 'market_listed':
      case 'market_changed':
        made.stock_id = event.stockId;
        made.unit_id = event.unitId;
        break;
      case 'deposit_credited':
        made.deposit_ids = [...(made.deposit_ids ?? []), event.depositId];
        break;
      case 'transferred':
        made.transfer_id = event.transferId;
        break;
      default:
        break;
    }
  }
  return made;
}
