// A follower of the log: keeps an engine in step with it. It starts by reading the log, then takes the
// batches that the log thread posts; where it was told only the head, or missed a part, it reads again.

import { RealEngine } from '@picostocks/engine';
import type { Entry, Event, Sequence } from '@picostocks/protocol';
import { type BlockDigest, EventDigest } from './event-digest.ts';
import { decodeBatch } from './log/batch.ts';
import type { Log } from './log/log.ts';
import type { LogNews } from './log/log-writer.ts';

export class Follower {
  readonly engine: RealEngine;
  readonly #log: Log;
  readonly #onApplied: (entry: Entry, events: readonly Event[]) => void;
  readonly #onDigest: (block: BlockDigest) => void;
  readonly #digest = new EventDigest();

  constructor(fields: {
    /** A reader of its own. */
    readonly log: Log;
    /** Where it begins: with nothing, or with a snapshot. */
    readonly engine?: RealEngine;
    readonly onApplied: (entry: Entry, events: readonly Event[]) => void;
    /** Told what this replica computed, block by block, to be compared with the others. */
    readonly onDigest?: (block: BlockDigest) => void;
  }) {
    this.#log = fields.log;
    this.engine = fields.engine ?? new RealEngine();
    this.#onApplied = fields.onApplied;
    this.#onDigest = fields.onDigest ?? (() => undefined);
  }

  get sequence(): Sequence {
    return this.engine.state.sequence;
  }

  /** Reads and applies what the log holds beyond this replica. */
  catchUp(): void {
    for (const entry of this.#log.read(this.sequence + 1)) this.#apply(entry);
  }

  /** Takes the news of one commit. */
  take(news: LogNews): void {
    if (news.last <= this.sequence) return;
    if (news.kind === 'head') {
      this.catchUp();
      return;
    }
    for (const entry of decodeBatch(news.bytes)) {
      if (entry.sequence <= this.sequence) continue;
      // A batch that does not begin where this replica ends: the log has what lies between.
      if (entry.sequence > this.sequence + 1) {
        this.catchUp();
        return;
      }
      this.#apply(entry);
    }
  }

  #apply(entry: Entry): void {
    const events = this.engine.apply(entry);
    this.#onApplied(entry, events);
    const block = this.#digest.take(entry.sequence, events);
    if (block !== undefined) this.#onDigest(block);
  }
}
