// Two users trade as the official client does: form bodies, the server's nonce, 18 decimals. After each
// step every balance is compared to the last digit, and what is locked with the open orders.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ErrorReply, formatAmount, parseAmount, valueCeiling } from '@picostocks/protocol';
import {
  type Answer,
  assertRefused,
  type BalanceOf,
  type Served,
  serve,
  type Trader,
} from './kit.ts';

let served: Served;
before(async () => {
  served = await serve();
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

const GIFT = '10000.000000000000000000';
const NONE = '0.000000000000000000';

function atoms(text: string): bigint {
  const amount = parseAmount(text);
  assert(amount !== undefined, text);
  return amount;
}

/** What the open orders of a user must have locked, per asset. */
async function lockedByOrders(trader: Trader): Promise<Map<number, bigint>> {
  const locked = new Map<number, bigint>();
  const add = (id: number, amount: bigint) => locked.set(id, (locked.get(id) ?? 0n) + amount);
  const { asks, bids } = await trader.openOrders();
  for (const { stock_id, quantity } of asks) add(stock_id, atoms(quantity));
  for (const { unit_id, price, quantity } of bids) {
    add(unit_id, valueCeiling({ price: atoms(price), quantity: atoms(quantity) }));
  }
  return locked;
}

/** Asserts the two assets of the market, free and locked, and that no other asset has moved. */
async function assertBalance(
  trader: Trader,
  expected: { readonly stock: readonly [string, string]; readonly unit: readonly [string, string] },
): Promise<BalanceOf> {
  const balance = await trader.balance();
  const [stockFree, stockLocked] = expected.stock;
  const [unitFree, unitLocked] = expected.unit;
  assert.deepEqual(balance, {
    2: { free: unitFree, locked: unitLocked },
    3: { free: stockFree, locked: stockLocked },
    4: { free: GIFT, locked: NONE },
    15: { free: GIFT, locked: NONE },
  });
  const locked = await lockedByOrders(trader);
  for (const [id, row] of Object.entries(balance)) {
    assert.equal(row.locked, formatAmount(locked.get(Number(id)) ?? 0n), `locked of asset ${id}`);
  }
  return balance;
}

function sum(...amounts: string[]): string {
  return formatAmount(amounts.reduce((total, amount) => total + atoms(amount), 0n));
}

test('two users: rest, cross, partial fill, better price, dust, cancels', async (t) => {
  const anna = await served.newTrader();
  const bert = await served.newTrader();

  await t.test('both begin with the gift', async () => {
    for (const trader of [anna, bert]) {
      await assertBalance(trader, { stock: [GIFT, NONE], unit: [GIFT, NONE] });
    }
  });

  await t.test('a bid rests and locks ceil(price × quantity)', async () => {
    const price = '0.333333333333333333';
    const put = await anna.put('BID', { quantity: '1.000000000000000001', price });
    assert.equal(put.response, `b'BID 1.000000000000000001 shares at ${price}; '`);
    // 0.333333333333333333 × 1.000000000000000001 = 0.333333333333333333333…: one atom up.
    await assertBalance(anna, {
      stock: [GIFT, NONE],
      unit: ['9999.666666666666666666', '0.333333333333333334'],
    });
  });

  await t.test(
    'an ask at that price crosses a part; the buyer pays what its lock shrank by',
    async () => {
      const price = '0.333333333333333333';
      const put = await bert.put('ASK', { quantity: '0.500000000000000000', price });
      assert.equal(put.response, `b'SOLD 0.500000000000000000 shares at ${price}; '`);
      assert.equal(put.remaining, NONE);
      // L(1.000000000000000001) − L(0.500000000000000001) = …334 − …167.
      assert.equal(put.trades[0]?.value, '0.166666666666666667');
      await assertBalance(bert, {
        stock: ['9999.500000000000000000', NONE],
        unit: ['10000.166666666666666667', NONE],
      });
      await assertBalance(anna, {
        stock: ['10000.500000000000000000', NONE],
        unit: ['9999.666666666666666666', '0.166666666666666667'],
      });
    },
  );

  await t.test(
    'an ask below the bid gets the better price, and what is left of it rests',
    async () => {
      const put = await bert.put('ASK', {
        quantity: '2.000000000000000000',
        price: '0.250000000000000000',
      });
      assert.equal(
        put.response,
        "b'SOLD 0.500000000000000001 shares at 0.333333333333333333; ASK 1.499999999999999999 shares at 0.250000000000000000; '",
      );
      assert.equal(put.trades[0]?.value, '0.166666666666666667');
      await assertBalance(bert, {
        stock: ['9997.500000000000000000', '1.499999999999999999'],
        unit: ['10000.333333333333333334', NONE],
      });
      await assertBalance(anna, {
        stock: ['10001.000000000000000001', NONE],
        unit: ['9999.666666666666666666', NONE],
      });
    },
  );

  await t.test('a bid above the ask pays the ask, and the difference stays free', async () => {
    const put = await anna.put('BID', {
      quantity: '1.499999999999999998',
      price: '9.000000000000000000',
    });
    assert.equal(put.response, "b'BOUGHT 1.499999999999999998 shares at 0.250000000000000000; '");
    // 1.499999999999999998 × 0.25 = 0.3749999999999999995: one atom up.
    assert.equal(put.trades[0]?.value, '0.375000000000000000');
    await assertBalance(anna, {
      stock: ['10002.499999999999999999', NONE],
      unit: ['9999.291666666666666666', NONE],
    });
    await assertBalance(bert, {
      stock: ['9997.500000000000000000', ATOM],
      unit: ['10000.708333333333333334', NONE],
    });
  });

  await t.test('the atom that is left trades like any other order', async () => {
    const put = await anna.put('BID', {
      quantity: '4.000000000000000000',
      price: '0.300000000000000000',
    });
    assert.equal(
      put.response,
      `b'BOUGHT ${ATOM} shares at 0.250000000000000000; BID 3.999999999999999999 shares at 0.300000000000000000; '`,
    );
    // L(4) − L(3.999999999999999999) = 1.2 − ceil(1.1999999999999999997) = 0 atoms.
    assert.equal(put.trades[0]?.value, NONE);
    await assertBalance(anna, {
      stock: ['10002.500000000000000000', NONE],
      unit: ['9998.091666666666666666', '1.200000000000000000'],
    });
    await assertBalance(bert, {
      stock: ['9997.500000000000000000', NONE],
      unit: ['10000.708333333333333334', NONE],
    });
  });

  await t.test('a cancel in part reduces the order', async () => {
    const fields = { quantity: '1.500000000000000000', price: '0.300000000000000000' };
    const cut = await anna.cancel('CANCELBID', fields);
    assert.equal(cut.response, '1.500000000000000000');
    assert.equal(cut.orders[0]?.remaining, '2.499999999999999999');
    // ceil(0.3 × 2.499999999999999999) = ceil(0.7499999999999999997).
    await assertBalance(anna, {
      stock: ['10002.500000000000000000', NONE],
      unit: ['9998.541666666666666666', '0.750000000000000000'],
    });
  });

  await t.test('a cancel of more than there is says what it really cancelled', async () => {
    const fields = { quantity: '100.000000000000000000', price: '0.300000000000000000' };
    const cut = await anna.cancel('CANCELBID', fields);
    assert.equal(cut.response, '2.499999999999999999');
    await assertBalance(anna, {
      stock: ['10002.500000000000000000', NONE],
      unit: ['9999.291666666666666666', NONE],
    });
  });

  await t.test(
    'a second cancel finds nothing: rejected, sequenced, its nonce consumed',
    async () => {
      const nonce = await anna.nonce();
      const sequence = await served.sequence();
      const fields = { quantity: '2.499999999999999999', price: '0.300000000000000000' };
      const answer: Answer = await anna.send('CANCELBID', fields);
      assertRefused(answer, { status: 404, code: 'order_not_found' });
      const { nonce: consumed, sequence: place } = answer.json as ErrorReply;
      assert.equal(consumed, nonce);
      assert.equal(place, sequence + 1);
      assert.equal(await anna.nonce(), nonce + 1);
      await assertBalance(anna, {
        stock: ['10002.500000000000000000', NONE],
        unit: ['9999.291666666666666666', NONE],
      });
    },
  );

  await t.test('nothing was made and nothing was lost', async () => {
    const [one, two] = [await anna.balance(), await bert.balance()];
    for (const id of [2, 3]) {
      const rows = [one[id], two[id]];
      const total = sum(...rows.flatMap((row) => [row?.free ?? '', row?.locked ?? '']));
      assert.equal(total, '20000.000000000000000000');
    }
  });
});

const ATOM = '0.000000000000000001';
