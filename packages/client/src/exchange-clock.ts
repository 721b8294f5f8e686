// What every envelope has to name: the exchange that it is for, and a time in that exchange's own
// clock after which it is void. Asked once and kept; the clock of this machine may be hours wrong,
// so only the difference between the two clocks is used.

import { isId, type TimeReply } from '@picostocks/protocol';
import { readAnswer } from './answer.ts';
import { TransportError } from './errors.ts';
import type { Requester } from './transport.ts';

export interface ExchangeTime {
  readonly exchange: string;
  /** What the exchange's clock shows now. */
  nowMs(): number;
}

export class ExchangeClock {
  readonly #transport: Requester;
  #time: Promise<ExchangeTime> | undefined;

  constructor(transport: Requester) {
    this.#transport = transport;
  }

  get(): Promise<ExchangeTime> {
    this.#time ??= this.#read().catch((error: unknown) => {
      this.#time = undefined;
      throw error;
    });
    return this.#time;
  }

  /** The exchange says that it is another one, or that its time is another. */
  forget(): void {
    this.#time = undefined;
  }

  async #read(): Promise<ExchangeTime> {
    const answer = await this.#transport.request({ method: 'GET', path: 'time/' });
    const { exchange, milliseconds } = readAnswer<TimeReply>(answer);
    if (typeof exchange !== 'string' || !isId(milliseconds)) {
      throw new TransportError('bad_answer', { sent: true, status: answer.status });
    }
    const offsetMs = milliseconds - Date.now();
    return { exchange, nowMs: () => Date.now() + offsetMs };
  }
}
