// Signs heads of the log, and never one that does not extend the last: an exchange whose log was
// rewritten, or restored from an older copy, must find that out before a stranger does.

import {
  decodeHead,
  encodeHead,
  hashHead,
  type LogHead,
  type Sequence,
  type SignedHead,
  type TimeMicros,
  toHex,
  ZERO_HASH,
} from '@picostocks/protocol';
import { ExchangeError } from '../exchange-error.ts';
import type { HeadTable } from '../history/head-table.ts';
import { isSqliteFull } from '../sqlite-full.ts';
import type { HeadFile, KeptHead } from './head-file.ts';
import type { HeadKey } from './head-key.ts';

/** What a head is about: the log as far as one replica has applied it. */
export interface HeadSubject {
  readonly exchange: string;
  readonly sequence: Sequence;
  /** Of the last entry. */
  readonly time: TimeMicros;
  /** Of an entry; empty where there is none. */
  chainHash(sequence: Sequence): Uint8Array;
  /** Of the tree over the first entries; `size` is at most `sequence`. */
  treeRoot(size: number): Uint8Array;
  /** Hexadecimal, of the state after the last entry. */
  stateHash(): string;
}

export class HeadSigner {
  readonly #file: HeadFile;
  readonly #key: HeadKey | undefined;
  readonly #table: HeadTable;
  readonly #now: () => TimeMicros;
  readonly #warn: (message: string) => void;

  constructor(fields: {
    readonly file: HeadFile;
    /** Without it no head is signed; those that are kept are still checked. */
    readonly key: HeadKey | undefined;
    readonly table: HeadTable;
    readonly now: () => TimeMicros;
    readonly warn: (message: string) => void;
  }) {
    this.#file = fields.file;
    this.#key = fields.key;
    this.#table = fields.table;
    this.#now = fields.now;
    this.#warn = fields.warn;
    this.#fillTable();
    if (this.#key === undefined) this.#warn('there is no head.key: no heads of the log are signed');
  }

  /**
   * Is the log still the one that the last head was signed for?
   *
   * @throws ExchangeError `log_rewritten`.
   */
  check(subject: HeadSubject): void {
    const last = this.#file.last?.head;
    if (last === undefined) return;
    const { sequence } = last;
    const why = findRewrite(last, subject);
    if (why === undefined) return;
    throw new ExchangeError({
      code: 'log_rewritten',
      message: `a head was signed at entry ${sequence}, but ${why}. The log was rewritten, or restored from an older copy: put back the log that has this entry or, if it is lost, run "picostocks recover"`,
      sequence,
    });
  }

  get newest(): SignedHead | undefined {
    return withoutFields(this.#file.last);
  }

  /** When liabilities were published last, or else when the first head was signed. */
  get publishedAt(): TimeMicros | undefined {
    const { text = '' } = this.#table.published ?? this.#table.oldest ?? {};
    return decodeHead(text)?.time;
  }

  /** Liabilities are published once for an entry: two that differ would be proof of a lie. */
  canPublishAt(sequence: Sequence): boolean {
    return this.#key !== undefined && (this.#table.published?.sequence ?? 0) < sequence;
  }

  /**
   * Signs a head if something happened since the last one, or if it is to publish liabilities and the last
   * one did not; answers the newest. A head that cannot be kept is not signed, loudly, and the next try
   * makes another.
   *
   * @throws ExchangeError `log_rewritten`.
   */
  sign(subject: HeadSubject, liabilitiesRoot = ZERO_HASH): SignedHead | undefined {
    this.check(subject);
    const { last } = this.#file;
    const key = this.#key;
    const isSaid =
      last?.head.sequence === subject.sequence &&
      [ZERO_HASH, last.head.liabilitiesRoot].some((root) => root === liabilitiesRoot);
    if (key === undefined || isSaid) return withoutFields(last);
    const head = { ...this.#describe(subject, last), liabilitiesRoot };
    const text = encodeHead(head);
    const kept: KeptHead = { text, signature: key.sign(text), head };
    try {
      this.#file.append(kept);
    } catch (error) {
      this.#warn(`a head of the log could not be kept: ${(error as Error).message}`);
      return withoutFields(last);
    }
    this.#showKept(last);
    return withoutFields(kept);
  }

  close(): void {
    this.#file.close();
  }

  #describe(subject: HeadSubject, last: KeptHead | undefined): Omit<LogHead, 'liabilitiesRoot'> {
    const { exchange, sequence } = subject;
    return {
      exchange,
      sequence,
      // Above the last one's, whatever the clock says: the later of two heads must show as such.
      time: Math.max(this.#now(), subject.time, (last?.head.time ?? 0) + 1),
      treeRoot: toHex(subject.treeRoot(sequence)),
      chainHash: toHex(subject.chainHash(sequence)),
      stateHash: subject.stateHash(),
      previous: last === undefined ? ZERO_HASH : hashHead(last.text),
    };
  }

  /** A head that a full disk keeps out of the table is shown with the next one. */
  #showKept(before: KeptHead | undefined): void {
    const kept = this.#file.last;
    if (kept === undefined) return;
    const { head, text, signature } = kept;
    try {
      const isNext = this.#table.newest?.text === before?.text;
      if (isNext) this.#table.add({ sequence: head.sequence, text, signature });
      else this.#fillTable();
    } catch (error) {
      if (!isSqliteFull(error)) throw error;
      this.#warn(`the head of entry ${head.sequence} cannot be shown yet: the disk is full`);
    }
  }

  /** A history that was deleted, or is behind by a crash, gets its heads again. */
  #fillTable(): void {
    const known = this.#table.newest;
    if (known?.text === this.#file.last?.text) return;
    const from = known?.sequence ?? 0;
    for (const { head, text, signature } of this.#file.heads()) {
      const { sequence } = head;
      if (sequence >= from) this.#table.add({ sequence, text, signature });
    }
  }
}

function withoutFields(kept: KeptHead | undefined): SignedHead | undefined {
  return kept && { text: kept.text, signature: kept.signature };
}

function findRewrite(last: LogHead, subject: HeadSubject): string | undefined {
  const { sequence } = last;
  if (last.exchange !== subject.exchange) return `of the exchange ${last.exchange}`;
  if (sequence > subject.sequence) return `the log ends with entry ${subject.sequence}`;
  if (toHex(subject.chainHash(sequence)) !== last.chainHash) return 'that entry is another now';
  if (toHex(subject.treeRoot(sequence)) !== last.treeRoot) return 'the entries before it changed';
  return undefined;
}
