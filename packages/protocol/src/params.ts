// The parameters of every envelope command, and who may give it.

import type { Static } from 'typebox';
import { ACCOUNT_PARAMS, type Role, type Scope } from './account-params.ts';
import { OPERATOR_PARAMS } from './operator-params.ts';
import {
  BATCH_PARAMS,
  CANCEL_AFTER_PARAMS,
  OPERATION_PARAMS,
  type Operation,
} from './order-params.ts';
import type { Decoded } from './param-schema.ts';

export const ENVELOPE_PARAMS = {
  ...ACCOUNT_PARAMS,
  ...OPERATION_PARAMS,
  batch: BATCH_PARAMS,
  cancel_after: CANCEL_AFTER_PARAMS,
  ...OPERATOR_PARAMS,
} as const;

export type EnvelopeType = keyof typeof ENVELOPE_PARAMS;
export type EnvelopeParams<T extends EnvelopeType> = Static<(typeof ENVELOPE_PARAMS)[T]>;

/** The parameters of a command as the engine has them. */
export type DecodedParams<T extends EnvelopeType> = T extends 'batch'
  ? { readonly operations: readonly Operation[] }
  : Decoded<EnvelopeParams<T>>;

/** What the signing key of a user must be allowed to do; `anything`: every key of his may. */
const USER_SCOPES = {
  noop: 'anything',
  request_address: 'anything',
  transfer: 'transfer',
  place_order: 'trade',
  amend_order: 'trade',
  cancel_order: 'trade',
  cancel_at_price: 'trade',
  cancel_orders: 'trade',
  batch: 'trade',
  cancel_after: 'trade',
  request_withdrawal: 'withdraw',
  cancel_withdrawal: 'withdraw',
  add_key: 'keys',
  rotate_key: 'keys',
  revoke_key: 'keys',
} as const satisfies Partial<Record<EnvelopeType, Scope | 'keys' | 'anything'>>;

/** Which roles of an operator's key may do what only operators do; `all` may do all of it. */
const OPERATOR_ROLES = {
  register_user: ['compliance'],
  freeze_user: ['compliance'],
  unfreeze_user: ['compliance'],
  create_asset: ['listing'],
  change_asset: ['listing'],
  list_market: ['listing'],
  change_market: ['listing'],
  halt_market: ['listing', 'compliance'],
  resume_market: ['listing', 'compliance'],
  set_fees: ['finance'],
  set_fee_tier: ['finance'],
  set_user_tier: ['finance'],
  set_withdrawal_limit: ['finance', 'compliance'],
  credit_deposit: ['finance'],
  register_address: ['custody', 'finance'],
  report_deposit: ['custody'],
  change_deposit: ['custody', 'finance'],
  change_withdrawal: ['custody', 'finance'],
  correct: ['finance'],
  change_settings: [],
  recover: [],
} as const satisfies Partial<Record<EnvelopeType, readonly Role[]>>;

export type UserType = keyof typeof USER_SCOPES;
export type OperatorType = keyof typeof OPERATOR_ROLES;

/** The envelope commands that only an operator may give. */
export const OPERATOR_TYPES: ReadonlySet<EnvelopeType> = new Set(
  Object.keys(OPERATOR_ROLES) as OperatorType[],
);

/** Every type is one of the two: the build breaks where a new one is forgotten. */
type Forgotten = Exclude<EnvelopeType, UserType | OperatorType>;
const noneForgotten: Forgotten extends never ? true : false = true;
void noneForgotten;

export function scopeOf(type: UserType): Scope | 'keys' | 'anything' {
  return USER_SCOPES[type];
}

export function rolesOf(type: OperatorType): readonly Role[] {
  return OPERATOR_ROLES[type];
}

export function isOperatorType(type: EnvelopeType): type is OperatorType {
  return OPERATOR_TYPES.has(type);
}
