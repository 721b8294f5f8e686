// What a trader does with orders that he has: by number or by his own name, one or many at once.

import { readFileSync } from 'node:fs';
import type { CommandParameters, OrderName } from '@picostocks/client';
import { type CancelResult, parseId, type Side } from '@picostocks/protocol';
import { type Command, Option } from 'commander';
import type { Directory } from '../directory.ts';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { formatMillis } from '../table.ts';
import { addLeaf, MARKET_HELP, readCount, withKey, withUser } from './leaf.ts';
import { codesFor } from './market-commands.ts';
import { batchTable, cancelledText, orderText, stateOf } from './order-tables.ts';

interface NamedOptions extends SessionOptions {
  readonly clientId?: string;
}

export function addOpenOrderCommands(program: Command, terminal: Terminal): void {
  const order = program
    .command('order')
    .description('Show, amend and cancel orders by number: order --help');
  addShow(order, terminal);
  addAmend(order, terminal);
  addCancelOrder(order, terminal);
  addCancelAll(order, terminal);
  addBatch(order, terminal);
  addCancelAfter(order, terminal);
}

/** A command about one order, named by either of its names. */
function withName(command: Command): Command {
  return withKey(
    withUser(command.argument('[order]', "the order's number")).option(
      '--client-id <id>',
      'your own name for it, instead of its number',
    ),
  );
}

function readName(text: string | undefined, { clientId }: NamedOptions): OrderName {
  if ((text === undefined) === (clientId === undefined)) {
    throw new UsageError('name one order: by its number, or with --client-id', {
      hint: '"picostocks orders" lists your open orders.',
    });
  }
  if (clientId !== undefined) return { clientOrderId: clientId };
  const orderId = parseId(text ?? '');
  if (orderId === undefined) throw new UsageError(`${text} is no order's number`);
  return { orderId };
}

function addShow(order: Command, terminal: Terminal): void {
  const show = addLeaf(order, {
    name: 'show',
    summary: 'Show an order, open or not, with its trades',
    example: 'order show 7',
  });
  withName(show).action(async (text: string | undefined, options: NamedOptions) => {
    const name = readName(text, options);
    const session = new Session(terminal, options);
    const userId = await session.userId();
    const reply = await session.read((reader) => reader.getOrder({ ...name, userId }));
    const codes = await codesFor(session);
    session.output.reply(reply, () => orderText(reply, codes));
  });
}

interface AmendOptions extends NamedOptions {
  readonly quantity?: string;
  readonly price?: string;
}

function addAmend(order: Command, terminal: Terminal): void {
  const amend = addLeaf(order, {
    name: 'amend',
    summary: 'Change the price or the quantity of an open order',
    example: 'order amend 7 --quantity 0.8',
    details:
      'A smaller quantity keeps its place in the queue; anything else goes to the end of it, and trades if\nit can.',
  })
    .option('--quantity <amount>', 'all of it, what was filled included')
    .option('--price <amount>', 'the new price');
  withName(amend).action(async (text: string | undefined, options: AmendOptions) => {
    const name = readName(text, options);
    const { quantity, price } = options;
    if (quantity === undefined && price === undefined) {
      throw new UsageError('nothing to change: give --quantity, --price, or both');
    }
    const session = new Session(terminal, options);
    const reply = await session.send((client) => client.amendOrder({ ...name, quantity, price }));
    const { result, nonce } = reply;
    session.output.reply(
      reply,
      () => `Order ${result.order_id}: ${stateOf(result)} (nonce ${nonce})`,
    );
  });
}

function addCancelOrder(order: Command, terminal: Terminal): void {
  const cancel = addLeaf(order, {
    name: 'cancel',
    summary: 'Cancel an open order',
    example: 'order cancel 7',
  });
  withName(cancel).action(async (text: string | undefined, options: NamedOptions) => {
    const name = readName(text, options);
    const session = new Session(terminal, options);
    const reply = await session.send((client) => client.cancelOrder(name));
    session.output.reply(reply, () => cancelledText(reply.result, reply));
  });
}

interface CancelAllOptions extends SessionOptions {
  readonly side?: Side;
}

function addCancelAll(order: Command, terminal: Terminal): void {
  const cancel = addLeaf(order, {
    name: 'cancel-all',
    summary: 'Cancel all open orders, or those of a market or a side',
    example: 'order cancel-all eth/btc',
  })
    .argument('[market]', MARKET_HELP)
    .addOption(new Option('--side <side>', 'only these').choices(['bid', 'ask']));
  withKey(withUser(cancel)).action(
    async (market: string | undefined, options: CancelAllOptions) => {
      const session = new Session(terminal, options);
      const ids = market === undefined ? {} : await session.directory.market(market);
      const which = { ...ids, side: options.side };
      const orders: CancelResult['orders'] = [];
      while (true) {
        // One command cancels up to 1,000.
        const reply = await session.send((client) => client.cancelOrders(which));
        orders.push(...reply.result.orders);
        if (reply.result.more === true) continue;
        const result = { orders, more: false };
        session.output.reply({ ...reply, result }, () => cancelledText(result, reply));
        return;
      }
    },
  );
}

function addBatch(order: Command, terminal: Terminal): void {
  const batch = addLeaf(order, {
    name: 'batch',
    summary: 'Do up to 1,000 operations in order, under one signature',
    example: 'order batch operations.jsonl',
    details: `One operation a line, as JSON; "market" may stand for stock_id and unit_id. Each has a result of its own:
  {"operation":"cancel_orders","market":"eth/btc"}
  {"operation":"place_order","market":"eth/btc","side":"bid","quantity":"1","price":"0.07"}
  {"operation":"amend_order","order_id":7,"quantity":"0.8"}`,
  }).argument('<file>', 'the operations; - is the standard input');
  withKey(withUser(batch)).action(async (file: string, options: SessionOptions) => {
    const session = new Session(terminal, options);
    const operations = await readOperations(file, session.directory);
    const names = operations.map(({ operation }) => String(operation));
    const params = { operations } as unknown as CommandParameters<'batch'>;
    const reply = await session.send((client) => client.sendCommand('batch', params));
    const results = reply.result.operations;
    session.output.reply(reply, () => batchTable(names, results));
    const rejected = results.filter((result) => 'code' in result).length;
    if (rejected > 0) session.output.note(`${rejected} of ${results.length} were rejected.`);
  });
}

async function readOperations(
  file: string,
  directory: Directory,
): Promise<Record<string, unknown>[]> {
  const operations: Record<string, unknown>[] = [];
  for (const [index, line] of readLines(file).entries()) {
    if (line.trim() === '') continue;
    const { market, ...operation } = readOperation(line, index + 1);
    if (typeof market !== 'string') {
      operations.push(operation);
      continue;
    }
    const { stockId, unitId } = await directory.market(market);
    operations.push({ ...operation, stock_id: stockId, unit_id: unitId });
  }
  return operations;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').split('\n');
  } catch (error) {
    throw new UsageError(`cannot read ${file} (${(error as NodeJS.ErrnoException).code})`);
  }
}

function readOperation(line: string, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && 'operation' in value) return { ...value };
  throw new UsageError(`line ${number} is no operation`, {
    hint: 'Help: picostocks order batch --help',
  });
}

function addCancelAfter(order: Command, terminal: Terminal): void {
  const cancelAfter = addLeaf(order, {
    name: 'cancel-after',
    summary: "Set a dead-man's switch: without another command in time all your orders go",
    example: 'order cancel-after 60',
    details:
      'Every command that this key signs starts the time anew. It is per key: a bot sets it with its own.',
  }).argument('<seconds>', '10 to 86400; 0 takes it off');
  withKey(withUser(cancelAfter)).action(async (text: string, options: SessionOptions) => {
    const seconds = readCount(text);
    const session = new Session(terminal, options);
    const reply = await session.send((client) => client.cancelAfter({ seconds }));
    const { due } = reply.result;
    session.output.reply(reply, () =>
      due === null
        ? 'The switch is off.'
        : `All your orders are cancelled at ${formatMillis(due)}, unless this key gives a command before.`,
    );
  });
}
