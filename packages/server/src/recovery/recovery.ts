// Lets an exchange go on with a log that may have lost its end (docs/protocol.md §6.13). The operator signs a
// `recover` that names the last entry that is left, where his key is; here it is appended, and what the
// folder has of lost entries is put out of the way.
//
// From the first change on the folder carries the mark that keeps it from serving, and it loses the mark
// last. So a recovery that was interrupted is simply run again.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { RealEngine } from '@picostocks/engine';
import {
  decodeEnvelope,
  ENTRY_KINDS,
  type Entry,
  type EnvelopeCommandOf,
  type Event,
  encodeUtf8,
  RECOVERY_PAUSE,
  type Sequence,
  type TimeMicros,
  toHex,
} from '@picostocks/protocol';
import type { DataFolder } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';
import { type Head, sealEntries } from '../log/log.ts';
import { SYSTEM_CLOCKS, waitForClock } from '../log/log-clock.ts';
import { SqliteLog } from '../log/sqlite-log.ts';
import { isSignedBy } from '../node/verify.ts';
import { writeDurably } from './durable-files.ts';
import { countLostHeads, type LostHeads, removeForeign, setAsidePromises } from './lost-part.ts';
import { type RecoveryMark, readMark, removeMark, writeMark } from './recovery-mark.ts';

/** A week: the text goes to where the operator's key is, and its signature comes back. */
const LIFE_MICROS = 7 * 86_400_000_000;

export interface RecoveryReport {
  /** The last entry that was left, and its hash. */
  readonly sequence: Sequence;
  readonly hash: string;
  /** By how much every counter went up. */
  readonly leap: number;
  readonly lostHeads: number;
}

export interface FinishOptions {
  readonly signature: Uint8Array;
  /** Recover although the last entry is more than a day old. */
  readonly acceptTime?: boolean;
}

export class Recovery implements Disposable {
  readonly #folder: DataFolder;
  readonly #lock: Disposable;
  readonly #engine = new RealEngine();
  #last: readonly Event[] = [];
  #head: Head;
  #mark: RecoveryMark | undefined;
  #lost: LostHeads = { count: 0, time: 0 };

  private constructor(folder: DataFolder, lock: Disposable) {
    this.#folder = folder;
    this.#lock = lock;
    this.#head = { sequence: 0, hash: new Uint8Array(0), time: 0 };
  }

  /**
   * Takes the folder, reads its log whole, verifies every hash and applies every entry.
   *
   * @throws ExchangeError `no_exchange`, `data_folder_in_use`, `log_corrupt`, `recovery_invalid`, …
   */
  static open(
    folder: DataFolder,
    onProgress: (done: Sequence, all: Sequence) => void = () => undefined,
  ): Recovery {
    if (!folder.hasLog) {
      throw new ExchangeError({
        code: 'no_exchange',
        message: `there is no exchange in ${folder.path}`,
      });
    }
    const recovery = new Recovery(folder, folder.lock());
    try {
      recovery.#read(onProgress);
      return recovery;
    } catch (error) {
      recovery[Symbol.dispose]();
      throw error;
    }
  }

  /** The last entry that is left. */
  get head(): Head {
    return this.#head;
  }

  get exchange(): string {
    return this.#engine.state.exchange;
  }

  /** Heads that were signed for entries which the log does not have. */
  get lostHeads(): number {
    return this.#lost.count;
  }

  /** Is the newest entry this very recovery? Then it was interrupted after it had done everything else. */
  get isAppended(): boolean {
    const [event] = this.#last;
    if (event?.kind !== 'recovered') return false;
    return event.sequence === this.#mark?.sequence && event.hash === this.#mark.hash;
  }

  /** The text that the operator must sign, the same each time while it fits. It is in `recover.json` too. */
  text(): Uint8Array<ArrayBuffer> {
    return this.#preparedText() ?? this.#newText();
  }

  /**
   * Appends the signed recovery and makes the folder one that may serve.
   *
   * @throws ExchangeError `recovery_invalid`, `clock_behind`, `clock_ahead`
   */
  async finish({ signature, acceptTime = false }: FinishOptions): Promise<RecoveryReport> {
    const lastEntry = Math.max(this.#head.time, this.#lost.time);
    waitForClock({ wall: SYSTEM_CLOCKS.wall(), lastEntry, acceptTime });
    // The leap counts at least this long since the last entry, so it must have gone by (docs/protocol.md §6.13).
    const earliest = lastEntry + RECOVERY_PAUSE;
    await delay(Math.max(0, earliest - SYSTEM_CLOCKS.wall()) / 1_000);
    const time = Math.max(earliest, SYSTEM_CLOCKS.wall());
    const steps = this.steps({ signature, time });
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
    }
  }

  /** Takes the mark away from a folder whose recovery was interrupted after it was appended. */
  finishAppended(): void {
    rmSync(this.#folder.recovery, { force: true });
    removeMark(this.#folder);
  }

  /** What `finish` does; stops after each step, so that a test can be a crash there. */
  *steps(fields: {
    readonly signature: Uint8Array;
    readonly time: TimeMicros;
  }): Generator<string, RecoveryReport> {
    const { entry, event } = this.#seal(fields);
    const { exchange } = this;
    const { sequence, hash, time } = this.#head;
    const folder = this.#folder;
    writeMark(folder, { exchange, sequence, hash: toHex(hash), time });
    yield 'the folder does not serve';
    const log = SqliteLog.openWriter(folder.logFolder);
    try {
      const name = new Date(fields.time / 1_000).toISOString().replaceAll(':', '-');
      setAsidePromises(folder, { log, exchange, name });
      yield 'lost promises are set aside';
      removeForeign(folder, log);
      yield 'nothing repeats lost entries';
      log.append(this.#head, [entry]);
      log.checkpoint();
    } finally {
      log.close();
    }
    yield 'the recovery is in the log';
    this.finishAppended();
    const { leap } = event;
    return { sequence, hash: toHex(hash), leap, lostHeads: this.#lost.count };
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }

  #read(onProgress: (done: Sequence, all: Sequence) => void): void {
    this.#mark = readMark(this.#folder);
    const log = SqliteLog.openReader(this.#folder.logFolder);
    try {
      this.#head = log.head();
      for (const entry of log.read(1)) {
        this.#last = this.#engine.apply(entry);
        if (entry.sequence % 10_000 === 0) onProgress(entry.sequence, this.#head.sequence);
      }
      onProgress(this.#head.sequence, this.#head.sequence);
      const mark = this.#mark;
      if (mark !== undefined && toHex(log.hashAt(mark.sequence)) !== mark.hash) {
        throw this.#invalid(
          `it was marked when its log had entry ${mark.sequence} with the hash ${mark.hash}, and this log has not: put back the log of that backup`,
        );
      }
      this.#lost = countLostHeads(this.#folder, { log, exchange: this.exchange });
    } finally {
      log.close();
    }
  }

  #invalid(why: string): ExchangeError {
    const message = `${this.#folder.path} cannot be recovered so: ${why}`;
    return new ExchangeError({ code: 'recovery_invalid', message });
  }

  get #operator(): { readonly publicKey: Uint8Array; readonly nonceNext: number } {
    const key = this.#engine.state.users[0]?.keys[0];
    if (key === undefined) throw this.#invalid('its log has no genesis');
    return key;
  }

  /** What was written before, if it still is about this log and can still count. */
  #preparedText(): Uint8Array<ArrayBuffer> | undefined {
    if (!existsSync(this.#folder.recovery)) return undefined;
    const text = new Uint8Array(readFileSync(this.#folder.recovery));
    const command = decodeEnvelope(text);
    if (command.type !== 'recover' || !this.#fits(command)) return undefined;
    return command.expires > SYSTEM_CLOCKS.wall() ? text : undefined;
  }

  #fits({ exchange, nonce, params }: EnvelopeCommandOf<'recover'>): boolean {
    const { sequence, hash } = this.#head;
    const isSame = params.sequence === sequence && params.hash === toHex(hash);
    return isSame && exchange === this.exchange && nonce === this.#operator.nonceNext;
  }

  #newText(): Uint8Array<ArrayBuffer> {
    const { sequence, hash } = this.#head;
    const envelope = {
      exchange: this.exchange,
      user_id: 0,
      key_id: 0,
      nonce: this.#operator.nonceNext,
      expires: SYSTEM_CLOCKS.wall() + LIFE_MICROS,
      type: 'recover',
      params: { sequence, hash: toHex(hash) },
    };
    const text = encodeUtf8(JSON.stringify(envelope));
    writeDurably(this.#folder.recovery, text);
    return text;
  }

  /** The entry that will be appended: it must do what it is for, here and now. */
  #seal({ signature, time }: { signature: Uint8Array; time: TimeMicros }): {
    readonly entry: Entry;
    readonly event: Extract<Event, { kind: 'recovered' }>;
  } {
    const message = this.#preparedText();
    if (message === undefined) {
      throw this.#invalid(
        'there is no text that was written for this log and has not expired: run "picostocks recover" without --signature, and sign what it writes',
      );
    }
    const { publicKey: key } = this.#operator;
    if (!isSignedBy({ key, message, signature })) {
      throw this.#invalid(`the signature is not the operator's of ${this.#folder.recovery}`);
    }
    const proposals = [{ kind: ENTRY_KINDS.envelope, key, signature, message }];
    const [entry] = sealEntries(this.#head, { proposals, time });
    const [event] = entry === undefined ? [] : this.#engine.apply(entry);
    if (entry === undefined || event?.kind !== 'recovered') {
      const why = event?.kind === 'command_rejected' ? event.reason : event?.kind;
      throw this.#invalid(`the recovery would not count (${why})`);
    }
    return { entry, event };
  }
}
