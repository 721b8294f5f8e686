// What the torture remembers of a command that a client was asked to send.

import type { OutcomeUnknownError } from '@picostocks/client';
import {
  formatAmount,
  type SignedCommand as LoggedCommand,
  type Operation,
} from '@picostocks/protocol';

/** What the exchange said of it: nothing yet, or its last word. */
export type Verdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'applied'; readonly sequence: number; readonly reply: object }
  | { readonly kind: 'rejected'; readonly sequence: number; readonly reason: string }
  /** The door said no: nothing of it may be in the log. */
  | { readonly kind: 'refused'; readonly code: string };

export interface Call {
  readonly userId: number;
  /** What it does, in the words of `describeLogged`. */
  readonly text: string;
  verdict: Verdict;
  /** While its answer is lost. */
  doubt: OutcomeUnknownError | undefined;
}

/** The text of a command in the log, equal to that of the call that it came from. */
export function describeLogged(command: LoggedCommand): string {
  const { type, userId, params } = command;
  switch (type) {
    case 'place_order':
    case 'cancel_at_price':
    case 'amend_order':
    case 'cancel_order':
      return `${userId} ${describeOperation({ type, params } as Operation)}`;
    case 'batch':
      return `${userId} batch ${params.operations.map(describeOperation).join(', ')}`;
    case 'transfer': {
      const { toUser, stockId, quantity, memo } = params;
      return `${userId} transfer ${stockId} ${formatAmount(quantity)} to ${toUser} ${memo}`;
    }
    case 'request_withdrawal': {
      const { stockId, quantity, address } = params;
      return `${userId} withdrawal ${stockId} ${formatAmount(quantity)} to ${address}`;
    }
    case 'credit_deposit': {
      const { userId: toUser, stockId, quantity, txid } = params;
      return `${userId} deposit ${stockId} ${formatAmount(quantity)} to ${toUser} ${txid}`;
    }
    default:
      return `${userId} ${type}`;
  }
}

function describeOperation({ type, params }: Operation): string {
  switch (type) {
    case 'place_order':
    case 'cancel_at_price': {
      const { side, stockId, unitId, quantity, price = 0n } = params;
      const market = `${stockId}/${unitId}`;
      const ends = type === 'place_order' && params.goodUntil !== undefined ? ' gtt' : '';
      const amounts = `${formatAmount(quantity)} at ${formatAmount(price)}`;
      return `${type} ${side} ${market} ${amounts}${ends}`;
    }
    case 'amend_order':
      return `amend_order ${params.orderId} to ${formatAmount(params.quantity ?? 0n)}`;
    default:
      return type;
  }
}
