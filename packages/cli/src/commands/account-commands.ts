import { parseId } from '@picostocks/protocol';
import type { Command } from 'commander';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { renderFields } from '../table.ts';
import { balanceTable, depositsTable, historyTable, transfersTable } from './account-tables.ts';
import { ASSET_HELP, addLeaf, MARKET_HELP, withLimit, withUser } from './leaf.ts';
import { codesFor } from './market-commands.ts';
import { bookTable } from './market-tables.ts';

interface LimitOptions extends SessionOptions {
  readonly limit?: number;
}

export function addAccountCommands(program: Command, terminal: Terminal): void {
  const balance = addLeaf(program, {
    name: 'balance',
    summary: 'Show what a user has, free and locked in orders',
    example: 'balance',
  });
  withUser(balance).action(async (options: SessionOptions) => {
    const session = new Session(terminal, options);
    const reply = await session.reader.getAssetsBalance({ userId: await session.userId() });
    const codes = await codesFor(session);
    session.output.reply(reply, () => balanceTable(reply, codes));
  });

  const orders = addLeaf(program, {
    name: 'orders',
    summary: "Show a user's open orders",
    example: 'orders eth/btc',
  });
  withLimit(withUser(orders.argument('[market]', MARKET_HELP)), 'orders of each side').action(
    async (market: string | undefined, options: LimitOptions) => {
      const session = new Session(terminal, options);
      const userId = await session.userId();
      const ids = market === undefined ? {} : await session.directory.market(market);
      const reply = await session.reader.getOpenOrders({ ...ids, userId, limit: options.limit });
      const codes = await codesFor(session);
      session.output.reply(reply, () => bookTable(reply, { codes, rows: Infinity }));
    },
  );
  addHistory(program, terminal);
  addTransferLists(program, terminal);
  addNonces(program, terminal);
}

function addHistory(program: Command, terminal: Terminal): void {
  const history = addLeaf(program, {
    name: 'history',
    summary: 'Show what a user bought and sold of an asset, newest first',
    example: 'history eth/btc',
  });
  withLimit(
    withUser(history.argument('<asset>', 'an asset (eth, 3), or a market (eth/btc)')),
  ).action(async (asset: string, options: LimitOptions) => {
    const session = new Session(terminal, options);
    const { directory, reader, output } = session;
    const userId = await session.userId();
    const ids = asset.includes('/')
      ? await directory.market(asset)
      : { stockId: await directory.stockId(asset) };
    const reply = await reader.getHistoricalOrders({ ...ids, userId, limit: options.limit });
    const codes = await codesFor(session);
    output.reply(reply, () => historyTable(reply, { codes, userId }));
  });
}

function addTransferLists(program: Command, terminal: Terminal): void {
  const transfers = addLeaf(program, {
    name: 'transfers',
    summary: "Show a user's transfers of an asset to and from other users",
    example: 'transfers btc',
  });
  withUser(transfers.argument('<asset>', ASSET_HELP)).action(
    async (asset: string, options: SessionOptions) => {
      const session = new Session(terminal, options);
      const userId = await session.userId();
      const stockId = await session.directory.stockId(asset);
      const reply = await session.reader.getTransfersInternal({ userId, stockId });
      session.output.reply(reply, () => transfersTable(reply, userId));
    },
  );

  const deposits = addLeaf(program, {
    name: 'deposits',
    summary: "Show a user's deposits and withdrawals of an asset",
    example: 'deposits btc',
  });
  withUser(deposits.argument('<asset>', ASSET_HELP)).action(
    async (asset: string, options: SessionOptions) => {
      const session = new Session(terminal, options);
      const userId = await session.userId();
      const stockId = await session.directory.stockId(asset);
      const reply = await session.reader.getTransfersExternal({ userId, stockId });
      session.output.reply(reply, () => depositsTable(reply));
    },
  );
}

function addNonces(program: Command, terminal: Terminal): void {
  const nonce = addLeaf(program, {
    name: 'nonce',
    summary: "Show the nonce of a user's next signed command",
    example: 'nonce --user 1',
  });
  withUser(nonce).action(async (options: SessionOptions) => {
    const session = new Session(terminal, options);
    const reply = await session.reader.getNonce({ userId: await session.userId() });
    session.output.reply(reply, () => String(reply.nonce));
  });

  const result = addLeaf(program, {
    name: 'result',
    summary: 'Show what became of the command that used a nonce',
    example: 'result 271828182845',
  });
  withUser(result.argument('<nonce>', 'the nonce, as every answer to a command tells it')).action(
    async (text: string, options: SessionOptions) => {
      const nonce = parseId(text);
      if (nonce === undefined) throw new UsageError(`${text} is no nonce`);
      const session = new Session(terminal, options);
      const reply = await session.reader.getResult({ userId: await session.userId(), nonce });
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
