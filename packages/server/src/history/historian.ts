// Writes the history of a log: applies every entry to an engine of its own and hands what happened to
// the history, in transactions of one batch.

import type { RealEngine, State } from '@picostocks/engine';
import { bytesEqual, type Entry, type Event, type Sequence } from '@picostocks/protocol';
import type { BlockDigest } from '../event-digest.ts';
import { ExchangeError } from '../exchange-error.ts';
import { Follower } from '../follower.ts';
import type { Log } from '../log/log.ts';
import type { LogNews } from '../log/log-writer.ts';
import type { HistoryWriter } from './history-writer.ts';

/** Entries in one transaction while it catches up. */
const TRANSACTION_ENTRIES = 5_000;

export class Historian {
  readonly #log: Log;
  readonly #history: HistoryWriter;
  readonly #follower: Follower;
  readonly #onApplied: (sequence: Sequence) => void;
  #uncommitted = 0;

  constructor(fields: {
    readonly log: Log;
    /** Begins no later than the history ends: it must see every entry that is not written yet. */
    readonly engine?: RealEngine;
    readonly history: HistoryWriter;
    readonly onApplied: (sequence: Sequence) => void;
    readonly onDigest?: (block: BlockDigest) => void;
  }) {
    this.#log = fields.log;
    this.#history = fields.history;
    this.#onApplied = fields.onApplied;
    this.#follower = new Follower({
      ...fields,
      onApplied: (entry, events) => this.#write(entry, events),
    });
    this.#refuseForeignHistory();
  }

  /** For reading only. */
  get state(): State {
    return this.#follower.engine.state;
  }

  catchUp(): void {
    this.#inTransaction(() => this.#follower.catchUp());
  }

  take(news: LogNews): void {
    if (news.last <= this.#follower.sequence) return;
    this.#inTransaction(() => this.#follower.take(news));
  }

  close(): void {
    this.#history.close();
    this.#log.close();
  }

  #inTransaction(work: () => void): void {
    this.#history.begin();
    work();
    this.#commit();
  }

  #commit(): void {
    this.#history.commit();
    this.#uncommitted = 0;
    this.#onApplied(this.#history.applied.sequence);
  }

  #write(entry: Entry, events: readonly Event[]): void {
    this.#history.write(entry, events);
    this.#uncommitted += 1;
    if (this.#uncommitted < TRANSACTION_ENTRIES) return;
    this.#commit();
    this.#history.begin();
  }

  /** A history may only be continued with the log that it was made from. */
  #refuseForeignHistory(): void {
    const { sequence, hash } = this.#history.applied;
    if (sequence === 0) return;
    if (bytesEqual(this.#log.hashAt(sequence), hash)) return;
    throw new ExchangeError({
      code: 'history_foreign',
      message: `the history was made from another log: it has entry ${sequence}, which this log has not. Delete history.sqlite and it is made again`,
    });
  }
}
