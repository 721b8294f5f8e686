// What the answer to an envelope says in `result`, by the type of the command.

import type {
  BatchResult,
  CancelResult,
  CommandReply,
  EnvelopeType,
  ExternalStatus,
  OperationRejected,
  OperationType,
  OrderResult,
} from '@picostocks/protocol';

interface UserResult {
  readonly user_id: number;
}
interface AssetResult {
  readonly stock_id: number;
}
interface MarketResult extends AssetResult {
  readonly unit_id: number;
}
interface KeyResult {
  readonly key_id: number;
  readonly public_key: string;
}
interface DepositResult {
  readonly deposit_id: number;
  readonly status: ExternalStatus;
}
interface WithdrawalResult {
  readonly withdrawal_id: number;
  readonly status: ExternalStatus;
  readonly quantity: string;
  readonly fee: string;
}

export interface CommandResults {
  place_order: OrderResult;
  amend_order: OrderResult;
  cancel_order: CancelResult;
  cancel_at_price: CancelResult;
  cancel_orders: CancelResult;
  batch: BatchResult;
  /** `due`: when the switch fires, in milliseconds; `null` if it was taken off. */
  cancel_after: { readonly seconds: number; readonly due: number | null };
  transfer: { readonly transfer_id: number };
  add_key: KeyResult & { readonly nonce: number; readonly scopes: readonly string[] };
  rotate_key: KeyResult;
  revoke_key: { readonly key_id: number };
  request_address: UserResult & AssetResult;
  request_withdrawal: WithdrawalResult;
  cancel_withdrawal: WithdrawalResult;
  /** `deposit_ids`: of the gift. */
  register_user: UserResult & { readonly nonce: number; readonly deposit_ids?: readonly number[] };
  freeze_user: UserResult;
  unfreeze_user: UserResult;
  create_asset: AssetResult;
  change_asset: AssetResult;
  list_market: MarketResult;
  change_market: MarketResult;
  halt_market: MarketResult;
  resume_market: MarketResult;
  set_fees: MarketResult;
  set_fee_tier: { readonly tier: number };
  set_user_tier: UserResult;
  set_withdrawal_limit: UserResult;
  register_address: UserResult & AssetResult & { readonly address: string; readonly memo: string };
  credit_deposit: DepositResult;
  report_deposit: DepositResult;
  change_deposit: DepositResult;
  change_withdrawal: WithdrawalResult;
  correct: { readonly transfer_ids: readonly number[] };
}

/** The answer to a command of one type. What it made or changed is in `result`. */
export type TypedReply<T extends EnvelopeType> = CommandReply & {
  readonly type: T;
  readonly result: T extends keyof CommandResults ? CommandResults[T] : unknown;
};

/** What became of one operation of a batch: told apart by `code`, which only a rejection has. */
export type OperationResult<T extends OperationType> = CommandResults[T] | OperationRejected;
