// Money on the move: to other users, to the outside world, and from it.

import { isPending } from '@picostocks/client';
import type { Command } from 'commander';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { renderFields, shortAmount } from '../table.ts';
import { externalTable, transfersTable } from './account-tables.ts';
import {
  ASSET_HELP,
  addLeaf,
  type PageOptions,
  pageOf,
  readId,
  withKey,
  withPage,
  withUser,
} from './leaf.ts';
import { codesFor } from './market-commands.ts';

export function addMoneyCommands(program: Command, terminal: Terminal): void {
  addTransfer(program, terminal);
  addTransfers(program, terminal);
  addDepositAddress(program, terminal);
  addExternalList(program, terminal, 'deposits');
  addWithdraw(program, terminal);
  addExternalList(program, terminal, 'withdrawals');
  addCancelWithdrawal(program, terminal);
}

interface MemoOptions extends SessionOptions {
  readonly memo?: string;
}
interface ListOptions extends SessionOptions, PageOptions {}

function addTransfer(program: Command, terminal: Terminal): void {
  const transfer = addLeaf(program, {
    name: 'transfer',
    summary: 'Move free money to another user',
    example: 'transfer 2 btc 0.25 --memo rent',
  })
    .argument('<to_user>', "the other user's id")
    .argument('<asset>', ASSET_HELP)
    .argument('<quantity>', 'how much')
    .option('--memo <text>', 'a note for both, at most 64 bytes; anyone can read it');
  withKey(withUser(transfer)).action(
    async (to: string, asset: string, quantity: string, options: MemoOptions) => {
      const toUser = readId(to, 'to_user');
      const session = new Session(terminal, options);
      const stockId = await session.directory.stockId(asset);
      const codes = await codesFor(session);
      const { memo } = options;
      const reply = await session.send((client) =>
        client.transfer({ toUser, stockId, quantity, memo }),
      );
      session.output.reply(
        reply,
        () =>
          `Transfer ${reply.result.transfer_id}: ${shortAmount(quantity)} ${codes(stockId)} to user ${toUser} (nonce ${reply.nonce})`,
      );
    },
  );
}

function addTransfers(program: Command, terminal: Terminal): void {
  const transfers = addLeaf(program, {
    name: 'transfers',
    summary: "Show a user's transfers to and from other users",
    example: 'transfers btc',
  });
  withPage(withKey(withUser(transfers.argument('[asset]', ASSET_HELP)))).action(
    async (asset: string | undefined, options: ListOptions) => {
      const session = new Session(terminal, options);
      const list = await listOf(session, { asset, options });
      const reply = await session.read((reader) => reader.getTransfersInternal(list));
      const codes = await codesFor(session);
      session.output.reply(reply, () => transfersTable(reply, { codes, userId: list.userId }));
    },
  );
}

/** Whose transfers, and which of them. */
async function listOf(
  session: Session,
  { asset, options }: { readonly asset: string | undefined; readonly options: ListOptions },
) {
  const userId = await session.userId();
  const stockId = asset === undefined ? undefined : await session.directory.stockId(asset);
  return { userId, stockId, ...pageOf(options) };
}

const EXTERNAL = {
  deposits: { summary: "Show a user's deposits", none: 'No deposits.' },
  withdrawals: {
    summary: "Show a user's withdrawals, and how far they have come",
    none: 'No withdrawals.',
  },
} as const;

function addExternalList(
  program: Command,
  terminal: Terminal,
  kind: 'deposits' | 'withdrawals',
): void {
  const { summary, none } = EXTERNAL[kind];
  const list = addLeaf(program, { name: kind, summary, example: `${kind} btc` });
  withPage(withKey(withUser(list.argument('[asset]', ASSET_HELP)))).action(
    async (asset: string | undefined, options: ListOptions) => {
      const session = new Session(terminal, options);
      const which = await listOf(session, { asset, options });
      const rows = (await session.read((reader) => reader.getTransfersExternal(which)))[kind];
      const codes = await codesFor(session);
      session.output.reply(rows, () => externalTable(rows, { codes, none }));
    },
  );
}

interface AddressOptions extends SessionOptions {
  readonly request?: boolean;
}

function addDepositAddress(program: Command, terminal: Terminal): void {
  const address = addLeaf(program, {
    name: 'deposit-address',
    summary: 'Show where to deposit an asset, or ask for an address',
    example: 'deposit-address btc --request',
    details: 'An address that was shown once stays yours for ever.',
  })
    .argument('<asset>', ASSET_HELP)
    .option('--request', 'ask for one, or for another one');
  withKey(withUser(address)).action(async (asset: string, options: AddressOptions) => {
    const session = new Session(terminal, options);
    const stockId = await session.directory.stockId(asset);
    if (options.request === true)
      await session.send((client) => client.requestAddress({ stockId }));
    const userId = await session.userId();
    const reply = await session.read((reader) => reader.getDepositAddress({ userId, stockId }));
    session.output.reply(reply, () =>
      reply.address === null
        ? noAddressText(reply.wanted, asset)
        : renderFields({
            address: reply.address,
            ...(reply.memo === null || reply.memo === '' ? {} : { memo: reply.memo }),
          }),
    );
    if (reply.address !== null && reply.memo !== null && reply.memo !== '') {
      session.output.note('Give the memo with every deposit: without it nobody knows whose it is.');
    }
  });
}

function noAddressText(isWanted: boolean, asset: string): string {
  return isWanted
    ? 'An address was asked for: an operator has yet to register it.'
    : `There is no address yet. Ask for one: picostocks deposit-address ${asset} --request`;
}

function addWithdraw(program: Command, terminal: Terminal): void {
  const withdraw = addLeaf(program, {
    name: 'withdraw',
    summary: 'Ask for a withdrawal to an address outside the exchange',
    example: 'withdraw btc 0.5 bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq',
    details:
      'The quantity is what arrives; the fee is locked beside it. It may wait for an operator: "picostocks\nwithdrawals" tells how far it has come.',
  })
    .argument('<asset>', ASSET_HELP)
    .argument('<quantity>', 'what is to arrive')
    .argument('<address>', 'where to')
    .option('--memo <text>', 'what the receiver asks to be named, at most 64 bytes');
  withKey(withUser(withdraw)).action(
    async (asset: string, quantity: string, address: string, options: MemoOptions) => {
      const session = new Session(terminal, options);
      const stockId = await session.directory.stockId(asset);
      const codes = await codesFor(session);
      const { memo } = options;
      const reply = await session.send((client) =>
        client.requestWithdrawal({ stockId, quantity, address, memo }),
      );
      const { withdrawal_id, status, fee } = reply.result;
      session.output.reply(
        reply,
        () =>
          `Withdrawal ${withdrawal_id}: ${shortAmount(quantity)} ${codes(stockId)}, fee ${shortAmount(fee)}, ${status} (nonce ${reply.nonce})`,
      );
      if (status === 'init') session.output.note('It waits for an operator to approve it.');
    },
  );
}

function addCancelWithdrawal(program: Command, terminal: Terminal): void {
  const cancel = addLeaf(program, {
    name: 'cancel-withdrawal',
    summary: 'Take a withdrawal back that nobody has approved or claimed yet',
    example: 'cancel-withdrawal 4',
  }).argument('<withdrawal>', 'its number');
  withKey(withUser(cancel)).action(async (text: string, options: SessionOptions) => {
    const withdrawalId = readId(text, 'withdrawal');
    const session = new Session(terminal, options);
    const reply = await session.send((client) => client.cancelWithdrawal({ withdrawalId }));
    const { status, quantity, fee } = reply.result;
    const state = isPending(status) ? 'locked' : 'free again';
    session.output.reply(
      reply,
      () =>
        `Withdrawal ${withdrawalId}: ${status}; ${shortAmount(quantity)} and the fee ${shortAmount(fee)} are ${state} (nonce ${reply.nonce})`,
    );
  });
}
