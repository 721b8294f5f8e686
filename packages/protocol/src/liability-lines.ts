// What is published of an exchange's liabilities: per asset one line of text, over all of which the
// `liabilities_root` of a head is the hash (docs/protocol.md §9). There is one spelling of a line, so that
// lines can be compared and hashed; whatever is not exactly that is not a line.

import { type Amount, formatAmount, parseAmount } from './amount.ts';
import { toHex } from './hex.ts';
import { parseId } from './id.ts';
import { sha256 } from './sha256.ts';
import { encodeUtf8 } from './utf8.ts';

/** What is published of one asset. */
export interface LiabilityLine {
  readonly assetId: number;
  /** How many users have a leaf. */
  readonly size: number;
  /** What they have together. */
  readonly sum: Amount;
  /** Of the sum tree over the leaves, in hexadecimal. */
  readonly root: string;
  /** Minus what they have together: what came in from outside. */
  readonly world: Amount;
}

/** Fees are credited to a user, who has a leaf, and nothing is in escrow: two amounts that are zero. */
const OUTSIDE_THE_TREE = formatAmount(0n);

export function encodeLiabilityLine({ assetId, size, sum, root, world }: LiabilityLine): string {
  const outside = [OUTSIDE_THE_TREE, OUTSIDE_THE_TREE, formatAmount(world)];
  return [assetId, size, formatAmount(sum), root, ...outside].join(':');
}

const ROOT = /^[0-9a-f]{64}$/;

/** Reads a line in its one spelling, whose amounts are zero together, or answers `undefined`. */
export function decodeLiabilityLine(text: string): LiabilityLine | undefined {
  const [assetText = '', sizeText = '', sumText = '', root = ''] = text.split(':');
  const assetId = parseId(assetText);
  const size = parseId(sizeText);
  const sum = parseAmount(sumText);
  if (assetId === undefined || size === undefined || sum === undefined) return undefined;
  if (!ROOT.test(root)) return undefined;
  // A world that does not balance the sum is another text.
  const line: LiabilityLine = { assetId, size, sum, root, world: -sum };
  return encodeLiabilityLine(line) === text ? line : undefined;
}

/** Reads all lines of a publication, which are in the order of assets, or answers `undefined`. */
export function decodeLiabilityLines(texts: readonly string[]): LiabilityLine[] | undefined {
  const lines: LiabilityLine[] = [];
  for (const text of texts) {
    const line = decodeLiabilityLine(text);
    const last = lines.at(-1);
    if (line === undefined || (last !== undefined && line.assetId <= last.assetId))
      return undefined;
    lines.push(line);
  }
  return lines;
}

/** The lines as they are kept and hashed. */
export function liabilityText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** The `liabilities_root` of the head with which the lines are published, in hexadecimal. */
export function hashLiabilityLines(lines: readonly string[]): string {
  return toHex(sha256(encodeUtf8(liabilityText(lines))));
}
