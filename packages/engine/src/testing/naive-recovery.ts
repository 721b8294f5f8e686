// What a recovery does in the naive engine: docs/protocol.md §6.13.

import type { Decoded, EnvelopeParams } from '@picostocks/protocol';
import type { Moment, NaiveState, Outcome } from './naive-state.ts';

/** Every number that was or may have been given out is left behind. */
export function recover(
  state: NaiveState,
  { sequence, hash }: Decoded<EnvelopeParams<'recover'>>,
  at: Moment,
): Outcome {
  if (sequence !== at.sequence - 1) return 'head_not_current';
  const elapsed = at.time - state.time;
  const leap = elapsed < 1_000_000 ? 8_000_000 : 8 * elapsed;
  if (state.leaped + leap > 4_503_599_627_370_496) return 'capacity';
  state.leaped += leap;
  for (const key of state.keys) key.nonce += leap;
  state.nextOrderId += leap;
  state.nextTradeId += leap;
  state.nextDepositId += leap;
  state.nextTransferId += leap;
  state.nextWithdrawalId += leap;
  return [{ kind: 'recovered', sequence, hash, leap }];
}
