// What an operator looks at before he acts: what waits for him, and an account as a whole.

import {
  type DepositRow,
  EXTERNAL_STATUSES,
  type ExternalStatus,
  type WithdrawalRow,
} from '@picostocks/protocol';
import { type Command, Option } from 'commander';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { type Column, formatMillis, renderTable } from '../table.ts';
import { balanceTable, statusText } from './account-tables.ts';
import { addLeaf, type PageOptions, pageOf, readId, withKey, withPage, withUrl } from './leaf.ts';
import { codesFor } from './market-commands.ts';
import { actsTable } from './market-tables.ts';

type Codes = (id: number) => string;

interface CustodyOptions extends SessionOptions, PageOptions {
  readonly status?: ExternalStatus;
  readonly asset?: string;
}

export function addOperatorLists(operator: Command, terminal: Terminal): void {
  addCustodyList(operator, terminal, {
    name: 'withdrawals',
    summary: 'List the withdrawals of all users that are on their way, or with one status',
    read: (client, which) => client.getCustodyWithdrawals(which),
    table: withdrawalsTable,
  });
  addCustodyList(operator, terminal, {
    name: 'deposits',
    summary: 'List the deposits of all users that are on their way, or with one status',
    read: (client, which) => client.getCustodyDeposits(which),
    table: depositsTable,
  });
  addAddresses(operator, terminal);
  addActs(operator, terminal);
  addAccount(operator, terminal);
}

type OperatorClient = Awaited<ReturnType<Session['client']>>;
type Which = Parameters<OperatorClient['getCustodyWithdrawals']>[0];

interface CustodyList<Row> {
  readonly name: string;
  readonly summary: string;
  read(client: OperatorClient, which: Which): Promise<Row[]>;
  table(rows: readonly Row[], codes: Codes): string;
}

function addCustodyList<Row>(
  operator: Command,
  terminal: Terminal,
  { name, summary, read, table }: CustodyList<Row>,
): void {
  const list = addLeaf(operator, { name, summary, example: `operator ${name} --status init` })
    .addOption(new Option('--status <choice>', 'only these').choices(EXTERNAL_STATUSES))
    .option('--asset <asset>', 'only of this one, by code or number');
  withPage(withKey(withUrl(list, false), 'operator')).action(async (options: CustodyOptions) => {
    const session = new Session(terminal, options, { owner: 'operator' });
    const { status, asset } = options;
    const stockId = asset === undefined ? undefined : await session.directory.stockId(asset);
    const client = await session.client();
    const rows = await read(client, { status, stockId, ...pageOf(options) });
    const codes = await codesFor(session);
    session.output.reply(rows, () => table(rows, codes));
  });
}

const externalColumns = (begun: string): readonly Column[] => [
  { title: 'ID', align: 'right' },
  { title: begun },
  { title: 'USER', align: 'right' },
  { title: 'ASSET' },
  { title: 'QUANTITY', align: 'amount' },
];

function externalCells(row: WithdrawalRow | DepositRow, codes: Codes): string[] {
  const { id, time, user_id, stock_id, quantity } = row;
  return [String(id), formatMillis(time), String(user_id), codes(stock_id), quantity];
}

function withdrawalsTable(rows: readonly WithdrawalRow[], codes: Codes): string {
  if (rows.length === 0) return 'No withdrawals.';
  const columns: Column[] = [
    ...externalColumns('ASKED'),
    { title: 'FEE', align: 'amount' },
    { title: 'STATUS' },
    { title: 'CLAIMED BY', align: 'right' },
    { title: 'ADDRESS' },
    { title: 'MEMO' },
    { title: 'TXID' },
    { title: 'REASON' },
  ];
  const cells = rows.map((row) => [
    ...externalCells(row, codes),
    row.fee,
    row.status,
    row.claimed_by === null ? '-' : `key ${row.claimed_by}`,
    row.address,
    row.memo,
    row.txid,
    row.reason,
  ]);
  return renderTable(columns, cells);
}

function depositsTable(rows: readonly DepositRow[], codes: Codes): string {
  if (rows.length === 0) return 'No deposits.';
  const columns: Column[] = [
    ...externalColumns('SEEN'),
    { title: 'STATUS' },
    { title: 'ADDRESS' },
    { title: 'MEMO' },
    { title: 'TXID' },
    { title: 'OUTPUT', align: 'right' },
    { title: 'REASON' },
  ];
  const cells = rows.map((row) => [
    ...externalCells(row, codes),
    row.status,
    row.address,
    row.memo,
    row.txid,
    String(row.output),
    row.reason,
  ]);
  return renderTable(columns, cells);
}

function addAddresses(operator: Command, terminal: Terminal): void {
  const addresses = addLeaf(operator, {
    name: 'addresses',
    summary: 'List who waits for a deposit address',
    example: 'operator addresses',
    details: 'Give them with "picostocks operator register-address".',
  });
  withKey(withUrl(addresses, false), 'operator').action(async (options: SessionOptions) => {
    const session = new Session(terminal, options, { owner: 'operator' });
    const rows = await (await session.client()).getWantedAddresses();
    const codes = await codesFor(session);
    session.output.reply(rows, () => {
      if (rows.length === 0) return 'Nobody waits for an address.';
      const columns: Column[] = [{ title: 'USER', align: 'right' }, { title: 'ASSET' }];
      return renderTable(
        columns,
        rows.map(({ user_id, stock_id }) => [String(user_id), codes(stock_id)]),
      );
    });
  });
}

interface ActsOptions extends SessionOptions, PageOptions {}

function addActs(operator: Command, terminal: Terminal): void {
  const acts = addLeaf(operator, {
    name: 'acts',
    summary: 'List what the operators did, with which key, and everything that they signed',
    example: 'operator acts --since 2026-01-31',
  });
  withPage(withKey(withUrl(acts, false), 'operator')).action(async (options: ActsOptions) => {
    const session = new Session(terminal, options, { owner: 'operator' });
    const reply = await (await session.client()).getActs(pageOf(options));
    session.output.reply(reply, () => actsTable(reply));
  });
}

function addAccount(operator: Command, terminal: Terminal): void {
  const account = addLeaf(operator, {
    name: 'account',
    summary: "Show a user's standing and what he has",
    example: 'operator account 19',
  }).argument('<user_id>', 'which user');
  withKey(withUrl(account, false), 'operator').action(
    async (text: string, options: SessionOptions) => {
      const userId = readId(text, 'user_id');
      const session = new Session(terminal, options, { owner: 'operator' });
      const status = await session.read((reader) => reader.getStatus({ userId }));
      const balances = await session.read((reader) => reader.getAssetsBalance({ userId }));
      const codes = await codesFor(session);
      session.output.reply(
        { ...status, balances },
        () => `${statusText(status)}\n\n${balanceTable(balances, codes)}`,
      );
    },
  );
}
