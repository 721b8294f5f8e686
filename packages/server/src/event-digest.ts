// A running digest of what a replica computed: one hash over the events of every 256 entries. Replicas that
// applied the same entries have the same digest; where two differ, at least one of them is wrong, and the
// exchange must stop rather than answer.
//
// Blocks are hashed apart from each other, so that a replica that began with a snapshot can be compared
// from the next whole block on.

import { createHash, type Hash } from 'node:crypto';
import type { Event, Sequence } from '@picostocks/protocol';

export const DIGEST_ENTRIES = 256;

export interface BlockDigest {
  /** The last entry of the block: a multiple of `DIGEST_ENTRIES`. */
  readonly sequence: Sequence;
  /** Hexadecimal. */
  readonly digest: string;
}

export class EventDigest {
  #hash: Hash | undefined;

  /** Takes what one entry did; answers the digest of the block that it completes. */
  take(sequence: Sequence, events: readonly Event[]): BlockDigest | undefined {
    if (sequence % DIGEST_ENTRIES === 1) this.#hash = createHash('sha256');
    const hash = this.#hash;
    if (hash === undefined) return undefined;
    hash.update(textOf(sequence, events));
    if (sequence % DIGEST_ENTRIES !== 0) return undefined;
    this.#hash = undefined;
    return { sequence, digest: hash.digest('hex') };
  }
}

/** Two replicas build an event's fields in the same order, since they run the same program. */
function textOf(sequence: Sequence, events: readonly Event[]): string {
  let text = `${sequence}`;
  for (const event of events) text += `|${Object.values(event).join(',')}`;
  return text;
}

/** Compares the digests of several replicas; bounded, since all are near the end of the log. */
export class DigestBook {
  readonly #digests = new Map<Sequence, string>();

  /** Does this digest agree with what another replica said of the same block? */
  agrees({ sequence, digest }: BlockDigest): boolean {
    const BLOCKS_MAX = 1_000;
    const known = this.#digests.get(sequence);
    if (known !== undefined) return known === digest;
    this.#digests.set(sequence, digest);
    if (this.#digests.size > BLOCKS_MAX) {
      const [oldest] = this.#digests.keys();
      if (oldest !== undefined) this.#digests.delete(oldest);
    }
    return true;
  }
}
