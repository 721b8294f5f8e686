// The statuses of deposits and withdrawals, and who takes one from which to which: the two tables of
// docs/protocol.md §6.9.

import type { ExternalStatus } from '@picostocks/protocol';
import type { Key } from './key.ts';
import { hasScope } from './keys.ts';

/** Who may: a role, or the key that claimed the withdrawal. */
type By = 'finance' | 'custody' | 'claimer';
type Ways = Partial<Record<ExternalStatus, readonly By[]>>;

const FINANCE = ['finance'] as const;
const EITHER = ['custody', 'finance'] as const;
const CLAIMER = ['claimer'] as const;
const CLAIMER_OR_FINANCE = ['claimer', 'finance'] as const;

const WITHDRAWAL_WAYS: Partial<Record<ExternalStatus, Ways>> = {
  init: { accepted: FINANCE, canceled: FINANCE, ignore: FINANCE },
  queued: { accepted: FINANCE, canceled: FINANCE, ignore: FINANCE, busy: ['custody'] },
  accepted: { canceled: FINANCE, busy: ['custody'] },
  busy: { confirmed: CLAIMER, done: CLAIMER, error: CLAIMER_OR_FINANCE },
  confirmed: { done: CLAIMER_OR_FINANCE, error: CLAIMER_OR_FINANCE },
  error: { accepted: FINANCE, done: FINANCE, canceled: FINANCE },
};

const DEPOSIT_ENDS: Ways = { done: EITHER, canceled: EITHER, ignore: EITHER, error: EITHER };

const DEPOSIT_WAYS: Partial<Record<ExternalStatus, Ways>> = {
  init: { queued: EITHER, accepted: EITHER, confirmed: EITHER, busy: EITHER, ...DEPOSIT_ENDS },
  queued: { accepted: EITHER, confirmed: EITHER, busy: EITHER, ...DEPOSIT_ENDS },
  accepted: { confirmed: EITHER, busy: EITHER, ...DEPOSIT_ENDS },
  confirmed: { busy: EITHER, ...DEPOSIT_ENDS },
  busy: DEPOSIT_ENDS,
  error: { done: FINANCE, canceled: FINANCE, ignore: FINANCE },
};

/** What a user may still take back himself. */
export const CANCELLABLE: readonly ExternalStatus[] = ['init', 'queued'];

const FINAL: readonly ExternalStatus[] = ['done', 'canceled', 'ignore'];

export function isFinal(status: ExternalStatus): boolean {
  return FINAL.includes(status);
}

interface Change {
  readonly from: ExternalStatus;
  readonly to: ExternalStatus;
  /** Who wants it. */
  readonly key: Key;
}

export function checkDepositChange({ from, to, key }: Change): 'status_conflict' | undefined {
  const allowed = DEPOSIT_WAYS[from]?.[to] ?? [];
  return allowed.some((by) => is(key, by)) ? undefined : 'status_conflict';
}

export function checkWithdrawalChange({
  from,
  to,
  key,
  claimedBy,
}: Change & { readonly claimedBy: number | undefined }):
  | 'status_conflict'
  | 'claimed_by_other'
  | undefined {
  const allowed = WITHDRAWAL_WAYS[from]?.[to] ?? [];
  if (allowed.some((by) => is(key, by, claimedBy))) return undefined;
  const isForClaimer = allowed.includes('claimer');
  return isForClaimer && hasScope(key, 'custody') ? 'claimed_by_other' : 'status_conflict';
}

function is(key: Key, by: By, claimedBy?: number): boolean {
  return by === 'claimer' ? key.id === claimedBy : hasScope(key, by);
}
