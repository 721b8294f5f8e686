// A peer that keeps the nonce rules of docs/protocol.md §4 and nothing else: no books, no money. It
// holds the log of what was sequenced, and it watches its client: whenever a message comes under a
// nonce under which another one may still count, that is a violation. It also notes what was signed anew
// while its first nonce was unused: a copy of it may still be on its way, whatever was answered.
//
// "May still count" is judged by what the client was told. A copy is dead only after an answer that
// says that it was not sequenced; one that was lost on the way is alive until its nonce is used.

import { createHash } from 'node:crypto';
import {
  joinOrderText,
  NONCE_AHEAD_MAX,
  type OrderBody,
  type OrderVerb,
} from '@picostocks/protocol';
import { type HttpPeer, type PeerReply, type PeerRequest, startPeer } from './http-peer.ts';

/** What happens to one POST before or instead of what the rules say. */
export type Fault =
  | 'none'
  | 'refuse_503'
  | 'refuse_429'
  | 'refuse_404'
  /** The key was rotated or revoked meanwhile. */
  | 'refuse_401'
  /** Read and thrown away; the connection breaks. */
  | 'lose'
  /** The connection breaks; the command itself arrives later. */
  | 'late'
  /** Taken; the connection breaks. */
  | 'lose_answer'
  | 'answer_504'
  | 'answer_garbage'
  /** Sequenced, and the market says no. */
  | 'reject';

export interface NoncePeerOptions {
  readonly userId: number;
  readonly nonce: number;
  readonly fault?: (nonce: number) => Fault;
  /** Does this read fail? */
  readonly readFault?: () => boolean;
  /** Turns of the event loop before a POST is looked at: requests overtake each other. */
  readonly delay?: () => number;
  /** Nothing is looked at before that many POSTs are here. */
  readonly holdUntil?: number;
  /** How long a command waits for its turn; without it, for ever. */
  readonly waitMs?: number;
}

export interface Sequenced {
  readonly nonce: number;
  readonly message: string;
  readonly body: OrderBody;
  readonly status: number;
  readonly reply: Record<string, unknown>;
}

interface Arrival {
  readonly nonce: number;
  readonly message: string;
  readonly body: OrderBody;
  readonly rejects: boolean;
  readonly answer: (status: number, reply: Record<string, unknown>) => void;
}

const VERBS: Record<string, OrderVerb> = {
  '/v1/trader/ask/put/': 'ASK',
  '/v1/trader/bid/put/': 'BID',
  '/v1/trader/ask/cancel/': 'CANCELASK',
  '/v1/trader/bid/cancel/': 'CANCELBID',
};

function orderText(verb: OrderVerb, body: OrderBody): string {
  const { quantity, price } = body;
  const [userId, stockId, unitId] = [body.user_id, body.stock_id, body.unit_id].map(Number);
  if (userId === undefined || stockId === undefined || unitId === undefined) return '';
  return joinOrderText({
    verb,
    userId,
    stockId,
    quantity,
    unitId,
    price,
    nonce: Number(body.nonce),
  });
}

export class NoncePeer {
  readonly log: Sequenced[] = [];
  readonly violations: string[] = [];
  /** Quantities, where each order has one of its own, that came under a second nonce too early. */
  readonly signedTwice: string[] = [];
  inFlightMax = 0;
  posts = 0;
  nonceReads = 0;
  readonly #options: NoncePeerOptions;
  #next: number;
  #inFlight = 0;
  #held: (() => void)[] = [];
  #waiting: Arrival[] = [];
  #late: Arrival[] = [];
  /** By nonce, then message: how many copies may still count as far as the client knows. */
  readonly #alive = new Map<number, Map<string, number>>();
  /** By quantity, which tells orders apart: the nonce under which the order came last. */
  readonly #orders = new Map<string, number>();
  #http: HttpPeer | undefined;

  private constructor(options: NoncePeerOptions) {
    this.#options = options;
    this.#next = options.nonce;
  }

  static async start(options: NoncePeerOptions): Promise<NoncePeer> {
    const peer = new NoncePeer(options);
    peer.#http = await startPeer((request, reply) => peer.#serve(request, reply));
    return peer;
  }

  get baseUrl(): string {
    return this.#http?.baseUrl ?? '';
  }

  get next(): number {
    return this.#next;
  }

  /** What was late arrives now. */
  flush(): void {
    for (const arrival of this.#late.splice(0)) this.#submit(arrival);
  }

  /** Somebody else uses nonces of the same key. */
  skip(count: number): void {
    this.#next += count;
  }

  /** Restored from the empty log that it began with, and recovered. */
  restore(leap: number): void {
    this.log.length = 0;
    this.#next = this.#options.nonce + leap;
  }

  close(): Promise<void> | undefined {
    return this.#http?.close();
  }

  #serve(request: PeerRequest, reply: PeerReply): void {
    if (request.method === 'GET') {
      this.#read(request, reply);
      return;
    }
    this.posts += 1;
    this.#inFlight += 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.#inFlight);
    let isOpen = true;
    const ended = () => {
      if (isOpen) this.#inFlight -= 1;
      isOpen = false;
    };
    reply.raw.on('finish', ended).on('close', ended);
    const { delay, holdUntil = 0 } = this.#options;
    this.#held.push(() => this.#delayed(delay?.() ?? 0, () => this.#receive(request, reply)));
    if (this.posts >= holdUntil) for (const look of this.#held.splice(0)) look();
  }

  #delayed(turns: number, then: () => void): void {
    if (turns === 0) then();
    else setImmediate(() => this.#delayed(turns - 1, then));
  }

  #read({ path }: PeerRequest, reply: PeerReply): void {
    if (this.#options.readFault?.()) {
      reply.reset();
      return;
    }
    const { userId } = this.#options;
    if (path === `/v1/account/nonce/${userId}/`) {
      this.nonceReads += 1;
      reply.json(200, { nonce: this.#next });
      return;
    }
    if (path === '/v1/time/') {
      reply.json(200, { exchange: '0'.repeat(32), milliseconds: 1_790_000_000_000 });
      return;
    }
    const nonce = Number(/\/account\/result\/[0-9]+\/([0-9]+)\/$/.exec(path)?.[1]);
    const found = this.log.find((entry) => entry.nonce === nonce);
    if (found === undefined) {
      reply.json(404, { detail: 'ERROR: no such result', code: 'result_not_found' });
      return;
    }
    reply.json(200, {
      user_id: userId,
      key_id: 0,
      nonce,
      sequence: this.log.indexOf(found) + 1,
      status: found.status === 201 ? 'applied' : 'rejected',
      message_hash: createHash('sha256').update(found.message).digest('hex'),
      http_status: found.status,
      reply: found.reply,
    });
  }

  #receive({ path, body: bytes }: PeerRequest, reply: PeerReply): void {
    const body = JSON.parse(bytes.toString('utf8')) as OrderBody;
    const nonce = Number(body.nonce);
    const verb = VERBS[path];
    const message = verb === undefined ? bytes.toString('utf8') : orderText(verb, body);
    this.#watch(nonce, message);
    if (verb !== undefined) this.#watchOrder(nonce, body.quantity);
    const fault = this.#options.fault?.(nonce) ?? 'none';
    const answer = (status: number, json: Record<string, unknown>) => {
      if (fault === 'lose_answer') reply.reset();
      else if (fault === 'answer_504') reply.text(504, '<h1>Gateway Timeout</h1>');
      else if (fault === 'answer_garbage') reply.text(status, '{"sequence": 1');
      else {
        if (status >= 400 && json['sequence'] === undefined) this.#kill(nonce, message);
        reply.json(status, json);
      }
    };
    const arrival = { nonce, message, body, rejects: fault === 'reject', answer };
    this.#meet(fault, arrival, reply);
    // Whatever was late has some chance to arrive now.
    const next = this.#late.length > 2 ? this.#late.shift() : undefined;
    if (next !== undefined) this.#submit(next);
  }

  #meet(fault: Fault, arrival: Arrival, reply: PeerReply): void {
    if (fault === 'refuse_503') this.#refuse(arrival, 'unavailable', 503);
    else if (fault === 'refuse_429') this.#refuse(arrival, 'rate_limited', 429);
    else if (fault === 'refuse_404') this.#refuse(arrival, 'market_not_found', 404);
    else if (fault === 'refuse_401') this.#refuse(arrival, 'key_not_current', 401);
    else if (fault === 'lose') reply.reset();
    else if (fault === 'late') {
      this.#late.push({ ...arrival, answer: () => undefined });
      reply.reset();
    } else this.#submit(arrival);
  }

  #submit(arrival: Arrival): void {
    const { nonce, message, answer } = arrival;
    if (nonce < this.#next) {
      const stored = this.log.find((entry) => entry.nonce === nonce);
      if (stored?.message === message) answer(stored.status, stored.reply);
      else this.#refuse(arrival, 'nonce_used');
    } else if (nonce === this.#next) {
      this.#sequence(arrival);
    } else if (nonce > this.#next + NONCE_AHEAD_MAX) {
      this.#refuse(arrival, 'nonce_ahead');
    } else {
      this.#wait(arrival);
    }
  }

  #sequence({ nonce, message, body, rejects, answer }: Arrival): void {
    const sequence = this.log.length + 1;
    const status = rejects ? 400 : 201;
    const reply = rejects
      ? { detail: 'ERROR: too little', code: 'insufficient_funds', nonce, sequence }
      : { ...body, nonce, sequence };
    this.log.push({ nonce, message, body, status, reply });
    this.#next += 1;
    answer(status, reply);
    const ready = this.#waiting.filter((other) => other.nonce <= this.#next);
    this.#waiting = this.#waiting.filter((other) => other.nonce > this.#next);
    for (const other of ready) this.#submit(other);
  }

  #wait(arrival: Arrival): void {
    this.#waiting.push(arrival);
    const { waitMs } = this.#options;
    if (waitMs === undefined) return;
    setTimeout(() => {
      if (!this.#waiting.includes(arrival)) return;
      this.#waiting = this.#waiting.filter((other) => other !== arrival);
      this.#refuse(arrival, 'nonce_ahead');
    }, waitMs);
  }

  #refuse({ answer }: Arrival, code: string, status = 400): void {
    answer(status, { detail: `ERROR: ${code}`, code, nonce: this.#next });
  }

  #watch(nonce: number, message: string): void {
    const alive = this.#alive.get(nonce) ?? new Map<string, number>();
    for (const [other, copies] of alive) {
      if (other !== message && copies > 0 && nonce >= this.#next) {
        this.violations.push(`${message} came while ${other} may still count`);
      }
    }
    alive.set(message, (alive.get(message) ?? 0) + 1);
    this.#alive.set(nonce, alive);
  }

  #watchOrder(nonce: number, quantity: string): void {
    const before = this.#orders.get(quantity) ?? nonce;
    if (before !== nonce && before >= this.#next) {
      this.signedTwice.push(quantity);
    }
    this.#orders.set(quantity, nonce);
  }

  #kill(nonce: number, message: string): void {
    const alive = this.#alive.get(nonce);
    alive?.set(message, (alive.get(message) ?? 0) - 1);
  }
}
