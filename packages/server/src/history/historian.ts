// Writes the history of a log: applies every entry to an engine of its own and hands what happened to
// the history.
//
// A transaction costs what it touches: an order of a user changes pages of the tables and indexes that
// no other user's does, and each is written twice, into the WAL and from there into the file. So while
// commands come thick, one transaction takes what came in half a second, unless somebody waits for it.
// Its rows are written meanwhile, a twentieth of a second's at a time: often enough that no core is held
// for long, seldom enough that what the work needs is in the caches for many entries and not for one.

import type { RealEngine, State } from '@picostocks/engine';
import { bytesEqual, type Sequence } from '@picostocks/protocol';
import type { BlockDigest } from '../event-digest.ts';
import { ExchangeError } from '../exchange-error.ts';
import { Follower } from '../follower.ts';
import type { HeadSubject } from '../heads/head-signer.ts';
import type { Log } from '../log/log.ts';
import type { LogNews } from '../log/log-writer.ts';
import type { Scheduler } from '../scheduler.ts';
import { isSqliteFull } from '../sqlite-full.ts';
import type { Applied, HistoryWriter } from './history-writer.ts';

/** What one transaction holds at most, in memory too: an entry may be a batch of a thousand orders. */
const TRANSACTION_ENTRIES = 5_000;
const TRANSACTION_EVENTS = 20_000;
/** From the end of one transaction to the next. */
const COMMIT_EVERY_MS = 500;
/** From taking news to taking what came since. */
const TAKE_EVERY_MS = 50;
/** While somebody waits, so that who reads again and again does not set the pace. */
const AWAITED_EVERY_MS = 10;
/** Entries that wait in memory for a full disk, before the exchange gives up. */
const UNWRITTEN_MAX = 200_000;

/** When to take and to write. Without it every batch of the log is taken and written at once. */
export interface WritePace {
  readonly scheduler: Scheduler;
  /** Does somebody wait for an entry after this one? */
  readonly isAwaited: (written: Sequence) => boolean;
}

export class Historian {
  readonly #log: Log;
  readonly #history: HistoryWriter;
  readonly #follower: Follower;
  readonly #onTaken: (news: LogNews) => void;
  readonly #onApplied: (sequence: Sequence) => void;
  readonly #pace: WritePace | undefined;
  #news: LogNews[] = [];
  #takenAt = Number.NEGATIVE_INFINITY;
  /** What was applied since the last commit. */
  #unwritten: Applied[] = [];
  /** How many of them have their rows in the open transaction. */
  #written = 0;
  /** Events since the last try to commit. */
  #events = 0;
  #triedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #callOff: (() => void) | undefined;

  constructor(fields: {
    readonly log: Log;
    /** Begins no later than the history ends: it must see every entry that is not written yet. */
    readonly engine?: RealEngine;
    readonly history: HistoryWriter;
    /** Told of news when the engine has applied them. */
    readonly onTaken?: (news: LogNews) => void;
    /** Told how far the history has come. */
    readonly onApplied: (sequence: Sequence) => void;
    readonly onDigest?: (block: BlockDigest) => void;
    readonly pace?: WritePace;
  }) {
    this.#log = fields.log;
    this.#history = fields.history;
    this.#onTaken = fields.onTaken ?? (() => undefined);
    this.#onApplied = fields.onApplied;
    this.#pace = fields.pace;
    this.#follower = new Follower({
      ...fields,
      onApplied: (entry, events, command) => this.#take({ entry, events, command }),
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
    this.#news.push(news);
    this.hurry();
  }

  /**
   * Takes what has come and writes all of it, in one transaction. Where the disk is full it stays for the
   * next try: reads of the past wait, and soon the nodes take no more commands.
   */
  writeOut(): void {
    this.#forgetTimer();
    this.#takeNews();
    this.#commit();
  }

  close(): void {
    this.#forgetTimer();
    this.#history.close();
    this.#log.close();
  }

  #takeNews(): void {
    if (this.#news.length === 0) return;
    const taken = this.#news;
    this.#news = [];
    for (const news of taken) {
      this.#follower.take(news);
      this.#onTaken(news);
    }
    this.#takenAt = this.#pace?.scheduler.now() ?? 0;
  }

  #take(applied: Applied): void {
    this.#unwritten.push(applied);
    this.#events += applied.events.length;
    const isFull = this.#unwritten.length % TRANSACTION_ENTRIES === 0;
    if (isFull || this.#events >= TRANSACTION_EVENTS) this.#commit();
  }

  /** Acts when it is time to; that is soon once somebody waits, of which it has to be told. */
  hurry(): void {
    const pace = this.#pace;
    if (pace === undefined) {
      this.writeOut();
      return;
    }
    // Somebody may have begun to wait since the time was set.
    this.#forgetTimer();
    const waitMs = this.#waitMs(pace);
    if (waitMs <= 0) this.#act(pace);
    else this.#callOff = pace.scheduler.after(waitMs, () => this.#act(pace));
  }

  /** Takes what has come; commits if it is time for that, or else only writes the rows. */
  #act(pace: WritePace): void {
    this.#forgetTimer();
    this.#takeNews();
    if (this.isWritten) return;
    if (this.#commitWaitMs(pace) <= 0) {
      this.#commit();
      return;
    }
    this.#writeRows();
    this.hurry();
  }

  #waitMs(pace: WritePace): number {
    const commitMs = this.#commitWaitMs(pace);
    if (this.#news.length === 0) return commitMs;
    return Math.min(commitMs, this.#takenAt + TAKE_EVERY_MS - pace.scheduler.now());
  }

  #commitWaitMs({ scheduler, isAwaited }: WritePace): number {
    const everyMs = isAwaited(this.#history.applied.sequence) ? AWAITED_EVERY_MS : COMMIT_EVERY_MS;
    return this.#triedAt + everyMs - scheduler.now();
  }

  /** Into the open transaction; one that failed is not tried again before its time. */
  #writeRows(): void {
    if (this.#hasFailed) return;
    this.#orRollBack(() => this.#writeUnwritten());
  }

  #commit(): void {
    if (this.isWritten) return;
    this.#events = 0;
    this.#hasFailed = false;
    this.#orRollBack(() => {
      this.#writeUnwritten();
      this.#history.commit();
      this.#unwritten = [];
      this.#written = 0;
    });
    this.#triedAt = this.#pace?.scheduler.now() ?? 0;
    if (this.isWritten) this.#onApplied(this.#history.applied.sequence);
  }

  #writeUnwritten(): void {
    if (this.#written === 0) this.#history.begin();
    for (; this.#written < this.#unwritten.length; this.#written += 1) {
      this.#history.write(this.#unwritten[this.#written] as Applied);
    }
  }

  #orRollBack(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#history.rollBack();
      this.#written = 0;
      this.#hasFailed = true;
      if (!isSqliteFull(error) || this.#unwritten.length >= UNWRITTEN_MAX) throw error;
    }
  }

  #forgetTimer(): void {
    this.#callOff?.();
    this.#callOff = undefined;
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
