// Every command of an envelope and what does it; and the ladder that all of them stand on.

import {
  type DecodedParams,
  type EnvelopeCommand,
  type EnvelopeType,
  isOperatorType,
  OPERATOR_USER_ID,
  type Rejection,
} from '@picostocks/protocol';
import type { Act, Apply } from './act.ts';
import { registerAddress, requestAddress } from './addresses.ts';
import { correct } from './corrections.ts';
import { changeDeposit, creditDeposit, reportDeposit } from './deposits.ts';
import { setFees, setFeeTier, setUserTier } from './fees.ts';
import { freezeUser, unfreezeUser } from './freeze.ts';
import { addKey, mayGive, revokeKey, rotateKey } from './keys.ts';
import {
  changeAsset,
  changeMarket,
  createAsset,
  haltMarket,
  listMarket,
  resumeMarket,
} from './listings.ts';
import { batch, OPERATIONS } from './operations.ts';
import { recover } from './recover.ts';
import { changeSettings } from './settings.ts';
import type { State } from './state.ts';
import { cancelAfter } from './switches.ts';
import { transfer } from './transfers.ts';
import { registerUser } from './users.ts';
import {
  cancelWithdrawal,
  changeWithdrawal,
  requestWithdrawal,
  setWithdrawalLimit,
} from './withdrawals.ts';

const TABLE: { readonly [T in EnvelopeType]: Apply<DecodedParams<T>> } = {
  ...OPERATIONS,
  batch,
  cancel_after: cancelAfter,
  noop: spendNonce,
  transfer,
  add_key: addKey,
  rotate_key: rotateKey,
  revoke_key: revokeKey,
  request_address: requestAddress,
  request_withdrawal: requestWithdrawal,
  cancel_withdrawal: cancelWithdrawal,
  register_user: registerUser,
  freeze_user: freezeUser,
  unfreeze_user: unfreezeUser,
  create_asset: createAsset,
  change_asset: changeAsset,
  list_market: listMarket,
  change_market: changeMarket,
  halt_market: haltMarket,
  resume_market: resumeMarket,
  set_fees: setFees,
  set_fee_tier: setFeeTier,
  set_user_tier: setUserTier,
  set_withdrawal_limit: setWithdrawalLimit,
  credit_deposit: creditDeposit,
  register_address: registerAddress,
  report_deposit: reportDeposit,
  change_deposit: changeDeposit,
  change_withdrawal: changeWithdrawal,
  correct,
  change_settings: changeSettings,
  recover,
};
/** The table once more, since looking a name up in an object of many names costs the hot path three times as much. */
const COMMANDS = new Map(Object.entries(TABLE) as [EnvelopeType, Apply<never>][]);

function spendNonce(_state: State, { events }: Act): undefined {
  events.push({ kind: 'nonce_spent' });
}

/** Checks what every envelope is checked for, then does what it asks (docs/protocol.md §6.4). */
export function executeEnvelope(
  state: State,
  act: Act,
  command: EnvelopeCommand,
): Rejection | undefined {
  if (command.expires < state.time) return 'expired';
  if (command.userId !== OPERATOR_USER_ID && isOperatorType(command.type)) return 'not_operator';
  if (!mayGive(act.key, command)) return 'key_scope';
  const apply = COMMANDS.get(command.type) as Apply<typeof command.params>;
  return apply(state, act, command.params);
}
