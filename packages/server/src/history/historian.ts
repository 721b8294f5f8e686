// Writes the history of a log: applies every entry to an engine of its own and hands what happened to
// the history, in transactions of one batch.

import type { RealEngine, State } from '@picostocks/engine';
import { bytesEqual, type Entry, type Event, type Sequence } from '@picostocks/protocol';
import type { BlockDigest } from '../event-digest.ts';
import { ExchangeError } from '../exchange-error.ts';
import { Follower } from '../follower.ts';
import type { HeadSubject } from '../heads/head-signer.ts';
import type { Log } from '../log/log.ts';
import type { LogNews } from '../log/log-writer.ts';
import { isSqliteFull } from '../sqlite-full.ts';
import type { HistoryWriter } from './history-writer.ts';

/** Entries in one transaction while it catches up. */
const TRANSACTION_ENTRIES = 5_000;
/** Entries that wait in memory for a full disk, before the exchange gives up. */
const UNWRITTEN_MAX = 200_000;

export class Historian {
  readonly #log: Log;
  readonly #history: HistoryWriter;
  readonly #follower: Follower;
  readonly #onApplied: (sequence: Sequence) => void;
  #unwritten: { readonly entry: Entry; readonly events: readonly Event[] }[] = [];

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
      onApplied: (entry, events) => this.#take(entry, events),
    });
    this.#refuseForeignHistory();
  }

  /** For reading only. */
  get state(): State {
    return this.#follower.engine.state;
  }

  /** What a head of the log is signed over; to be used before anything else is applied. */
  get subject(): HeadSubject {
    const { engine } = this.#follower;
    return {
      exchange: this.state.exchange,
      sequence: this.state.sequence,
      time: this.state.time,
      chainHash: (sequence) => this.#log.hashAt(sequence),
      treeRoot: (size) => this.#history.tree.rootAt(size),
      stateHash: () => engine.hash(),
    };
  }

  /** Is everything written that was applied? Not while the disk is full. */
  get isWritten(): boolean {
    return this.#unwritten.length === 0;
  }

  catchUp(): void {
    this.#follower.catchUp();
    this.writeOut();
    // Who begins with a snapshot of the very end applies nothing, and has come that far all the same.
    if (this.isWritten) this.#onApplied(this.#history.applied.sequence);
  }

  take(news: LogNews): void {
    this.#follower.take(news);
    this.writeOut();
  }

  /**
   * Writes what was applied, in one transaction. Where the disk is full it stays for the next try: reads
   * of the past wait, and soon the nodes take no more commands.
   */
  writeOut(): void {
    if (this.isWritten) return;
    try {
      this.#history.begin();
      for (const { entry, events } of this.#unwritten) this.#history.write(entry, events);
      this.#history.commit();
    } catch (error) {
      this.#history.rollBack();
      if (!isSqliteFull(error) || this.#unwritten.length >= UNWRITTEN_MAX) throw error;
      return;
    }
    this.#unwritten = [];
    this.#onApplied(this.#history.applied.sequence);
  }

  close(): void {
    this.#history.close();
    this.#log.close();
  }

  #take(entry: Entry, events: readonly Event[]): void {
    this.#unwritten.push({ entry, events });
    if (this.#unwritten.length % TRANSACTION_ENTRIES === 0) this.writeOut();
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
