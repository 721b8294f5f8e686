// What users ask for their own accounts: keys, money, and nothing at all.

import Type from 'typebox';
import { AmountText, Id, Memo, object, oneOf, PublicKey, text } from './param-schema.ts';

/** What a further key of a user may do. Key 0 may do everything, and it alone manages keys. */
export const SCOPES = ['read', 'trade', 'transfer', 'withdraw'] as const;
/** What a key of the operator may do. */
export const ROLES = ['listing', 'finance', 'compliance', 'custody', 'all'] as const;
export type Scope = (typeof SCOPES)[number];
export type Role = (typeof ROLES)[number];

const Proof = Type.String({
  pattern: '^[0-9a-f]{128}$',
  description: "The new key's signature of KEY:<exchange>:<user_id>:<public_key>.",
});

export const ACCOUNT_PARAMS = {
  noop: object({}),
  transfer: object({
    to_user: Id,
    stock_id: Id,
    quantity: AmountText,
    memo: Type.Optional(Memo),
  }),
  add_key: object({
    public_key: PublicKey,
    proof: Proof,
    scopes: Type.Array(oneOf([...SCOPES, ...ROLES]), { maxItems: 5, uniqueItems: true }),
  }),
  rotate_key: object({ rotated_key_id: Id, public_key: PublicKey, proof: Proof }),
  revoke_key: object({ revoked_key_id: Id }),
  request_address: object({ stock_id: Id }),
  request_withdrawal: object({
    stock_id: Id,
    quantity: AmountText,
    address: text(1_000),
    memo: Type.Optional(Memo),
  }),
  cancel_withdrawal: object({ withdrawal_id: Id }),
} as const;
