// The offline verifier against golden proofs, made with fixed keys by the plain definition: all of them
// verify, the server makes the same, and each thing that is changed in one is refused by name.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  InvalidArgumentError,
  type LiabilityFault,
  LiabilityProofInvalidError,
  type LiabilityQuestion,
  verifyLiabilityProof,
} from '@picostocks/client';
import { formatAmount, type LiabilityReply } from '@picostocks/protocol';
import { RECORD_BYTES } from '../../server/src/liabilities/liability-records.ts';
import { buildLiabilities } from '../../server/src/liabilities/tree-file.ts';
import { amountOf, type Golden, makeGolden, SECRET, SEQUENCE } from './make-liability-golden.ts';

const FILE = new URL('./golden/liabilities.json', import.meta.url);
const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Golden;
const { publication, exchange, head_key: headKey } = golden;

function questionOf(proof: LiabilityReply): LiabilityQuestion {
  const { asset_id: assetId, user_id: userId, amount } = proof;
  return { publication, proof, headKey, exchange, userId, assetId, amount };
}

function proofOf(assetId: number, userId: number): LiabilityReply {
  const isIt = (proof: LiabilityReply) => proof.asset_id === assetId && proof.user_id === userId;
  return golden.proofs.find(isIt) ?? assert.fail();
}

test('golden: every proof verifies, and they are made the same today', async () => {
  assert.deepEqual(makeGolden(), golden);
  for (const proof of golden.proofs) {
    const { amount, line, head } = await verifyLiabilityProof(questionOf(proof));
    assert.equal(amount, formatAmount(amountOf(proof.asset_id, proof.user_id)));
    assert.equal(line.size, proof.size);
    assert.equal(head.head.sequence, SEQUENCE);
    await verifyLiabilityProof({ ...questionOf(proof), amount: undefined });
  }
});

test('golden: the server publishes the same lines', () => {
  const assets = publication.lines.map((line) => {
    const [assetId = 0, size = 0] = line.split(':').map(Number);
    const records = Buffer.from(new ArrayBuffer(size * RECORD_BYTES));
    let world = 0n;
    for (let userId = 1; userId <= size; userId += 1) {
      const amount = amountOf(assetId, userId);
      const digits = userId.toString(16).padStart(16, '0') + amount.toString(16).padStart(48, '0');
      records.write(digits, (userId - 1) * RECORD_BYTES, 'hex');
      world -= amount;
    }
    return { assetId, world, records };
  });
  const { lines } = buildLiabilities({ exchange, sequence: SEQUENCE, secret: SECRET, assets });
  assert.deepEqual(lines, publication.lines);
});

async function assertInvalid(question: LiabilityQuestion, reason: LiabilityFault, name: string) {
  const error = await verifyLiabilityProof(question).then(
    () => assert.fail(`${name} was believed`),
    (thrown: unknown) => thrown,
  );
  assert(error instanceof LiabilityProofInvalidError, `${name}: ${error}`);
  assert.deepEqual([error.code, error.reason], ['liability_proof_invalid', reason], name);
}

/** Replaces the first hexadecimal digit. */
const flip = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);

test('a changed proof is refused, each by its reason', async () => {
  const proof = proofOf(20, 5);
  const question = questionOf(proof);
  const { siblings } = proof;
  const [lowest] = siblings;
  assert(lowest !== undefined && siblings.length > 4);
  const atom = '0.000000000000000001';
  const limit = '452312848583266388373324160190187140051835877600158453.279131187530910662656';
  const changes: readonly (readonly [string, Partial<Record<keyof LiabilityReply, unknown>>])[] = [
    ['salt', { salt: flip(proof.salt) }],
    ['index', { index: proof.index + 1 }],
    ['an index beyond', { index: 33 }],
    ['a broken index', { index: 0.5 }],
    ['no index', { index: undefined }],
    ['size', { size: 34 }],
    ['sum', { sum: atom }],
    ['root', { root: flip(proof.root) }],
    ['an extra level', { siblings: [...siblings, { sum: atom, hash: proof.root }] }],
    ['a missing level', { siblings: siblings.slice(1) }],
    ['no level', { siblings: [] }],
    ['other order', { siblings: siblings.toReversed() }],
    ['a sibling sum', { siblings: siblings.with(0, { ...lowest, sum: atom }) }],
    ['a sibling hash', { siblings: siblings.with(0, { ...lowest, hash: flip(lowest.hash) }) }],
    ['an amount', { amount: atom }],
  ];
  for (const [name, change] of changes) {
    await assertInvalid({ ...question, proof: { ...proof, ...change } }, 'path', name);
  }
  const shapes: readonly (readonly [string, unknown])[] = [
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['a negative amount', { ...proof, amount: '-1.000000000000000000' }],
    ['a number', { ...proof, amount: 5 }],
    ['a negative sum', { ...proof, siblings: siblings.with(0, { ...lowest, sum: `-${atom}` }) }],
    ['a sum that wraps', { ...proof, siblings: siblings.with(0, { ...lowest, sum: limit }) }],
    ['a short hash', { ...proof, siblings: siblings.with(0, { ...lowest, hash: 'ab' }) }],
    ['a short salt', { ...proof, salt: 'ab' }],
    ['siblings that are none', { ...proof, siblings: [null] }],
    ['a text of siblings', { ...proof, siblings: 'none' }],
  ];
  for (const [name, shape] of shapes) {
    await assertInvalid({ ...question, proof: shape }, 'shape', name);
  }
});

test('a proof of another user, asset or head is refused', async () => {
  const question = questionOf(proofOf(20, 5));
  for (const other of [proofOf(20, 6), proofOf(15, 5), { ...proofOf(20, 5), head: SEQUENCE + 1 }]) {
    await assertInvalid({ ...question, proof: other }, 'place', `${other.user_id}`);
  }
  // The same leaf under another name is another leaf.
  const renamed = { ...proofOf(20, 6), user_id: 5 };
  await assertInvalid({ ...question, proof: renamed }, 'path', 'renamed');
  const elsewhere = { ...proofOf(15, 5), asset_id: 20 };
  await assertInvalid({ ...question, proof: elsewhere }, 'path', 'of another asset');
  const unlisted = { ...proofOf(20, 5), asset_id: 21 };
  await assertInvalid({ ...question, assetId: 21, proof: unlisted }, 'missing', 'no line');
});

test('another amount than the own is refused', async () => {
  const question = questionOf(proofOf(4, 2));
  await assertInvalid({ ...question, amount: '1' }, 'amount', 'less');
  await assert.rejects(
    verifyLiabilityProof({ ...question, amount: '1e3' }),
    (error) => error instanceof InvalidArgumentError && error.argument === 'amount',
  );
});

test('a changed publication is refused', async () => {
  const question = questionOf(proofOf(20, 5));
  const { text, signature, lines } = publication;
  const other = makeGolden().publication.lines.map((line) => line.replace(/^20:33/, '20:34'));
  const plain = text.replace(/[0-9a-f]{64}(:[0-9a-f]{64})$/, `${'0'.repeat(64)}$1`);
  const cases: readonly (readonly [string, LiabilityFault, unknown])[] = [
    ['other lines', 'lines', { text, signature, lines: other }],
    ['a line less', 'lines', { text, signature, lines: lines.slice(1) }],
    ['another order', 'lines', { text, signature, lines: lines.toReversed() }],
    ['no lines', 'lines', { text, signature, lines: undefined }],
    ['lines of numbers', 'lines', { text, signature, lines: [1, 2] }],
    ['another signature', 'head', { text, signature: flip(signature), lines }],
    ['another text', 'head', { text: text.replace(':1207:', ':1208:'), signature, lines }],
    ['no head', 'head', { text: 'HEAD', signature, lines }],
    ['a head without liabilities', 'head', { text: plain, signature, lines }],
  ];
  for (const [name, reason, changed] of cases) {
    const published = changed as LiabilityQuestion['publication'];
    await assertInvalid({ ...question, publication: published }, reason, name);
  }
  await assertInvalid({ ...question, headKey: flip(headKey) }, 'head', 'another key');
  await assertInvalid({ ...question, exchange: 'ab'.repeat(16) }, 'head', 'another exchange');
});
