// The door for commands: checks, verifies, waits for the nonce's turn, submits, answers.
//
// What fails here consumes nothing and is not in the log. A command that was seen before is answered
// with what it got then: found by its signature, or by (user, key, nonce), and only if it is the same
// message. Looking takes no turn of the user.

import { createHash } from 'node:crypto';
import { findMarket, findRegistrationRejection, type State } from '@picostocks/engine';
import {
  bytesEqual,
  decodeEnvelope,
  ENTRY_KINDS,
  type EnvelopeCommand,
  encodeRegistrationText,
  encodeUtf8,
  formatAmount,
  fromHex,
  joinOrderText,
  type OrderVerb,
  type Proposal,
  parseAmount,
  REJECTIONS,
} from '@picostocks/protocol';
import type { StoredResult } from '../history/history-reader.ts';
import type { Reply } from '../reply.ts';
import { before, type Deadline } from './deadline.ts';
import type { HistoryPort } from './history-port.ts';
import { Refused } from './refused.ts';
import type { Replica } from './replica.ts';
import type { Settled, Submissions } from './submissions.ts';
import type { TokenBuckets } from './token-buckets.ts';
import { type Turn, Turns } from './turns.ts';
import { isSignedBy } from './verify.ts';

/** An order text before its nonce is known; the amounts as the client spelled them. */
export interface OrderRequest {
  readonly verb: OrderVerb;
  readonly userId: number;
  readonly stockId: number;
  readonly quantity: string;
  readonly unitId: number;
  readonly price: string;
  readonly signature: Uint8Array;
  readonly nonce: number | undefined;
}

interface Verified extends Turn {
  readonly proposal: Proposal;
}

export interface CommandDeskParts {
  readonly replica: Replica;
  readonly history: HistoryPort;
  readonly submissions: Submissions;
  readonly rejections: TokenBuckets<number>;
  /** Microseconds; refuses what has expired before it costs an entry. */
  readonly now: () => number;
  /** Is the history so far behind that it must catch up first? */
  readonly isHistoryBehind: () => boolean;
}

export class CommandDesk {
  readonly #parts: CommandDeskParts;
  readonly #turns: Turns;

  constructor(parts: CommandDeskParts) {
    this.#parts = parts;
    this.#turns = new Turns(() => parts.replica.state);
  }

  /** To be called after entries were applied. */
  wake(): void {
    this.#turns.wake();
  }

  async order(request: OrderRequest, deadline: Deadline): Promise<Reply> {
    await this.#lookUp(this.#parts.replica.current(deadline));
    const state = this.#state;
    const key = this.#keyOf({ userId: request.userId, keyId: 0 }, 'trader');
    refuseUnknownMarket(state, request);
    const nonce = request.nonce ?? key.nonceNext;
    let verified = verifyOrder(request, { key: key.publicKey, nonce });
    if (verified === undefined && request.nonce === undefined) {
      verified = await this.#verifyAgain(request, { triedNonce: nonce, deadline });
      if (verified === undefined) {
        const stored = await this.#storedBySignature(request, deadline);
        if (stored !== undefined) return stored;
      }
    }
    if (verified === undefined) {
      const why = `checked with the nonce ${nonce}; with several orders under way, send each its nonce`;
      throw new Refused('bad_signature', { nonce: key.nonceNext, why });
    }
    return this.#take(verified, deadline);
  }

  /** The nonce may have moved between the request and its check. */
  async #verifyAgain(
    request: OrderRequest,
    { triedNonce, deadline }: { triedNonce: number; deadline: Deadline },
  ): Promise<Verified | undefined> {
    await this.#lookUp(this.#parts.replica.current(deadline));
    const key = this.#keyOf({ userId: request.userId, keyId: 0 }, 'trader');
    if (key.nonceNext === triedNonce) return undefined;
    return verifyOrder(request, { key: key.publicKey, nonce: key.nonceNext });
  }

  /** A resend that does not say its nonce: the result that these signed bytes got. */
  async #storedBySignature(request: OrderRequest, deadline: Deadline): Promise<Reply | undefined> {
    const { signature, userId } = request;
    const atLeast = await this.#lookUp(this.#parts.replica.current(deadline));
    const ask = { by: { signature }, atLeast, deadline };
    const result = await this.#lookUp(this.#parts.history.ask('resultBySignature', ask));
    if (result === undefined || result.userId !== userId || result.keyId !== 0) return undefined;
    const isSame = orderMessages(request, result.nonce).some(
      (message) => sha256Hex(message) === result.messageHash,
    );
    return isSame ? storedReply(result) : undefined;
  }

  async envelope(
    fields: { message: Uint8Array; signature: Uint8Array },
    deadline: Deadline,
  ): Promise<Reply> {
    const { message, signature } = fields;
    const command = decodeEnvelope(message);
    if (command.type === 'undecodable') throw new Refused(command.code, { why: command.why });
    if (command.type === 'recover') throw new Refused('not_while_running');
    await this.#lookUp(this.#parts.replica.current(deadline));
    if (command.exchange !== this.#state.exchange) throw new Refused('wrong_exchange');
    const { userId, keyId, nonce } = command;
    const key = this.#keyOf(command, 'anyone');
    if (!isSignedBy({ key: key.publicKey, message, signature })) {
      throw new Refused('bad_signature', { nonce: key.nonceNext });
    }
    if (nonce >= key.nonceNext) {
      if (command.expires < this.#parts.now()) throw new Refused('expired');
      refuseUnknownIds(this.#state, command);
    }
    const kind = ENTRY_KINDS.envelope;
    const proposal = { kind, key: key.publicKey, signature, message };
    return this.#take({ userId, keyId, nonce, key: key.publicKey, proposal }, deadline);
  }

  async register(
    fields: { publicKey: string; signature: Uint8Array },
    deadline: Deadline,
  ): Promise<Reply> {
    const { publicKey, signature } = fields;
    const key = fromHex(publicKey);
    if (key === undefined) throw new Refused('malformed');
    const message = encodeUtf8(encodeRegistrationText(publicKey));
    if (!isSignedBy({ key, message, signature })) throw new Refused('bad_signature');
    await this.#parts.replica.current(deadline);
    const known = this.#registered(publicKey);
    if (known !== undefined) return known;
    if (!this.#state.settings.registrationOpen) throw new Refused('registration_closed');
    // It has no nonce to consume, so one that would be rejected must not cost an entry either.
    const rejection = findRegistrationRejection(this.#state);
    if (rejection !== undefined) {
      throw new Refused('registration_closed', { why: REJECTIONS[rejection].sentence });
    }
    this.#refuseWhileBehind();
    const proposal = { kind: ENTRY_KINDS.registration, key, signature, message };
    const settled = await this.#inTime(this.#parts.submissions.submit(proposal), deadline);
    if (settled.kind === 'reply') return settled.reply;
    const registered = this.#registered(publicKey);
    if (registered === undefined) throw new Refused('registration_closed');
    return registered;
  }

  #registered(publicKey: string): Reply | undefined {
    const user = this.#state.userByKey.get(publicKey);
    if (user === undefined) return undefined;
    const body = JSON.stringify({ user_id: user.id, nonce: user.keys[0]?.nonceNext });
    return { status: 201, body };
  }

  get #state(): State {
    return this.#parts.replica.state;
  }

  #keyOf({ userId, keyId }: { userId: number; keyId: number }, who: 'trader' | 'anyone') {
    const user = who === 'trader' && userId === 0 ? undefined : this.#state.users[userId];
    const key = user?.keys[keyId];
    if (key === undefined) throw new Refused('unknown_user');
    return key;
  }

  /** Takes a verified command through its turn to its answer. */
  async #take(verified: Verified, deadline: Deadline): Promise<Reply> {
    const { submissions, rejections } = this.#parts;
    const underWay = submissions.underWay(verified.proposal.signature);
    if (underWay !== undefined) {
      const outcome = await this.#inTime(underWay, deadline, verified.nonce);
      return this.#answer(outcome, verified, deadline);
    }
    const turn = await this.#turns.take(verified, deadline);
    if (turn.kind === 'used') return this.#storedByNonce(verified, deadline);
    let settled: Promise<Settled>;
    try {
      this.#refuseWhileBehind();
      if (!rejections.allows(verified.userId)) throw new Refused('rate_limited');
      settled = submissions.submit(verified.proposal);
    } catch (error) {
      turn.release();
      throw error;
    }
    // The turn ends when the command is settled, also when nobody waits for its answer any more.
    const released = settled.finally(() => turn.release());
    const outcome = await this.#inTime(released, deadline, verified.nonce);
    if (outcome.kind === 'reply' && outcome.isRejection) rejections.take(verified.userId);
    return this.#answer(outcome, verified, deadline);
  }

  async #answer(settled: Settled, verified: Verified, deadline: Deadline): Promise<Reply> {
    return settled.kind === 'reply' ? settled.reply : this.#storedByNonce(verified, deadline);
  }

  /** After submission a late answer is no answer: nobody knows yet. */
  #inTime(settled: Promise<Settled>, deadline: Deadline, nonce?: number): Promise<Settled> {
    const why = 'the nonce tells: while it is unchanged, the same signed bytes can be sent again';
    const late = () => new Refused('outcome_unknown', nonce === undefined ? {} : { why, nonce });
    return before(deadline, settled, late);
  }

  /**
   * A look that is late. The command may be one that was sequenced before, and nobody can say now: 504,
   * never the 503 that would let its sender believe that it does not exist.
   */
  async #lookUp<T>(look: Promise<T>): Promise<T> {
    try {
      return await look;
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'unavailable') throw error;
      throw new Refused('outcome_unknown', { why: `${error.message}; send the same bytes again` });
    }
  }

  #refuseWhileBehind(): void {
    if (!this.#parts.isHistoryBehind()) return;
    throw new Refused('unavailable', { why: 'the history is behind' });
  }

  /** The nonce is used: the answer of the command that used it, if it is this one. */
  async #storedByNonce(verified: Verified, deadline: Deadline): Promise<Reply> {
    const { userId, keyId, nonce, proposal } = verified;
    const atLeast = await this.#lookUp(this.#parts.replica.current(deadline));
    const ask = { by: { userId, keyId, nonce }, atLeast, deadline };
    const result = await this.#lookUp(this.#parts.history.ask('resultByNonce', ask));
    if (result?.messageHash === sha256Hex(proposal.message)) return storedReply(result);
    const key = this.#keyOf({ userId, keyId }, 'anyone');
    if (!bytesEqual(key.publicKey, verified.key)) {
      throw new Refused('key_not_current', { nonce: key.nonceNext });
    }
    throw new Refused('nonce_used', { nonce: key.nonceNext });
  }
}

function storedReply({ status, body }: StoredResult): Reply {
  return { status, body };
}

function sha256Hex(message: Uint8Array): string {
  return createHash('sha256').update(message).digest('hex');
}

/** The texts that a request may have signed: 18 decimals first, then as the client spelled them. */
function orderMessages(request: OrderRequest, nonce: number): Uint8Array[] {
  const { quantity, price } = request;
  const canonical = { ...request, quantity: inFull(quantity), price: inFull(price), nonce };
  const isSpelledSo = canonical.quantity === quantity && canonical.price === price;
  const texts = isSpelledSo ? [canonical] : [canonical, { ...request, nonce }];
  return texts.map((text) => encodeUtf8(joinOrderText(text)));
}

function inFull(amount: string): string {
  const parsed = parseAmount(amount);
  if (parsed === undefined) throw new Refused('malformed');
  return formatAmount(parsed);
}

function verifyOrder(
  request: OrderRequest,
  { key, nonce }: { key: Uint8Array; nonce: number },
): Verified | undefined {
  const { signature, userId } = request;
  const message = orderMessages(request, nonce).find((text) =>
    isSignedBy({ key, message: text, signature }),
  );
  if (message === undefined) return undefined;
  const proposal = { kind: ENTRY_KINDS.order, key, signature, message };
  return { userId, keyId: 0, nonce, key, proposal };
}

function refuseUnknownMarket(state: State, market: { stockId: number; unitId: number }): void {
  for (const id of [market.stockId, market.unitId]) {
    if (!state.assetById.has(id)) throw new Refused('stock_not_found', { why: `${id}` });
  }
  if (findMarket(state, market) === undefined) throw new Refused('market_not_found');
}

/** Ids that name nothing are refused here, so that they cost no entry. */
function refuseUnknownIds(state: State, command: EnvelopeCommand): void {
  const { params } = command;
  if ('unitId' in params && command.type !== 'list_market') refuseUnknownMarket(state, params);
  if ('stockId' in params && command.type !== 'create_asset') {
    const ids = 'unitId' in params ? [params.stockId, params.unitId] : [params.stockId];
    for (const id of ids) {
      if (!state.assetById.has(id)) throw new Refused('stock_not_found', { why: `${id}` });
    }
  }
  for (const id of namedUsers(command)) {
    if (state.users[id] === undefined) throw new Refused('unknown_user', { why: `${id}` });
  }
}

function namedUsers({ type, params }: EnvelopeCommand): number[] {
  if (type === 'transfer') return [params.toUser];
  if (type === 'credit_deposit') return [params.userId];
  if (type === 'change_settings') return params.feeUserId === undefined ? [] : [params.feeUserId];
  return [];
}
