// What an answer says. docs/protocol.md §4 and docs/api.md are behind every line of
// `readCommandAnswer`: a wrong guess here is an order placed twice, so whatever the exchange did not
// clearly say is "unknown".

import { type ErrorReply, isId } from '@picostocks/protocol';
import { type PicostocksError, RefusedError, RejectedError, TransportError } from './errors.ts';
import type { Answer } from './transport.ts';

/** What became of one send of a signed command. */
export type Outcome<Reply> =
  | { readonly kind: 'applied'; readonly reply: Reply }
  | { readonly kind: 'rejected'; readonly error: RejectedError }
  /** This send added nothing to the log. */
  | { readonly kind: 'refused'; readonly error: RefusedError | TransportError }
  | { readonly kind: 'unknown'; readonly cause: PicostocksError };

/** The body of an answer to a read, or the error that it is. */
export function readAnswer<Reply>(answer: Answer): Reply {
  if (isSuccess(answer) && typeof answer.body === 'object' && answer.body !== null) {
    return answer.body as Reply;
  }
  throw isSuccess(answer) ? badAnswer(answer) : (refusalIn(answer) ?? badAnswer(answer));
}

/**
 * Reads the answer to a signed command. `proof` is the integer that every real success has; without
 * it the answer is somebody else's, a proxy's for example.
 */
export function readCommandAnswer<Reply>(
  answer: Answer,
  proof: 'sequence' | 'user_id' = 'sequence',
): Outcome<Reply> {
  const { status } = answer;
  if (isSuccess(answer)) {
    const isProven = isObject(answer.body) && isId(answer.body[proof]);
    return isProven
      ? { kind: 'applied', reply: answer.body as Reply }
      : { kind: 'unknown', cause: badAnswer(answer) };
  }
  // Only the exchange's own words settle anything: a 403 page of a proxy does not know whether the
  // exchange has the command.
  const refusal = refusalIn(answer);
  if (refusal === undefined) return { kind: 'unknown', cause: badAnswer(answer) };
  const rejection = rejectionIn(answer.body);
  if (rejection !== undefined) return { kind: 'rejected', error: rejection };
  const isDoor = (status >= 400 && status < 500) || status === 503;
  return isDoor ? { kind: 'refused', error: refusal } : { kind: 'unknown', cause: refusal };
}

/** The rejection that an error reply holds: the one with a place in the log. */
export function rejectionIn(body: unknown): RejectedError | undefined {
  if (!isErrorReply(body)) return undefined;
  const { code: reason, detail, sequence, nonce } = body;
  if (!isId(sequence)) return undefined;
  return new RejectedError({ reason, sequence, nonce: idIn(nonce), details: plain(detail) });
}

function refusalIn({ status, body, retryAfterMs }: Answer): RefusedError | undefined {
  if (!isErrorReply(body)) return undefined;
  const { code, detail, nonce } = body;
  return new RefusedError({
    status,
    code,
    nonce: idIn(nonce),
    details: plain(detail),
    retryAfterMs,
  });
}

function isErrorReply(body: unknown): body is ErrorReply {
  return isObject(body) && typeof body['code'] === 'string' && typeof body['detail'] === 'string';
}

function idIn(value: unknown): number | undefined {
  return isId(value) ? value : undefined;
}

function plain(detail: string): string {
  return detail.replace(/^ERROR: /, '');
}

function badAnswer({ status }: Answer): TransportError {
  return new TransportError('bad_answer', { sent: true, status, details: `HTTP ${status}` });
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
