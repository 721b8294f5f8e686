// From a node to the log and back. A command is submitted as a proposal; it comes back, in order with
// everybody else's, as an entry that this node applies, and is known again by its signature. It may come
// back through another node that was sent the same bytes: the outcome is the same.

import type { Command, Entry, Event, Proposal } from '@picostocks/protocol';
import { decodeProposals, encodeProposals } from '../log/batch.ts';
import { ownEvents } from '../own-events.ts';
import { type Reply, replyTo } from '../reply.ts';
import { type Scheduler, SYSTEM_SCHEDULER } from '../scheduler.ts';
import { Refused } from './refused.ts';

/** What became of a submission: an answer to give, or a void, which has no result of its own. */
export type Settled =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly isRejection: boolean }
  | { readonly kind: 'void' };

interface Pending {
  readonly message: Uint8Array;
  readonly command: Command | undefined;
  readonly settled: Promise<Settled>;
  settle(outcome: Settled): void;
  fail(error: Refused): void;
}

export class Submissions {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #inFlightMax: number;
  readonly #scheduler: Scheduler;
  readonly #pending = new Map<string, Pending>();
  #outbox: Proposal[] = [];

  constructor(fields: {
    readonly send: (bytes: Uint8Array) => void;
    readonly inFlightMax: number;
    readonly scheduler?: Scheduler;
  }) {
    this.#send = fields.send;
    this.#inFlightMax = fields.inFlightMax;
    this.#scheduler = fields.scheduler ?? SYSTEM_SCHEDULER;
  }

  get count(): number {
    return this.#pending.size;
  }

  /** The submission of these same signed bytes that is under way. */
  underWay(signature: Uint8Array): Promise<Settled> | undefined {
    return this.#pending.get(nameOf(signature))?.settled;
  }

  /**
   * Sends a proposal to the log. The promise settles when its entry was applied here, however long
   * that takes.
   *
   * @throws Refused `unavailable` when too much is under way, or when the log appended nothing.
   */
  submit(proposal: Proposal, command?: Command): Promise<Settled> {
    const name = nameOf(proposal.signature);
    const known = this.#pending.get(name);
    if (known !== undefined) return known.settled;
    if (this.#pending.size >= this.#inFlightMax) {
      throw new Refused('unavailable', { why: 'too many commands are under way' });
    }
    const { promise, resolve, reject } = Promise.withResolvers<Settled>();
    const { message } = proposal;
    this.#pending.set(name, { message, command, settled: promise, settle: resolve, fail: reject });
    this.#outbox.push(proposal);
    if (this.#outbox.length === 1) this.#scheduler.soon(() => this.#flush());
    return promise;
  }

  /** One message for all that came in the same turn of the event loop. */
  #flush(): void {
    const bytes = encodeProposals(this.#outbox);
    this.#outbox = [];
    this.#send(bytes);
  }

  /** What an entry asks, if it was submitted here and decoded then: a batch is not decoded twice. */
  decoded({ signature, message }: Entry): Command | undefined {
    if (this.#pending.size === 0) return undefined;
    const pending = this.#pending.get(nameOf(signature));
    return pending !== undefined && Buffer.compare(pending.message, message) === 0
      ? pending.command
      : undefined;
  }

  applied(entry: Entry, events: readonly Event[], command: Command | undefined): void {
    if (this.#pending.size === 0 || command === undefined) return;
    const name = nameOf(entry.signature);
    const pending = this.#pending.get(name);
    if (pending === undefined) return;
    this.#pending.delete(name);
    const reply = replyTo({ entry, command, events });
    const isRejection = ownEvents(events)[0]?.kind === 'command_rejected';
    pending.settle(reply === undefined ? { kind: 'void' } : { kind: 'reply', reply, isRejection });
  }

  /** The log appended nothing of these. */
  refused(bytes: Uint8Array, why: string): void {
    for (const { signature } of decodeProposals(bytes)) {
      const name = nameOf(signature);
      this.#pending.get(name)?.fail(new Refused('unavailable', { why }));
      this.#pending.delete(name);
    }
  }
}

function nameOf(signature: Uint8Array): string {
  return Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength).toString('hex');
}
