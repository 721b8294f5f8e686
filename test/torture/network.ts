// The way from the clients to wherever the server listens now; now and then it delivers a request twice.

import type { Random } from '@picostocks/engine/testing';

const TWICE_PERCENT = 10;
/** Stands for the server's address, which changes with every start. */
const BASE_URL = 'http://server.invalid';

export class Network {
  /** Where the server listens. */
  url = BASE_URL;
  /** Requests that were delivered twice. */
  twice = 0;
  readonly #random: Random;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** What a client is made with. */
  get connection() {
    return { baseUrl: BASE_URL, fetch: this.#fetch };
  }

  /** Resolves when no request is under way: then nothing is appended to the log any more. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  readonly #fetch = (url: string, init: RequestInit): Promise<Response> => {
    const there = url.replace(BASE_URL, this.url);
    const answer = this.#send(there, init);
    if (init.method === 'POST' && this.#random.chance(TWICE_PERCENT)) {
      this.twice += 1;
      // On a connection of its own, perhaps to another node. Nobody reads the answer.
      const again = this.#send(there, { ...init, signal: null });
      again.then((response) => response.arrayBuffer()).catch(() => undefined);
    }
    return answer;
  };

  #send(url: string, init: RequestInit): Promise<Response> {
    const answer = fetch(url, init);
    this.#underWay.add(answer);
    const forget = (): void => void this.#underWay.delete(answer);
    answer.then(forget, forget);
    return answer;
  }
}
