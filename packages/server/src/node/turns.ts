// Turns: one command per key is under way at a time, in the order of the nonces. Only commands that
// verified, with a nonce that is not used, wait here: ids and old signed bytes are public, and a stranger
// must not be able to keep a user from his own cancels.

import type { State } from '@picostocks/engine';
import { bytesEqual, NONCE_AHEAD_MAX } from '@picostocks/protocol';
import { before, type Deadline } from './deadline.ts';
import { Refused } from './refused.ts';

export interface Turn {
  readonly userId: number;
  readonly keyId: number;
  readonly nonce: number;
  /** The public key that verified the command. */
  readonly key: Uint8Array;
}

/** A command's turn: `now` (and then it must be released), or the nonce was used by another. */
export type TurnOutcome = { readonly kind: 'now'; release(): void } | { readonly kind: 'used' };

interface Queue {
  isBusy: boolean;
  nonceSeen: number;
  readonly waiting: Set<() => void>;
}

export class Turns {
  readonly #state: () => State;
  readonly #queues = new Map<string, Queue>();

  constructor(state: () => State) {
    this.#state = state;
  }

  /**
   * Waits for the turn of a command.
   *
   * @throws Refused `nonce_ahead`, `key_not_current`, `rate_limited` (too many wait), `unavailable`
   * (the one before takes longer than the deadline).
   */
  async take(turn: Turn, deadline: Deadline): Promise<TurnOutcome> {
    const name = `${turn.userId}/${turn.keyId}`;
    for (;;) {
      const key = this.#state().users[turn.userId]?.keys[turn.keyId];
      if (key === undefined) throw new Refused('unknown_user');
      const nonce = key.nonceNext;
      if (turn.nonce < nonce) return { kind: 'used' };
      if (!bytesEqual(key.publicKey, turn.key)) throw new Refused('key_not_current', { nonce });
      if (turn.nonce > nonce + NONCE_AHEAD_MAX) throw new Refused('nonce_ahead', { nonce });
      const queue = this.#queueOf(name, nonce);
      if (turn.nonce === nonce && !queue.isBusy) {
        queue.isBusy = true;
        return { kind: 'now', release: () => this.#release(name, queue) };
      }
      await this.#wait(name, queue, { turn, nonce, deadline });
    }
  }

  /** Wakes the commands whose key has moved; called after entries were applied. */
  wake(): void {
    for (const [name, queue] of this.#queues) {
      const [userId = '', keyId = ''] = name.split('/');
      const nonce = this.#state().users[Number(userId)]?.keys[Number(keyId)]?.nonceNext;
      if (nonce === undefined || nonce === queue.nonceSeen) continue;
      queue.nonceSeen = nonce;
      this.#wakeAll(queue);
    }
  }

  #queueOf(name: string, nonceSeen: number): Queue {
    const existing = this.#queues.get(name);
    if (existing !== undefined) return existing;
    const queue: Queue = { isBusy: false, nonceSeen, waiting: new Set() };
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
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.waiting.add(resolve);
    const late = () => new Refused(turn.nonce > nonce ? 'nonce_ahead' : 'unavailable', { nonce });
    try {
      await before(deadline, promise, late);
    } finally {
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
