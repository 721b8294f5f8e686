// The trees of one publication in a file: what is needed to answer proofs, and nothing else. It holds the
// secret that its salts were made with, so that its proofs outlive the file of the secret.
//
//   magic 32 ‖ secret 32 ‖ head_id 32 ‖ assets 8 ‖ per asset: id 8 ‖ size 8 ‖ offset 8 ‖ trees

import { closeSync, openSync, readSync } from 'node:fs';
import { encodeLiabilityLine, headIdOf, toHex } from '@picostocks/protocol';
import { AssetTree, buildTree } from './asset-tree.ts';
import { type AssetRecords, amountOf, RECORD_BYTES } from './liability-records.ts';
import { hashOf, rootOf, sumOf } from './sum-hash.ts';

const MAGIC = Buffer.from('picostocks liability trees 1'.padEnd(32, '\n'), 'latin1');
const HASH_BYTES = 32;
const SECRET_OFFSET = MAGIC.length;
const HEAD_ID_OFFSET = SECRET_OFFSET + HASH_BYTES;
const COUNT_OFFSET = HEAD_ID_OFFSET + HASH_BYTES;
const NUMBER_BYTES = 8;
const INDEX_OFFSET = COUNT_OFFSET + NUMBER_BYTES;
const INDEX_BYTES = 3 * NUMBER_BYTES;

/** Everything that a publication follows from; it can cross threads. */
export interface LiabilityJob {
  readonly exchange: string;
  readonly sequence: number;
  readonly secret: Uint8Array;
  /** In the order of asset ids. */
  readonly assets: readonly AssetRecords[];
}

/** The lines that are published, and the bytes of the file, piece by piece. */
export interface BuiltLiabilities {
  readonly lines: readonly string[];
  readonly pieces: readonly Uint8Array[];
}

/**
 * Builds the trees.
 *
 * @throws Error when an asset's users do not have together what came in: nothing is published then.
 */
export function buildLiabilities(job: LiabilityJob): BuiltLiabilities {
  const { assets, secret } = job;
  const headId = headIdOf(job.exchange, job.sequence);
  const index = Buffer.alloc(NUMBER_BYTES + assets.length * INDEX_BYTES);
  writeNumber(index, 0, assets.length);
  let offset = COUNT_OFFSET + index.length;
  const lines: string[] = [];
  const trees: Uint8Array[] = [];
  for (const [place, { assetId, records, world }] of assets.entries()) {
    const key = { secret, headId, assetId };
    const bytes = buildTree(records, key);
    const size = records.length / RECORD_BYTES;
    const read = (start: number, length: number): Uint8Array =>
      bytes.subarray(start, start + length);
    const { top } = new AssetTree({ size, read }, key);
    const sum = sumOf(top);
    if (sum + world !== 0n)
      throw new Error(`the balances of asset ${assetId} are not zero together`);
    lines.push(encodeLiabilityLine({ assetId, size, sum, root: toHex(rootOf(size, top)), world }));
    const at = NUMBER_BYTES + place * INDEX_BYTES;
    writeNumber(index, at, assetId);
    writeNumber(index, at + NUMBER_BYTES, size);
    writeNumber(index, at + 2 * NUMBER_BYTES, offset);
    offset += bytes.length;
    trees.push(bytes);
  }
  return { lines, pieces: [MAGIC, secret, headId, index, ...trees] };
}

function writeNumber(bytes: Buffer, at: number, value: number): void {
  bytes.writeUIntBE(value, at + 2, 6);
}

function readNumber(bytes: Buffer, at: number): number {
  return bytes.readUIntBE(at + 2, 6);
}

/** What proves a leaf, in numbers and bytes. */
export interface LeafProof {
  readonly salt: string;
  readonly amount: bigint;
  readonly index: number;
  readonly size: number;
  readonly siblings: readonly { readonly sum: bigint; readonly hash: string }[];
  readonly sum: bigint;
  readonly root: string;
}

/** Reads proofs from the file. */
export class TreeFile implements Disposable {
  readonly #file: number;
  readonly #secret: Uint8Array;
  readonly #headId: Uint8Array;

  /** @throws Error of the file system, or if it is no such file. */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    const head = this.#read(0, COUNT_OFFSET);
    if (!head.subarray(0, MAGIC.length).equals(MAGIC)) {
      closeSync(this.#file);
      throw new Error(`${path} is no file of liability trees`);
    }
    this.#secret = head.subarray(SECRET_OFFSET, HEAD_ID_OFFSET);
    this.#headId = head.subarray(HEAD_ID_OFFSET);
  }

  /** The proof of what a user had, or `undefined` where he had nothing. */
  prove({ assetId, userId }: { assetId: number; userId: number }): LeafProof | undefined {
    const tree = this.#tree(assetId);
    const index = tree?.indexOf(userId);
    if (tree === undefined || index === undefined) return undefined;
    const { size, top } = tree;
    const amount = Buffer.from(amountOf(tree.record(index))).toString('hex');
    const siblings = tree
      .prove(index)
      .map((node) => ({ sum: sumOf(node), hash: toHex(hashOf(node)) }));
    return {
      salt: toHex(tree.salt(userId)),
      amount: BigInt(`0x${amount}`),
      index,
      size,
      siblings,
      sum: sumOf(top),
      root: toHex(rootOf(size, top)),
    };
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #tree(assetId: number): AssetTree | undefined {
    const count = readNumber(this.#read(COUNT_OFFSET, NUMBER_BYTES), 0);
    const index = this.#read(INDEX_OFFSET, count * INDEX_BYTES);
    for (let at = 0; at < index.length; at += INDEX_BYTES) {
      if (readNumber(index, at) !== assetId) continue;
      const size = readNumber(index, at + NUMBER_BYTES);
      const start = readNumber(index, at + 2 * NUMBER_BYTES);
      const read = (offset: number, length: number): Buffer => this.#read(start + offset, length);
      const key = { secret: this.#secret, headId: this.#headId, assetId };
      return new AssetTree({ size, read }, key);
    }
    return undefined;
  }

  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    if (readSync(this.#file, bytes, 0, length, offset) === length) return bytes;
    throw new Error('a file of liability trees is shorter than it says');
  }
}
