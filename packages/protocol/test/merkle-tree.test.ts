// RFC 9162 trees: the published vector, every proof of every small tree, and proofs that must not pass.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesEqual,
  consistencyRanges,
  EMPTY_ROOT,
  Frontier,
  fromHex,
  inclusionRanges,
  leafHash,
  nodeHash,
  rangeRoot,
  toHex,
  verifyConsistency,
  verifyInclusion,
} from '@picostocks/protocol';

/** The eight leaves of the reference vector that implementations of the RFC share. */
const REFERENCE = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const REFERENCE_ROOT = '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328';

class Tree {
  readonly roots: Uint8Array[] = [EMPTY_ROOT];
  readonly #nodes = new Map<string, Uint8Array>();

  constructor(leaves: readonly Uint8Array[]) {
    const frontier = new Frontier();
    for (const leaf of leaves) {
      frontier.append(leafHash(leaf), ({ level, index, hash }) =>
        this.#nodes.set(`${level}/${index}`, hash),
      );
      this.roots.push(frontier.root());
    }
  }

  readonly node = (level: number, index: number): Uint8Array => {
    const hash = this.#nodes.get(`${level}/${index}`);
    assert.ok(hash, `node ${level}/${index} is complete`);
    return hash;
  };

  root(size: number): Uint8Array {
    return this.roots[size] ?? assert.fail();
  }

  inclusion(index: number, size: number) {
    const proof = inclusionRanges(index, size).map((range) => rangeRoot(range, this.node));
    return { leaf: this.node(0, index), index, size, proof, root: this.root(size) };
  }

  consistency(from: number, to: number) {
    const proof = consistencyRanges(from, to).map((range) => rangeRoot(range, this.node));
    return { from, to, fromRoot: this.root(from), toRoot: this.root(to), proof };
  }
}

const SIZE = 40;
const tree = new Tree(Array.from({ length: SIZE }, (_, index) => new Uint8Array([7, index])));

/** The root as the RFC defines it, without a frontier. */
function definedRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return EMPTY_ROOT;
  if (leaves.length === 1) return leafHash(only);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(definedRoot(leaves.slice(0, split)), definedRoot(leaves.slice(split)));
}

test('merkle tree: the reference vector', () => {
  const leaves = REFERENCE.map((hex) => fromHex(hex) ?? assert.fail());
  assert.equal(toHex(new Tree(leaves).root(8)), REFERENCE_ROOT);
  for (let size = 0; size <= 8; size += 1) {
    const defined = definedRoot(leaves.slice(0, size));
    assert.ok(bytesEqual(new Tree(leaves.slice(0, size)).root(size), defined));
  }
});

test('merkle tree: every inclusion proof of every small tree, and its forgeries', () => {
  for (let size = 1; size <= SIZE; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const claim = tree.inclusion(index, size);
      assert.ok(verifyInclusion(claim), `${index} of ${size}`);
      assert.ok(claim.proof.length <= Math.ceil(Math.log2(size)));
      const [first, ...rest] = claim.proof;
      assert.ok(!verifyInclusion({ ...claim, leaf: leafHash(new Uint8Array([1])) }));
      assert.ok(!verifyInclusion({ ...claim, root: EMPTY_ROOT }));
      assert.ok(!verifyInclusion({ ...claim, index: size }));
      assert.ok(!verifyInclusion({ ...claim, proof: [...claim.proof, EMPTY_ROOT] }));
      if (first === undefined) continue;
      assert.ok(!verifyInclusion({ ...claim, proof: rest }));
      assert.ok(!verifyInclusion({ ...claim, index: index === 0 ? 1 : index - 1 }));
    }
  }
});

test('merkle tree: every consistency proof of every small tree, and its forgeries', () => {
  for (let to = 0; to <= SIZE; to += 1) {
    for (let from = 0; from <= to; from += 1) {
      const claim = tree.consistency(from, to);
      assert.ok(verifyConsistency(claim), `${from} to ${to}`);
      assert.ok(!verifyConsistency({ ...claim, proof: [...claim.proof, EMPTY_ROOT] }));
      if (from === 0 || from === to) continue;
      assert.ok(!verifyConsistency({ ...claim, fromRoot: tree.root(from - 1) }));
      assert.ok(!verifyConsistency({ ...claim, toRoot: tree.root(to - 1) }));
      assert.ok(!verifyConsistency({ ...claim, from: to, to: from }));
      assert.ok(!verifyConsistency({ ...claim, proof: claim.proof.slice(1) }));
    }
  }
});

test('merkle tree: a rewritten entry is consistent with no older tree that had it', () => {
  const leaves = Array.from({ length: SIZE }, (_, index) => new Uint8Array([7, index]));
  leaves[11] = new Uint8Array([8]);
  const rewritten = new Tree(leaves);
  for (let from = 12; from < SIZE; from += 1) {
    const claim = { ...rewritten.consistency(from, SIZE), fromRoot: tree.root(from) };
    assert.ok(!verifyConsistency(claim), `from ${from}`);
  }
  for (let from = 1; from <= 11; from += 1) {
    const claim = { ...rewritten.consistency(from, SIZE), fromRoot: tree.root(from) };
    assert.ok(verifyConsistency(claim), `from ${from}`);
  }
});
