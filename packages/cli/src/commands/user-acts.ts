// Acts about users, and about money that crosses the border.

import { EXTERNAL_STATUSES } from '@picostocks/protocol';
import { type Act, type ActArgument, ASSET, number, numberOf, plain } from './act.ts';

const USER = number('user_id', 'which user');
const REASON = plain('reason', 'why, for everybody to read');
const WITHDRAWAL = numberOf('withdrawal_id', { name: 'withdrawal', help: 'its number' });
const DEPOSIT = numberOf('deposit_id', { name: 'deposit', help: 'its number' });
const STATUS = plain('status', `one of ${EXTERNAL_STATUSES.join(', ')}`);
const TXID = plain('txid', 'the transaction, up to 100 characters');
const ADDRESS = plain('address', 'where it arrives');

const DAILY_LIMIT: ActArgument = {
  name: 'daily_withdrawal',
  help: "how much a day; none: the asset's own limit again",
  read: (text) => ({ daily_withdrawal: text === 'none' ? null : text }),
};

export const USER_ACTS: readonly Act[] = [
  {
    name: 'register-user',
    type: 'register_user',
    summary: 'Register a user, whether registration is open or not',
    example: 'register-user d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    arguments: [plain('public_key', "the user's public key, 64 hexadecimal digits")],
  },
  {
    name: 'freeze',
    type: 'freeze_user',
    summary: 'Freeze an account: its orders go, it neither trades nor moves money',
    example: 'freeze 19 "court order 7/2026"',
    arguments: [USER, REASON],
  },
  {
    name: 'unfreeze',
    type: 'unfreeze_user',
    summary: 'Open a frozen account again',
    example: 'unfreeze 19',
    arguments: [USER],
  },
  {
    name: 'set-user-tier',
    type: 'set_user_tier',
    summary: 'Put a user into a fee tier',
    example: 'set-user-tier 19 1',
    arguments: [USER, number('tier', '0 to 20')],
  },
  {
    name: 'set-withdrawal-limit',
    type: 'set_withdrawal_limit',
    summary: "Set a user's own daily limit of withdrawals of an asset",
    example: 'set-withdrawal-limit 19 btc 2.5',
    arguments: [USER, ASSET, DAILY_LIMIT],
  },
];

/** By hand what else a custody worker does: docs/custody.md. */
export const MONEY_ACTS: readonly Act[] = [
  {
    name: 'deposit',
    type: 'credit_deposit',
    summary: 'Credit a deposit by hand; the same asset, txid and output only once',
    example: 'deposit 1 btc 0.5 4a5e1e4baab89f3a32518a88c31bc87f --output 0',
    arguments: [
      number('user_id', 'who gets it'),
      ASSET,
      plain('quantity', 'how much'),
      plain('txid', 'the transaction that brought it, up to 100 characters'),
    ],
  },
  {
    name: 'register-address',
    type: 'register_address',
    summary: 'Give a user an address to deposit an asset at',
    example: 'register-address 19 btc bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
    arguments: [USER, ASSET, ADDRESS],
  },
  {
    name: 'report-deposit',
    type: 'report_deposit',
    summary: 'Report a deposit that was seen at an address; custody keys only',
    example:
      'report-deposit btc bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq 0.5 4a5e1e4b --output 0',
    arguments: [ASSET, ADDRESS, plain('quantity', 'how much'), TXID],
  },
  {
    name: 'complete-deposit',
    type: 'change_deposit',
    summary: 'Credit a deposit that was reported',
    example: 'complete-deposit 6',
    arguments: [DEPOSIT],
    params: { status: 'done' },
  },
  {
    name: 'reject-deposit',
    type: 'change_deposit',
    summary: 'Refuse a deposit that was reported, for good',
    example: 'reject-deposit 6 "it was sent back"',
    arguments: [DEPOSIT, REASON],
    params: { status: 'canceled' },
  },
  {
    name: 'change-deposit',
    type: 'change_deposit',
    summary: 'Give a deposit any status that it may have next',
    example: 'change-deposit 6 confirmed',
    arguments: [DEPOSIT, STATUS],
  },
  {
    name: 'approve-withdrawal',
    type: 'change_withdrawal',
    summary: 'Approve a withdrawal, or have one in error sent again',
    example: 'approve-withdrawal 4',
    arguments: [WITHDRAWAL],
    params: { status: 'accepted' },
    options: ['reason'],
  },
  {
    name: 'reject-withdrawal',
    type: 'change_withdrawal',
    summary: 'Refuse a withdrawal: its money is free again',
    example: 'reject-withdrawal 4 "the address is not yours"',
    details: 'Of one in error: only once it is certain that it was not paid.',
    arguments: [WITHDRAWAL, REASON],
    params: { status: 'canceled' },
    options: [],
  },
  {
    name: 'claim-withdrawal',
    type: 'change_withdrawal',
    summary: 'Claim a withdrawal before paying it: nobody else can pay it then',
    example: 'claim-withdrawal 4',
    arguments: [WITHDRAWAL],
    params: { status: 'busy' },
    options: [],
  },
  {
    name: 'confirm-withdrawal',
    type: 'change_withdrawal',
    summary: 'Say that a claimed withdrawal was sent, in which transaction',
    example: 'confirm-withdrawal 4 4a5e1e4baab89f3a32518a88c31bc87f',
    arguments: [WITHDRAWAL, TXID],
    params: { status: 'confirmed' },
    options: [],
  },
  {
    name: 'complete-withdrawal',
    type: 'change_withdrawal',
    summary: 'Say that a withdrawal has arrived: its money has left the exchange',
    example: 'complete-withdrawal 4',
    arguments: [WITHDRAWAL],
    params: { status: 'done' },
  },
  {
    name: 'fail-withdrawal',
    type: 'change_withdrawal',
    summary: 'Say that it is not known whether a withdrawal was paid: its money stays locked',
    example: 'fail-withdrawal 4 "the node does not answer"',
    arguments: [WITHDRAWAL, REASON],
    params: { status: 'error' },
    options: ['txid'],
  },
  {
    name: 'change-withdrawal',
    type: 'change_withdrawal',
    summary: 'Give a withdrawal any status that it may have next',
    example: 'change-withdrawal 4 ignore --reason dust',
    arguments: [WITHDRAWAL, STATUS],
  },
];
