// A node's replica of the engine. Reads are answered from it, but only once it has reached the log's
// durable head as it was when the request came: so no answer is older than what the exchange had
// already acknowledged to anybody, on any node.

import type { RealEngine, State } from '@picostocks/engine';
import type { Command, Entry, Sequence } from '@picostocks/protocol';
import type { BlockDigest } from '../event-digest.ts';
import { Follower, type OnApplied } from '../follower.ts';
import type { Log } from '../log/log.ts';
import type { LogNews } from '../log/log-writer.ts';
import type { Marks } from '../marks.ts';
import { before, type Deadline } from './deadline.ts';
import { Refused } from './refused.ts';

interface Waiter {
  readonly sequence: Sequence;
  readonly reached: () => void;
}

const WAITERS_MAX = 20_000;

export class Replica {
  readonly marks: Marks;
  readonly #follower: Follower;
  readonly #receive: () => boolean;
  /** In the order of their sequences, since the durable head only grows. */
  #waiters: Waiter[] = [];

  constructor(fields: {
    readonly log: Log;
    /** Where it begins: with nothing, or with a snapshot. */
    readonly engine?: RealEngine;
    readonly marks: Marks;
    readonly onApplied: OnApplied;
    readonly decoded?: (entry: Entry) => Command | undefined;
    readonly onDigest?: (block: BlockDigest) => void;
    /** Takes the oldest news that are here and were not taken yet; `false` where there are none. */
    readonly receive?: () => boolean;
  }) {
    this.marks = fields.marks;
    this.#receive = fields.receive ?? (() => false);
    this.#follower = new Follower(fields);
  }

  /** For reading only. */
  get state(): State {
    return this.#follower.engine.state;
  }

  catchUp(): void {
    this.#follower.catchUp();
    this.#wake();
  }

  take(news: LogNews): void {
    this.#follower.take(news);
    this.#wake();
  }

  /**
   * The state, no older than the durable head at the time of the call; answers that head. Under load every
   * third call comes between a commit and the turn of its news: they are taken then and not waited for.
   *
   * @throws Refused `unavailable` when this node cannot catch up before the deadline.
   */
  async current(deadline: Deadline): Promise<Sequence> {
    const head = this.marks.durable;
    while (this.state.sequence < head && this.#receive());
    if (this.state.sequence >= head) return head;
    const late = () => new Refused('unavailable', { why: 'this node is behind' });
    if (this.#waiters.length >= WAITERS_MAX) throw late();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ sequence: head, reached: resolve });
    await before(deadline, promise, late);
    return head;
  }

  #wake(): void {
    const { sequence } = this.state;
    const first = this.#waiters.findIndex((waiter) => waiter.sequence > sequence);
    const due = first === -1 ? this.#waiters : this.#waiters.slice(0, first);
    this.#waiters = first === -1 ? [] : this.#waiters.slice(first);
    for (const waiter of due) waiter.reached();
  }
}
