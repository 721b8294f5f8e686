// Makes the golden proofs of liabilities, by the plain definition of docs/protocol.md §9 and with fixed keys,
// salts and amounts, so that another program can be held against them:
//
//   node packages/client/test/make-liability-golden.ts > packages/client/test/golden/liabilities.json

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import {
  encodeHead,
  encodeLiabilityLine,
  formatAmount,
  hashLiabilityLines,
  headIdOf,
  type LiabilityReply,
  LiabilityTree,
  liabilityLeaf,
  toHex,
  ZERO_HASH,
} from '@picostocks/protocol';
import { HeadKey } from '../../server/src/heads/head-key.ts';

export const EXCHANGE = '0123456789abcdef0123456789abcdef';
export const SEQUENCE = 1_207;
export const SECRET = createHash('sha256').update('golden secret').digest();
const HEAD_KEY = new HeadKey(createHash('sha256').update('golden head key').digest());
const HEAD_ID = headIdOf(EXCHANGE, SEQUENCE);

/** Users by asset. */
const SIZES: readonly (readonly [assetId: number, users: number])[] = [
  [2, 1],
  [3, 2],
  [4, 3],
  [15, 7],
  [16, 0],
  [20, 33],
];
/** Largest first, so that every length of a number is there. */
const AMOUNTS = [10n ** 55n, 10n ** 36n + 1n, 2n ** 64n, 2n ** 64n - 1n, 10n ** 18n, 1n];

export function amountOf(assetId: number, userId: number): bigint {
  return (AMOUNTS[(assetId + userId) % AMOUNTS.length] ?? 0n) + BigInt(userId);
}

export interface Golden {
  readonly exchange: string;
  readonly secret: string;
  readonly head_key: string;
  readonly publication: {
    readonly text: string;
    readonly signature: string;
    readonly lines: readonly string[];
  };
  readonly proofs: readonly LiabilityReply[];
}

function saltOf(assetId: number, userId: number): Uint8Array {
  const ids = Buffer.alloc(16);
  ids.writeBigUInt64BE(BigInt(assetId));
  ids.writeBigUInt64BE(BigInt(userId), 8);
  return createHmac('sha256', SECRET).update(HEAD_ID).update(ids).digest();
}

function publishAsset(assetId: number, users: number) {
  const leaves = Array.from({ length: users }, (_, index) => {
    const userId = index + 1;
    const salt = saltOf(assetId, userId);
    return { headId: HEAD_ID, assetId, userId, salt, amount: amountOf(assetId, userId) };
  });
  leaves.sort((left, right) => Buffer.compare(left.salt, right.salt));
  const tree = new LiabilityTree(leaves.map(liabilityLeaf));
  const { sum } = tree.top;
  const root = toHex(tree.root);
  const line = encodeLiabilityLine({ assetId, size: users, sum, root, world: -sum });
  const proofs = leaves.map(
    ({ userId, salt, amount }, index): LiabilityReply => ({
      head: SEQUENCE,
      asset_id: assetId,
      user_id: userId,
      salt: toHex(salt),
      amount: formatAmount(amount),
      index,
      size: users,
      siblings: tree
        .prove(index)
        .map((node) => ({ sum: formatAmount(node.sum), hash: toHex(node.hash) })),
      sum: formatAmount(sum),
      root,
    }),
  );
  return { line, proofs };
}

export function makeGolden(): Golden {
  const published = SIZES.map(([assetId, users]) => publishAsset(assetId, users));
  const lines = published.map(({ line }) => line);
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const text = encodeHead({
    exchange: EXCHANGE,
    sequence: SEQUENCE,
    time: 1_790_000_000_000_000,
    treeRoot: digest('tree'),
    chainHash: digest('chain'),
    stateHash: digest('state'),
    liabilitiesRoot: hashLiabilityLines(lines),
    previous: ZERO_HASH,
  });
  return {
    exchange: EXCHANGE,
    secret: toHex(SECRET),
    head_key: HEAD_KEY.publicKey,
    publication: { text, signature: HEAD_KEY.sign(text), lines },
    proofs: published.flatMap(({ proofs }) => proofs),
  };
}

if (import.meta.main) {
  const golden = makeGolden();
  assert.equal(golden.proofs.length, 46);
  process.stdout.write(`${JSON.stringify(golden, undefined, 1)}\n`);
}
