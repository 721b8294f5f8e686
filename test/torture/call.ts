// What the torture remembers of a command that a client was asked to send.

import type { OutcomeUnknownError } from '@picostocks/client';
import { formatAmount, type SignedCommand as LoggedCommand } from '@picostocks/protocol';

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
  const { type, userId } = command;
  switch (type) {
    case 'place_order':
    case 'cancel_order': {
      const { side, stockId, unitId } = command;
      const market = `${stockId}/${unitId}`;
      const amounts = `${formatAmount(command.quantity)} at ${formatAmount(command.price)}`;
      return `${userId} ${type} ${side} ${market} ${amounts}`;
    }
    case 'transfer': {
      const { toUser, stockId, quantity, memo } = command.params;
      return `${userId} transfer ${stockId} ${formatAmount(quantity)} to ${toUser} ${memo}`;
    }
    case 'credit_deposit': {
      const { userId: toUser, stockId, quantity, txid } = command.params;
      return `${userId} deposit ${stockId} ${formatAmount(quantity)} to ${toUser} ${txid}`;
    }
    default:
      return `${userId} ${type}`;
  }
}
