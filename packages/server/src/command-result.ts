// What the answer to an envelope says under `result`: all that a program needs to go on, from the
// command and its events alone.

import {
  type BatchResult,
  type CancelResult,
  type EnvelopeCommand,
  type Event,
  type FillRow,
  formatAmount,
  type Operation,
  type OperationRejected,
  ORDERS_PER_BATCH_MAX,
  ORDERS_PER_COMMAND_MAX,
  type OrderCancelled,
  type OrderFilled,
  type OrderResult,
  type OrderStatus,
  REJECTIONS,
  type Side,
  type TimeMicros,
} from '@picostocks/protocol';

type OfKind<K extends Event['kind']> = Extract<Event, { kind: K }>;

function isKind<K extends Event['kind']>(kind: K): (event: Event) => event is OfKind<K> {
  return (event): event is OfKind<K> => event.kind === kind;
}

/** What an envelope did; `events` are those of its message. */
export function commandResult(
  command: EnvelopeCommand,
  { events, time }: { readonly events: readonly Event[]; readonly time: TimeMicros },
): object {
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
      return { seconds, due };
    }
    default:
      return madeIds(events);
  }
}

// --- Orders --------------------------------------------------------------------------------------

function batchResult(asked: readonly Operation[], events: readonly Event[]): BatchResult {
  const operations: BatchResult['operations'] = [];
  let own: Event[] = [];
  let left = ORDERS_PER_BATCH_MAX;
  for (const event of events) {
    if (event.kind !== 'operation_ended') {
      own.push(event);
      continue;
    }
    const operation = asked[event.index];
    if (operation === undefined) throw new Error('an operation that ended is one of the batch');
    const most = Math.min(left, ORDERS_PER_COMMAND_MAX);
    operations.push(
      event.rejection === undefined
        ? operationResult(operation, own, most)
        : operationRejected(event.rejection),
    );
    left -= own.filter(({ kind }) => kind === 'order_filled' || kind === 'order_cancelled').length;
    own = [];
  }
  return { operations };
}

function operationRejected(code: keyof typeof REJECTIONS): OperationRejected {
  return { code, detail: `ERROR: ${REJECTIONS[code].sentence}` };
}

function operationResult(
  operation: Operation,
  events: readonly Event[],
  most: number,
): OrderResult | CancelResult {
  switch (operation.type) {
    case 'place_order':
    case 'amend_order':
      return orderResult(operation.params.clientOrderId, events);
    case 'cancel_orders': {
      const { orders } = cancelResult(events);
      return { orders, more: orders.length >= most };
    }
    default:
      return cancelResult(events);
  }
}

/** The order that a command placed or amended, as it stands after it. */
function orderResult(clientOrderId: string | undefined, events: readonly Event[]): OrderResult {
  const begun = events.find(
    (event) => event.kind === 'order_placed' || event.kind === 'order_amended',
  );
  if (begun?.kind !== 'order_placed' && begun?.kind !== 'order_amended') {
    throw new Error('an order that was placed or amended says so');
  }
  const { orderId, side, quantity, price } = begun;
  const remainingFirst = begun.kind === 'order_amended' ? begun.remaining : quantity;
  const fills = fillsOf(events, { orderId, side });
  const cuts = events.filter(isKind('order_cancelled')).filter((cut) => cut.orderId === orderId);
  const end = events.filter(isKind('order_closed')).find((closed) => closed.orderId === orderId);
  const now = fills.reduce((sum, fill) => sum + fill.quantity, 0n);
  const cancelled = cuts.reduce((sum, cut) => sum + cut.quantity, 0n);
  const filled = quantity - remainingFirst + now;
  const remaining = remainingFirst - now - cancelled;
  return {
    order_id: orderId,
    // An amend that names its order by id does not tell what else that is called, unless it ends.
    client_order_id: clientOrderId ?? end?.clientOrderId ?? null,
    status: end?.status ?? openStatus(filled),
    quantity: formatAmount(quantity),
    price: formatAmount(price),
    filled: formatAmount(filled),
    remaining: formatAmount(remaining),
    cancelled: formatAmount(cancelled),
    reason: cuts[0]?.reason ?? null,
    trades: fills.map((fill) => fillRow(fill, side)),
  };
}

export function openStatus(filled: bigint): OrderStatus {
  return filled > 0n ? 'partly_filled' : 'open';
}

/** Fills of one incoming order; another order of its user may be the maker. */
export function fillsOf(
  events: readonly Event[],
  { orderId, side }: { readonly orderId: number; readonly side: Side },
): OrderFilled[] {
  const own = (fill: OrderFilled): number => (side === 'bid' ? fill.bidOrderId : fill.askOrderId);
  return events.filter(isKind('order_filled')).filter((fill) => own(fill) === orderId);
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
  return events.filter(isKind('order_cancelled'));
}

function cancelResult(events: readonly Event[]): CancelResult {
  const names = new Map<number, string | undefined>();
  for (const event of events) {
    if (event.kind === 'order_closed') names.set(event.orderId, event.clientOrderId);
  }
  return {
    orders: cutsOf(events).map((cut) => ({
      order_id: cut.orderId,
      client_order_id: names.get(cut.orderId) ?? null,
      quantity: formatAmount(cut.quantity),
      remaining: formatAmount(cut.remaining),
    })),
  };
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
