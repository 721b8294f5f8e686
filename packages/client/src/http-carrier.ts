// The exchange as the nonce queue sees it, over HTTP.

import { type ErrorReply, isId, type NonceReply, type ResultReply } from '@picostocks/protocol';
import { type Outcome, readAnswer, readCommandAnswer, rejectionIn } from './answer.ts';
import { PicostocksError, RefusedError, TransportError } from './errors.ts';
import { hashMessage } from './key.ts';
import type { Carrier } from './nonce-queue.ts';
import type { SignedCommand } from './signed-command.ts';
import type { Answer, Requester } from './transport.ts';

export interface HttpCarrierOptions {
  readonly transport: Requester;
  readonly userId: number;
  /** Whose numbers they are; default 0. */
  readonly keyId?: number;
  /** SHA-256 in hexadecimal; default the platform's. */
  readonly hash?: typeof hashMessage;
}

type Signal = AbortSignal | undefined;

export class HttpCarrier implements Carrier {
  readonly #transport: Requester;
  readonly #userId: number;
  readonly #query: { readonly key_id: number | undefined };
  readonly #hash: typeof hashMessage;

  constructor({ transport, userId, keyId = 0, hash = hashMessage }: HttpCarrierOptions) {
    this.#transport = transport;
    this.#userId = userId;
    this.#query = { key_id: keyId === 0 ? undefined : keyId };
    this.#hash = hash;
  }

  async readNonce(signal?: Signal): Promise<number> {
    const path = `account/nonce/${this.#userId}/`;
    const answer = await this.#get(path, signal);
    const { nonce } = readAnswer<NonceReply>(answer);
    if (isId(nonce)) return nonce;
    throw new TransportError('bad_answer', { sent: true, status: answer.status });
  }

  send(command: SignedCommand, signal: Signal): Promise<Outcome<unknown>> {
    return sendCommand(this.#transport, command, signal);
  }

  /**
   * docs/protocol.md §4: while the nonce is unused, the same bytes may be sent again, since at most
   * one of them can ever count; once it is used, the result says whose bytes used it. A used nonce
   * without a result is one that a recovery of the exchange has leaped over (§6.13).
   */
  async find(command: SignedCommand, signal: Signal): Promise<Outcome<unknown>> {
    try {
      if ((await this.readNonce(signal)) <= command.nonce) {
        const outcome = await this.send(command, signal);
        if (outcome.kind !== 'refused') return outcome;
        if (isKeyGone(outcome)) return outcome;
        // A refusal speaks of this send only; the first may still be under way. But a used nonce
        // says that the result is there to be read.
        if (outcome.error.code !== 'nonce_used') return { kind: 'unknown', cause: outcome.error };
      }
      return await this.#readOutcome(command, signal);
    } catch (error) {
      return { kind: 'unknown', cause: asPicostocksError(error) };
    }
  }

  /** docs/protocol.md §4: the same bytes get the same result, other bytes with their nonce are refused. */
  async #sendAgain(command: SignedCommand, signal: Signal): Promise<Outcome<unknown>> {
    const outcome = await this.send(command, signal);
    if (outcome.kind !== 'refused' || isKeyGone(outcome)) return outcome;
    if (outcome.error.code === 'nonce_used') return outcome;
    return { kind: 'unknown', cause: outcome.error };
  }

  #get(path: string, signal: Signal): Promise<Answer> {
    return this.#transport.request({ method: 'GET', path, query: this.#query, signal });
  }

  async #readOutcome(command: SignedCommand, signal: Signal): Promise<Outcome<unknown>> {
    const { nonce, message } = command;
    const path = `account/result/${this.#userId}/${nonce}/`;
    const answer = await this.#get(path, signal);
    // A key that may not read learns it from its own bytes: the nonce is used, so they count at most once.
    if (isForbidden(answer)) return this.#sendAgain(command, signal);
    const result = readResult(answer);
    if (result === undefined) return { kind: 'refused', error: nonceSkipped(nonce) };
    if (result.nonce !== nonce || typeof result.message_hash !== 'string') {
      throw new TransportError('bad_answer', { sent: true, status: answer.status });
    }
    if (result.message_hash.toLowerCase() !== (await this.#hash(message))) {
      return { kind: 'refused', error: nonceUsed(nonce) };
    }
    if (result.status === 'applied') return { kind: 'applied', reply: result.reply };
    const error = rejectionIn({ sequence: result.sequence, nonce, ...result.reply });
    if (error !== undefined) return { kind: 'rejected', error };
    throw new TransportError('bad_answer', { sent: true, status: answer.status });
  }
}

/**
 * A key that was rotated away or revoked never comes back, and with its refusal the exchange says that these
 * bytes did not count before: they never can.
 */
function isKeyGone(outcome: Outcome<unknown>): boolean {
  return outcome.kind === 'refused' && outcome.error.code === 'key_not_current';
}

function isForbidden({ status, body }: Answer): boolean {
  return status === 403 && (body as Partial<ErrorReply> | null)?.code === 'read_forbidden';
}

/** Sends a signed command once; never throws. */
async function sendCommand(
  transport: Requester,
  { path, headers, body }: SignedCommand,
  signal: Signal,
): Promise<Outcome<unknown>> {
  try {
    const answer = await transport.request({ method: 'POST', path, headers, body, signal });
    return readCommandAnswer(answer);
  } catch (error) {
    if (error instanceof TransportError && !error.sent) return { kind: 'refused', error };
    return { kind: 'unknown', cause: asPicostocksError(error) };
  }
}

/** `undefined` where the exchange itself says that no command has used the nonce. */
function readResult(answer: Answer): ResultReply | undefined {
  try {
    return readAnswer<ResultReply>(answer);
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'result_not_found') return undefined;
    throw error;
  }
}

function nonceSkipped(nonce: number): RefusedError {
  const details = `the exchange was restored from a backup and has left the nonce ${nonce} behind: the command does not count and never can`;
  return new RefusedError({ status: 404, code: 'nonce_skipped', details });
}

function nonceUsed(nonce: number): RefusedError {
  const details = `another command has used the nonce ${nonce}`;
  return new RefusedError({ status: 400, code: 'nonce_used', details });
}

/** What is no error of ours is a bug of ours: it stays visible as the cause. */
function asPicostocksError(error: unknown): PicostocksError {
  if (error instanceof PicostocksError) return error;
  return new PicostocksError('The client failed', { code: 'internal', cause: error });
}
