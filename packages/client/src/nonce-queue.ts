// The commands of one key, each with a nonce of its own, many under way at once.
//
// The first nonce is read from the exchange, the others are counted here. At most `inFlightMax`
// commands are on their way; the exchange lets one that is ahead wait for its turn, so they may
// arrive in any order. The others wait here, first in, first out.
//
//   waiting ──sign──► in flight ──► applied, rejected   its nonce is consumed
//      ▲               ▲  ├───────► refused             its nonce is free: the next command takes it
//      │   nonce_ahead ┘  │
//      └── nonce_used ────┴───────► unknown             its nonce is in doubt until it is consumed
//
// A refused command leaves a gap behind which the later ones wait. The next command fills it; if
// there is none, a noop does. Where the exchange has no place for more (429, 503) nothing is sent
// only to fill a gap: it gives the later ones up with `nonce_ahead` in the end.
//
// What was given up so is sent again, the same bytes under the same nonce, once a noop fills the gap.
// It is not signed anew: the exchange says that this request was not sequenced, but a copy that was
// doubled on the way may still count, and with another nonce the command would count twice. Signed
// anew is only what can count no more, because other bytes have used its nonce, or because the exchange
// has begun anew with other nonces (a sandbox that was wiped).
//
// A nonce in doubt is never given to another command and its bytes are never sent again from here:
// only `OutcomeUnknownError.resolve()` does that, when the caller asks for it. What waits behind it
// and is given up by the exchange fails with that error as its cause. So nothing hangs, and nothing
// can happen twice.
//
// A command in doubt cannot be signed anew, so a gap below it has to be filled before it can count:
// `resolve()` does so too. A noop in doubt is nobody's but the queue's, which resolves it itself.
//
// The one exception is a command that has expired meanwhile: its bytes are taken no more, so its nonce
// would stay in doubt for ever. `resolve()` spends it with a noop, and learns from the result which of
// the two was first.

import type { Outcome } from './answer.ts';
import {
  OutcomeUnknownError,
  type PicostocksError,
  RefusedError,
  type ResolveOptions,
  TransportError,
} from './errors.ts';
import { isAboutTheCommand, isAhead, nonceIn, refusedBehind, unsent } from './nonce-refusals.ts';
import { NonceWindow } from './nonce-window.ts';
import type { SignedCommand } from './signed-command.ts';

/** What the queue needs of the exchange. */
export interface Carrier {
  readNonce(signal?: AbortSignal): Promise<number>;
  /** Sends once. Never throws: what it cannot tell is an unknown outcome. */
  send(command: SignedCommand, signal: AbortSignal | undefined): Promise<Outcome<unknown>>;
  /** Settles an unknown outcome. Refused: other bytes have the nonce. Never throws. */
  find(command: SignedCommand, signal: AbortSignal | undefined): Promise<Outcome<unknown>>;
}

export type Sign = (nonce: number) => Promise<SignedCommand>;

export interface NonceQueueOptions {
  readonly carrier: Carrier;
  /** Signs the command that does nothing but use its nonce. */
  readonly signNoop: Sign;
  /** Commands on their way at once; default 50, in a browser 5. */
  readonly inFlightMax?: number;
}

/** Fewer than the exchange lets wait, so that one client does not fill all its places. */
const IN_FLIGHT_MAX = 50;
/**
 * Browsers open six connections to a host and may reorder what waits for one, for instance behind the
 * preflights of another origin. Six requests that wait for the turn of a seventh would hold all six.
 */
const IN_FLIGHT_MAX_BROWSER = 5;
const WAITING_MAX = 10_000;
/** Another program that uses the same key can take nonces away; not for ever. */
const RESIGNS_MAX = 20;
/** The exchange has let the command wait for its turn each time. */
const RESENDS_MAX = 20;

interface Reading {
  readonly nonce: number;
  readonly floor: number;
}

interface Ticket {
  readonly place: number;
  readonly sign: Sign;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onAbort: () => void;
  resigns: number;
}

export class NonceQueue {
  readonly #carrier: Carrier;
  readonly #signNoop: Sign;
  readonly #inFlightMax: number;
  readonly #window = new NonceWindow<OutcomeUnknownError>();
  /** The doubts that are noops of this queue: no caller will ever resolve them. */
  readonly #noopDoubts = new WeakSet<OutcomeUnknownError>();
  /** In the order of their places. */
  readonly #waiting: Ticket[] = [];
  #places = 0;
  #isPumping = false;
  #reading: Promise<Reading> | undefined;

  constructor({ carrier, signNoop, inFlightMax }: NonceQueueOptions) {
    this.#carrier = carrier;
    this.#signNoop = signNoop;
    this.#inFlightMax = inFlightMax ?? (isBrowser() ? IN_FLIGHT_MAX_BROWSER : IN_FLIGHT_MAX);
  }

  /** The commands in doubt behind which later ones may have to wait, oldest first. */
  get doubts(): readonly OutcomeUnknownError[] {
    return this.#window.doubts;
  }

  /** Signs and sends a command when its turn comes; answers what the exchange answered. */
  run(sign: Sign, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= WAITING_MAX) {
        reject(new TransportError('queue_full', { sent: false }));
        return;
      }
      const place = this.#places;
      this.#places += 1;
      const onAbort = () => this.#drop(ticket);
      const ticket: Ticket = { place, sign, signal, resolve, reject, onAbort, resigns: 0 };
      this.#wait(ticket);
      void this.#pump();
    });
  }

  #wait(ticket: Ticket): void {
    if (ticket.signal?.aborted) {
      rejectAborted(ticket);
      return;
    }
    ticket.signal?.addEventListener('abort', ticket.onAbort);
    // A command that comes back goes before all that were called later.
    const at = this.#waiting.findIndex((other) => other.place > ticket.place);
    this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, ticket);
  }

  #drop(ticket: Ticket): void {
    const at = this.#waiting.indexOf(ticket);
    if (at !== -1) this.#waiting.splice(at, 1);
    ticket.signal?.removeEventListener('abort', ticket.onAbort);
    rejectAborted(ticket);
  }

  #shift(): Ticket | undefined {
    const ticket = this.#waiting.shift();
    ticket?.signal?.removeEventListener('abort', ticket.onAbort);
    return ticket;
  }

  /**
   * Sends what may be sent. One at a time, so that requests leave in the order of their nonces: a
   * browser has six connections, and six that wait for a seventh to get one would wait in vain.
   */
  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#waiting.length > 0 && this.#window.inFlightCount < this.#inFlightMax) {
        const nonce = this.#window.take();
        if (nonce !== undefined) {
          await this.#launch(nonce);
          continue;
        }
        // Either the first nonce is not known yet, or so many commands are in doubt that no nonce
        // is left within reach. Read while something is in flight, a nonce would be old at once.
        if (this.#window.inFlightCount > 0) return;
        await this.#start();
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** Learns where the exchange stands; if that leads nowhere, nobody who waits was sent. */
  async #start(): Promise<void> {
    let failure: unknown;
    try {
      this.#window.start(await this.#carrier.readNonce());
      if (this.#window.hasRoom) return;
      const { doubts } = this.#window;
      failure = new TransportError('queue_full', {
        sent: false,
        details: `${doubts.length} commands have an unknown outcome: resolve them first`,
        cause: doubts[0],
      });
    } catch (error) {
      failure = error instanceof TransportError ? unsent(error) : error;
    }
    for (let ticket = this.#shift(); ticket !== undefined; ticket = this.#shift()) {
      ticket.reject(failure);
    }
  }

  async #launch(nonce: number): Promise<void> {
    const ticket = this.#shift();
    if (ticket === undefined) {
      this.#window.release(nonce);
      return;
    }
    try {
      const command = await ticket.sign(nonce);
      void this.#fly(ticket, command);
    } catch (error) {
      this.#window.release(nonce);
      ticket.reject(error);
    }
  }

  async #fly(ticket: Ticket, command: SignedCommand): Promise<void> {
    const isNoop = ticket.sign === this.#signNoop;
    const outcome = await this.#sendInTurn(command, ticket.signal);
    const { nonce } = command;
    switch (outcome.kind) {
      case 'applied':
        this.#window.settle(nonce);
        ticket.resolve(outcome.reply);
        break;
      case 'rejected':
        this.#window.settle(nonce);
        ticket.reject(outcome.error);
        break;
      case 'refused':
        this.#window.release(nonce);
        this.#refuse(ticket, nonce, outcome.error);
        if (!isNoop && isAboutTheCommand(outcome.error)) {
          this.#fillBelow(this.#window.inFlightHighest);
        }
        break;
      case 'unknown':
        ticket.reject(this.#doubt(command, isNoop, outcome.cause));
        break;
    }
    await this.#pump();
  }

  /** Sends the same bytes until they had their turn. Refused as ahead: no turn will come. */
  async #sendInTurn(
    command: SignedCommand,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<unknown>> {
    const { nonce } = command;
    for (let sends = 1; ; sends += 1) {
      const { floor } = this.#window;
      const outcome = await this.#carrier.send(command, signal);
      if (outcome.kind !== 'refused') return outcome;
      const { error } = outcome;
      // That this send did not leave says nothing of the ones before it.
      if (sends > 1 && error instanceof TransportError) return { kind: 'unknown', cause: error };
      if (!isAhead(error)) return outcome;
      const next = nonceIn(error);
      this.#window.consumedBelow(Math.min(next ?? 0, nonce));
      const doubt = this.#window.doubtBelow(nonce);
      const isBehindOther = doubt !== undefined && !this.#noopDoubts.has(doubt);
      if (isBehindOther || sends > RESENDS_MAX) return outcome;
      if (next !== undefined && next < floor && (await this.#hasBegunAnew(floor))) return outcome;
      this.#fillBelow(nonce);
    }
  }

  /** Nonces never go back, so an exchange whose next is below what was consumed is another than before. */
  async #hasBegunAnew(floor: number): Promise<boolean> {
    if (!this.#window.isCounting) return true;
    this.#reading ??= this.#readBelow(this.#window.floor).finally(() => {
      this.#reading = undefined;
    });
    const reading = await this.#reading;
    const isAnew = reading.nonce < Math.min(floor, reading.floor);
    if (isAnew) this.#window.forget();
    return isAnew;
  }

  /** Where the exchange stands, with what was known when it was asked; the same if it does not say. */
  async #readBelow(floor: number): Promise<Reading> {
    const nonce = await this.#carrier.readNonce().catch(() => floor);
    return { nonce, floor };
  }

  #refuse(ticket: Ticket, nonce: number, error: RefusedError | TransportError): void {
    // Only the codes of nonces name the one where the exchange stands; a 401 may name the one that it
    // has tried.
    const isUsed = error.code === 'nonce_used';
    if (isUsed) this.#window.consumedBelow(Math.max(nonceIn(error) ?? 0, nonce + 1));
    const isElsewhere = isAhead(error) && !this.#window.isCounting;
    if ((isUsed || isElsewhere) && ticket.resigns < RESIGNS_MAX) {
      ticket.resigns += 1;
      this.#wait(ticket);
      return;
    }
    const doubt = isAhead(error) ? this.#window.doubtBelow(nonce) : undefined;
    const isBehind = doubt !== undefined && error instanceof RefusedError;
    ticket.reject(isBehind ? refusedBehind(doubt, error) : error);
  }

  #doubt(command: SignedCommand, isNoop: boolean, cause: unknown): OutcomeUnknownError {
    const { nonce } = command;
    const resolve = (options: ResolveOptions) => this.#resolve(command, isNoop, options);
    const error = new OutcomeUnknownError({ nonce, cause, resolve });
    if (isNoop) this.#noopDoubts.add(error);
    this.#window.doubt(nonce, error);
    return error;
  }

  async #resolve(
    command: SignedCommand,
    isNoop: boolean,
    { signal }: ResolveOptions,
  ): Promise<unknown> {
    const { nonce } = command;
    try {
      this.#window.consumedBelow(await this.#carrier.readNonce(signal));
    } catch (error) {
      throw this.#doubt(command, isNoop, error);
    }
    this.#fillBelow(nonce);
    let outcome = await this.#carrier.find(command, signal);
    if (outcome.kind === 'unknown' && outcome.cause.code === 'expired') {
      outcome = await this.#findExpired(command, signal);
    }
    if (outcome.kind === 'unknown') {
      const { cause } = outcome;
      const doubt = cause.code === 'nonce_ahead' ? this.#window.doubtBelow(nonce) : undefined;
      const isBehind = doubt !== undefined && cause instanceof RefusedError;
      throw this.#doubt(command, isNoop, isBehind ? refusedBehind(doubt, cause) : cause);
    }
    this.#window.consumedBelow(nonce + 1);
    void this.#pump();
    if (outcome.kind === 'applied') return outcome.reply;
    throw outcome.error;
  }

  /**
   * An expired command is taken no more, but its first send may still be under way. A noop under its
   * nonce decides: one of the two uses the nonce, and the result says which.
   */
  async #findExpired(
    command: SignedCommand,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<unknown>> {
    try {
      await this.#carrier.send(await this.#signNoop(command.nonce), signal);
    } catch (error) {
      return { kind: 'unknown', cause: error as PicostocksError };
    }
    return this.#carrier.find(command, signal);
  }

  /** Spends what is free below a command, unless others wait to take it, so that it gets its turn. */
  #fillBelow(nonce: number): void {
    for (const doubt of this.#window.doubts) {
      const isBelow = (doubt.nonce ?? nonce) < nonce;
      if (isBelow && this.#noopDoubts.has(doubt)) doubt.resolve().catch(() => undefined);
    }
    // What fails here shows as that command failing to get its turn.
    const gaps = this.#window.gapsBelow(nonce) - this.#waiting.length;
    for (let gap = 0; gap < gaps; gap += 1) this.run(this.#signNoop).catch(() => undefined);
  }
}

/** A page, or a worker of one. */
function isBrowser(): boolean {
  return 'document' in globalThis || 'importScripts' in globalThis;
}

function rejectAborted({ signal, reject }: Ticket): void {
  reject(new TransportError('aborted', { sent: false, cause: signal?.reason }));
}
