// Compiled and never run: what must compile does, and what must not is marked.

import {
  HeadKeeper,
  type HistoryRewrittenError,
  type KeptHead,
  type OutcomeUnknownError,
  PicostocksClient,
  type PicostocksError,
  PicostocksReader,
} from '@picostocks/client';
import type { CommandReply, PutReply, TradesReply } from '@picostocks/protocol';

const baseUrl = 'http://127.0.0.1:8000';
const market = { stockId: 3, unitId: 2 };

export async function compiles(client: PicostocksClient, signal: AbortSignal): Promise<void> {
  const put: PutReply = await client.putBid({ ...market, quantity: '1', price: '0.05', signal });
  const trades: TradesReply = await client.getTradesHistory(market);
  const reply: CommandReply = await client.sendCommand('set_fees', {
    stock_id: 3,
    unit_id: 2,
    maker_ppm: 0,
    taker_ppm: 1000,
  });
  await client.sendCommand('noop', {}, { lifeMs: 1000, signal });
  await client.getNonce();
  await client.getOrderBook();
  put.order_id satisfies number;
  put.filled satisfies string;
  trades.bids.map((trade) => trade.price satisfies string);
  reply.sequence satisfies number;
}

export async function keepsHeads(reader: PicostocksReader): Promise<void> {
  const keeper = new HeadKeeper({ reader, storage: new Map<string, KeptHead>() });
  const { head, text } = await keeper.checkHead();
  head.sequence satisfies number;
  text satisfies string;
  await keeper.checkHead().catch((error: HistoryRewrittenError) => error.offered.text);
  // @ts-expect-error: a command is proved by what was signed.
  await keeper.verifyInclusion({ sequence: 1 });
}

export async function numbersAreNoAmounts(client: PicostocksClient): Promise<void> {
  // @ts-expect-error: a number has lost digits already.
  await client.putBid({ ...market, quantity: 1, price: '0.05' });
  // @ts-expect-error: a number has lost digits already.
  await client.putAsk({ ...market, quantity: '1', price: 0.05 });
  // @ts-expect-error: atoms are for the engine.
  await client.cancelAsk({ ...market, quantity: 1n, price: '0.05' });
  // @ts-expect-error: a number has lost digits already.
  await client.transfer({ toUser: 20, stockId: 2, quantity: 0.1 });
  // @ts-expect-error: a number has lost digits already.
  await client.sendCommand('list_market', { stock_id: 3, unit_id: 2, tick: 0.01 });
}

export async function commandsAreTyped(client: PicostocksClient): Promise<void> {
  // @ts-expect-error: no command has this type.
  await client.sendCommand('print_money', {});
  // @ts-expect-error: to_user is missing.
  await client.sendCommand('transfer', { stock_id: 2, quantity: '1' });
  // @ts-expect-error: tick belongs to a market.
  await client.sendCommand('create_asset', { stock_id: 9, code: 'abc', tick: '1' });
  // @ts-expect-error: the price is missing.
  await client.putBid({ ...market, quantity: '1' });
  // @ts-expect-error: ids are numbers.
  await client.getTradesHistory({ stockId: '3', unitId: 2 });
  // @ts-expect-error: which asset?
  await client.getHistoricalOrders();
}

export async function aReaderCannotSign(reader: PicostocksReader): Promise<void> {
  await reader.getStocks();
  // @ts-expect-error: who only reads has no key.
  await reader.putBid({ ...market, quantity: '1', price: '0.05' });
}

export function constructors(privateKey: string): unknown[] {
  return [
    new PicostocksReader({ baseUrl }),
    new PicostocksReader({ baseUrl, userId: 19, fetch: globalThis.fetch, timeoutMs: 1000 }),
    new PicostocksClient({ baseUrl, userId: 19, privateKey }),
    // @ts-expect-error: whose key is it?
    new PicostocksClient({ baseUrl, privateKey }),
    // @ts-expect-error: a client signs.
    new PicostocksClient({ baseUrl, userId: 19 }),
  ];
}

export function errors(error: OutcomeUnknownError): Promise<unknown> {
  error satisfies PicostocksError;
  error.nonce satisfies number | undefined;
  return error.resolve({ signal: AbortSignal.timeout(1000) });
}
