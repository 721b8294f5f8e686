// What a verifier must read from an answer before it can check it. An answer of another shape is no proof.

import {
  decodeGenesis,
  decodeHead,
  decodeRecord,
  ENTRY_KINDS,
  fromHex,
  HASH_BYTES,
  type LogHead,
  leafHash,
  type SignedHead,
  toHex,
  verifyInclusion,
} from '@picostocks/protocol';
import { UnprovenError } from './errors.ts';
import { isSignedBy } from './key.ts';

/** A head that verified: what was signed, and what it says. */
export interface VerifiedHead extends SignedHead {
  readonly head: LogHead;
}

/** @throws UnprovenError for what is no head. */
export function readHead({ text, signature }: SignedHead): VerifiedHead {
  const head = typeof text === 'string' ? decodeHead(text) : undefined;
  if (head === undefined || typeof signature !== 'string' || !/^[0-9a-f]{128}$/.test(signature)) {
    throw new UnprovenError('this is no signed head');
  }
  return { text, signature, head };
}

/** @throws UnprovenError for what is no list of hashes. */
export function readProof(proof: unknown): Uint8Array[] {
  if (!Array.isArray(proof)) throw new UnprovenError('this is no proof');
  return proof.map(readHash);
}

export function readHash(text: unknown): Uint8Array {
  const hash = typeof text === 'string' ? fromHex(text) : undefined;
  if (hash?.length !== HASH_BYTES) throw new UnprovenError('this is no hash');
  return hash;
}

/** The bytes of a record and what they say. */
export function readRecord(text: unknown) {
  const bytes = typeof text === 'string' ? fromHex(text) : undefined;
  try {
    if (bytes !== undefined) return { bytes, entry: decodeRecord(bytes) };
  } catch (cause) {
    throw new UnprovenError('this is no record of an entry', cause);
  }
  throw new UnprovenError('this is no record of an entry');
}

/** @throws UnprovenError when the record is not the entry of that number in the log of the head. */
export function checkInclusion(claim: {
  readonly record: Uint8Array;
  readonly sequence: number;
  readonly head: LogHead;
  readonly proof: unknown;
}): void {
  const { record, sequence, head } = claim;
  const isIncluded = verifyInclusion({
    leaf: leafHash(record),
    index: sequence - 1,
    size: head.sequence,
    proof: readProof(claim.proof),
    root: readHash(head.treeRoot),
  });
  if (!isIncluded) throw new UnprovenError(`entry ${sequence} is not in the log of this head`);
}

/**
 * The head key that a genesis names, if its operator signed it and it is that exchange's.
 *
 * @throws UnprovenError
 */
export async function readHeadKey(record: unknown, exchange: string) {
  const { bytes, entry } = readRecord(record);
  const genesis = entry.kind === ENTRY_KINDS.genesis ? decodeGenesis(entry.message) : undefined;
  const message = new Uint8Array(entry.message);
  const claim = { publicKey: genesis?.operator ?? '', signature: toHex(entry.signature), message };
  if (genesis?.exchange !== exchange || !(await isSignedBy(claim))) {
    throw new UnprovenError('the first entry is not the genesis of this exchange');
  }
  return { bytes, headKey: genesis.headKey };
}
