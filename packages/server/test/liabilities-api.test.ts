// Liabilities of a real exchange: what is published with a head, the proofs over HTTP, verified with the
// core alone, and what becomes of them when files are lost, entries keep coming, or the exchange stops.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  decodeHead,
  decodeLiabilityLines,
  type HeadReply,
  hashHead,
  hashLiabilityLines,
  headIdOf,
  type LiabilitiesReply,
  type LiabilityReply,
  type LogHead,
  parseAmount,
  verifyLiability,
  ZERO_HASH,
} from '@picostocks/protocol';
import type { DataFolder } from '../src/index.ts';
import { Exchange, ExchangeError } from '../src/index.ts';
import { assertRefused, bytesOf, type Served, serveWith, type Trader } from './kit.ts';

const BTC = 2;
const ETH = 3;

let exchange: Exchange;
let served: Served;
let anna: Trader;
let boris: Trader;

function startExchange(folder: DataFolder, liabilitiesEveryMs = 0): Promise<Exchange> {
  const quiet = { headEveryMs: 0, liabilitiesEveryMs };
  return Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1, ...quiet });
}

async function restart(liabilitiesEveryMs = 0): Promise<void> {
  await served.stop();
  exchange = await startExchange(served.folder, liabilitiesEveryMs);
  served.goOnWith(exchange);
}

before(async () => {
  ({ served, exchange } = await serveWith(startExchange));
  anna = await served.newTrader();
  boris = await served.newTrader();
});
after(async () => {
  await served[Symbol.asyncDispose]();
});

async function publish(): Promise<LogHead> {
  const signed = await exchange.publishLiabilities();
  return decodeHead(signed?.text ?? '') ?? assert.fail('a head is signed');
}

const getLiabilities = (query = ''): Promise<LiabilitiesReply> =>
  served.get<LiabilitiesReply>(`/v1/audit/liabilities/${query}`);
const getProof = (userId: number, assetId: number, query = ''): Promise<LiabilityReply> =>
  served.get<LiabilityReply>(`/v1/audit/proof/${userId}/${assetId}/${query}`);

function amountOf(text: string): bigint {
  return parseAmount(text) ?? assert.fail(`${text} is an amount`);
}

/** Verifies with the core alone, against what was published. */
function assertProved(proof: LiabilityReply, { lines }: { lines: readonly string[] }): void {
  const line = decodeLiabilityLines(lines)?.find(({ assetId }) => assetId === proof.asset_id);
  assert(line !== undefined);
  const { asset_id: assetId, user_id: userId, index } = proof;
  const headId = headIdOf(served.id, proof.head);
  const amount = amountOf(proof.amount);
  const leaf = { headId, assetId, userId, salt: bytesOf(proof.salt), amount };
  const siblings = proof.siblings.map(({ sum, hash }) => ({
    sum: amountOf(sum),
    hash: bytesOf(hash),
  }));
  const { size, sum, root } = line;
  assert(verifyLiability({ leaf, index, size, siblings, sum, root: bytesOf(root) }));
  assert.deepEqual([proof.size, amountOf(proof.sum), proof.root], [size, sum, root]);
}

async function trade(): Promise<void> {
  await anna.put('ASK', { quantity: '1', price: '2' });
  await boris.put('BID', { quantity: '1.5', price: '2' });
}

async function totalOf(trader: Trader, assetId: number): Promise<bigint> {
  const { free, locked } = (await trader.balance())[assetId] ?? assert.fail();
  return amountOf(free) + amountOf(locked);
}

test('publication: nothing is there before the first', async () => {
  for (const path of ['liabilities/', `proof/${anna.userId}/${BTC}/`]) {
    const refused = { status: 404, code: 'liabilities_not_found' };
    assertRefused(await served.call(`/v1/audit/${path}`), refused);
  }
});

test('publication: the lines are in the head, and everybody is proved with what he has', async () => {
  await trade();
  const head = await publish();
  assert.equal(head.sequence, await served.sequence());
  const reply = await getLiabilities();
  assert.equal(reply.head, head.sequence);
  assert.deepEqual(decodeHead(reply.text), head);
  assert.equal(hashLiabilityLines(reply.lines), head.liabilitiesRoot);
  const lines = decodeLiabilityLines(reply.lines) ?? assert.fail();
  assert.deepEqual(
    lines.map(({ assetId, size, sum }) => [assetId, size, sum]),
    [BTC, ETH, 4, 15].map((id) => [id, 2, 20_000n * 10n ** 18n]),
  );
  for (const trader of [anna, boris]) {
    for (const assetId of [BTC, ETH, 4]) {
      const proof = await getProof(trader.userId, assetId);
      assert.equal(amountOf(proof.amount), await totalOf(trader, assetId));
      assertProved(proof, reply);
    }
  }
  const { lines: byHead } = await getLiabilities(`?head=${head.sequence}`);
  assert.deepEqual(byHead, reply.lines);
});

test('publication: amounts are those of its head, however the account goes on', async () => {
  const { head } = await getLiabilities();
  const then = await totalOf(anna, BTC);
  await trade();
  assert.notEqual(await totalOf(anna, BTC), then);
  assert.equal(amountOf((await getProof(anna.userId, BTC)).amount), then);
  const later = await publish();
  assert(later.sequence > head);
  const [old, now] = [`?head=${head}`, `?head=${later.sequence}`];
  assert.equal(amountOf((await getProof(anna.userId, BTC, old)).amount), then);
  assert.notEqual(amountOf((await getProof(anna.userId, BTC, now)).amount), then);
  assertProved(await getProof(boris.userId, ETH, old), await getLiabilities(old));
  assertProved(await getProof(boris.userId, ETH, now), await getLiabilities(now));
  const salts = [old, now].map(async (query) => (await getProof(anna.userId, 4, query)).salt);
  assert.notEqual(await salts[0], await salts[1], 'a salt is fresh each time');
});

test('publication: once for an entry, and also where a plain head is there already', async () => {
  const first = await publish();
  assert.deepEqual(await publish(), first, 'nothing is published twice');
  await trade();
  const plain = decodeHead((await exchange.signHead())?.text ?? '') ?? assert.fail();
  assert.equal(plain.liabilitiesRoot, ZERO_HASH);
  const published = await publish();
  assert.equal(published.sequence, plain.sequence);
  assert(published.time > plain.time);
  const { head } = await getLiabilities();
  assert.equal(head, plain.sequence);
  // The file keeps both; of two heads of one entry, reads show the later.
  const kept = readFileSync(served.folder.heads, 'utf8').split('\n').slice(0, -1);
  const last = kept.slice(-2).map((line) => decodeHead(line.split(' ')[0] ?? ''));
  assert.deepEqual(last, [plain, published]);
  assert.equal(published.previous, hashHead(kept.at(-2)?.split(' ')[0] ?? ''));
  const shown = await served.get<HeadReply[]>(`/v1/audit/heads/?after=${plain.sequence - 1}`);
  assert.deepEqual(
    shown.map(({ text }) => decodeHead(text)),
    [published],
  );
  assert.deepEqual(decodeHead((await exchange.signHead())?.text ?? ''), published);
});

test('bad input: a clear no for each', async () => {
  const { head } = await getLiabilities();
  const plain = 1;
  const userId = anna.userId;
  const cases: readonly (readonly [string, number, string])[] = [
    ['liabilities/?head=x', 400, 'malformed'],
    ['liabilities/?head=-1', 400, 'malformed'],
    ['liabilities/?size=1', 400, 'malformed'],
    [`liabilities/?head=${plain}`, 404, 'liabilities_not_found'],
    ['liabilities/?head=0', 404, 'liabilities_not_found'],
    ['liabilities/?head=9007199254740991', 404, 'liabilities_not_found'],
    ['liabilities/?head=9007199254740992', 400, 'malformed'],
    [`proof/${userId}/${BTC}/?head=${plain}`, 404, 'liabilities_not_found'],
    [`proof/${userId}/${BTC}/?head=1.0`, 400, 'malformed'],
    [`proof/${userId}/99/`, 404, 'stock_not_found'],
    [`proof/${userId}/eth/`, 400, 'malformed'],
    [`proof/999/${BTC}/`, 404, 'unknown_user'],
    [`proof/0/${BTC}/?head=${head}`, 404, 'unknown_user'],
    [`proof/-1/${BTC}/`, 400, 'malformed'],
    [`proof/${userId}/`, 404, 'not_found'],
  ];
  for (const [path, status, code] of cases) {
    assertRefused(await served.call(`/v1/audit/${path}`), { status, code });
  }
  const late = await served.newTrader();
  const code = 'liability_not_found';
  const answer = await served.call(`/v1/audit/proof/${late.userId}/${BTC}/?head=${head}`);
  assertRefused(answer, { status: 404, code });
});

test('publication: while entries keep coming, every head is in order and every proof good', async () => {
  const fields = { quantity: '1', price: '2' };
  const trades = Promise.all([
    (async () => {
      for (let count = 0; count < 20; count += 1) await anna.put('ASK', fields);
    })(),
    (async () => {
      for (let count = 0; count < 20; count += 1) await boris.put('BID', fields);
    })(),
  ]);
  const published = await Promise.all([
    exchange.publishLiabilities(),
    exchange.signHead(),
    exchange.publishLiabilities(),
    exchange.signHead(),
  ]);
  await trades;
  const sequences = published.map((signed) => decodeHead(signed?.text ?? '')?.sequence ?? 0);
  assert.deepEqual(
    sequences,
    sequences.toSorted((left, right) => left - right),
  );
  await publish();
  const reply = await getLiabilities();
  for (const trader of [anna, boris]) {
    const proof = await getProof(trader.userId, BTC);
    assert.equal(amountOf(proof.amount), await totalOf(trader, BTC));
    assertProved(proof, reply);
  }
});

test('fees: the user who gets them has a leaf like everybody, so the lines have none beside the tree', async () => {
  const house = await served.newTrader();
  await served.operator.act('change_settings', { fee_user_id: house.userId });
  const fees = { maker_ppm: 1_000, taker_ppm: 2_000 };
  await served.operator.act('set_fees', { stock_id: ETH, unit_id: BTC, ...fees });
  await trade();
  await publish();
  const proof = await getProof(house.userId, BTC);
  assert(amountOf(proof.amount) > 10_000n * 10n ** 18n);
  assert.equal(amountOf(proof.amount), await totalOf(house, BTC));
  assertProved(proof, await getLiabilities());
});

test('a lost history, secret or tree: what was published stays, and new proofs are made again', async () => {
  const { folder } = served;
  const before = await getLiabilities();
  const proof = await getProof(anna.userId, BTC);
  assert.equal(statSync(folder.liabilitySecret).mode & 0o777, 0o600);
  await served.stop();
  for (const end of ['', '-wal', '-shm']) rmSync(folder.history + end, { force: true });
  unlinkSync(folder.liabilitySecret);
  exchange = await startExchange(folder);
  served.goOnWith(exchange);
  assert.deepEqual(await getLiabilities(), before);
  assert.deepEqual(await getProof(anna.userId, BTC), proof, 'the trees hold their own secret');
  const name = String(before.head).padStart(16, '0');
  unlinkSync(join(folder.liabilities, `${name}.trees`));
  const answer = await served.call(`/v1/audit/proof/${anna.userId}/${BTC}/`);
  assertRefused(answer, { status: 404, code: 'proof_not_kept' });
  await trade();
  await publish();
  assertProved(await getProof(anna.userId, BTC), await getLiabilities());
});

test('a secret that is none stops the start', async () => {
  const { folder } = served;
  const secret = readFileSync(folder.liabilitySecret);
  await served.stop();
  writeFileSync(folder.liabilitySecret, 'none');
  await assert.rejects(
    startExchange(folder),
    (error) => error instanceof ExchangeError && error.code === 'liability_secret_bad',
  );
  writeFileSync(folder.liabilitySecret, secret);
  exchange = await startExchange(folder);
  served.goOnWith(exchange);
});

test('a publication that fails is told, and a plain head is signed', async () => {
  const { folder } = served;
  const kept = await getLiabilities();
  await trade();
  const sequence = await served.sequence();
  // A folder in the place of the file that is to be written.
  mkdirSync(join(folder.liabilities, `${String(sequence).padStart(16, '0')}.txt`));
  const head = await publish();
  assert.deepEqual([head.sequence, head.liabilitiesRoot], [sequence, ZERO_HASH]);
  assert.deepEqual(await getLiabilities(), kept);
  await trade();
  assert.equal((await publish()).sequence, (await getLiabilities()).head);
});

test('a stop in the middle of a publication: a plain head, and nothing half kept', async () => {
  await trade();
  const published = exchange.publishLiabilities();
  published.catch(() => undefined);
  await restart();
  const { head, lines, text } = await getLiabilities();
  assert.equal(hashLiabilityLines(lines), decodeHead(text)?.liabilitiesRoot);
  const newest = await served.get<HeadReply>('/v1/audit/head/');
  assert.equal(newest.sequence, await served.sequence());
  assert(head <= newest.sequence);
  assert.equal((await publish()).sequence, newest.sequence);
});

test('by itself: an overdue publication is made at the start', async () => {
  await trade();
  const sequence = await served.sequence();
  await restart(1);
  // On demand comes after what the start began.
  await exchange.signHead();
  assert.equal((await getLiabilities()).head, sequence);
});
