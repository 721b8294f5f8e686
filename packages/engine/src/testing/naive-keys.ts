// Keys in the naive engine: who may give which command, and how keys come and go (docs/protocol.md
// §6.5). The tables are written from the document anew, so that a slip in those of the protocol's
// package shows.

import {
  type EnvelopeCommand,
  type EnvelopeCommandOf,
  type EnvelopeType,
  KEYS_MAX,
  nonceStart,
  ROLES,
  SCOPES,
} from '@picostocks/protocol';
import type { NaiveKey, NaiveState, Outcome } from './naive-state.ts';

/** What a further key of a user needs. */
const USER_NEEDS: { readonly [T in EnvelopeType]?: string } = {
  place_order: 'trade',
  amend_order: 'trade',
  cancel_order: 'trade',
  cancel_at_price: 'trade',
  cancel_orders: 'trade',
  batch: 'trade',
  cancel_after: 'trade',
  transfer: 'transfer',
  request_withdrawal: 'withdraw',
  cancel_withdrawal: 'withdraw',
};

/** What a further key of the operator needs, one of these or `all`. */
const OPERATOR_NEEDS: { readonly [T in EnvelopeType]?: readonly string[] } = {
  create_asset: ['listing'],
  change_asset: ['listing'],
  list_market: ['listing'],
  change_market: ['listing'],
  halt_market: ['listing', 'compliance'],
  resume_market: ['listing', 'compliance'],
  register_user: ['compliance'],
  freeze_user: ['compliance'],
  unfreeze_user: ['compliance'],
  set_withdrawal_limit: ['finance', 'compliance'],
  set_fees: ['finance'],
  set_fee_tier: ['finance'],
  set_user_tier: ['finance'],
  credit_deposit: ['finance'],
  correct: ['finance'],
  register_address: ['custody', 'finance'],
  change_deposit: ['custody', 'finance'],
  change_withdrawal: ['custody', 'finance'],
  report_deposit: ['custody'],
  change_settings: [],
  recover: [],
};

const MANAGES_KEYS: readonly EnvelopeType[] = ['add_key', 'rotate_key', 'revoke_key'];

export function isOperatorCommand(type: EnvelopeType): boolean {
  return OPERATOR_NEEDS[type] !== undefined;
}

/** Does the key have this role? Key 0 and a key with the role `all` have every one. */
export function hasRole(key: NaiveKey, role: string): boolean {
  return key.keyId === 0 || key.scopes.includes('all') || key.scopes.includes(role);
}

export function mayGive(key: NaiveKey, command: EnvelopeCommand): boolean {
  if (key.keyId === 0) return true;
  if (MANAGES_KEYS.includes(command.type)) return mayManageKeys(key, command);
  if (key.userId !== 0) {
    const scope = USER_NEEDS[command.type];
    return scope === undefined || key.scopes.includes(scope);
  }
  const roles = OPERATOR_NEEDS[command.type];
  // What a user asks for is no matter of roles: the operator is told that he cannot do it at all.
  return roles === undefined || ['all', ...roles].some((role) => key.scopes.includes(role));
}

function mayManageKeys(key: NaiveKey, command: EnvelopeCommand): boolean {
  if (command.type === 'rotate_key' && command.params.rotatedKeyId === key.keyId) return true;
  if (command.type === 'revoke_key' && command.params.revokedKeyId === key.keyId) return true;
  return key.userId === 0 && key.scopes.includes('all');
}

/** Is it, or was it ever, somebody's? The operator's keys count. */
export function isKeyKnown(state: NaiveState, publicKey: string): boolean {
  return [...state.keys, ...state.formerKeys].some((key) => key.publicKey === publicKey);
}

function keysOf(state: NaiveState, userId: number): NaiveKey[] {
  return state.keys.filter((key) => key.userId === userId);
}

interface NewKey {
  readonly userId: number;
  readonly publicKey: string;
  readonly scopes: readonly string[];
}

/** The next key of the user. */
export function addKey(state: NaiveState, { userId, publicKey, scopes }: NewKey): NaiveKey {
  const keyId = keysOf(state, userId).length;
  const nonce = state.leaped + nonceStart({ exchange: state.genesis.exchange, userId, keyId });
  const key = { userId, keyId, publicKey, scopes, nonce, revoked: false, switch: undefined };
  state.keys.push(key);
  return key;
}

export function addFurtherKey(
  state: NaiveState,
  { userId, params }: EnvelopeCommandOf<'add_key'>,
): Outcome {
  const { publicKey } = params;
  const allowed: readonly string[] = userId === 0 ? ROLES : SCOPES;
  if (params.scopes.some((scope) => !allowed.includes(scope))) return 'scopes_wrong';
  if (isKeyKnown(state, publicKey)) return 'key_taken';
  if (keysOf(state, userId).length >= KEYS_MAX) return 'capacity';
  const asked: readonly string[] = params.scopes;
  const scopes = allowed.filter((scope) => asked.includes(scope));
  const { keyId, nonce } = addKey(state, { userId, publicKey, scopes });
  return [{ kind: 'key_added', userId, keyId, publicKey, nonce, scopes }];
}

function findCurrentKey(state: NaiveState, userId: number, keyId: number): NaiveKey | undefined {
  return keysOf(state, userId).find((key) => key.keyId === keyId && !key.revoked);
}

export function rotateKey(
  state: NaiveState,
  { userId, params }: EnvelopeCommandOf<'rotate_key'>,
): Outcome {
  const { rotatedKeyId: keyId, publicKey } = params;
  const key = findCurrentKey(state, userId, keyId);
  if (key === undefined) return 'key_not_found';
  if (isKeyKnown(state, publicKey)) return 'key_taken';
  state.formerKeys.push({ userId, publicKey: key.publicKey });
  key.publicKey = publicKey;
  return [{ kind: 'key_rotated', userId, keyId, publicKey }];
}

export function revokeKey(
  state: NaiveState,
  { userId, params }: EnvelopeCommandOf<'revoke_key'>,
): Outcome {
  const keyId = params.revokedKeyId;
  const key = findCurrentKey(state, userId, keyId);
  if (key === undefined) return 'key_not_found';
  if (keyId === 0) return 'key_permanent';
  key.revoked = true;
  key.switch = undefined;
  return [{ kind: 'key_revoked', userId, keyId }];
}
