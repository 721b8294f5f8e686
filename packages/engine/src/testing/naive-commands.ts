// The envelope commands in the naive engine: what is asked of all of them, and who does each
// (docs/protocol.md §6.4).

import type { EnvelopeCommand } from '@picostocks/protocol';
import { correct } from './naive-corrections.ts';
import {
  changeDeposit,
  creditDeposit,
  registerAddress,
  reportDeposit,
  requestAddress,
} from './naive-deposits.ts';
import { addFurtherKey, isOperatorCommand, mayGive, revokeKey, rotateKey } from './naive-keys.ts';
import {
  changeAsset,
  changeMarket,
  createAsset,
  haltMarket,
  listMarket,
  resumeMarket,
  setFees,
  setFeeTier,
} from './naive-listings.ts';
import { applyBatch, applyOperation, newMeetings } from './naive-operations.ts';
import { recover } from './naive-recovery.ts';
import type { Moment, NaiveKey, NaiveState, Outcome } from './naive-state.ts';
import { switchFor } from './naive-time.ts';
import {
  changeSettings,
  freezeUser,
  registerKnownUser,
  setUserTier,
  setWithdrawalLimit,
  transfer,
  unfreezeUser,
} from './naive-users.ts';
import { cancelWithdrawal, changeWithdrawal, requestWithdrawal } from './naive-withdrawals.ts';

interface Signed<C> {
  readonly command: C;
  readonly key: NaiveKey;
  readonly at: Moment;
}

export function applyEnvelope(state: NaiveState, signed: Signed<EnvelopeCommand>): Outcome {
  const { command, key, at } = signed;
  if (command.expires < at.time) return 'expired';
  if (isOperatorCommand(command.type) && command.userId !== 0) return 'not_operator';
  if (!mayGive(key, command)) return 'key_scope';
  switch (command.type) {
    case 'noop':
      return [{ kind: 'nonce_spent' }];
    case 'place_order':
    case 'amend_order':
    case 'cancel_order':
    case 'cancel_at_price':
    case 'cancel_orders': {
      const { userId } = command;
      return applyOperation(state, command, { userId, time: at.time, meetings: newMeetings() });
    }
    case 'batch':
      return applyBatch(state, command, at.time);
    case 'cancel_after': {
      if (command.userId === 0) return 'operator_account';
      const { seconds } = command.params;
      key.switch = switchFor(seconds, at.time);
      return [{ kind: 'switch_set', seconds }];
    }
    case 'add_key':
      return addFurtherKey(state, command);
    case 'rotate_key':
      return rotateKey(state, command);
    case 'revoke_key':
      return revokeKey(state, command);
    default:
      return applyOther(state, { command, key, at });
  }
}

type OrderCommandType =
  | 'noop'
  | 'place_order'
  | 'amend_order'
  | 'cancel_order'
  | 'cancel_at_price'
  | 'cancel_orders'
  | 'batch'
  | 'cancel_after'
  | 'add_key'
  | 'rotate_key'
  | 'revoke_key';
type OtherCommand = Exclude<EnvelopeCommand, { readonly type: OrderCommandType }>;

function applyOther(state: NaiveState, { command, key, at }: Signed<OtherCommand>): Outcome {
  const { time } = at;
  switch (command.type) {
    case 'transfer':
      return transfer(state, command);
    case 'register_user':
      return registerKnownUser(state, command.params.publicKey, time);
    case 'freeze_user':
      return freezeUser(state, command.params, time);
    case 'unfreeze_user':
      return unfreezeUser(state, command.params);
    case 'create_asset':
      return createAsset(state, command.params, time);
    case 'change_asset':
      return changeAsset(state, command.params, time);
    case 'list_market':
      return listMarket(state, command.params, time);
    case 'change_market':
      return changeMarket(state, command.params, time);
    case 'halt_market':
      return haltMarket(state, command.params, time);
    case 'resume_market':
      return resumeMarket(state, command.params, time);
    case 'set_fees':
      return setFees(state, command.params, time);
    case 'set_fee_tier':
      return setFeeTier(state, command.params);
    case 'set_user_tier':
      return setUserTier(state, command.params);
    case 'set_withdrawal_limit':
      return setWithdrawalLimit(state, command.params);
    case 'change_settings':
      return changeSettings(state, command.params);
    case 'request_address':
      return requestAddress(state, command);
    case 'register_address':
      return registerAddress(state, command.params);
    case 'report_deposit':
      return reportDeposit(state, command.params, time);
    case 'change_deposit':
      return changeDeposit(state, { params: command.params, key, time });
    case 'credit_deposit':
      return creditDeposit(state, command.params, time);
    case 'request_withdrawal':
      return requestWithdrawal(state, command, time);
    case 'cancel_withdrawal':
      return cancelWithdrawal(state, command, time);
    case 'change_withdrawal':
      return changeWithdrawal(state, { params: command.params, key, time });
    case 'correct':
      return correct(state, command.params, at);
    case 'recover':
      return recover(state, command.params, at);
  }
}
