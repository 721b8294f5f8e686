// The door for commands: checks, verifies, waits for the nonce's turn, submits, answers.
//
// What fails here consumes nothing and is not in the log. A command that was seen before is answered
// with what it got then: found by its signature, or by (user, key, nonce), and only if it is the same
// message. Looking takes no turn of the user.

import { createHash } from 'node:crypto';
import { findRegistrationRejection, type Key, type State, type User } from '@picostocks/engine';
import {
  bytesEqual,
  decodeEnvelope,
  ENTRY_KINDS,
  type EnvelopeCommand,
  type EnvelopeType,
  encodeRegistrationText,
  encodeUtf8,
  fromHex,
  OPERATOR_USER_ID,
  type Proposal,
  REJECTIONS,
  toHex,
} from '@picostocks/protocol';
import type { StoredResult } from '../history/history-reader.ts';
import type { Reply } from '../reply.ts';
import { before, type Deadline, isOver } from './deadline.ts';
import type { HistoryPort } from './history-port.ts';
import { isProved } from './key-proof.ts';
import { refuseUnknownIds, refuseUnknownMarket } from './named-ids.ts';
import { type OrderRequest, orderMessages, orderProposals } from './order-request.ts';
import { Refused } from './refused.ts';
import type { Replica } from './replica.ts';
import type { Settled, Submissions } from './submissions.ts';
import type { TokenBuckets } from './token-buckets.ts';
import { type Turn, Turns } from './turns.ts';
import type { Verifier } from './verifier.ts';

interface Verified extends Turn {
  readonly proposal: Proposal;
  /** What was decoded of the message; nothing for an order text, which was verified in fields. */
  readonly command?: EnvelopeCommand;
  /** Takes risk away, or is an operator's: taken also when the rejections of its user are used up. */
  readonly isRelief: boolean;
}

/** What an order is verified with. */
interface KeyAndNonce {
  readonly key: Uint8Array;
  readonly nonce: number;
}

const RELIEFS: ReadonlySet<EnvelopeType> = new Set([
  'cancel_order',
  'cancel_at_price',
  'cancel_orders',
  'cancel_after',
  'cancel_withdrawal',
  'revoke_key',
  'rotate_key',
]);
/** A batch waits for its turn decoded, and its operations take some times as much memory as its text. */
const DECODED_TIMES = 4;
/** A signature that fails is held against as many of the keys that its user rotated away. */
const FORMER_KEYS_TRIED = 3;

export interface CommandDeskParts {
  readonly replica: Replica;
  readonly history: HistoryPort;
  readonly verifier: Verifier;
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
    const { user, key } = this.#keyOf({ userId: request.userId, keyId: 0 }, 'trader');
    refuseUnknownMarket(this.#state, request);
    let tried = this.#toTry(request);
    let verified = await this.#verify(request, tried, deadline);
    if (verified === undefined) {
      await this.#lookUp(this.#parts.replica.current(deadline));
      const now = this.#toTry(request);
      if (now.nonce !== tried.nonce || !bytesEqual(now.key, tried.key)) {
        verified = await this.#verify(request, now, deadline);
        tried = now;
      }
    }
    if (verified !== undefined) return this.#take(verified, deadline);
    const stored = await this.#storedBySignature(request, deadline);
    if (stored !== undefined) return stored;
    const { nonce } = tried;
    const former = formerKeys(user).flatMap((publicKey) =>
      orderProposals(request, { key: publicKey, nonce }),
    );
    if ((await this.#findSigned(former, deadline)) !== undefined) {
      throw new Refused('key_not_current', { nonce: key.nonceNext });
    }
    const why = `checked with the nonce ${nonce}; with several orders under way, send each its nonce`;
    throw new Refused('bad_signature', { nonce: key.nonceNext, why });
  }

  /** The user's key and the nonce that his order may have: both may change while a signature is verified. */
  #toTry({ userId, nonce }: OrderRequest): KeyAndNonce {
    const { key } = this.#keyOf({ userId, keyId: 0 }, 'trader');
    return { key: key.publicKey, nonce: nonce ?? key.nonceNext };
  }

  async #verify(
    request: OrderRequest,
    by: KeyAndNonce,
    deadline: Deadline,
  ): Promise<Verified | undefined> {
    const proposal = await this.#findSigned(orderProposals(request, by), deadline);
    if (proposal === undefined) return undefined;
    const isRelief = request.verb === 'CANCELASK' || request.verb === 'CANCELBID';
    const { userId } = request;
    return { userId, keyId: 0, ...by, bytes: proposal.message.length, proposal, isRelief };
  }

  /** The first whose signature is right. Where too much is being verified, nobody knows what became of it before. */
  async #findSigned(
    proposals: readonly Proposal[],
    deadline: Deadline,
  ): Promise<Proposal | undefined> {
    for (const proposal of proposals) {
      // Each may take its place behind all that can wait; a forged order has up to ten.
      if (isOver(deadline))
        throw new Refused('outcome_unknown', { why: 'the check took too long' });
      if (await this.#lookUp(this.#parts.verifier.isSigned(proposal))) return proposal;
    }
    return undefined;
  }

  /** A resend whose nonce or key is not the one to use now: the result that these signed bytes got. */
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
    const { userId, keyId, nonce, type } = command;
    const { user, key } = this.#keyOf(command, 'anyone');
    const propose = (publicKey: Uint8Array): Proposal => {
      return { kind: ENTRY_KINDS.envelope, key: publicKey, signature, message };
    };
    const first = propose(key.publicKey);
    let proposal = await this.#findSigned([first], deadline);
    // The key may have been rotated or revoked meanwhile.
    if (proposal === undefined && !key.isCurrent(first.key)) {
      proposal = await this.#findSigned([propose(key.publicKey)], deadline);
    }
    if (proposal === undefined || !key.isCurrent(proposal.key)) {
      const stored = await this.#storedByBytes(command, { message, signature, deadline });
      if (stored !== undefined) return stored;
      const isKnown = proposal ?? (await this.#findSigned(formerKeys(user).map(propose), deadline));
      throw new Refused(isKnown ? 'key_not_current' : 'bad_signature', { nonce: key.nonceNext });
    }
    if (nonce >= key.nonceNext) {
      if (command.expires < this.#parts.now()) throw new Refused('expired');
      refuseUnknownIds(this.#state, command);
      if (!isProved(command, command.exchange)) throw new Refused('bad_proof');
    }
    const bytes = message.length * (type === 'batch' ? DECODED_TIMES : 1);
    const turn = { userId, keyId, nonce, key: proposal.key, bytes };
    // Operators are not held back: what they have to do may not wait, and they share one user.
    const isRelief = userId === OPERATOR_USER_ID || RELIEFS.has(type);
    return this.#take({ ...turn, proposal, command, isRelief }, deadline);
  }

  /** A resend of what a key signed that was rotated or revoked since: the result that it got. */
  async #storedByBytes(
    { userId, keyId, nonce }: EnvelopeCommand,
    fields: { message: Uint8Array; signature: Uint8Array; deadline: Deadline },
  ): Promise<Reply | undefined> {
    const { message, signature, deadline } = fields;
    const atLeast = this.#state.sequence;
    const ask = { by: { userId, keyId, nonce }, atLeast, deadline };
    const result = await this.#lookUp(this.#parts.history.ask('resultByNonce', ask));
    const isSame =
      result?.signature === toHex(signature) && result.messageHash === sha256Hex(message);
    return isSame ? storedReply(result) : undefined;
  }

  async register(
    fields: { publicKey: string; signature: Uint8Array },
    deadline: Deadline,
  ): Promise<Reply> {
    const { publicKey, signature } = fields;
    const key = fromHex(publicKey);
    if (key === undefined) throw new Refused('malformed');
    const message = encodeUtf8(encodeRegistrationText(publicKey));
    const proposal = { kind: ENTRY_KINDS.registration, key, signature, message };
    if (!(await this.#parts.verifier.isSigned(proposal))) throw new Refused('bad_signature');
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

  #keyOf(
    { userId, keyId }: { userId: number; keyId: number },
    who: 'trader' | 'anyone',
  ): { user: User; key: Key } {
    const user = who === 'trader' && userId === 0 ? undefined : this.#state.users[userId];
    const key = user?.keys[keyId];
    if (user === undefined || key === undefined) throw new Refused('unknown_user');
    return { user, key };
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
      if (!verified.isRelief && !rejections.allows(verified.userId)) {
        throw new Refused('rate_limited');
      }
      settled = submissions.submit(verified.proposal, verified.command);
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
    const { key } = this.#keyOf({ userId, keyId }, 'anyone');
    if (!key.isCurrent(verified.key)) {
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

/** The newest first. */
function formerKeys({ formerKeys: keys }: User): Uint8Array[] {
  return keys.slice(-FORMER_KEYS_TRIED).reverse();
}
