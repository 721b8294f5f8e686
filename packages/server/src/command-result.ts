// What the answer to an envelope says under `result`: all that a program needs to go on, from the
// command and its events alone. It is written as JSON at once: the answer to a batch is a thousand rows of
// numbers, amounts and known words, and an object for each costs more than the order did.

import {
  type EnvelopeCommand,
  type Event,
  type FillRow,
  formatAmount,
  type Operation,
  ORDERS_PER_BATCH_MAX,
  ORDERS_PER_COMMAND_MAX,
  type OrderCancelled,
  type OrderClosed,
  type OrderFilled,
  type OrderStatus,
  REJECTIONS,
  type Side,
  type TimeMicros,
} from '@picostocks/protocol';

/** What an envelope did, in JSON; `events` are those of its message. */
export function commandResult(
  command: EnvelopeCommand,
  { events, time }: { readonly events: readonly Event[]; readonly time: TimeMicros },
): string {
  switch (command.type) {
    case 'place_order':
    case 'amend_order':
    case 'cancel_order':
    case 'cancel_at_price':
    case 'cancel_orders':
      return operationResult(command, events, ORDERS_PER_COMMAND_MAX);
    case 'batch':
      return batchResult(command.params.operations, events);
    case 'cancel_after': {
      const { seconds } = command.params;
      const due = seconds === 0 ? null : Math.floor(time / 1_000) + seconds * 1_000;
      return JSON.stringify({ seconds, due });
    }
    default:
      return JSON.stringify(madeIds(events));
  }
}

// --- Orders --------------------------------------------------------------------------------------

/** A `BatchResult`. */
function batchResult(asked: readonly Operation[], events: readonly Event[]): string {
  const operations: string[] = [];
  let begin = 0;
  let left = ORDERS_PER_BATCH_MAX;
  let met = 0;
  for (const [at, event] of events.entries()) {
    if (event.kind === 'order_filled' || event.kind === 'order_cancelled') met += 1;
    if (event.kind !== 'operation_ended') continue;
    const operation = asked[event.index];
    if (operation === undefined) throw new Error('an operation that ended is one of the batch');
    const most = Math.min(left, ORDERS_PER_COMMAND_MAX);
    operations.push(
      event.rejection === undefined
        ? operationResult(operation, events.slice(begin, at), most)
        : operationRejected(event.rejection),
    );
    left -= met;
    met = 0;
    begin = at + 1;
  }
  return `{"operations":[${operations.join()}]}`;
}

function operationRejected(code: keyof typeof REJECTIONS): string {
  return JSON.stringify({ code, detail: `ERROR: ${REJECTIONS[code].sentence}` });
}

function operationResult(operation: Operation, events: readonly Event[], most: number): string {
  switch (operation.type) {
    case 'place_order':
    case 'amend_order':
      return orderResult(operation.params.clientOrderId, events);
    case 'cancel_orders': {
      const cuts = cutsOf(events);
      return `{"orders":${cutRows(cuts, events)},"more":${cuts.length >= most}}`;
    }
    default:
      return `{"orders":${cutRows(cutsOf(events), events)}}`;
  }
}

/** An `OrderResult`: the order that a command placed or amended, as it stands after it. */
function orderResult(asked: string | undefined, events: readonly Event[]): string {
  const begun = events.find(
    (event) => event.kind === 'order_placed' || event.kind === 'order_amended',
  );
  if (begun?.kind !== 'order_placed' && begun?.kind !== 'order_amended') {
    throw new Error('an order that was placed or amended says so');
  }
  const { orderId, side, quantity } = begun;
  const remainingFirst = begun.kind === 'order_amended' ? begun.remaining : quantity;
  let [now, cancelled] = [0n, 0n];
  let cut: OrderCancelled | undefined;
  let end: OrderClosed | undefined;
  const trades: FillRow[] = [];
  for (const event of events) {
    if (event.kind === 'order_filled' && isFillOf(event, { orderId, side })) {
      now += event.quantity;
      trades.push(fillRow(event, side));
    } else if (event.kind === 'order_cancelled' && event.orderId === orderId) {
      cancelled += event.quantity;
      cut ??= event;
    } else if (event.kind === 'order_closed' && event.orderId === orderId) {
      end ??= event;
    }
  }
  const filled = quantity - remainingFirst + now;
  const remaining = remainingFirst - now - cancelled;
  const quantityText = formatAmount(quantity);
  const remainingText = remaining === quantity ? quantityText : formatAmount(remaining);
  // An amend that names its order by id does not tell what else that is called, unless it ends.
  const name = inJson(asked ?? end?.clientOrderId);
  const status = end?.status ?? openStatus(filled);
  const amounts = `"quantity":"${quantityText}","price":"${formatAmount(begun.price)}","filled":"${formatAmount(filled)}","remaining":"${remainingText}","cancelled":"${formatAmount(cancelled)}"`;
  const fills = trades.length === 0 ? '[]' : JSON.stringify(trades);
  return `{"order_id":${orderId},"client_order_id":${name},"status":"${status}",${amounts},"reason":${inJson(cut?.reason)},"trades":${fills}}`;
}

function inJson(text: string | undefined): string {
  return text === undefined ? 'null' : JSON.stringify(text);
}

export function openStatus(filled: bigint): OrderStatus {
  return filled > 0n ? 'partly_filled' : 'open';
}

type IncomingOrder = { readonly orderId: number; readonly side: Side };

/** Fills of one incoming order; another order of its user may be the maker. */
export function fillsOf(events: readonly Event[], order: IncomingOrder): OrderFilled[] {
  const fills = events.filter((event) => event.kind === 'order_filled');
  return fills.filter((fill) => isFillOf(fill, order));
}

function isFillOf(fill: OrderFilled, { orderId, side }: IncomingOrder): boolean {
  return (side === 'bid' ? fill.bidOrderId : fill.askOrderId) === orderId;
}

export function fillRow(fill: OrderFilled, side: Side): FillRow {
  return {
    id: fill.tradeId,
    price: formatAmount(fill.price),
    quantity: formatAmount(fill.quantity),
    value: formatAmount(fill.cost),
    fee: formatAmount(side === 'bid' ? fill.bidFee : fill.askFee),
    fee_stock_id: side === 'bid' ? fill.stockId : fill.unitId,
  };
}

export function cutsOf(events: readonly Event[]): OrderCancelled[] {
  return events.filter((event) => event.kind === 'order_cancelled');
}

/** The rows of a `CancelResult`; `events` tell the names of those that ended. */
function cutRows(cuts: readonly OrderCancelled[], events: readonly Event[]): string {
  const names = new Map<number, string>();
  for (const event of events) {
    if (event.kind !== 'order_closed' || event.clientOrderId === undefined) continue;
    names.set(event.orderId, event.clientOrderId);
  }
  const rows = cuts.map(({ orderId, quantity, remaining }) => {
    const name = inJson(names.get(orderId));
    return `{"order_id":${orderId},"client_order_id":${name},"quantity":"${formatAmount(quantity)}","remaining":"${formatAmount(remaining)}"}`;
  });
  return `[${rows.join()}]`;
}

// --- Everything else -----------------------------------------------------------------------------

interface MadeIds {
  user_id?: number;
  key_id?: number;
  public_key?: string;
  nonce?: number;
  scopes?: readonly string[];
  stock_id?: number;
  unit_id?: number;
  tier?: number;
  deposit_ids?: number[];
  deposit_id?: number;
  withdrawal_id?: number;
  status?: string;
  quantity?: string;
  fee?: string;
  address?: string;
  memo?: string;
  transfer_id?: number;
  transfer_ids?: number[];
}

/** The ids and statuses that a command made or changed. */
export function madeIds(events: readonly Event[]): MadeIds {
  const made: MadeIds = {};
  for (const event of events) addMade(made, event);
  return made;
}

function addMade(made: MadeIds, event: Event): void {
  switch (event.kind) {
    case 'user_registered':
      made.user_id = event.userId;
      made.nonce = event.nonce;
      break;
    case 'key_added':
      made.key_id = event.keyId;
      made.public_key = event.publicKey;
      made.nonce = event.nonce;
      made.scopes = event.scopes;
      break;
    case 'key_rotated':
      made.key_id = event.keyId;
      made.public_key = event.publicKey;
      break;
    case 'key_revoked':
      made.key_id = event.keyId;
      break;
    case 'user_frozen':
    case 'user_unfrozen':
    case 'user_changed':
      made.user_id = event.userId;
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
    case 'fee_tier_changed':
      made.tier = event.tier;
      break;
    default:
      addMovedMoney(made, event);
  }
}

function addMovedMoney(made: MadeIds, event: Event): void {
  switch (event.kind) {
    case 'deposit_changed':
      made.deposit_ids = [...(made.deposit_ids ?? []), event.depositId];
      // A gift makes one deposit of every asset; what is said of one alone says nothing then.
      if (made.user_id !== undefined) break;
      made.deposit_id = event.depositId;
      made.status = event.status;
      break;
    case 'withdrawal_changed':
      made.withdrawal_id = event.withdrawalId;
      made.status = event.status;
      made.quantity = formatAmount(event.quantity);
      made.fee = formatAmount(event.fee);
      break;
    case 'address_requested':
      made.user_id = event.userId;
      made.stock_id = event.stockId;
      break;
    case 'address_registered':
      made.user_id = event.userId;
      made.stock_id = event.stockId;
      made.address = event.address;
      made.memo = event.memo;
      break;
    case 'transferred':
      made.transfer_id = event.transferId;
      break;
    case 'corrected':
      made.transfer_ids = [...(made.transfer_ids ?? []), event.transferId];
      break;
    default:
      break;
  }
}
