// A head of the log: one signed line that says what the whole log was at some entry. Who keeps heads can
// later prove that history was rewritten, with nothing but two lines that the exchange signed itself.
//
// Normative in docs/protocol.md §8. There is one text for one head, so that texts can be compared and
// hashed; whatever is not exactly that text is not a head.

import { toHex } from './hex.ts';
import { parseId, type Sequence, type TimeMicros } from './id.ts';
import { sha256 } from './sha256.ts';
import { encodeUtf8 } from './utf8.ts';

export const HEAD_FORMAT = 1;

/** The hash before the first head, and the root of liabilities that were not published. */
export const ZERO_HASH = '0'.repeat(64);

/** What a head says; hashes are 64 hexadecimal digits in lower case. */
export interface LogHead {
  /** 32 hexadecimal digits. */
  readonly exchange: string;
  /** The last entry that the head covers, and so the size of the tree. */
  readonly sequence: Sequence;
  /** When it was signed: above that of the head before, not below that of the last entry. */
  readonly time: TimeMicros;
  /** Of the tree whose leaf n−1 is the record of entry n. */
  readonly treeRoot: string;
  /** hash(sequence) of docs/protocol.md §5. */
  readonly chainHash: string;
  /** docs/protocol.md §6.12, after entry `sequence`. */
  readonly stateHash: string;
  readonly liabilitiesRoot: string;
  /** SHA-256 of the text of the head signed before; zeros in the first. */
  readonly previous: string;
}

/** A head as it travels and is kept: the text that was signed, and the signature in hexadecimal. */
export interface SignedHead {
  readonly text: string;
  readonly signature: string;
}

export function encodeHead(head: LogHead): string {
  const { exchange, sequence, time, treeRoot, chainHash, stateHash } = head;
  const hashes = [treeRoot, chainHash, stateHash, head.liabilitiesRoot, head.previous];
  return ['HEAD', HEAD_FORMAT, exchange, sequence, time, sequence, ...hashes].join(':');
}

const FIELDS = 11;
const EXCHANGE = /^[0-9a-f]{32}$/;
const HASH = /^[0-9a-f]{64}$/;

/** Reads a head in its one spelling, or answers `undefined`. */
export function decodeHead(text: string): LogHead | undefined {
  const fields = text.split(':');
  if (fields.length !== FIELDS) return undefined;
  const [, , exchange = '', sequenceText = '', timeText = '', , ...hashes] = fields;
  const sequence = parseId(sequenceText);
  const time = parseId(timeText);
  if (sequence === undefined || sequence === 0 || time === undefined) return undefined;
  if (!EXCHANGE.test(exchange) || !hashes.every((hash) => HASH.test(hash))) return undefined;
  const [treeRoot = '', chainHash = '', stateHash = '', liabilitiesRoot = '', previous = ''] =
    hashes;
  const head: LogHead = {
    exchange,
    sequence,
    time,
    treeRoot,
    chainHash,
    stateHash,
    liabilitiesRoot,
    previous,
  };
  return encodeHead(head) === text ? head : undefined;
}

/** What the next head names as the one before it. */
export function hashHead(text: string): string {
  return toHex(sha256(encodeUtf8(text)));
}

const SIGNATURE = /^[0-9a-f]{128}$/;

/** One line of a file of heads, without its line feed. */
export function encodeHeadLine({ text, signature }: SignedHead): string {
  return `${text} ${signature}`;
}

/** Reads such a line, or answers `undefined`; whether the signature is right is another question. */
export function decodeHeadLine(
  line: string,
): (SignedHead & { readonly head: LogHead }) | undefined {
  const [text = '', signature = '', ...rest] = line.split(' ');
  const head = decodeHead(text);
  if (head === undefined || rest.length > 0 || !SIGNATURE.test(signature)) return undefined;
  return { text, signature, head };
}
