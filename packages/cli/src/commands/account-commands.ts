import { parseId } from '@picostocks/protocol';
import type { Command } from 'commander';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { renderFields } from '../table.ts';
import { balanceTable, feesTable, historyTable, statusText } from './account-tables.ts';
import {
  addLeaf,
  MARKET_HELP,
  type PageOptions,
  pageOf,
  withKey,
  withLimit,
  withPage,
  withUser,
} from './leaf.ts';
import { codesFor } from './market-commands.ts';
import { ordersTable } from './order-tables.ts';

interface LimitOptions extends SessionOptions {
  readonly limit?: number;
}

export function addAccountCommands(program: Command, terminal: Terminal): void {
  const balance = addLeaf(program, {
    name: 'balance',
    summary: 'Show what a user has, free and locked in orders and withdrawals',
    example: 'balance',
  });
  withKey(withUser(balance)).action(async (options: SessionOptions) => {
    const session = new Session(terminal, options);
    const userId = await session.userId();
    const reply = await session.read((reader) => reader.getAssetsBalance({ userId }));
    const codes = await codesFor(session);
    session.output.reply(reply, () => balanceTable(reply, codes));
  });

  addOrders(program, terminal);
  addHistory(program, terminal);
  addStanding(program, terminal);
  addNonces(program, terminal);
}

interface OrdersOptions extends SessionOptions, PageOptions {
  readonly closed?: boolean;
}

function addOrders(program: Command, terminal: Terminal): void {
  const orders = addLeaf(program, {
    name: 'orders',
    summary: "Show a user's open orders, or those that are closed",
    example: 'orders eth/btc',
  })
    .argument('[market]', MARKET_HELP)
    .option('--closed', 'orders that were filled, cancelled or expired');
  withPage(withKey(withUser(orders))).action(
    async (market: string | undefined, options: OrdersOptions) => {
      const session = new Session(terminal, options);
      const userId = await session.userId();
      const ids = market === undefined ? {} : await session.directory.market(market);
      const status = options.closed === true ? ('closed' as const) : undefined;
      const reply = await session.read((reader) =>
        reader.getOrders({ ...ids, userId, status, ...pageOf(options) }),
      );
      const codes = await codesFor(session);
      session.output.reply(reply, () => ordersTable(reply, codes));
    },
  );
}

function addHistory(program: Command, terminal: Terminal): void {
  const history = addLeaf(program, {
    name: 'history',
    summary: 'Show what a user bought and sold of an asset, newest first',
    example: 'history eth/btc',
  });
  withLimit(
    withKey(withUser(history.argument('<asset>', 'an asset (eth, 3), or a market (eth/btc)'))),
  ).action(async (asset: string, options: LimitOptions) => {
    const session = new Session(terminal, options);
    const { directory, output } = session;
    const userId = await session.userId();
    const ids = asset.includes('/')
      ? await directory.market(asset)
      : { stockId: await directory.stockId(asset) };
    const reply = await session.read((reader) =>
      reader.getHistoricalOrders({ ...ids, userId, limit: options.limit }),
    );
    const codes = await codesFor(session);
    output.reply(reply, () => historyTable(reply, { codes, userId }));
  });
}

function addStanding(program: Command, terminal: Terminal): void {
  const status = addLeaf(program, {
    name: 'status',
    summary: 'Show whether an account is open or frozen, and why',
    example: 'status',
  });
  withKey(withUser(status)).action(async (options: SessionOptions) => {
    const session = new Session(terminal, options);
    const userId = await session.userId();
    const reply = await session.read((reader) => reader.getStatus({ userId }));
    session.output.reply(reply, () => statusText(reply));
  });

  const fees = addLeaf(program, {
    name: 'fees',
    summary: "Show a user's trading fees in every market",
    example: 'fees',
  });
  withKey(withUser(fees)).action(async (options: SessionOptions) => {
    const session = new Session(terminal, options);
    const userId = await session.userId();
    const reply = await session.read((reader) => reader.getFees({ userId }));
    const codes = await codesFor(session);
    session.output.reply(reply, () => feesTable(reply, codes));
  });
}

function addNonces(program: Command, terminal: Terminal): void {
  const nonce = addLeaf(program, {
    name: 'nonce',
    summary: "Show the nonce of the next command that a user's key signs",
    example: 'nonce --user 1',
  });
  withKey(withUser(nonce)).action(async (options: SessionOptions) => {
    const session = new Session(terminal, options);
    const { keyId } = session;
    const userId = await session.userId();
    const reply = await session.read((reader) => reader.getNonce({ userId, keyId }));
    session.output.reply(reply, () => String(reply.nonce));
  });

  const result = addLeaf(program, {
    name: 'result',
    summary: 'Show what became of the command that used a nonce',
    example: 'result 271828182845',
  });
  const nonceHelp = 'the nonce, as every answer to a command tells it';
  withKey(withUser(result.argument('<nonce>', nonceHelp))).action(
    async (text: string, options: SessionOptions) => {
      const nonce = parseId(text);
      if (nonce === undefined) throw new UsageError(`${text} is no nonce`);
      const session = new Session(terminal, options);
      const { keyId } = session;
      const userId = await session.userId();
      const reply = await session.read((reader) => reader.getResult({ userId, keyId, nonce }));
      session.output.reply(reply, () =>
        renderFields({
          status: `${reply.status} (HTTP ${reply.http_status})`,
          time: new Date(reply.time).toISOString(),
          sequence: String(reply.sequence),
          message: `SHA-256 ${reply.message_hash}`,
          answer: JSON.stringify(reply.reply),
        }),
      );
    },
  );
}
