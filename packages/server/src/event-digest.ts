// A running digest of what a replica computed: one hash over the events of every 256 entries. Replicas that
// applied the same entries have the same digest; where two differ, at least one of them is wrong, and the
// exchange must stop rather than answer.
//
// Blocks are hashed apart from each other, so that a replica that began with a snapshot can be compared
// from the next whole block on.

import { createHash } from 'node:crypto';
import type { Event, Sequence } from '@picostocks/protocol';

export const DIGEST_ENTRIES = 256;

export interface BlockDigest {
  /** The last entry of the block: a multiple of `DIGEST_ENTRIES`. */
  readonly sequence: Sequence;
  /** Hexadecimal. */
  readonly digest: string;
}

export class EventDigest {
  #values: HashedValues | undefined;

  /** Takes what one entry did; answers the digest of the block that it completes. */
  take(sequence: Sequence, events: readonly Event[]): BlockDigest | undefined {
    if (sequence % DIGEST_ENTRIES === 1) this.#values = new HashedValues();
    const values = this.#values;
    if (values === undefined) return undefined;
    values.put(sequence);
    for (const event of events) {
      values.put(END_OF_EVENT);
      // Two replicas build an event's fields in the same order, since they run the same program.
      for (const key in event) values.put(event[key as keyof Event]);
    }
    if (sequence % DIGEST_ENTRIES !== 0) return undefined;
    this.#values = undefined;
    return { sequence, digest: values.digest() };
  }
}

const END_OF_EVENT = -1;
const WORDS = 4_096;
/** Of the largest amount, with their marks. */
const WORDS_OF_A_VALUE = 8;
const WORD_LIMIT = 2n ** 64n;

/**
 * A hash over values one after the other. An amount as decimal text costs more than all else that is done
 * for a digest, so numbers and amounts are hashed as machine words; the texts between them come behind,
 * each with its length among the words.
 */
class HashedValues {
  readonly #hash = createHash('sha256');
  readonly #numbers = new Float64Array(WORDS);
  readonly #amounts = new BigInt64Array(this.#numbers.buffer);
  #length = 0;
  #text = '';

  put(value: unknown): void {
    if (this.#length > WORDS - WORDS_OF_A_VALUE) this.#flush();
    if (typeof value === 'number') this.#putNumber(value);
    else if (typeof value === 'bigint') this.#putAmount(value);
    else if (value === undefined) this.#putNumber(Number.NaN);
    else this.#putText(String(value));
  }

  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #putNumber(number: number): void {
    this.#numbers[this.#length] = number;
    this.#length += 1;
  }

  /** The lowest word first; where another follows, a mark says so. */
  #putAmount(amount: bigint): void {
    let rest = amount;
    for (; rest >= WORD_LIMIT; rest >>= 64n) {
      this.#putWord(rest);
      this.#putNumber(Number.POSITIVE_INFINITY);
    }
    this.#putWord(rest);
  }

  /** What is above 64 bits is cut off by the array. */
  #putWord(word: bigint): void {
    this.#amounts[this.#length] = word;
    this.#length += 1;
  }

  #putText(text: string): void {
    this.#putNumber(text.length);
    this.#text += text;
  }

  #flush(): void {
    this.#hash.update(new Uint8Array(this.#numbers.buffer, 0, this.#length * 8));
    this.#hash.update(this.#text);
    this.#length = 0;
    this.#text = '';
  }
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
