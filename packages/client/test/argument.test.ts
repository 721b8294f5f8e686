// What callers without a compiler pass. Nothing of it may reach the exchange, so the peer behind
// these tests counts requests and must end at none.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  type OrderParameters,
  PicostocksClient,
  type TransferParameters,
} from '@picostocks/client';
import { type HttpPeer, startPeer } from './support/http-peer.ts';
import { PRIVATE_KEY } from './support/vectors.ts';

let peer: HttpPeer;
let client: PicostocksClient;

before(async () => {
  peer = await startPeer((_, reply) => reply.json(200, { nonce: 1 }));
  client = new PicostocksClient({ baseUrl: peer.baseUrl, userId: 19, privateKey: PRIVATE_KEY });
});
after(() => peer.close());

const good = { stockId: 3, unitId: 2, quantity: '1', price: '0.05' };

function invalid(argument: string) {
  return { name: 'InvalidArgumentError', code: 'invalid_argument', argument };
}

test('argument: an amount that is no decimal string is refused before anything is sent', async () => {
  const bad: unknown[] = [
    ...[0.1, 1, 10n, Number.NaN, null, undefined, true, {}, ['1'], new String('1')],
    ...['', ' 1', '1 ', '+1', '-1', '1e3', '.5', '1.', '1,5', '0x10', 'NaN', '١'],
    ...[`0.${'1'.repeat(19)}`, '1'.repeat(39), '1\n'],
  ];
  for (const value of bad) {
    for (const name of ['quantity', 'price'] as const) {
      const order = { ...good, [name]: value } as unknown as OrderParameters;
      for (const put of ['putAsk', 'putBid', 'cancelAsk', 'cancelBid'] as const) {
        await assert.rejects(client[put](order), invalid(name));
      }
    }
    const transfer = { toUser: 20, stockId: 2, quantity: value } as unknown as TransferParameters;
    await assert.rejects(client.transfer(transfer), invalid('quantity'));
    const gift = { gift: value } as unknown as { gift: string };
    if (value !== undefined) {
      await assert.rejects(client.sendCommand('change_settings', gift), invalid('params.gift'));
    }
  }
  assert.equal(peer.requests.length, 0);
});

test('argument: an id that is no integer from 0 below 2^53 is refused', async () => {
  for (const id of ['3', -1, 1.5, 2 ** 53, Number.NaN, Infinity, null, undefined, 3n]) {
    const order = { ...good, stockId: id } as unknown as OrderParameters;
    await assert.rejects(client.putAsk(order), invalid('stockId'));
    const parameters = { stockId: 3, unitId: id } as unknown as { stockId: number; unitId: number };
    await assert.rejects(client.getTradesHistory(parameters), invalid('unitId'));
  }
  await assert.rejects(client.getNonce({ userId: -1 }), invalid('userId'));
  await assert.rejects(client.getStocks({ limit: 0.5 }), invalid('limit'));
  assert.equal(peer.requests.length, 0);
});

test('argument: a call without its object is refused', async () => {
  for (const order of [undefined, null, 'x', 3] as unknown as OrderParameters[]) {
    await assert.rejects(client.putAsk(order), invalid('order'));
  }
  assert.equal(peer.requests.length, 0);
});

test('argument: a command that the exchange could not read is refused', async () => {
  const send = client.sendCommand.bind(client) as (
    type: string,
    params: object,
  ) => Promise<unknown>;
  await assert.rejects(send('print_money', {}), invalid('type'));
  await assert.rejects(send('__proto__', {}), invalid('type'));
  await assert.rejects(send('noop', { extra: 1 }), invalid('params'));
  await assert.rejects(
    send('set_fees', { stock_id: 3, unit_id: 2, maker_ppm: 0 }),
    invalid('params'),
  );
  const memo = 'é'.repeat(33);
  await assert.rejects(
    client.transfer({ toUser: 20, stockId: 2, quantity: '1', memo }),
    invalid('params'),
  );
  await assert.rejects(client.sendCommand('noop', {}, { lifeMs: 0 }), invalid('lifeMs'));
  assert.equal(peer.requests.length, 0);
});

test('argument: what is no address or no time is refused', () => {
  for (const baseUrl of ['', 'x', 'ftp://x', 'http://x/?a=b']) {
    const options = { baseUrl, userId: 19, privateKey: PRIVATE_KEY };
    assert.throws(() => new PicostocksClient(options), invalid('baseUrl'));
  }
  for (const timeoutMs of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
    const options = { baseUrl: peer.baseUrl, userId: 19, privateKey: PRIVATE_KEY, timeoutMs };
    assert.throws(() => new PicostocksClient(options), invalid('timeoutMs'));
  }
});
