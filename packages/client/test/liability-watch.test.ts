// Two users of a real exchange watch that they are owed what they have; then a liar stands between, who
// alters one answer at a time, and an exchange that really owes less than it should.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  HeadKeeper,
  type LiabilityCheck,
  type LiabilityFault,
  LiabilityProofInvalidError,
  type LiabilityUser,
  LiabilityWatch,
  PicostocksError,
  PicostocksReader,
} from '@picostocks/client';
import { decodeHead, encodeHead, type LogHead, type SignedHead } from '@picostocks/protocol';
import { type DataFolder, Exchange } from '@picostocks/server';
import { HeadKey } from '../../server/src/heads/head-key.ts';
import { bytesOf, type Served, serveWith, type Trader } from '../../server/test/kit.ts';
import { type HttpPeer, startPeer } from './support/http-peer.ts';
import { HONEST, type Json, type Lie, startLiar } from './support/liar.ts';

const BTC = 2;
const ETH = 3;

let exchange: Exchange;
let served: Served;
let anna: Trader;
let boris: Trader;
let liar: HttpPeer;
let lie = HONEST;

before(async () => {
  ({ served, exchange } = await serveWith(startExchange));
  anna = await served.newTrader();
  boris = await served.newTrader();
  // More leaves, so that a path has levels.
  for (let count = 0; count < 5; count += 1) await served.newTrader();
  liar = await startLiar(
    () => served.url,
    () => lie,
  );
});
after(async () => {
  await liar.close();
  await served[Symbol.asyncDispose]();
});

function startExchange(folder: DataFolder): Promise<Exchange> {
  const quiet = { headEveryMs: 0, liabilitiesEveryMs: 0 };
  return Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1, ...quiet });
}

async function trade(): Promise<void> {
  await anna.put('ASK', { quantity: '1', price: '2' });
  await boris.put('BID', { quantity: '1.5', price: '2' });
}

async function publish(): Promise<LogHead> {
  await trade();
  const signed = await exchange.publishLiabilities();
  return decodeHead(signed?.text ?? '') ?? assert.fail();
}

interface WatchOptions extends Partial<LiabilityUser> {
  readonly baseUrl?: string;
}

function watchOf({ userId }: Trader, { baseUrl = served.url, ...user }: WatchOptions = {}) {
  const reader = new PicostocksReader({ baseUrl });
  return new LiabilityWatch({ reader, keeper: new HeadKeeper({ reader }), userId, ...user });
}

async function totalOf(trader: Trader): Promise<Map<number, string>> {
  const rows = Object.entries(await trader.balance());
  const add = (free: string, locked: string): string => {
    const sum = BigInt(free.replace('.', '')) + BigInt(locked.replace('.', ''));
    const digits = sum.toString().padStart(19, '0');
    return `${digits.slice(0, -18)}.${digits.slice(-18)}`;
  };
  return new Map(rows.map(([id, { free, locked }]) => [Number(id), add(free, locked)]));
}

test('nothing is published yet: there is nothing to check', async () => {
  assert.equal(await watchOf(anna).check(), undefined);
});

test('two users trade, and both are proved to be owed what they have', async () => {
  const head = await publish();
  for (const trader of [anna, boris]) {
    const expected = await totalOf(trader);
    const told: LiabilityCheck[] = [];
    const watch = watchOf(trader, { onChecked: (check) => told.push(check) });
    const check = await watch.check();
    assert.equal(check?.head.head.sequence, head.sequence);
    assert.deepEqual(
      check?.assets,
      [...expected].map(([assetId, amount]) => ({ assetId, amount, compared: 'server' })),
    );
    assert.equal(await watch.check(), undefined, 'once for each publication');
    assert.deepEqual(told, [check]);
  }
});

test('own records decide, also when the account has gone on', async () => {
  await publish();
  const records = await totalOf(anna);
  await trade();
  const later = await watchOf(anna).check();
  const compared = (check: LiabilityCheck | undefined) =>
    Object.fromEntries(check?.assets.map((asset) => [asset.assetId, asset.compared]) ?? []);
  assert.deepEqual(compared(later), { 2: 'differs', 3: 'differs', 4: 'server', 15: 'server' });
  const balancesAt = () => records;
  assert.deepEqual(
    [...new Set(Object.values(compared(await watchOf(anna, { balancesAt }).check())))],
    ['records'],
  );
  const more = new Map(records).set(BTC, '99999');
  await assertInvalid(watchOf(anna, { balancesAt: () => more }), 'amount', 'more by own records');
  const other = new Map(records).set(99, '1');
  await assertInvalid(watchOf(anna, { balancesAt: () => other }), 'missing', 'no such asset');
});

test('who came after the head has no leaf, and who knows that he had something is told', async () => {
  await publish();
  const late = await served.newTrader();
  const check = await watchOf(late).check();
  assert.equal(check?.assets.length, 4);
  for (const { amount, compared } of check?.assets ?? []) {
    assert.deepEqual([amount, compared], ['0.000000000000000000', 'differs']);
  }
  const balancesAt = () => new Map([[BTC, '10000']]);
  await assertInvalid(watchOf(late, { balancesAt }), 'missing', 'by own records');
});

test('a keeper of heads with a user checks by itself', async () => {
  await publish();
  const told: number[] = [];
  const reader = new PicostocksReader({ baseUrl: served.url });
  const onChecked = (check: LiabilityCheck): void => void told.push(check.head.head.sequence);
  const user = { reader, userId: anna.userId, onChecked };
  const keeper = new HeadKeeper({ reader, user });
  await keeper.checkHead();
  await keeper.checkHead();
  const { sequence } = await publish();
  await keeper.checkHead();
  assert.equal(told.length, 2);
  assert.equal(told[1], sequence);
  const poor = { reader, userId: anna.userId, balancesAt: () => new Map([[BTC, '1']]) };
  await assert.rejects(
    new HeadKeeper({ reader, user: poor }).checkHead(),
    (error) => error instanceof LiabilityProofInvalidError && error.reason === 'amount',
  );
});

async function failureOf(watch: LiabilityWatch): Promise<PicostocksError> {
  const error = await watch.check().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert(error instanceof PicostocksError, `${error} was thrown`);
  return error;
}

async function assertInvalid(watch: LiabilityWatch, reason: LiabilityFault, name: string) {
  const error = await failureOf(watch);
  assert(error instanceof LiabilityProofInvalidError, `${name}: ${error}`);
  assert.deepEqual([error.code, error.reason], ['liability_proof_invalid', reason], name);
}

const onPath = (part: string, change: (body: Json) => Json): Lie => {
  return (path, body) => (path.includes(part) ? change(body) : body);
};
const onProof = (change: (body: Json) => Json): Lie => onPath('/proof/', change);
const flip = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);
type Sibling = { readonly sum: string; readonly hash: string };
const siblingsOf = (body: Json): Sibling[] => body['siblings'] as Sibling[];
const onLowest = (change: (node: Sibling) => Sibling): Lie =>
  onProof((body) => {
    const [lowest, ...rest] = siblingsOf(body);
    return { ...body, siblings: lowest === undefined ? [] : [change(lowest), ...rest] };
  });

test('a liar between: each of the attacks is refused by name', async () => {
  await publish();
  const others = await served.get<Json>(`/v1/audit/proof/${boris.userId}/${BTC}/`);
  const elsewhere = await served.get<Json>(`/v1/audit/proof/${anna.userId}/${ETH}/`);
  const lies: readonly (readonly [string, LiabilityFault, Lie])[] = [
    ["another's leaf", 'place', onProof(() => others)],
    [
      "another's leaf renamed",
      'path',
      onProof((body) => ({ ...others, user_id: body['user_id'] })),
    ],
    [
      'a leaf of another asset',
      'path',
      onProof((body) => ({ ...elsewhere, asset_id: body['asset_id'] })),
    ],
    ['another head', 'place', onProof((body) => ({ ...body, head: 1 }))],
    ['a negative sum', 'shape', onLowest((node) => ({ ...node, sum: `-${node.sum}` }))],
    ['a sum of zero', 'path', onLowest((node) => ({ ...node, sum: '0.000000000000000000' }))],
    ['another hash', 'path', onLowest((node) => ({ ...node, hash: flip(node.hash) }))],
    [
      'a node for a leaf',
      'path',
      onProof((body) => ({ ...body, siblings: siblingsOf(body).slice(1) })),
    ],
    [
      'an extra level',
      'path',
      onProof((body) => ({ ...body, siblings: [...siblingsOf(body), siblingsOf(body)[0]] })),
    ],
    ['another size', 'path', onProof((body) => ({ ...body, size: 5 }))],
    ['another place', 'path', onProof((body) => ({ ...body, index: 0.5 }))],
    ['an understated total', 'path', onProof((body) => ({ ...body, sum: body['amount'] }))],
    ['another salt', 'path', onProof((body) => ({ ...body, salt: flip(`${body['salt']}`) }))],
    [
      'an understated amount',
      'path',
      onProof((body) => ({ ...body, amount: '1.000000000000000000' })),
    ],
    [
      'an understated line',
      'lines',
      onPath('/liabilities/', (body) => ({ ...body, lines: [(body['lines'] as string[])[0]] })),
    ],
  ];
  for (const [name, reason, made] of lies) {
    lie = made;
    await assertInvalid(watchOf(anna, { baseUrl: liar.baseUrl }), reason, name);
  }
  lie = HONEST;
  await watchOf(anna, { baseUrl: liar.baseUrl }).check();
});

test('a liar between: heads that are not of this exchange or do not fit are not believed', async () => {
  await publish();
  const made: Lie[] = [
    onPath('/liabilities/', (body) => ({ ...body, signature: flip(`${body['signature']}`) })),
    onPath('/liabilities/', () => ({})),
  ];
  for (const one of made) {
    lie = one;
    const { code } = await failureOf(watchOf(anna, { baseUrl: liar.baseUrl }));
    assert.equal(code, 'unproven');
  }
  lie = HONEST;
});

test('an exchange that denies the leaf of a user is caught where nothing came after the head', async () => {
  await publish();
  const poor = await served.newTrader();
  const head = await publish();
  assert.equal(await served.sequence(), head.sequence);
  const { userId } = poor;
  const denies = await startPeer((request, reply) => {
    const no = { detail: 'ERROR: no', code: 'liability_not_found' };
    if (request.path.includes('/proof/')) return reply.json(404, no);
    fetch(served.url + request.path)
      .then(async (answer) => reply.json(answer.status, await answer.json()))
      .catch(() => reply.reset());
  });
  try {
    await assertInvalid(watchOf(poor, { baseUrl: denies.baseUrl }), 'missing', `user ${userId}`);
  } finally {
    await denies.close();
  }
});

test('an exchange that publishes the same entry twice, differently, has proved its lie', async () => {
  const head = await publish();
  const key = new HeadKey(bytesOf(readFileSync(served.folder.headKey, 'utf8').trim()));
  const text = encodeHead({ ...head, time: head.time + 1, liabilitiesRoot: 'ab'.repeat(32) });
  const offered: SignedHead = { text, signature: key.sign(text) };
  const keeper = new HeadKeeper({ reader: new PicostocksReader({ baseUrl: served.url }) });
  await keeper.checkHead();
  const error = await keeper.takeHead(offered).catch((thrown: unknown) => thrown);
  assert(error instanceof PicostocksError && error.code === 'history_rewritten', `${error}`);
});

test('a second head of an entry, which adds the liabilities, is taken', async () => {
  await trade();
  const keeper = new HeadKeeper({ reader: new PicostocksReader({ baseUrl: served.url }) });
  const plain = await exchange.signHead();
  assert.equal((await keeper.checkHead()).text, plain?.text);
  const published = await exchange.publishLiabilities();
  assert.equal((await keeper.checkHead()).text, published?.text);
  assert(plain !== undefined);
  assert.equal(
    (await keeper.takeHead(plain)).text,
    published?.text,
    'the earlier one is no offence',
  );
});
