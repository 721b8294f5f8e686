import type { CancelReply, PutReply } from '@picostocks/protocol';
import { parseId } from '@picostocks/protocol';
import { Argument, type Command } from 'commander';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { renderTable, shortAmount } from '../table.ts';
import { ASSET_HELP, addLeaf, MARKET_HELP, withKey, withUser } from './leaf.ts';
import { codesFor } from './market-commands.ts';

type Side = 'ask' | 'bid';

export function addOrderCommands(program: Command, terminal: Terminal): void {
  addPut(program, terminal, {
    side: 'bid',
    summary: 'Bid for a quantity: buy at a price or below',
  });
  addPut(program, terminal, { side: 'ask', summary: 'Offer a quantity: sell at a price or above' });
  addCancel(program, terminal);
  addTransfer(program, terminal);
}

function addPut(
  program: Command,
  terminal: Terminal,
  { side, summary }: { side: Side; summary: string },
): void {
  const put = addLeaf(program, { name: side, summary, example: `${side} eth/btc 1.5 0.07` })
    .argument('<market>', MARKET_HELP)
    .argument('<quantity>', 'how much of the stock (eth in eth/btc); at most 18 decimals')
    .argument('<price>', 'in the unit (btc in eth/btc), for one; at most 18 decimals');
  withKey(withUser(put)).action(
    async (market: string, quantity: string, price: string, options: SessionOptions) => {
      const session = new Session(terminal, options);
      const order = { ...(await session.directory.market(market)), quantity, price };
      const reply = await session.send((client) =>
        side === 'bid' ? client.putBid(order) : client.putAsk(order),
      );
      const codes = await codesFor(session);
      session.output.reply(reply, () => putText(reply, { side, codes }));
    },
  );
}

function putText(
  reply: PutReply,
  { side, codes }: { side: Side; codes: (id: number) => string },
): string {
  const { order_id, quantity, filled, remaining, price, trades, nonce } = reply;
  const stock = codes(reply.stock_id);
  const unit = codes(reply.unit_id);
  const head = `Order ${order_id}: ${side} ${shortAmount(quantity)} ${stock} at ${shortAmount(price)} ${unit}`;
  const rest = `filled ${shortAmount(filled)}, in the book ${shortAmount(remaining)} (nonce ${nonce})`;
  if (trades.length === 0) return `${head}\n${rest}`;
  const columns = [
    { title: 'TRADE', align: 'right' },
    { title: `PRICE ${unit}`, align: 'amount' },
    { title: `QUANTITY ${stock}`, align: 'amount' },
    { title: `VALUE ${unit}`, align: 'amount' },
    { title: 'FEE', align: 'amount' },
  ] as const;
  const cells = trades.map((trade) => [
    String(trade.id),
    trade.price,
    trade.quantity,
    trade.value,
    trade.fee,
  ]);
  return `${head}\n${rest}\n\n${renderTable(columns, cells)}`;
}

function addCancel(program: Command, terminal: Terminal): void {
  const cancel = addLeaf(program, {
    name: 'cancel',
    summary: 'Cancel an open order, or a part of it, by its exact price',
    example: 'cancel bid eth/btc 1.5 0.07',
    details:
      'Of your orders at exactly that price, the newest whose remainder equals the quantity is\ncancelled; else they are reduced from the newest on until the quantity is used up.',
  })
    .addArgument(new Argument('<side>', 'of the order').choices(['bid', 'ask']))
    .argument('<market>', MARKET_HELP)
    .argument('<quantity>', 'how much to cancel')
    .argument('<price>', "the order's price");
  withKey(withUser(cancel)).action(
    async (
      side: Side,
      market: string,
      quantity: string,
      price: string,
      options: SessionOptions,
    ) => {
      const session = new Session(terminal, options);
      const order = { ...(await session.directory.market(market)), quantity, price };
      const reply = await session.send((client) =>
        side === 'bid' ? client.cancelBid(order) : client.cancelAsk(order),
      );
      session.output.reply(reply, () => cancelText(reply));
    },
  );
}

function cancelText({ response, orders, nonce }: CancelReply): string {
  const lines = orders.map(({ order_id, quantity, remaining }) => {
    const left = shortAmount(remaining);
    const state = left === '0' ? 'gone' : `${left} left`;
    return `Order ${order_id}: ${shortAmount(quantity)} cancelled, ${state}`;
  });
  return [...lines, `Cancelled in all: ${shortAmount(response)} (nonce ${nonce})`].join('\n');
}

interface TransferOptions extends SessionOptions {
  readonly memo?: string;
}

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
    async (to: string, asset: string, quantity: string, options: TransferOptions) => {
      const toUser = parseId(to);
      if (toUser === undefined) throw new UsageError(`${to} is no user id`);
      const session = new Session(terminal, options);
      const stockId = await session.directory.stockId(asset);
      const { memo } = options;
      const reply = await session.send((client) =>
        client.transfer({ toUser, stockId, quantity, memo }),
      );
      session.output.reply(
        reply,
        () =>
          `Transfer ${reply.result['transfer_id']}: ${shortAmount(quantity)} ${asset} to user ${toUser} (nonce ${reply.nonce})`,
      );
    },
  );
}
