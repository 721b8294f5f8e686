// Turns: one command per key is under way at a time, in the order of the nonces. Only commands that
// verified, with a nonce that is not used, wait here: ids and old signed bytes are public, and a stranger
// must not be able to keep a user from his own cancels.

import type { Key, State } from '@picostocks/engine';
import { NONCE_AHEAD_MAX } from '@picostocks/protocol';
import { before, type Deadline } from './deadline.ts';
import { Refused } from './refused.ts';

export interface Turn {
  readonly userId: number;
  readonly keyId: number;
  readonly nonce: number;
  /** The public key that verified the command. */
  readonly key: Uint8Array;
  /** What it keeps in memory while it waits. */
  readonly bytes: number;
}

/** A command's turn: `now` (and then it must be released), or the nonce was used by another. */
export type TurnOutcome = { readonly kind: 'now'; release(): void } | { readonly kind: 'used' };

interface Queue {
  readonly userId: number;
  readonly keyId: number;
  isBusy: boolean;
  /** Who waits looks again when one of these has changed: another key may rotate or revoke this one. */
  nonceSeen: number;
  keySeen: Uint8Array;
  readonly waiting: Set<() => void>;
}

/** What all that wait at one node may keep in memory: their bodies, and that they are there at all. */
const WAITING_BYTES_MAX = 128 * 1024 * 1024;
const BYTES_EACH = 2_048;

export class Turns {
  readonly #state: () => State;
  readonly #queues = new Map<string, Queue>();

  #waitingBytes = 0;

  constructor(state: () => State) {
    this.#state = state;
  }

  /**
   * Waits for the turn of a command.
   *
   * @throws Refused `nonce_ahead`, `key_not_current`, `rate_limited` (too many of this key wait),
   * `unavailable` (the one before takes longer than the deadline, or too much waits at this node).
   */
  async take(turn: Turn, deadline: Deadline): Promise<TurnOutcome> {
    const name = `${turn.userId}/${turn.keyId}`;
    for (;;) {
      const key = this.#state().users[turn.userId]?.keys[turn.keyId];
      if (key === undefined) throw new Refused('unknown_user');
      const nonce = key.nonceNext;
      if (turn.nonce < nonce) return { kind: 'used' };
      if (!key.isCurrent(turn.key)) {
        throw new Refused('key_not_current', { nonce });
      }
      if (turn.nonce > nonce + NONCE_AHEAD_MAX) throw new Refused('nonce_ahead', { nonce });
      const queue = this.#queueOf(name, turn, key);
      if (turn.nonce === nonce && !queue.isBusy) {
        queue.isBusy = true;
        return { kind: 'now', release: () => this.#release(name, queue) };
      }
      await this.#wait(name, queue, { turn, nonce, deadline });
    }
  }

  /** Wakes the commands whose key has moved; called after entries were applied. */
  wake(): void {
    const { users } = this.#state();
    for (const queue of this.#queues.values()) {
      if (queue.waiting.size === 0) continue;
      const key = users[queue.userId]?.keys[queue.keyId];
      if (key === undefined) continue;
      if (key.nonceNext === queue.nonceSeen && key.isCurrent(queue.keySeen)) continue;
      queue.nonceSeen = key.nonceNext;
      queue.keySeen = key.publicKey;
      this.#wakeAll(queue);
    }
  }

  #queueOf(name: string, { userId, keyId }: Turn, key: Key): Queue {
    const existing = this.#queues.get(name);
    if (existing !== undefined) return existing;
    const seen = { nonceSeen: key.nonceNext, keySeen: key.publicKey };
    const queue: Queue = { userId, keyId, isBusy: false, ...seen, waiting: new Set() };
    this.#queues.set(name, queue);
    return queue;
  }

  async #wait(
    name: string,
    queue: Queue,
    { turn, nonce, deadline }: { turn: Turn; nonce: number; deadline: Deadline },
  ): Promise<void> {
    // Every nonce that may wait, and as many again that repeat one.
    if (queue.waiting.size >= 2 * NONCE_AHEAD_MAX) throw new Refused('rate_limited', { nonce });
    const bytes = turn.bytes + BYTES_EACH;
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) throw new Refused('unavailable', { nonce });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waitingBytes += bytes;
    queue.waiting.add(resolve);
    const late = () => new Refused(turn.nonce > nonce ? 'nonce_ahead' : 'unavailable', { nonce });
    try {
      await before(deadline, promise, late);
    } finally {
      this.#waitingBytes -= bytes;
      queue.waiting.delete(resolve);
      this.#forgetIdle(name, queue);
    }
  }

  #release(name: string, queue: Queue): void {
    queue.isBusy = false;
    this.#wakeAll(queue);
    this.#forgetIdle(name, queue);
  }

  #wakeAll(queue: Queue): void {
    for (const resolve of queue.waiting) resolve();
  }

  #forgetIdle(name: string, queue: Queue): void {
    if (!queue.isBusy && queue.waiting.size === 0) this.#queues.delete(name);
  }
}
