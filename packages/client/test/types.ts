// Compiled and never run: what must compile does, and what must not is marked.

import {
  followRows,
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

export async function ordersAreTyped(client: PicostocksClient): Promise<void> {
  const bid = { ...market, side: 'bid', quantity: '1', price: '0.05' } as const;
  const placed = await client.placeOrder({ ...bid, timeInForce: 'post_only' });
  placed.result.order_id satisfies number;
  placed.result.status satisfies 'open' | 'partly_filled' | 'filled' | 'cancelled' | 'expired';
  placed satisfies CommandReply;
  await client.placeOrder({ ...market, side: 'ask', quantity: '1', type: 'market' });
  await client.amendOrder({ clientOrderId: 'a', price: '0.06' });
  const { result } = await client.batch({
    operations: [
      { operation: 'place_order', ...bid },
      { operation: 'cancel_order', orderId: 7 },
    ],
  });
  const [first, second] = result.operations;
  if ('code' in first) first.detail satisfies string;
  else first.order_id satisfies number;
  if (!('code' in second)) second.orders satisfies object[];
  const withdrawal = await client.requestWithdrawal({ stockId: 2, quantity: '1', address: 'a' });
  withdrawal.result.fee satisfies string;
  const key = await client.addKey({ privateKey: '', scopes: ['trade'] });
  key.result.key_id satisfies number;
  const listed = await client.sendCommand('change_withdrawal', {
    withdrawal_id: 4,
    status: 'accepted',
  });
  listed.result.withdrawal_id satisfies number;
  const trades = followRows((page) => client.getOwnTrades(page), { after: 7 });
  for await (const trade of trades) trade.role satisfies 'maker' | 'taker' | 'auction';
  const candles = followRows((page) => client.getCandles({ ...market, since: page.since }));
  for await (const [begin] of candles) begin satisfies number;
  // @ts-expect-error: one name, not both.
  await client.cancelOrder({ orderId: 7, clientOrderId: 'a' });
  // @ts-expect-error: which order?
  await client.amendOrder({ quantity: '1' });
  // @ts-expect-error: no key may do that.
  await client.addKey({ privateKey: '', scopes: ['everything'] });
  // @ts-expect-error: a number has lost digits already.
  await client.batch({ operations: [{ operation: 'place_order', ...bid, quantity: 1 }] });
  // @ts-expect-error: a withdrawal has no such status.
  await client.sendCommand('change_withdrawal', { withdrawal_id: 4, status: 'failed' });
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
    new PicostocksClient({ baseUrl, userId: 19, privateKey, keyId: 1, signReads: true }),
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
