// Corrections in the naive engine: docs/protocol.md §6.10.

import type { Amount, EnvelopeCommandOf, Event, Rejection } from '@picostocks/protocol';
import {
  addTotal,
  assetOf,
  findAsset,
  findUser,
  freeOf,
  type Moment,
  type NaiveState,
  NO_AMOUNT_REACHES,
  type Outcome,
} from './naive-state.ts';

type Correction = EnvelopeCommandOf<'correct'>['params'];
type Line = Correction['lines'][number];

/** What a line adds to whom it names. */
function changeOf({ direction, quantity }: Line): Amount {
  return direction === 'credit' ? quantity : -quantity;
}

function sumOf(lines: readonly Line[]): Amount {
  return lines.reduce((sum, line) => sum + changeOf(line), 0n);
}

export function correct(state: NaiveState, correction: Correction, at: Moment): Outcome {
  const rejection = rejectionOfCorrection(state, correction, at);
  if (rejection !== undefined) return rejection;
  const { sequence: corrects, reason, lines } = correction;
  const events: Event[] = [];
  for (const line of lines) {
    const { userId, stockId, direction, quantity } = line;
    if (userId === 0) assetOf(state, stockId).outside += changeOf(line);
    else addTotal(state, { userId, stockId }, changeOf(line));
    const transferId = state.nextTransferId;
    state.nextTransferId += 1;
    const moved = { userId, stockId, direction, quantity, reason };
    events.push({ kind: 'corrected', transferId, corrects, ...moved });
  }
  return events;
}

function rejectionOfCorrection(
  state: NaiveState,
  { sequence, lines }: Correction,
  at: Moment,
): Rejection | undefined {
  if (lines.some(({ userId }) => findUser(state, userId) === undefined)) return 'unknown_user';
  if (lines.some(({ stockId }) => findAsset(state, stockId) === undefined)) {
    return 'stock_not_found';
  }
  if (sequence === 0 || sequence >= at.sequence) return 'entry_not_found';
  if (lines.some(({ quantity }) => quantity === 0n)) return 'zero_quantity';
  const inAsset = (stockId: number) => lines.filter((line) => line.stockId === stockId);
  if (lines.some(({ stockId }) => sumOf(inAsset(stockId)) !== 0n)) return 'unbalanced';
  const isShort = lines.some(({ userId, stockId }) => {
    const own = inAsset(stockId).filter((line) => line.userId === userId);
    return userId !== 0 && freeOf(state, { userId, stockId }) + sumOf(own) < 0n;
  });
  if (isShort) return 'insufficient_funds';
  const isTooLarge = lines.some(({ stockId }) => {
    const outside = inAsset(stockId).filter(({ userId }) => userId === 0);
    const after = assetOf(state, stockId).outside + sumOf(outside);
    return after <= -NO_AMOUNT_REACHES || after > 0n;
  });
  return isTooLarge ? 'deposit_too_large' : undefined;
}
