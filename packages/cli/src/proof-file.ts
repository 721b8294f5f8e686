// A proof of liabilities in a file: everything that its verification needs but the heads that are kept.
// It holds the salt of a leaf, so only its owner may read it.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { LiabilityReply } from '@picostocks/protocol';
import { UsageError } from './failure.ts';

const FORMAT = 'picostocks liability proof 1';

export interface SavedProof {
  readonly format: typeof FORMAT;
  readonly exchange: string;
  /** What was published, and the head with which it was. */
  readonly publication: {
    readonly text: string;
    readonly signature: string;
    readonly lines: readonly string[];
  };
  readonly proof: LiabilityReply;
  /** The last entry of the head that was kept then, and the proof that the two are of one log. */
  readonly kept: { readonly sequence: number; readonly proof: readonly string[] };
}

export function writeProof(path: string, saved: Omit<SavedProof, 'format'>): void {
  const text = `${JSON.stringify({ format: FORMAT, ...saved }, undefined, 2)}\n`;
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Reads such a file; what is in it is verified afterwards. */
export function readProof(path: string): SavedProof {
  let saved: Partial<SavedProof> | null;
  try {
    saved = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path} cannot be read as a proof: ${(error as Error).message}`);
  }
  const { format, exchange, publication, proof, kept } = saved ?? {};
  const isWhole =
    format === FORMAT &&
    typeof exchange === 'string' &&
    [publication, proof, kept].every((part) => typeof part === 'object' && part !== null);
  if (isWhole) return saved as SavedProof;
  throw new UsageError(`${path} is no proof that "picostocks audit proof" wrote`);
}
