// The HTTP API in schemas: what a user has, may do, and moved.

import Type, { type Static } from 'typebox';
import { EXTERNAL_STATUSES } from './operator-params.ts';
import {
  Amount,
  amount,
  closed,
  describe,
  Hex,
  IdText,
  idText,
  millis,
  named,
  nullable,
  paging,
  SignatureHex,
  Sync,
  WireId,
} from './wire-part.ts';

export const ResultPath = closed({ user_id: IdText, nonce: IdText });
export const UserHistoryQuery = closed({
  unit_id: Type.Optional(idText('Only markets with this unit.')),
  ...paging,
});

export const NonceReply = Type.Object({
  nonce: Type.Integer(describe('The number that the next signed command must use.')),
});
export type NonceReply = Static<typeof NonceReply>;

export const BalanceRow = Type.Object({ stock_id: WireId, locked: Amount, free: Amount });
export const BalanceReply = Type.Array(BalanceRow);
export type BalanceRow = Static<typeof BalanceRow>;

export const RegisterBody = closed({
  public_key: Hex(32),
  signature: Hex(64),
});
export type RegisterBody = Static<typeof RegisterBody>;
export const RegisterReply = Type.Object({
  user_id: WireId,
  nonce: Type.Integer(describe('The number that the next signed command must use.')),
  sequence: Type.Optional(Type.Integer(describe('Absent when the key was registered before.'))),
});
export type RegisterReply = Static<typeof RegisterReply>;

export const ResultReply = Type.Object({
  user_id: WireId,
  key_id: WireId,
  nonce: Type.Integer(),
  sequence: Type.Integer(),
  time: millis(),
  status: named(['applied', 'rejected']),
  signature: SignatureHex,
  message_hash: Type.String(describe('SHA-256 of the signed bytes.')),
  http_status: Type.Integer(describe('The status of the answer to the command.')),
  reply: Type.Record(Type.String(), Type.Unknown(), describe('The answer to the command.')),
});
export type ResultReply = Static<typeof ResultReply>;

export const StatusReply = Type.Object({
  user_id: WireId,
  frozen: Type.Boolean(),
  reason: nullable(Type.String(), 'Why.'),
  since: nullable(Type.Integer(), 'Milliseconds.'),
  fee_tier: Type.Integer(),
});
export type StatusReply = Static<typeof StatusReply>;

export const KeyRow = Type.Object({
  key_id: WireId,
  public_key: Type.String(),
  scopes: Type.Array(
    Type.String(),
    describe('Of an operator: roles. Key 0 has all of them, given as all.'),
  ),
  nonce: Type.Integer(describe('Its next nonce.')),
  revoked: Type.Boolean(),
  cancel_after: nullable(
    Type.Object({
      seconds: Type.Integer(),
      due: millis('Milliseconds: when the switch fires.'),
    }),
    'Its dead-man switch, if it is set.',
  ),
});
export const KeysReply = Type.Array(KeyRow);
export type KeyRow = Static<typeof KeyRow>;

export const FeeRow = Type.Object({
  stock_id: WireId,
  unit_id: WireId,
  maker_ppm: Type.Integer(describe("At the user's tier.")),
  taker_ppm: Type.Integer(describe("At the user's tier.")),
});
export const FeesReply = Type.Object({
  fee_tier: Type.Integer(),
  markets: Type.Array(FeeRow),
});
export type FeesReply = Static<typeof FeesReply>;

export const InternalTransferRow = Type.Object({
  stock_id: WireId,
  quantity: Amount,
  from_user: Type.Integer(describe('0: the outside world, in a correction.')),
  to_user: Type.Integer(describe('0: the outside world, in a correction.')),
  memo: Type.String(describe('Of a correction: its reason.')),
  sync: Sync,
  id: WireId,
  time: millis(),
  last_time: millis(),
  corrects: nullable(Type.Integer(), 'Of a correction: the entry of the log that it corrects.'),
});
export const InternalTransfersReply = Type.Array(InternalTransferRow);
export type InternalTransferRow = Static<typeof InternalTransferRow>;

export const ExternalTransferRow = Type.Object({
  quantity: Amount,
  status: named(EXTERNAL_STATUSES),
  address: Type.String(),
  txid: Type.String(),
  memo: Type.String(),
  fee: Type.String({ pattern: '^(0|[0-9]{1,38}\\.[0-9]{18})$' }),
  id: WireId,
  stock_id: WireId,
  reason: Type.String(describe('What an operator said of its last change.')),
  time: millis(),
  last_time: millis(),
});
export const ExternalTransfersReply = Type.Object({
  withdrawals: Type.Array(ExternalTransferRow),
  deposits: Type.Array(ExternalTransferRow),
});
export type ExternalTransferRow = Static<typeof ExternalTransferRow>;
export type ExternalTransfersReply = Static<typeof ExternalTransfersReply>;

export const AddressRow = Type.Object({
  address: Type.String(),
  memo: Type.String(describe('Empty, or to be given with every deposit.')),
});
export const AddressReply = Type.Object({
  stock_id: WireId,
  address: nullable(Type.String(), 'The newest; null: none was registered yet.'),
  memo: nullable(Type.String()),
  wanted: Type.Boolean(describe('One was asked for and is not registered yet.')),
  addresses: Type.Array(AddressRow, describe('All of them, newest first; each stays good.')),
});
export type AddressReply = Static<typeof AddressReply>;

// --- What a custody worker polls -----------------------------------------------------------------

export const CustodyPath = closed({ id: IdText });
export const CustodyQuery = closed({
  status: Type.Optional(named(EXTERNAL_STATUSES, 'All that are not final when absent.')),
  stock_id: Type.Optional(idText('Only of this asset.')),
  ...paging,
});
const external = {
  id: WireId,
  user_id: WireId,
  stock_id: WireId,
  quantity: Amount,
  status: named(EXTERNAL_STATUSES),
  address: Type.String(),
  memo: Type.String(),
  txid: Type.String(),
  reason: Type.String(),
  time: millis(),
  last_time: millis(),
};
export const WithdrawalRow = Type.Object({
  ...external,
  fee: amount('Locked beside the quantity; not to be sent.'),
  claimed_by: nullable(Type.Integer(), "The operator's key that claimed it."),
});
export const WithdrawalsReply = Type.Array(WithdrawalRow);
export type WithdrawalRow = Static<typeof WithdrawalRow>;

export const DepositRow = Type.Object({ ...external, output: Type.Integer() });
export const DepositsReply = Type.Array(DepositRow);
export type DepositRow = Static<typeof DepositRow>;

export const WantedRow = Type.Object({ user_id: WireId, stock_id: WireId });
export const WantedReply = Type.Array(
  WantedRow,
  describe('The first 300 that wait for an address, in the order in which they asked.'),
);
export type WantedRow = Static<typeof WantedRow>;
