// Bytes between threads: entries and proposals as records one after the other. A batch is encoded once
// and posted to every follower.

import {
  concatBytes,
  decodeRecord,
  type Entry,
  encodeRecord,
  HASH_BYTES,
  type Proposal,
  recordLength,
} from '@picostocks/protocol';

/** Each record is followed by its hash. */
export function encodeBatch(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  return concatBytes(...entries.flatMap((entry) => [encodeRecord(entry), entry.hash]));
}

export function* decodeBatch(bytes: Uint8Array): Generator<Entry> {
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + lengthAt(bytes, offset);
    const hash = bytes.subarray(end, end + HASH_BYTES);
    yield { ...decodeRecord(bytes.subarray(offset, end)), hash };
    offset = end + HASH_BYTES;
  }
}

/** A proposal travels as a record without place and time. */
export function encodeProposals(proposals: readonly Proposal[]): Uint8Array<ArrayBuffer> {
  const records = proposals.map((proposal) => encodeRecord({ ...proposal, sequence: 0, time: 0 }));
  return concatBytes(...records);
}

export function* decodeProposals(bytes: Uint8Array): Generator<Proposal> {
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + lengthAt(bytes, offset);
    const { kind, key, signature, message } = decodeRecord(bytes.subarray(offset, end));
    yield { kind, key, signature, message };
    offset = end;
  }
}

function lengthAt(bytes: Uint8Array, offset: number): number {
  const length = recordLength(bytes, offset);
  if (length === undefined) throw new Error('a batch holds whole records only');
  return length;
}
