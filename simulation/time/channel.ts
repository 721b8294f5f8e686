// A channel between two threads: what is sent arrives later and in order, never out of order within
// one channel; two channels overtake each other as the weather wills.
//
// What is under way when the receiver dies is lost. What arrives before the receiver listens waits, as
// it does in a `MessagePort`.

import type { Lifetime, VirtualTime } from './virtual-time.ts';

export class Channel<Message> {
  readonly #time: VirtualTime;
  readonly #receiver: Lifetime;
  readonly #delayMicros: () => number;
  #listener: ((message: Message) => void) | undefined;
  #waiting: Message[] = [];
  #lastAt = 0;
  #underWay = 0;

  constructor(fields: { time: VirtualTime; receiver: Lifetime; delayMicros: () => number }) {
    this.#time = fields.time;
    this.#receiver = fields.receiver;
    this.#delayMicros = fields.delayMicros;
  }

  /** Messages that have not been taken. */
  get pending(): number {
    return this.#underWay + this.#waiting.length;
  }

  post(message: Message): void {
    const now = this.#time.micros;
    this.#lastAt = Math.max(this.#lastAt, now + this.#delayMicros());
    this.#underWay += 1;
    this.#time.after(this.#lastAt - now, this.#receiver, () => {
      this.#underWay -= 1;
      if (this.#listener === undefined) this.#waiting.push(message);
      else this.#listener(message);
    });
  }

  listen(listener: (message: Message) => void): void {
    this.#listener = listener;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) listener(message);
  }
}
