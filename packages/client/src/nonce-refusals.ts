// What a refusal says of nonces, to the queue and to the caller.

import { type OutcomeUnknownError, RefusedError, TransportError } from './errors.ts';

/** Would another command have been taken? Not if it is the key, the nonce or the exchange. */
export function isAboutTheCommand(error: RefusedError | TransportError): boolean {
  if (!(error instanceof RefusedError) || isAhead(error) || error.code === 'nonce_used')
    return false;
  return error.status === 400 || error.status === 404;
}

export function isAhead(error: RefusedError | TransportError): boolean {
  return error instanceof RefusedError && error.code === 'nonce_ahead';
}

/** The exchange's next nonce, where a refusal names it. */
export function nonceIn(error: RefusedError | TransportError): number | undefined {
  return error instanceof RefusedError ? error.nonce : undefined;
}

/** The nonce could not be read. Whatever became of that read: no command has left. */
export function unsent(error: TransportError): TransportError {
  const details = 'the nonce could not be read';
  return new TransportError(error.code, {
    sent: false,
    status: error.status,
    details,
    cause: error,
  });
}

/** Tells the caller which earlier command has to be resolved first. */
export function refusedBehind(doubt: OutcomeUnknownError, error: RefusedError): RefusedError {
  const { code, status, nonce } = error;
  const details = `the outcome of the command with nonce ${doubt.nonce} is unknown: resolve it first`;
  return new RefusedError({ code, status, nonce, details, cause: doubt });
}
