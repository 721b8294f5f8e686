// Bytes between threads: entries and proposals as records one after the other. A batch is encoded once
// and posted to every follower.

import {
  decodeRecord,
  type Entry,
  HASH_BYTES,
  type Proposal,
  recordBytes,
  recordLength,
  writeRecord,
} from '@picostocks/protocol';

/** Each record is followed by its hash. */
export function encodeBatch(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthOf(entries) + entries.length * HASH_BYTES);
  let at = 0;
  for (const entry of entries) {
    writeRecord(entry, bytes, at);
    at += recordBytes(entry);
    bytes.set(entry.hash, at);
    at += HASH_BYTES;
  }
  return bytes;
}

function lengthOf(proposals: readonly Proposal[]): number {
  return proposals.reduce((sum, proposal) => sum + recordBytes(proposal), 0);
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
  const bytes = new Uint8Array(lengthOf(proposals));
  let at = 0;
  for (const proposal of proposals) {
    writeRecord({ ...proposal, sequence: 0, time: 0 }, bytes, at);
    at += recordBytes(proposal);
  }
  return bytes;
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
