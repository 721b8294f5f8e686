// The log: a totally ordered, append-only list of entries. One interface; the embedded adapter is
// SQLite, a cluster's will be PostgreSQL.

import {
  type Entry,
  HASH_BYTES,
  type Proposal,
  recordBytes,
  type Sequence,
  type TimeMicros,
  type Unhashed,
  writeRecord,
} from '@picostocks/protocol';
import { sha256 } from '../sha256.ts';

/** The last entry of a log. An empty log has sequence 0 and 32 zero bytes. */
export interface Head {
  readonly sequence: Sequence;
  readonly hash: Uint8Array;
  readonly time: TimeMicros;
}

export const EMPTY_HEAD: Head = { sequence: 0, hash: new Uint8Array(HASH_BYTES), time: 0 };

export interface Log {
  head(): Head;

  /**
   * Compare and set: appends the entries if `expected` still is the head, and returns only when
   * they are durable. Either all of them are in the log or none is.
   *
   * @throws ExchangeError `log_conflict` (nothing written: somebody else appended first),
   * `log_disk_full` (nothing written), `log_write_failed` (unknown: the caller must stop).
   */
  append(expected: Head, entries: readonly Entry[]): void;

  /**
   * The entries from `from` to the head of this moment, in order. The hash of each is verified against
   * the one before.
   *
   * @throws ExchangeError `log_corrupt` or `log_segment_missing`, naming the sequence.
   */
  read(from: Sequence): Generator<Entry>;

  /**
   * The hash of an entry; 32 zero bytes before the first, nothing where there is no entry.
   *
   * @throws ExchangeError `log_segment_missing`
   */
  hashAt(sequence: Sequence): Uint8Array;

  close(): void;
}

/** hash(n) = SHA-256(hash(n−1) ‖ record(n)): docs/protocol.md §5. */
export function chainHash(previous: Uint8Array, record: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([previous, record]));
}

/** Where `entryHash` lays previous hash and record side by side; as large as the longest so far. */
let linked = new Uint8Array(1_024);

/** `chainHash` of an entry: a log is read as fast as this is. */
export function entryHash(previous: Uint8Array, entry: Unhashed): Uint8Array {
  const length = HASH_BYTES + recordBytes(entry);
  if (linked.length < length) linked = new Uint8Array(2 * length);
  linked.set(previous);
  writeRecord(entry, linked, HASH_BYTES);
  return sha256(linked.subarray(0, length));
}

/** Gives proposals their place, time and hash behind a head. */
export function sealEntries(
  head: Head,
  { proposals, time }: { proposals: readonly Proposal[]; time: TimeMicros },
): Entry[] {
  let { sequence, hash } = head;
  const stamp = Math.max(head.time, time);
  return proposals.map((proposal) => {
    sequence += 1;
    const unhashed = { ...proposal, sequence, time: stamp };
    hash = entryHash(hash, unhashed);
    return { ...unhashed, hash };
  });
}

export function headOf(entries: readonly Entry[], before: Head): Head {
  const last = entries[entries.length - 1];
  return last === undefined
    ? before
    : { sequence: last.sequence, hash: last.hash, time: last.time };
}
