// Verifies, without asking anybody, that an exchange owes a user what he has: docs/protocol.md §9.

import {
  decodeLiabilityLines,
  encodeUtf8,
  fromHex,
  HASH_BYTES,
  hashLiabilityLines,
  headIdOf,
  type LiabilityLine,
  type LogHead,
  parseAmount,
  type SignedHead,
  verifyLiability,
  ZERO_HASH,
} from '@picostocks/protocol';
import { checkAmount, checkId, checkObject } from './argument.ts';
import { type LiabilityFault, LiabilityProofInvalidError, PicostocksError } from './errors.ts';
import { isSignedBy } from './key.ts';
import { readHead, type VerifiedHead } from './proofs.ts';

/** The answer of `audit/liabilities/`, or what is kept of it: nothing in it is believed. */
export interface Publication extends SignedHead {
  readonly lines: readonly string[];
}

export interface LiabilityQuestion {
  readonly publication: Publication;
  /** The answer of `audit/proof/`. */
  readonly proof: unknown;
  /** The key of the exchange's heads, in hexadecimal, from a head that is kept. */
  readonly headKey: string;
  /** The id of the exchange. */
  readonly exchange: string;
  readonly userId: number;
  readonly assetId: number;
  /** What the user had, free and locked, by his own records; without it only the proof says it. */
  readonly amount?: string | undefined;
}

export interface VerifiedLiability {
  readonly head: VerifiedHead;
  /** What is published of the asset. */
  readonly line: LiabilityLine;
  /** What the user has in it. */
  readonly amount: string;
}

/**
 * Verifies a proof with nothing but what is given: the user's leaf is in the tree, the tree in the line, the
 * line in the head, and the head signed. Whether the head fits those that are kept is for `HeadKeeper`.
 *
 * @example
 * const [publication, proof] = [await reader.getLiabilities(), await reader.getLiability({ userId: 19, assetId: 2 })];
 * await verifyLiabilityProof({ publication, proof, headKey, exchange, userId: 19, assetId: 2, amount: '0.5' })
 * // { amount: '0.500000000000000000', line: { size: 3, … }, head: { … } }
 *
 * @throws LiabilityProofInvalidError if anything does not fit.
 */
export async function verifyLiabilityProof(
  question: LiabilityQuestion,
): Promise<VerifiedLiability> {
  const { publication, proof, headKey, exchange, amount, ...ids } = checkObject(
    question,
    'question',
  );
  const userId = checkId(ids.userId, 'userId');
  const assetId = checkId(ids.assetId, 'assetId');
  const own = amount === undefined ? undefined : checkAmount(amount, 'amount');
  const head = await readPublishedHead(publication, { headKey, exchange });
  const lines = readPublishedLines(head.head, publication.lines);
  return {
    head,
    ...checkLiability({ head: head.head, lines, proof, userId, assetId, amount: own }),
  };
}

async function readPublishedHead(
  { text, signature }: SignedHead,
  { headKey, exchange }: { headKey: string; exchange: string },
): Promise<VerifiedHead> {
  let head: VerifiedHead;
  try {
    head = readHead({ text, signature });
  } catch (cause) {
    throw new LiabilityProofInvalidError('head', { cause });
  }
  const message = encodeUtf8(text);
  const isSigned = await isSignedBy({ publicKey: headKey, signature, message });
  if (!isSigned || head.head.exchange !== exchange) throw new LiabilityProofInvalidError('head');
  return head;
}

/**
 * The lines that a head was signed with.
 *
 * @throws LiabilityProofInvalidError
 */
export function readPublishedLines(head: LogHead, lines: unknown): LiabilityLine[] {
  if (head.liabilitiesRoot === ZERO_HASH) throw new LiabilityProofInvalidError('head');
  const areTexts = Array.isArray(lines) && lines.every((line) => typeof line === 'string');
  const texts: string[] = areTexts ? lines : [];
  const read = decodeLiabilityLines(texts);
  const isSigned = areTexts && hashLiabilityLines(texts) === head.liabilitiesRoot;
  if (read === undefined || !isSigned) throw new LiabilityProofInvalidError('lines');
  return read;
}

export interface CheckedLiability {
  readonly line: LiabilityLine;
  readonly amount: string;
}

/**
 * Is the user's leaf, with this amount, in what was published with a head that is believed?
 *
 * @throws LiabilityProofInvalidError
 */
export function checkLiability(claim: {
  readonly head: LogHead;
  readonly lines: readonly LiabilityLine[];
  readonly proof: unknown;
  readonly userId: number;
  readonly assetId: number;
  readonly amount: string | undefined;
}): CheckedLiability {
  const { head, userId, assetId } = claim;
  const invalid = (reason: LiabilityFault, details?: string): LiabilityProofInvalidError =>
    new LiabilityProofInvalidError(reason, {
      userId,
      assetId,
      ...(details === undefined ? {} : { details }),
    });
  const proof = readLiability(claim.proof);
  if (proof === undefined) throw invalid('shape');
  const isOwn = proof.userId === userId && proof.assetId === assetId;
  if (!isOwn || proof.head !== head.sequence) throw invalid('place');
  const line = claim.lines.find((one) => one.assetId === assetId);
  if (line === undefined) throw invalid('missing');
  const { size, sum, root } = line;
  if (proof.size !== size || proof.sum !== sum || proof.root !== root) throw invalid('path');
  const { salt, amount, index, siblings } = proof;
  const headId = headIdOf(head.exchange, head.sequence);
  const leaf = { headId, assetId, userId, salt, amount };
  const rootBytes = fromHex(root) ?? new Uint8Array(0);
  if (!verifyLiability({ leaf, index, size, siblings, sum, root: rootBytes }))
    throw invalid('path');
  if (claim.amount !== undefined && parseAmount(claim.amount) !== amount) {
    throw invalid('amount', `${proof.amountText} is proved, ${claim.amount} is expected`);
  }
  return { line, amount: proof.amountText };
}

/** Numbers and bytes of an answer, or `undefined` if it is no proof at all. */
function readLiability(proof: unknown) {
  if (typeof proof !== 'object' || proof === null) return undefined;
  const fields = proof as Record<string, unknown>;
  const amount = readSum(fields['amount']);
  const sum = readSum(fields['sum']);
  const salt = readHashBytes(fields['salt']);
  const siblings = readSiblings(fields['siblings']);
  const root = fields['root'];
  if (amount === undefined || sum === undefined || salt === undefined) return undefined;
  if (siblings === undefined || typeof root !== 'string') return undefined;
  return {
    head: Number(fields['head']),
    assetId: Number(fields['asset_id']),
    userId: Number(fields['user_id']),
    index: Number(fields['index']),
    size: Number(fields['size']),
    amountText: String(fields['amount']),
    amount,
    salt,
    siblings,
    sum,
    root,
  };
}

function readSiblings(value: unknown) {
  if (!Array.isArray(value)) return undefined;
  const nodes = value.map((node: unknown) => {
    const fields = (node ?? {}) as Record<string, unknown>;
    return { sum: readSum(fields['sum']), hash: readHashBytes(fields['hash']) };
  });
  const whole = nodes.flatMap(({ sum, hash }) =>
    sum === undefined || hash === undefined ? [] : [{ sum, hash }],
  );
  return whole.length === nodes.length ? whole : undefined;
}

/** An amount of the wire: below 10⁵⁶ atoms, so that no sum of some can be negative or wrap around. */
function readSum(value: unknown): bigint | undefined {
  return typeof value === 'string' ? parseAmount(value) : undefined;
}

function readHashBytes(value: unknown): Uint8Array | undefined {
  const bytes = typeof value === 'string' ? fromHex(value) : undefined;
  return bytes?.length === HASH_BYTES ? bytes : undefined;
}

/** Did the exchange say that there is no such leaf? */
export function isNoLeaf(error: unknown): boolean {
  return error instanceof PicostocksError && error.code === 'liability_not_found';
}
