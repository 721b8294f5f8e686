// The client against a real exchange: orders of every kind, further keys, money out and in, long lists.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { followRows, generateKey, PicostocksClient, type TypedReply } from '@picostocks/client';
import { type Served, serve } from '../../server/test/kit.ts';

const market = { stockId: 3, unitId: 2 } as const;

suite('the client and a real exchange', () => {
  const cleanup = new AsyncDisposableStack();
  after(() => cleanup.disposeAsync());
  let served: Served;
  let maker: PicostocksClient;
  let taker: PicostocksClient;

  before(async () => {
    served = cleanup.use(await serve({ nodes: 1 }));
    [maker, taker] = [await newClient(), await newClient()];
  });

  async function newClient(): Promise<PicostocksClient> {
    const { privateKey } = await generateKey();
    const access = { baseUrl: served.url, privateKey };
    const { user_id: userId } = await PicostocksClient.register(access);
    return new PicostocksClient({ ...access, userId });
  }

  const bid = { ...market, side: 'bid', quantity: '2', price: '0.05' } as const;

  test('an order lives: placed, amended, filled in part, cancelled', async () => {
    const placed = await maker.placeOrder({
      ...bid,
      timeInForce: 'post_only',
      clientOrderId: 'life-1',
    });
    const { order_id: orderId } = placed.result;
    assert.equal(placed.result.status, 'open');
    const amended = await maker.amendOrder({ clientOrderId: 'life-1', quantity: '1.5' });
    assert.equal(amended.result.remaining, '1.500000000000000000');
    const sold = await taker.placeOrder({
      ...market,
      side: 'ask',
      quantity: '0.5',
      price: '0.04',
      timeInForce: 'fok',
    });
    assert.equal(sold.result.status, 'filled');
    const order = await maker.getOrder({ orderId });
    assert.equal(order.status, 'partly_filled');
    assert.equal(order.trades[0]?.role, 'maker');
    assert.deepEqual(
      (await maker.getOrders()).map((row) => row.order_id),
      [orderId],
    );
    const cancelled = await maker.cancelOrder({ clientOrderId: 'life-1' });
    assert.equal(cancelled.result.orders[0]?.quantity, '1.000000000000000000');
    assert.equal((await maker.getOrder({ clientOrderId: 'life-1' })).status, 'cancelled');
    const [closed] = await maker.getOrders({ status: 'closed' });
    assert.equal(closed?.filled, '0.500000000000000000');
    const [own] = await taker.getOwnTrades({ orderId: sold.result.order_id });
    assert.equal(own?.role, 'taker');
  });

  test('a rejection has its reason, and the nonces go on', async () => {
    const ask = { ...market, side: 'ask', quantity: '1', price: '0.05' } as const;
    await maker.placeOrder(bid);
    await assert.rejects(taker.placeOrder({ ...ask, timeInForce: 'post_only' }), {
      name: 'RejectedError',
      reason: 'would_match',
    });
    await assert.rejects(taker.placeOrder({ ...ask, quantity: '9', timeInForce: 'fok' }), {
      reason: 'would_not_fill',
    });
    const { result } = await taker.placeOrder({ ...ask, quantity: '9', timeInForce: 'ioc' });
    assert.deepEqual(
      [result.status, result.reason, result.filled],
      ['cancelled', 'unfilled', '2.000000000000000000'],
    );
  });

  test('a batch has a result for each operation, whatever became of the others', async () => {
    const { result } = await maker.batch({
      operations: [
        { operation: 'place_order', ...bid, clientOrderId: 'batch-1' },
        { operation: 'place_order', ...bid, clientOrderId: 'batch-1' },
        { operation: 'amend_order', clientOrderId: 'batch-1', price: '0.04' },
        { operation: 'cancel_at_price', ...bid, price: '0.04' },
        { operation: 'cancel_orders', ...market },
      ],
    });
    const [placed, twice, amended, cancelled, all] = result.operations;
    assert.ok('order_id' in placed);
    assert.ok('code' in twice && twice.code === 'duplicate_client_order_id');
    assert.ok('order_id' in amended && amended.order_id === placed.order_id);
    assert.ok('orders' in cancelled && cancelled.orders.length === 1);
    assert.ok('orders' in all && all.orders.length === 0);
  });

  test('further keys: each counts for itself, does what it may, and can be replaced', async () => {
    const { privateKey } = await generateKey();
    const added = await maker.addKey({ privateKey, scopes: ['trade'] });
    const { key_id: keyId } = added.result;
    const access = { baseUrl: served.url, userId: maker.userId, keyId };
    const bot = new PicostocksClient({ ...access, privateKey });
    assert.equal((await bot.getNonce()).nonce, added.result.nonce);
    const orders = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        [bot, maker][index % 2]?.placeOrder({ ...bid, quantity: '0.001' }),
      ),
    );
    assert.equal(new Set(orders.map((order) => order?.sequence)).size, 20);
    await assert.rejects(bot.transfer({ toUser: taker.userId, stockId: 2, quantity: '1' }), {
      reason: 'key_scope',
    });
    const next = await generateKey();
    await bot.rotateKey({ privateKey: next.privateKey });
    await assert.rejects(bot.cancelOrders(), { status: 401 });
    const rotated = new PicostocksClient({ ...access, privateKey: next.privateKey });
    assert.equal((await rotated.cancelOrders()).result.orders.length, 20);
    await maker.revokeKey({ revokedKeyId: keyId });
    await assert.rejects(rotated.cancelOrders(), { code: 'key_not_current' });
    const [own, revoked] = await maker.getKeys();
    assert.deepEqual([own?.revoked, revoked?.revoked], [false, true]);
  });

  test('money: asked for, taken back, sent; an address', async () => {
    const ask = (): Promise<TypedReply<'request_withdrawal'>> =>
      maker.requestWithdrawal({ stockId: 2, quantity: '1', address: 'bc1q', memo: 'm' });
    const [first, second] = [(await ask()).result, (await ask()).result];
    assert.equal(first.status, 'init');
    const cancelled = await maker.cancelWithdrawal({ withdrawalId: first.withdrawal_id });
    assert.equal(cancelled.result.status, 'canceled');
    const id = second.withdrawal_id;
    await served.operator.act('change_withdrawal', { withdrawal_id: id, status: 'accepted' });
    const [waiting] = await maker.getCustodyWithdrawals({ status: 'accepted' });
    assert.equal(waiting?.id, id);
    assert.deepEqual(await maker.getCustodyWithdrawal({ withdrawalId: id }), waiting);
    const { withdrawals } = await maker.getTransfersExternal();
    assert.deepEqual(
      withdrawals.map(({ status }) => status),
      ['accepted', 'canceled'],
    );
    await maker.requestAddress({ stockId: 2 });
    assert.deepEqual(await maker.getWantedAddresses(), [{ user_id: maker.userId, stock_id: 2 }]);
    const { userId: user_id } = maker;
    await served.operator.act('register_address', { user_id, stock_id: 2, address: 'bc1qm' });
    assert.equal((await maker.getDepositAddress({ stockId: 2 })).address, 'bc1qm');
    const { result } = await maker.transfer({ toUser: taker.userId, stockId: 2, quantity: '3' });
    const [transfer] = await taker.getTransfersInternal({ stockId: 2 });
    assert.equal(transfer?.id, result.transfer_id);
  });

  test('lists longer than a page are followed to their end', async () => {
    const place = { operation: 'place_order', ...bid, quantity: '0.001' } as const;
    const operations = Array.from({ length: 350 }, () => place);
    await maker.batch({ operations });
    const ids: number[] = [];
    for await (const row of followRows((page) => maker.getOrders(page))) ids.push(row.order_id);
    assert.equal(ids.length, 350);
    assert.deepEqual(
      ids,
      ids.toSorted((left, right) => left - right),
    );
    await taker.placeOrder({ ...market, side: 'ask', quantity: '0.35', price: '0.05' });
    const last = ids[20];
    const trades: number[] = [];
    for await (const trade of followRows((page) => maker.getOwnTrades(page))) trades.push(trade.id);
    assert.equal(new Set(trades).size, trades.length);
    assert.ok(trades.length >= 350);
    const rest: number[] = [];
    const closed = (page: object) => maker.getOrders({ status: 'closed', ...page });
    for await (const row of followRows(closed, { after: last })) rest.push(row.order_id);
    assert.deepEqual(rest, ids.slice(21));
  });

  test('what is about the market: depth, trades, candles, fees, limits, acts', async () => {
    const { bids } = await taker.getDepth({ ...market, levels: 1 });
    assert.ok(bids.length <= 1);
    const [trade] = await taker.getTrades({ ...market, limit: 100 });
    assert.equal(trade?.side, 'ask');
    const [candle] = await taker.getCandles({ ...market, interval: '1d' });
    assert.equal(candle?.[2], '0.050000000000000000');
    assert.equal((await taker.getFees()).fee_tier, 0);
    assert.equal((await taker.getStatus()).frozen, false);
    assert.equal((await taker.getLimits()).batch_operations_max, 1_000);
    const [act] = await taker.getActs({ limit: 100 });
    assert.equal(act?.type, 'register_address');
    const { due } = (await taker.cancelAfter({ seconds: 60 })).result;
    assert.equal((await taker.getKeys())[0]?.cancel_after?.due, due);
    await taker.cancelAfter({ seconds: 0 });
  });

  test('signed reads: the owner and no other, without being told', async () => {
    await served.operator.act('change_settings', { reads: 'signed' });
    assert.ok((await maker.getAssetsBalance()).length > 0);
    await assert.rejects(taker.getOrders({ userId: maker.userId }), { code: 'read_forbidden' });
    const { privateKey } = await generateKey();
    const { result } = await maker.addKey({ privateKey, scopes: ['trade'] });
    const access = { baseUrl: served.url, userId: maker.userId, privateKey };
    const bot = new PicostocksClient({ ...access, keyId: result.key_id });
    await assert.rejects(bot.getAssetsBalance(), { code: 'read_forbidden' });
    assert.ok((await bot.getTrades(market)).length > 0);
    await served.operator.act('change_settings', { reads: 'public' });
  });
});
