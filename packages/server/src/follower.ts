// A follower of the log: keeps an engine in step with it. It starts by reading the log, then takes the
// batches that the log thread posts; where it was told only the head, or missed a part, it reads again.

import { RealEngine } from '@picostocks/engine';
import {
  type Command,
  decodeCommand,
  ENTRY_KINDS,
  type Entry,
  type Event,
  type Sequence,
} from '@picostocks/protocol';
import { type BlockDigest, EventDigest } from './event-digest.ts';
import { decodeBatch } from './log/batch.ts';
import type { Log } from './log/log.ts';
import type { LogNews } from './log/log-writer.ts';

/** Told of every entry that was applied; genesis and ticks carry no command. */
export type OnApplied = (
  entry: Entry,
  events: readonly Event[],
  command: Command | undefined,
) => void;

export class Follower {
  readonly engine: RealEngine;
  readonly #log: Log;
  readonly #onApplied: OnApplied;
  readonly #decoded: (entry: Entry) => Command | undefined;
  readonly #onDigest: (block: BlockDigest) => void;
  readonly #digest = new EventDigest();

  constructor(fields: {
    /** A reader of its own. */
    readonly log: Log;
    /** Where it begins: with nothing, or with a snapshot. */
    readonly engine?: RealEngine;
    readonly onApplied: OnApplied;
    /** The command of an entry, for who has decoded the very same message before. */
    readonly decoded?: (entry: Entry) => Command | undefined;
    /** Told what this replica computed, block by block, to be compared with the others. */
    readonly onDigest?: (block: BlockDigest) => void;
  }) {
    this.#log = fields.log;
    this.engine = fields.engine ?? new RealEngine();
    this.#onApplied = fields.onApplied;
    this.#decoded = fields.decoded ?? (() => undefined);
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
    const command = this.#decoded(entry) ?? commandOf(entry);
    const events =
      command === undefined ? this.engine.apply(entry) : this.engine.applyCommand(entry, command);
    this.#onApplied(entry, events, command);
    const block = this.#digest.take(entry.sequence, events);
    if (block !== undefined) this.#onDigest(block);
  }
}

/** What cannot be decoded is left to the engine, which does not apply it. */
function commandOf({ kind, message }: Entry): Command | undefined {
  if (kind === ENTRY_KINDS.genesis || kind === ENTRY_KINDS.tick) return undefined;
  const command = decodeCommand(kind, message);
  return command.type === 'undecodable' ? undefined : command;
}
