// The log: a totally ordered, append-only list of entries. One interface; the embedded adapter is
// SQLite, a cluster's will be PostgreSQL.

import { createHash } from 'node:crypto';
import {
  type Entry,
  encodeRecord,
  HASH_BYTES,
  type Proposal,
  type Sequence,
  type TimeMicros,
} from '@picostocks/protocol';

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
  return createHash('sha256').update(previous).update(record).digest();
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
    hash = chainHash(hash, encodeRecord(unhashed));
    return { ...unhashed, hash };
  });
}

export function headOf(entries: readonly Entry[], before: Head): Head {
  const last = entries[entries.length - 1];
  return last === undefined
    ? before
    : { sequence: last.sequence, hash: last.hash, time: last.time };
}
