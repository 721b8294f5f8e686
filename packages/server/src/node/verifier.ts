// A node's view of the verifier in its own thread: signatures go there, and whether they are right comes back.
//
// What came in one turn of the event loop goes in one message, so that it is verified together: a verification
// that follows another costs half of one between other work. Nothing waits for companions, and a crowd is
// divided, so that the first answers come while the last are still being verified.

import { type Proposal, SIGNATURE_BYTES } from '@picostocks/protocol';
import { decodeProposals, encodeProposals } from '../log/batch.ts';
import { type Scheduler, SYSTEM_SCHEDULER } from '../scheduler.ts';
import { Refused } from './refused.ts';
import { isSignedBy } from './verify.ts';

/** What the verifier needs of a `MessagePort`. */
export interface VerifierPort {
  postMessage(proposals: Uint8Array, transfer: ArrayBuffer[]): void;
  on(event: 'message', take: (verdicts: Uint8Array) => void): unknown;
}

/** A message's worth: some two milliseconds of work. */
const ROUND_MAX = 32;
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

interface Waiting {
  readonly proposal: Proposal;
  readonly tell: (isSigned: boolean) => void;
}

export class Verifier {
  readonly #port: VerifierPort;
  readonly #waitingMax: number;
  readonly #scheduler: Scheduler;
  /** Rounds that are with the verifier, which answers them in their order. */
  readonly #rounds: Waiting[][] = [];
  #next: Waiting[] = [];
  #waiting = 0;
  #waitingBytes = 0;

  constructor(fields: {
    readonly port: VerifierPort;
    /** Signatures at a time: what their verification takes is to be a small part of a request's deadline. */
    readonly waitingMax: number;
    readonly scheduler?: Scheduler;
  }) {
    this.#port = fields.port;
    this.#waitingMax = fields.waitingMax;
    this.#scheduler = fields.scheduler ?? SYSTEM_SCHEDULER;
    this.#port.on('message', (verdicts) => this.#take(verdicts));
  }

  /**
   * Is the signature of a proposal right?
   *
   * @throws Refused `unavailable` when too many wait for that.
   */
  async isSigned(proposal: Proposal): Promise<boolean> {
    const { message, signature } = proposal;
    if (signature.length !== SIGNATURE_BYTES) return false;
    const isFull = this.#waiting >= this.#waitingMax;
    if (isFull || this.#waitingBytes + message.length > WAITING_BYTES_MAX) {
      throw new Refused('unavailable', { why: 'too many signatures are being verified' });
    }
    this.#waiting += 1;
    this.#waitingBytes += message.length;
    return new Promise((tell) => {
      this.#next.push({ proposal, tell });
      if (this.#next.length === 1) this.#scheduler.soon(() => this.#send());
      else if (this.#next.length === ROUND_MAX) this.#send();
    });
  }

  #send(): void {
    const round = this.#next;
    // A full round has gone before.
    if (round.length === 0) return;
    this.#next = [];
    this.#rounds.push(round);
    const bytes = encodeProposals(round.map(({ proposal }) => proposal));
    this.#port.postMessage(bytes, [bytes.buffer]);
  }

  #take(verdicts: Uint8Array): void {
    const round = this.#rounds.shift();
    if (round?.length !== verdicts.length)
      throw new Error('the verifier answers what it was asked');
    for (const [index, { proposal, tell }] of round.entries()) {
      this.#waiting -= 1;
      this.#waitingBytes -= proposal.message.length;
      tell(verdicts[index] === 1);
    }
  }
}

/** The verifier's side: a verdict for each of the proposals, 1 if its signature is right. */
export function verifyAll(proposals: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(decodeProposals(proposals), (proposal) => (isSignedBy(proposal) ? 1 : 0));
}
