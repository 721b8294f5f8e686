// The network between clients and doors: requests overtake each other, get lost, come twice, and so do
// answers get lost. A client reaches any node that listens.
//
// A copy of a request stands for another program with the same bytes, or a stranger who saw them: it is
// a request of its own, whose answer nobody waits for and the auditor judges like any other.

import type { Random } from '@picostocks/engine/testing';
import { signatureOf } from '../auditor/auditor.ts';
import type { Counts } from '../counts.ts';
import type { Lifetime, VirtualTime } from '../time/virtual-time.ts';
import type { Machine } from './machine.ts';
import type { Answer, Request } from './request.ts';
import type { Weather } from './weather.ts';

export interface Sender {
  answered(answer: Answer): void;
  /** No node listens: certainly not sent. */
  notConnected(): void;
  reset(): void;
}

const COPY_PERCENT = 4;
const KEPT = 300;
const NOBODY = { answered: () => undefined, notConnected: () => undefined, reset: () => undefined };

export class Network {
  readonly #time: VirtualTime;
  readonly #lifetime: Lifetime;
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #machine: Machine;
  readonly #counts: Counts;
  /** Commands that a stranger may have seen. */
  readonly #seen: Request[] = [];
  readonly #copied = new Set<string>();
  isCopying = true;

  constructor(fields: {
    time: VirtualTime;
    lifetime: Lifetime;
    random: Random;
    weather: Weather;
    machine: Machine;
    counts: Counts;
  }) {
    this.#time = fields.time;
    this.#lifetime = fields.lifetime;
    this.#random = fields.random;
    this.#weather = fields.weather;
    this.#machine = fields.machine;
    this.#counts = fields.counts;
  }

  /** Two deeds that happen to be the same text under the same nonce are the same message. */
  noteShared(signature: string): void {
    this.#copied.add(signature);
  }

  /** Did anybody but its owner send this message? Then it may count although its owner was refused. */
  isCopied(signature: string): boolean {
    return this.#copied.has(signature);
  }

  send(request: Request, sender: Sender): void {
    this.#counts.add('requests');
    this.#carry(request, sender);
    if (request.method === 'GET') return;
    if (this.#seen.length >= KEPT) this.#seen[this.#random.integer(KEPT)] = request;
    else this.#seen.push(request);
    if (this.isCopying && this.#random.chance(COPY_PERCENT)) this.#copy(request);
  }

  /** Somebody sends again what he once saw. */
  replay(): void {
    const request = this.#random.pickAny(this.#seen);
    if (request !== undefined) this.#copy(request);
  }

  #copy(request: Request): void {
    const signature = signatureOf(request);
    if (signature === undefined) return;
    this.#counts.add('fault duplicated_request');
    this.#copied.add(signature);
    const isBare = this.#random.chance(30) && request.path.startsWith('trader/');
    this.#carry(isBare ? withoutNonce(request) : request, NOBODY);
  }

  #carry(request: Request, sender: Sender): void {
    this.#time.after(this.#weather.delayMicros('network'), this.#lifetime, () => {
      if (this.#weather.losesMessage()) {
        this.#counts.add('fault lost_request');
        return;
      }
      const node = this.#random.pickAny(this.#machine.doors);
      if (node === undefined) {
        this.#later(() => sender.notConnected());
        return;
      }
      node.handle(request, {
        answered: (answer) => {
          if (this.#weather.losesMessage()) this.#counts.add('fault lost_answer');
          else this.#later(() => sender.answered(answer));
        },
        reset: () => this.#later(() => sender.reset()),
      });
    });
  }

  #later(act: () => void): void {
    this.#time.after(this.#weather.delayMicros('network'), this.#lifetime, act);
  }
}

/** The published API's form of an order, in which the nonce is not said. */
function withoutNonce(request: Request): Request {
  const { nonce: _, ...order } = JSON.parse(`${request.body}`) as Record<string, unknown>;
  return { ...request, body: JSON.stringify(order) };
}
