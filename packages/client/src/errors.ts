// Every error that this package throws. Compare them by `name` and `code`, which are stable; the
// sentences are for people and may change.
//
//   PicostocksError
//   ├─ InvalidArgumentError   the caller's mistake; nothing was sent
//   ├─ TransportError         no answer of the exchange; `sent` says whether it may have the request
//   ├─ RefusedError           the door said no: the request added nothing to the log
//   ├─ RejectedError          the market said no: the command is in the log and used its nonce
//   ├─ OutcomeUnknownError    the command may or may not count; `resolve()` finds out
//   ├─ UnprovenError          a head, an entry or a proof does not verify: somebody lied, nobody knows who
//   ├─ HistoryRewrittenError  two heads that the exchange signed do not fit: proof that it rewrote its log
//   └─ LiabilityProofInvalidError  the exchange does not prove that it owes a user what he has

import {
  encodeHeadLine,
  type Refusal,
  type Rejection,
  type SignedHead,
} from '@picostocks/protocol';

export interface PicostocksErrorOptions {
  readonly code: string;
  readonly details?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The base of every error that this package throws.
 *
 * @example
 * await client.getNonce({ userId: 999 }).catch((error) => error.code) // 'unknown_user'
 */
export class PicostocksError extends Error {
  override readonly name: string = 'PicostocksError';
  /** For programs. Stable. */
  readonly code: string;
  readonly shortMessage: string;
  readonly details: string | undefined;

  constructor(shortMessage: string, { code, details, cause }: PicostocksErrorOptions) {
    const message = details === undefined ? shortMessage : `${shortMessage}: ${details}`;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.shortMessage = shortMessage;
    this.details = details;
  }

  /** The first error in the chain of causes that fits, or without a test the last of the chain. */
  walk(fits?: (error: unknown) => boolean): unknown {
    let error: unknown = this;
    while (true) {
      if (fits?.(error)) return error;
      const cause = error instanceof Error ? error.cause : undefined;
      if (cause === undefined) return fits === undefined ? error : undefined;
      error = cause;
    }
  }
}

/** The call itself is wrong; nothing was sent. */
export class InvalidArgumentError extends PicostocksError {
  override readonly name = 'InvalidArgumentError';
  /** The name of the argument that does not fit. */
  readonly argument: string;

  constructor(argument: string, details: string, cause?: unknown) {
    super(`The argument ${argument} does not fit`, { code: 'invalid_argument', details, cause });
    this.argument = argument;
  }
}

const TRANSPORT_SENTENCES = {
  network: 'The connection failed',
  timeout: 'No answer came in time',
  aborted: 'The call was aborted',
  bad_answer: 'The answer is not one of the exchange',
  queue_full: 'Too many commands of this client wait for their turn',
} as const;
export type TransportCode = keyof typeof TRANSPORT_SENTENCES;

export interface TransportErrorOptions {
  readonly sent: boolean;
  readonly status?: number | undefined;
  readonly details?: string | undefined;
  readonly cause?: unknown;
}

/** No answer of the exchange: `sent` says whether the request may have reached it. */
export class TransportError extends PicostocksError {
  override readonly name = 'TransportError';
  declare readonly code: TransportCode;
  /** False only if it is certain that nothing of the request left this program for good. */
  readonly sent: boolean;
  /** The HTTP status of an answer that is not one of the exchange. */
  readonly status: number | undefined;

  constructor(code: TransportCode, { sent, status, details, cause }: TransportErrorOptions) {
    super(TRANSPORT_SENTENCES[code], { code, details, cause });
    this.sent = sent;
    this.status = status;
  }
}

/** Codes that are known, and any that a later version of the exchange may bring. */
export type RefusalCode = Refusal | (string & {});
export type RejectionReason = Rejection | (string & {});

export interface RefusedErrorOptions extends PicostocksErrorOptions {
  readonly status: number;
  readonly nonce?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The door said no: this request added nothing to the log. */
export class RefusedError extends PicostocksError {
  override readonly name = 'RefusedError';
  declare readonly code: RefusalCode;
  readonly status: number;
  /** The nonce to use now, where the exchange said it. */
  readonly nonce: number | undefined;
  /** How long the exchange asks to wait, with 429 and 503. */
  readonly retryAfterMs: number | undefined;

  constructor({ status, nonce, retryAfterMs, ...rest }: RefusedErrorOptions) {
    super(`The exchange refused the request (${status} ${rest.code})`, rest);
    this.status = status;
    this.nonce = nonce;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface RejectedErrorOptions {
  readonly reason: string;
  readonly sequence: number;
  readonly nonce?: number | undefined;
  readonly details?: string | undefined;
}

/** The market said no: the command was sequenced, used its nonce and changed nothing else. */
export class RejectedError extends PicostocksError {
  override readonly name = 'RejectedError';
  declare readonly code: RejectionReason;
  /** One of the table of rejections, for example `insufficient_funds`; the same as `code`. */
  readonly reason: RejectionReason;
  /** The command's place in the log. */
  readonly sequence: number;
  /** The nonce that the command used; a rejected registration has none. */
  readonly nonce: number | undefined;

  constructor({ reason, sequence, nonce, details }: RejectedErrorOptions) {
    super(`The market rejected the command (${reason})`, { code: reason, details });
    this.reason = reason;
    this.sequence = sequence;
    this.nonce = nonce;
  }
}

export interface ResolveOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface OutcomeUnknownErrorOptions {
  readonly nonce?: number | undefined;
  readonly cause: unknown;
  readonly resolve: (options: ResolveOptions) => Promise<unknown>;
}

/**
 * The command was sent and may or may not count.
 *
 * @example
 * try {
 *   await client.putBid({ stockId: 3, unitId: 2, quantity: '1', price: '0.05' });
 * } catch (error) {
 *   if (error instanceof OutcomeUnknownError) await error.resolve(); // { order_id: 7, … }
 *   else throw error;
 * }
 */
export class OutcomeUnknownError extends PicostocksError {
  override readonly name = 'OutcomeUnknownError';
  /** The nonce that was signed; a registration has none. */
  readonly nonce: number | undefined;
  readonly #resolve: (options: ResolveOptions) => Promise<unknown>;
  #resolving: Promise<unknown> | undefined;

  constructor({ nonce, cause, resolve }: OutcomeUnknownErrorOptions) {
    super('The command was sent, but its outcome is unknown', {
      code: 'outcome_unknown',
      details: cause instanceof Error ? cause.message : undefined,
      cause,
    });
    this.nonce = nonce;
    this.#resolve = resolve;
  }

  /**
   * Finds out, and answers or throws what the call itself would have: if the nonce is unused the
   * very same bytes are sent again, of which at most one can count. A new `OutcomeUnknownError`
   * means that it could not be found out yet.
   */
  resolve(options: ResolveOptions = {}): Promise<unknown> {
    this.#resolving ??= this.#resolve(options).finally(() => {
      this.#resolving = undefined;
    });
    return this.#resolving;
  }
}

/** What the exchange showed does not verify. It proves nothing against it: a proxy may have altered it. */
export class UnprovenError extends PicostocksError {
  override readonly name = 'UnprovenError';

  constructor(details: string, cause?: unknown) {
    super('What the exchange showed does not verify', { code: 'unproven', details, cause });
  }
}

/**
 * The exchange signed two heads of its log of which neither continues the other: it rewrote history. Whoever
 * has both lines and the exchange's head key can see it, so keep them, and show them.
 *
 * @example
 * await keeper.checkHead().catch((error) => [error.code, error.kept.text, error.offered.text])
 * // ['history_rewritten', 'HEAD:1:9f86…', 'HEAD:1:9f86…']
 */
export class HistoryRewrittenError extends PicostocksError {
  override readonly name = 'HistoryRewrittenError';
  /** The head that was verified and kept before. */
  readonly kept: SignedHead;
  /** The head that does not fit it, with a good signature of the same key. */
  readonly offered: SignedHead;

  constructor({ kept, offered, why }: { kept: SignedHead; offered: SignedHead; why: string }) {
    const heads = `${encodeHeadLine(kept)}\n${encodeHeadLine(offered)}`;
    super('The exchange rewrote its history', {
      code: 'history_rewritten',
      details: `${why}. It signed both of these heads:\n${heads}`,
    });
    this.kept = kept;
    this.offered = offered;
  }
}

const LIABILITY_SENTENCES = {
  shape: 'the answer is not what the documents say',
  head: 'the head is not signed by the key of this exchange, or publishes nothing',
  lines: 'the lines are not those that the head was signed with',
  place: 'it is about another user, asset or head',
  amount: 'the amount is another than the own',
  path: 'the leaf is not in the tree that was published',
  missing: 'what the user has is not there at all',
} as const;
/** What is wrong with it. */
export type LiabilityFault = keyof typeof LIABILITY_SENTENCES;

/**
 * The exchange did not prove that what a user has is in what it says to owe. With the reasons `amount` and
 * `missing` what it signed is too little; with the others somebody altered an answer, or it never was a proof.
 *
 * @example
 * await watch.check().catch((error) => [error.code, error.reason, error.userId, error.assetId])
 * // ['liability_proof_invalid', 'amount', 19, 2]
 */
export class LiabilityProofInvalidError extends PicostocksError {
  override readonly name = 'LiabilityProofInvalidError';
  readonly reason: LiabilityFault;
  readonly userId: number | undefined;
  readonly assetId: number | undefined;

  constructor(
    reason: LiabilityFault,
    fields: {
      readonly userId?: number | undefined;
      readonly assetId?: number | undefined;
      readonly details?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    const { userId, assetId, details, cause } = fields;
    const whose = userId === undefined ? '' : ` (user ${userId}, asset ${assetId})`;
    const more = details === undefined ? '' : `: ${details}`;
    super('What the exchange says to owe does not verify', {
      code: 'liability_proof_invalid',
      details: `${LIABILITY_SENTENCES[reason]}${whose}${more}`,
      cause,
    });
    this.reason = reason;
    this.userId = userId;
    this.assetId = assetId;
  }
}
