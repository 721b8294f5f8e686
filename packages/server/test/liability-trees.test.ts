// The trees of a publication as the server builds and keeps them, against the plain definition in the core:
// the same roots, and proofs that verify, for every user of trees of every shape.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { State } from '@picostocks/engine';
import {
  decodeLiabilityLines,
  hashLiabilityLines,
  headIdOf,
  type LiabilityLeaf,
  LiabilityTree,
  liabilityLeaf,
  liabilityText,
  toHex,
  verifyLiability,
} from '@picostocks/protocol';
import { ExchangeError } from '../src/exchange-error.ts';
import { LiabilityFolder, PROOFS_KEPT } from '../src/liabilities/liability-folder.ts';
import { captureLiabilities } from '../src/liabilities/liability-records.ts';
import { ensureLiabilitySecret } from '../src/liabilities/liability-secret.ts';
import {
  buildLiabilities,
  type LeafProof,
  type LiabilityJob,
} from '../src/liabilities/tree-file.ts';
import { bytesOf, randomOf, temporaryFolder } from './kit.ts';

const EXCHANGE = 'ab'.repeat(16);
const SEQUENCE = 1_207;
const SECRET = Buffer.alloc(32, 7);
const HEAD_ID = headIdOf(EXCHANGE, SEQUENCE);

/** What users 1, 2, … have, half of it locked: all that is looked at of a state. */
function stateOf(amounts: Readonly<Record<number, readonly bigint[]>>): State {
  const ids = Object.keys(amounts).map(Number);
  const users = [{ id: 0, accounts: [] as object[] }];
  for (const [slot, id] of ids.entries()) {
    for (const [index, amount] of (amounts[id] ?? []).entries()) {
      users[index + 1] ??= { id: index + 1, accounts: [] };
      const locked = amount / 2n;
      const user = users[index + 1] ?? assert.fail();
      user.accounts[slot] = { free: amount - locked, locked };
    }
  }
  const assets = ids.map((id, slot) => {
    const sum = (amounts[id] ?? []).reduce((total, amount) => total + amount, 0n);
    return { id, slot, outside: -sum };
  });
  return { users, assets } as unknown as State;
}

function jobOf(state: State, secret: Uint8Array = SECRET): LiabilityJob {
  return { exchange: EXCHANGE, sequence: SEQUENCE, secret, assets: captureLiabilities(state) };
}

/** As docs/protocol.md §9 says it. */
function saltOf(assetId: number, userId: number): Uint8Array {
  const ids = Buffer.alloc(16);
  ids.writeBigUInt64BE(BigInt(assetId));
  ids.writeBigUInt64BE(BigInt(userId), 8);
  return createHmac('sha256', SECRET).update(HEAD_ID).update(ids).digest();
}

/** The leaves of an asset in the order of their salts, and the tree over them, by the core. */
function plainTree(assetId: number, amounts: readonly bigint[]) {
  const leaves: LiabilityLeaf[] = [];
  for (const [index, amount] of amounts.entries()) {
    const userId = index + 1;
    const salt = saltOf(assetId, userId);
    if (amount > 0n) leaves.push({ headId: HEAD_ID, assetId, userId, salt, amount });
  }
  leaves.sort((left, right) => Buffer.compare(left.salt, right.salt));
  return { leaves, tree: new LiabilityTree(leaves.map(liabilityLeaf)) };
}

const random = randomOf('liability-trees');
const randomAmount = (): bigint => BigInt(Math.floor(random() * 2 ** 50)) * 10n ** 20n + 1n;
const SIZES = [...Array(70).keys(), 95, 96, 97, 127, 128, 129, 255, 256, 257, 300];

test('trees: roots and proofs are those of the plain definition, and verify, for every shape', () => {
  using temporary = temporaryFolder();
  const folder = new LiabilityFolder(temporary.folder.path);
  folder.prepare();
  for (const size of SIZES) {
    const amounts = Array.from({ length: size }, randomAmount);
    const { lines, pieces } = buildLiabilities(jobOf(stateOf({ 2: amounts })));
    folder.keepTrees(SEQUENCE, pieces);
    using trees = folder.openTrees(SEQUENCE);
    const { leaves, tree } = plainTree(2, amounts);
    const [line] = decodeLiabilityLines(lines) ?? [];
    assert(line !== undefined && trees !== undefined);
    const sum = amounts.reduce((total, amount) => total + amount, 0n);
    const root = toHex(tree.root);
    assert.deepEqual(line, { assetId: 2, size, sum, root, world: -sum });
    for (const [index, leaf] of leaves.entries()) {
      const proof: LeafProof = trees.prove({ assetId: 2, userId: leaf.userId }) ?? assert.fail();
      const expected = tree.prove(index).map((node) => ({ ...node, hash: toHex(node.hash) }));
      assert.deepEqual(proof.siblings, expected, `${index} of ${size}`);
      const { amount, salt } = leaf;
      assert.deepEqual(
        { ...proof, siblings: [] },
        { salt: toHex(salt), amount, index, size, siblings: [], sum, root },
      );
      // The core's own SHA-256 is slow: all of the small trees, some of the others.
      if (size > 70 && index % 16 !== 0) continue;
      const siblings = proof.siblings.map((node) => ({ ...node, hash: bytesOf(node.hash) }));
      assert(verifyLiability({ leaf, index, size, siblings, sum, root: tree.root }));
    }
  }
});

test('trees: honest trees of 1 to 300 users, of random sizes and amounts, verify for all', () => {
  using temporary = temporaryFolder();
  const folder = new LiabilityFolder(temporary.folder.path);
  folder.prepare();
  for (let round = 0; round < 10; round += 1) {
    const size = 1 + Math.floor(random() * 300);
    const amounts = Array.from({ length: size }, () => (random() < 0.1 ? 0n : randomAmount()));
    const { lines, pieces } = buildLiabilities(jobOf(stateOf({ 7: amounts })));
    folder.keepTrees(SEQUENCE, pieces);
    using trees = folder.openTrees(SEQUENCE);
    const [line] = decodeLiabilityLines(lines) ?? assert.fail();
    for (const [place, amount] of amounts.entries()) {
      const userId = place + 1;
      const proof = trees?.prove({ assetId: 7, userId });
      assert.equal(proof === undefined, amount === 0n, `user ${userId} of ${size}`);
      if (proof === undefined) continue;
      const leaf = { headId: HEAD_ID, assetId: 7, userId, salt: bytesOf(proof.salt), amount };
      const siblings = proof.siblings.map((node) => ({ ...node, hash: bytesOf(node.hash) }));
      const published = { sum: line?.sum ?? 0n, root: bytesOf(line?.root ?? '') };
      const claim = { leaf, index: proof.index, size: line?.size ?? 0, siblings, ...published };
      assert(verifyLiability(claim), `user ${userId} of ${size}`);
    }
  }
});

test('trees: every asset has a line, in the order of ids, and none but its own users', () => {
  using temporary = temporaryFolder();
  const folder = new LiabilityFolder(temporary.folder.path);
  folder.prepare();
  const largest = 10n ** 56n - 1n;
  const { lines, pieces } = buildLiabilities(
    jobOf(stateOf({ 15: [5n, 0n, 7n], 2: [largest], 3: [] })),
  );
  const read = decodeLiabilityLines(lines) ?? assert.fail();
  assert.deepEqual(
    read.map(({ assetId, size, sum }) => [assetId, size, sum]),
    [
      [2, 1, largest],
      [3, 0, 0n],
      [15, 2, 12n],
    ],
  );
  assert.equal(read[1]?.root, toHex(new LiabilityTree([]).root));
  folder.keepTrees(SEQUENCE, pieces);
  using trees = folder.openTrees(SEQUENCE);
  assert.equal(trees?.prove({ assetId: 2, userId: 1 })?.amount, largest);
  for (const [assetId, userId] of [
    [15, 2],
    [15, 4],
    [3, 1],
    [4, 1],
    [2, 0],
  ] as const) {
    assert.equal(trees?.prove({ assetId, userId }), undefined);
  }
});

test('trees: sums that do not come to zero are not published', () => {
  const [asset, ...rest] = captureLiabilities(stateOf({ 2: [5n, 6n] }));
  assert(asset !== undefined && rest.length === 0);
  const assets = [{ ...asset, world: -12n }];
  assert.throws(() => buildLiabilities({ ...jobOf(stateOf({})), assets }), /not zero together/);
});

test('folder: lines stay for ever, trees for the newest, and all of it is private', () => {
  using temporary = temporaryFolder();
  const folder = new LiabilityFolder(temporary.folder.path);
  folder.prepare();
  const { lines, pieces } = buildLiabilities(jobOf(stateOf({ 2: [5n] })));
  const count = PROOFS_KEPT + 3;
  for (let sequence = 1; sequence <= count; sequence += 1) {
    folder.keepTrees(sequence, pieces);
    folder.keepLines(sequence, liabilityText(lines));
  }
  const names = readdirSync(folder.path);
  assert.equal(names.filter((name) => name.endsWith('.txt')).length, count);
  assert.equal(names.filter((name) => name.endsWith('.trees')).length, PROOFS_KEPT);
  assert.equal(folder.openTrees(3), undefined);
  for (const sequence of [4, count]) {
    using trees = folder.openTrees(sequence);
    assert.equal(trees?.prove({ assetId: 2, userId: 1 })?.amount, 5n);
  }
  assert.deepEqual(folder.lines(1), lines);
  assert.equal(folder.lines(count + 1), undefined);
  for (const name of names) assert.equal(statSync(join(folder.path, name)).mode & 0o777, 0o600);
  const text = readFileSync(join(folder.path, '0000000000000001.txt'), 'latin1');
  assert.equal(text, liabilityText(lines));
  assert.equal(hashLiabilityLines(lines), toHex(sha256OfFile(text)));
});

function sha256OfFile(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

test('folder: what a killed server left half written is cleared away, and no other file is believed', () => {
  using temporary = temporaryFolder();
  const folder = new LiabilityFolder(temporary.folder.path);
  folder.prepare();
  const path = (name: string): string => join(folder.path, name);
  writeFileSync(path('0000000000000005.trees.unfinished'), 'picostocks');
  writeFileSync(path('0000000000000006.txt'), '2:1:5:x\n');
  writeFileSync(path('0000000000000007.trees'), 'x'.repeat(200));
  writeFileSync(path('0000000000000008.trees'), '');
  folder.prepare();
  assert.deepEqual(folder.lines(6), undefined);
  assert.throws(() => folder.openTrees(7), /no file of liability trees/);
  assert.throws(() => folder.openTrees(8), /shorter than it says/);
  assert(!readdirSync(folder.path).some((name) => name.endsWith('.unfinished')));
});

test('secret: made once, for its owner only, and never replaced', () => {
  using temporary = temporaryFolder();
  temporary.folder.create();
  const path = temporary.folder.liabilitySecret;
  const secret = ensureLiabilitySecret(path);
  assert.equal(secret.length, 32);
  assert.deepEqual(ensureLiabilitySecret(path), secret);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  writeFileSync(path, 'no secret');
  assert.throws(
    () => ensureLiabilitySecret(path),
    (error) => error instanceof ExchangeError && error.code === 'liability_secret_bad',
  );
  assert.equal(readFileSync(path, 'utf8'), 'no secret');
});
