// The one writer of the embedded log: group commit, and publication to the followers.
//
// Whatever came in during the last commit is the next batch. A follower that is too far behind is told
// the head only and reads the log by itself, so nothing queues without a bound.

import {
  ENTRY_KINDS,
  type Entry,
  KEY_BYTES,
  type Proposal,
  type Sequence,
  SIGNATURE_BYTES,
  type TimeMicros,
} from '@picostocks/protocol';
import { ExchangeError } from '../exchange-error.ts';
import type { Marks } from '../marks.ts';
import type { TickRequest } from '../node/tick-watch.ts';
import { type Scheduler, SYSTEM_SCHEDULER } from '../scheduler.ts';
import { encodeBatch } from './batch.ts';
import { type Head, headOf, type Log, sealEntries } from './log.ts';
import type { LogClock } from './log-clock.ts';

/** What a follower gets after each commit: the entries, or only how far the log has come. */
export type LogNews =
  | { readonly kind: 'batch'; readonly bytes: Uint8Array; readonly last: Sequence }
  | { readonly kind: 'head'; readonly last: Sequence };

/** Where the news of a follower goes. */
export interface FollowerPort {
  publish(news: LogNews): void;
}

interface Submission {
  readonly proposals: readonly Proposal[];
  /** Called when nothing of this submission was appended. */
  refuse(reason: string): void;
}

/** It carries only the time that the log stamps on it. */
const TICK: Proposal = {
  kind: ENTRY_KINDS.tick,
  key: new Uint8Array(KEY_BYTES),
  signature: new Uint8Array(SIGNATURE_BYTES),
  message: new Uint8Array(0),
};

const BATCH_ENTRIES_MAX = 4_096;
const BEHIND_BYTES_MAX = 8 * 1_024 * 1_024;

interface Follower {
  readonly port: FollowerPort;
  unacknowledged: number;
}

export class LogWriter {
  readonly #log: Log;
  readonly #clock: LogClock;
  readonly #marks: Marks;
  readonly #scheduler: Scheduler;
  readonly #onReadOnly: (reason: string) => void;
  readonly #followers: Follower[] = [];
  #queue: Submission[] = [];
  #head: Head;
  #isScheduled = false;
  /** A tick that was asked for, and how to call off the waiting for its time. */
  #tick: TickRequest | undefined;
  #callOffTick: () => void = () => undefined;

  constructor(fields: {
    readonly log: Log;
    readonly clock: LogClock;
    readonly marks: Marks;
    readonly scheduler?: Scheduler;
    /** Told once each time that nothing can be appended any more. */
    readonly onReadOnly?: (reason: string) => void;
  }) {
    this.#log = fields.log;
    this.#clock = fields.clock;
    this.#marks = fields.marks;
    this.#scheduler = fields.scheduler ?? SYSTEM_SCHEDULER;
    this.#onReadOnly = fields.onReadOnly ?? (() => undefined);
    this.#head = fields.log.head();
    this.#marks.durable = this.#head.sequence;
  }

  /** Adds a follower; it hears of every commit from now on. Answers how to say what it has read. */
  follow(port: FollowerPort): { acknowledge(bytes: number): void } {
    const follower: Follower = { port, unacknowledged: 0 };
    this.#followers.push(follower);
    return {
      acknowledge: (bytes) => {
        follower.unacknowledged -= bytes;
      },
    };
  }

  submit(submission: Submission): void {
    this.#queue.push(submission);
    this.#schedule();
  }

  /**
   * Asks for a tick. It is appended when its time has come by the log's clock, if nothing else was
   * appended since the head that it names: every entry does what is due.
   */
  tick(request: TickRequest): void {
    if (request.head !== this.#head.sequence) return;
    this.#forgetTick();
    this.#tick = request;
    this.#schedule();
  }

  /** Commits what is queued now; used at the end, when no more will come. */
  flush(): void {
    this.#forgetTick();
    while (this.#queue.length > 0) this.#commitBatch();
  }

  /**
   * While nothing can be appended: tries whether it can again, so that the exchange comes back by itself
   * and does not wait for somebody to send the command that it refuses.
   */
  probe(): void {
    if (!this.#marks.readOnly || this.#clock.now() === undefined) return;
    try {
      this.#log.append(this.#head, []);
      this.#marks.readOnly = false;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After the messages that have already arrived: they join the batch.
    this.#scheduler.soon(() => {
      this.#isScheduled = false;
      this.#commitBatch();
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  #commitBatch(): void {
    const submissions = this.#takeBatch();
    // A flush may have taken what this batch was scheduled for.
    const isTick = submissions.length === 0 && this.#tick !== undefined;
    if (submissions.length === 0 && !isTick) return;
    const time = this.#clock.now();
    if (time === undefined) {
      this.#forgetTick();
      this.#refuseAll(
        submissions,
        'the clock of this machine has jumped: set it right, or restart the exchange',
      );
      return;
    }
    if (isTick && this.#isTooEarly(time)) return;
    this.#forgetTick();
    const proposals = isTick ? [TICK] : submissions.flatMap(({ proposals }) => proposals);
    const entries = sealEntries(this.#head, { proposals, time });
    try {
      this.#log.append(this.#head, entries);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#refuseAll(submissions, error.message);
      return;
    }
    this.#head = headOf(entries, this.#head);
    this.#marks.durable = this.#head.sequence;
    this.#marks.readOnly = false;
    this.#publish(entries);
  }

  /** Waits for the time of the tick if it has not come. */
  #isTooEarly(time: TimeMicros): boolean {
    const micros = (this.#tick?.due ?? 0) - time;
    if (micros <= 0) return false;
    this.#callOffTick();
    this.#callOffTick = this.#scheduler.after(Math.ceil(micros / 1_000), () => this.#schedule());
    return true;
  }

  #forgetTick(): void {
    this.#tick = undefined;
    this.#callOffTick();
    this.#callOffTick = () => undefined;
  }

  #takeBatch(): Submission[] {
    let count = 0;
    let taken = 0;
    for (const { proposals } of this.#queue) {
      if (taken > 0 && count + proposals.length > BATCH_ENTRIES_MAX) break;
      count += proposals.length;
      taken += 1;
    }
    return this.#queue.splice(0, taken);
  }

  #refuseAll(submissions: readonly Submission[], reason: string): void {
    if (!this.#marks.readOnly) this.#onReadOnly(reason);
    this.#marks.readOnly = true;
    for (const submission of submissions) submission.refuse(reason);
  }

  #publish(entries: readonly Entry[]): void {
    const bytes = encodeBatch(entries);
    const last = this.#head.sequence;
    for (const follower of this.#followers) {
      if (follower.unacknowledged + bytes.length > BEHIND_BYTES_MAX) {
        follower.port.publish({ kind: 'head', last });
      } else {
        follower.unacknowledged += bytes.length;
        follower.port.publish({ kind: 'batch', bytes, last });
      }
    }
  }
}

function isDiskFull(error: unknown): error is ExchangeError {
  return error instanceof ExchangeError && error.code === 'log_disk_full';
}
