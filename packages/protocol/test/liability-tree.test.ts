// The Merkle sum tree: honest trees verify for everybody, and each attack on such schemes that was found
// elsewhere is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeUtf8,
  headIdOf,
  type LiabilityClaim,
  type LiabilityLeaf,
  LiabilityTree,
  liabilityLeaf,
  liabilityRoot,
  type SumNode,
  sha256,
  verifyLiability,
} from '@picostocks/protocol';

const EXCHANGE = 'ab'.repeat(16);

function leafOf(userId: number, amount = BigInt(userId) * 10n ** 18n): LiabilityLeaf {
  const salt = sha256(encodeUtf8(`salt of ${userId}`));
  return { headId: headIdOf(EXCHANGE, 1_000), assetId: 2, userId, salt, amount };
}

function leavesOf(count: number): LiabilityLeaf[] {
  return Array.from({ length: count }, (_, index) => leafOf(index + 1));
}

function claimOf(leaves: readonly LiabilityLeaf[], index: number): LiabilityClaim {
  const tree = new LiabilityTree(leaves.map(liabilityLeaf));
  const leaf = leaves[index] ?? assert.fail();
  const { size, root } = tree;
  return { leaf, index, size, siblings: tree.prove(index), sum: tree.top.sum, root };
}

const honest = claimOf(leavesOf(11), 6);

test('liabilities: honest trees of 1 to 300 users verify for all', () => {
  for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100, 255, 256, 257, 300]) {
    const leaves = leavesOf(count);
    const tree = new LiabilityTree(leaves.map(liabilityLeaf));
    const sum = leaves.reduce((total, { amount }) => total + amount, 0n);
    assert.equal(tree.top.sum, sum);
    for (const [index, leaf] of leaves.entries()) {
      const siblings = tree.prove(index);
      const claim = { leaf, index, size: count, siblings, sum, root: tree.root };
      assert.ok(verifyLiability(claim), `${index} of ${count}`);
    }
  }
});

test('liabilities: a tree without users has a root of its own', () => {
  const { size, top, root } = new LiabilityTree([]);
  assert.deepEqual({ size, sum: top.sum }, { size: 0, sum: 0n });
  assert.deepEqual(root, liabilityRoot(0, { sum: 0n, hash: sha256(new Uint8Array(0)) }));
});

/** A tree whose nodes take the larger sum for both, as an exchange would that hides the smaller. */
test('liabilities: the larger sum instead of both is refused for one of the two', () => {
  const [left, right] = [leafOf(1, 100n), leafOf(2, 60n)];
  const honestTree = new LiabilityTree([liabilityLeaf(left), liabilityLeaf(right)]);
  const root = liabilityRoot(2, { sum: 100n, hash: honestTree.top.hash });
  const claims = [left, right].map((leaf, index) => {
    const siblings = honestTree.prove(index);
    return verifyLiability({ leaf, index, size: 2, siblings, sum: 100n, root });
  });
  assert.deepEqual(claims, [false, false]);
});

test('liabilities: negative sums and sums that would wrap around are refused', () => {
  for (const sum of [-1n, 2n ** 248n, 2n ** 256n - 5n]) {
    const siblings = honest.siblings.map((node, level) => (level === 0 ? { ...node, sum } : node));
    assert.ok(!verifyLiability({ ...honest, siblings }), `${sum}`);
  }
});

test('liabilities: the leaf of another user, asset, publication, salt or amount is refused', () => {
  const other: Partial<LiabilityLeaf>[] = [
    { userId: 8 },
    { assetId: 3 },
    { headId: headIdOf(EXCHANGE, 1_001) },
    { headId: headIdOf('cd'.repeat(16), 1_000) },
    { salt: new Uint8Array(32) },
    { salt: new Uint8Array(31) },
    { amount: honest.leaf.amount - 1n },
    { amount: honest.leaf.amount + 1n },
    { amount: -1n },
  ];
  for (const change of other) {
    assert.ok(!verifyLiability({ ...honest, leaf: { ...honest.leaf, ...change } }));
  }
});

test('liabilities: a node cannot stand for a leaf: what is hashed differs in length and prefix', () => {
  const leaf = liabilityLeaf(honest.leaf);
  const { siblings } = honest;
  const shorter = claimOf(leavesOf(11), 10);
  assert.ok(shorter.siblings.length < siblings.length);
  const inner = siblings[siblings.length - 1] ?? assert.fail();
  assert.notDeepEqual(leaf.hash, inner.hash);
  assert.ok(!verifyLiability({ ...honest, siblings: shorter.siblings, index: 10 }));
});

test('liabilities: an extra level, a missing level and another size or place are refused', () => {
  const { siblings } = honest;
  const extra: SumNode = { sum: 0n, hash: new Uint8Array(32) };
  assert.ok(!verifyLiability({ ...honest, siblings: [...siblings, extra] }));
  assert.ok(!verifyLiability({ ...honest, siblings: siblings.slice(1) }));
  assert.ok(!verifyLiability({ ...honest, size: 12 }));
  assert.ok(!verifyLiability({ ...honest, size: 10 }));
  assert.ok(!verifyLiability({ ...honest, index: 7 }));
  assert.ok(!verifyLiability({ ...honest, index: 11 }));
  assert.ok(!verifyLiability({ ...honest, index: -1 }));
  assert.ok(!verifyLiability({ ...honest, index: 0.5 }));
});

test('liabilities: an understated total and a changed sibling are refused', () => {
  assert.ok(verifyLiability(honest));
  assert.ok(!verifyLiability({ ...honest, sum: honest.sum - 1n }));
  for (const [level, node] of honest.siblings.entries()) {
    const changes: SumNode[] = [
      { ...node, sum: node.sum - 1n },
      { ...node, hash: sha256(node.hash) },
      { ...node, hash: node.hash.subarray(1) },
    ];
    for (const change of changes) {
      const siblings = honest.siblings.with(level, change);
      assert.ok(!verifyLiability({ ...honest, siblings }));
    }
  }
  // Moving an atom from one sibling to another keeps the total and still shows.
  const [first, second, ...rest] = honest.siblings;
  assert.ok(first && second);
  const moved = [{ ...first, sum: first.sum + 1n }, { ...second, sum: second.sum - 1n }, ...rest];
  assert.ok(!verifyLiability({ ...honest, siblings: moved }));
});
