// The entry: the only thing that the exchange stores for ever.
//
// Layout of a record, all integers big-endian, normative in docs/protocol.md §5:
//
//   format u8 │ kind u8 │ sequence u64 │ time µs u64 │ key 32 │ signature 64 │ length u32 │ message
//
// hash(n) = SHA-256(hash(n−1) ‖ record(n)), with 32 zero bytes before the first. The hash itself is
// computed by who has a fast SHA-256; this file only says over what.

import type { Sequence, TimeMicros } from './id.ts';

export const ENTRY_FORMAT = 1;

export const ENTRY_KINDS = { genesis: 0, order: 1, registration: 2, envelope: 3, tick: 4 } as const;
export type EntryKind = (typeof ENTRY_KINDS)[keyof typeof ENTRY_KINDS];

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const HASH_BYTES = 32;

/** What a node asks the log to append: an entry without its place, time and hash. */
export interface Proposal {
  readonly kind: EntryKind;
  /** The public key that verified the message; zeros for a tick. */
  readonly key: Uint8Array;
  /** Zeros for a tick. */
  readonly signature: Uint8Array;
  /** The exact bytes that were signed. */
  readonly message: Uint8Array;
}

export interface Entry extends Proposal {
  readonly sequence: Sequence;
  readonly time: TimeMicros;
  readonly hash: Uint8Array;
}

const HEADER_BYTES = 1 + 1 + 8 + 8;
const MESSAGE_AT = HEADER_BYTES + KEY_BYTES + SIGNATURE_BYTES + 4;

export type Unhashed = Omit<Entry, 'hash'>;

export function encodeRecord(entry: Unhashed): Uint8Array<ArrayBuffer> {
  const record = new Uint8Array(recordBytes(entry));
  writeRecord(entry, record, 0);
  return record;
}

/** How long the record of an entry is. */
export function recordBytes({ message }: Proposal): number {
  return MESSAGE_AT + message.length;
}

/**
 * Writes the record of an entry into bytes that may have held another: for who makes many, one after the
 * other, since to make a buffer takes ten times as long as to fill it.
 *
 * @throws RangeError for a key or signature of another length.
 */
export function writeRecord(entry: Unhashed, bytes: Uint8Array, at: number): void {
  const { key, signature, message } = entry;
  if (key.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) {
    throw new RangeError('a key has 32 bytes, a signature 64');
  }
  bytes[at] = ENTRY_FORMAT;
  bytes[at + 1] = entry.kind;
  writeU64(entry.sequence, bytes, at + 2);
  writeU64(entry.time, bytes, at + 10);
  bytes.set(key, at + HEADER_BYTES);
  bytes.set(signature, at + HEADER_BYTES + KEY_BYTES);
  writeU32(message.length, bytes, at + MESSAGE_AT - 4);
  bytes.set(message, at + MESSAGE_AT);
}

function writeU64(value: number, bytes: Uint8Array, at: number): void {
  writeU32(Math.floor(value / 2 ** 32), bytes, at);
  writeU32(value % 2 ** 32, bytes, at + 4);
}

function writeU32(value: number, bytes: Uint8Array, at: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** How long the record at `offset` is, or `undefined` if the bytes end before it does. */
export function recordLength(bytes: Uint8Array, offset: number): number | undefined {
  if (bytes.length - offset < MESSAGE_AT) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
  const length = MESSAGE_AT + view.getUint32(MESSAGE_AT - 4);
  return length <= bytes.length - offset ? length : undefined;
}

/**
 * Reads one whole record; its parts are views of `record`, not copies.
 *
 * @throws RangeError for bytes that are not one whole record.
 * @throws UnknownEntry for a format or kind that this program does not know.
 */
export function decodeRecord(record: Uint8Array): Unhashed {
  if (recordLength(record, 0) !== record.length) throw new RangeError('this is not one record');
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const format = view.getUint8(0);
  const kind = view.getUint8(1);
  const sequence = Number(view.getBigUint64(2));
  if (!Number.isSafeInteger(sequence)) throw new RangeError('a sequence is below 2⁵³');
  if (format !== ENTRY_FORMAT) throw new UnknownEntry({ sequence, what: `format ${format}` });
  if (!isEntryKind(kind)) throw new UnknownEntry({ sequence, what: `kind ${kind}` });
  return {
    kind,
    sequence,
    time: Number(view.getBigUint64(10)),
    key: record.subarray(HEADER_BYTES, HEADER_BYTES + KEY_BYTES),
    signature: record.subarray(HEADER_BYTES + KEY_BYTES, MESSAGE_AT - 4),
    message: record.subarray(MESSAGE_AT),
  };
}

function isEntryKind(kind: number): kind is EntryKind {
  return kind >= ENTRY_KINDS.genesis && kind <= ENTRY_KINDS.tick;
}

/**
 * An entry that only a newer program can apply. The exchange stops before it rather than guess;
 * the remedy is to run the version that wrote it.
 */
export class UnknownEntry extends Error {
  override readonly name = 'UnknownEntry';
  readonly code = 'unknown_entry';
  readonly sequence: Sequence;

  constructor({ sequence, what }: { sequence: Sequence; what: string }) {
    super(`entry ${sequence} has ${what}, which this program does not know: run a newer version`);
    this.sequence = sequence;
  }
}
