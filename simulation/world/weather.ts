// How long messages take, and which of them are lost: fair most of the time, bad where a fault says so.

import type { Random } from '@picostocks/engine/testing';

/** What may be slow: a channel between threads, or the network of the clients. */
export const LINKS = ['submit', 'publish', 'verify', 'history', 'network', 'event_loop'] as const;
export type Link = (typeof LINKS)[number];

const FAIR_MICROS: Record<Link, number> = {
  submit: 400,
  publish: 600,
  verify: 300,
  history: 800,
  network: 40_000,
  event_loop: 150,
};

export class Weather {
  readonly #random: Random;
  readonly #extraMicros = new Map<Link, number>();
  /** Of a hundred requests, and of a hundred answers. */
  lossPercent = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A message over a link takes this long. */
  delayMicros(link: Link): number {
    const extra = this.#extraMicros.get(link) ?? 0;
    const fair = 5 + this.#random.integer(FAIR_MICROS[link]);
    return extra > 0 && this.#random.chance(60) ? fair + this.#random.integer(extra) : fair;
  }

  losesMessage(): boolean {
    return this.#random.chance(this.lossPercent);
  }

  slow(link: Link, extraMicros: number): void {
    this.#extraMicros.set(link, extraMicros);
  }

  clear(link: Link): void {
    this.#extraMicros.delete(link);
  }

  clearAll(): void {
    this.#extraMicros.clear();
    this.lossPercent = 0;
  }
}
