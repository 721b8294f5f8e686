// From an error to what the user sees and the shell gets. Errors are told apart by name and code.

import type { ErrorReply } from '@picostocks/protocol';
import { CommanderError } from 'commander';
import { EXIT_CODES, type ExitCode } from './exit-code.ts';

/** Wrong usage: an argument, an option, a key file. Nothing was sent. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: string;
  readonly hint: string;

  constructor(
    message: string,
    { code = 'usage', hint = '' }: { code?: string; hint?: string } = {},
  ) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export interface Failure {
  readonly exitCode: ExitCode;
  /** Absent when it was printed already, or when there is nothing to say. */
  readonly reply?: ErrorReply;
  readonly hint?: string;
}

/** What the errors of the packages have in common; each has some of it. */
interface Known extends Error {
  readonly code?: string;
  readonly details?: string;
  readonly argument?: string;
  readonly nonce?: number;
  readonly sequence?: number;
  readonly hint?: string;
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage };
  }
  const known: Known = error instanceof Error ? error : new Error(String(error));
  switch (known.name) {
    case 'UsageError':
      return failure(EXIT_CODES.usage, known, known.message);
    case 'InvalidArgumentError':
      return failure(EXIT_CODES.usage, known, `${known.argument}: ${known.details}`);
    case 'RejectedError':
    case 'RefusedError':
      return failure(EXIT_CODES.refused, known, known.details ?? known.message, hintFor(known));
    case 'TransportError':
      return failure(EXIT_CODES.unreachable, known, transportSentence(known), UNREACHABLE_HINT);
    case 'OutcomeUnknownError':
      return failure(EXIT_CODES.unknown, known, known.message, unknownHint(known));
    default:
      return failure(EXIT_CODES.refused, known, known.message);
  }
}

function failure(exitCode: ExitCode, error: Known, message: string, hint = error.hint): Failure {
  const { code = 'internal', nonce, sequence } = error;
  const reply: ErrorReply = {
    detail: `ERROR: ${message}`,
    code,
    ...(nonce === undefined ? {} : { nonce }),
    ...(sequence === undefined ? {} : { sequence }),
  };
  return { exitCode, reply, ...(hint === undefined ? {} : { hint }) };
}

const HINTS: Readonly<Record<string, string>> = {
  bad_signature:
    'The key is not that of the user who acts: "picostocks whoami" tells who you are; operators give their key with --key.',
  unknown_user: 'A key gets its user with "picostocks register".',
  not_operator: "Operators sign with the operator's key: give it with --key.",
  market_not_found: '"picostocks markets" lists what is traded.',
  stock_not_found: '"picostocks stocks" lists the assets.',
  order_not_found: '"picostocks orders" lists your open orders with their exact prices.',
  key_scope:
    '"picostocks keys list" tells what each of your keys may do; give another one with --key.',
  key_not_current: 'It was replaced or revoked: "picostocks keys list" tells which keys are good.',
  account_frozen: '"picostocks status" tells since when, and why.',
  market_halted: '"picostocks markets" tells why. Cancels still work.',
  price_band:
    '"picostocks markets --json" tells the reference price and how far from it a price may be.',
  price_cap_missing: 'Give the worst price that you accept.',
  duplicate_client_order_id: '"picostocks orders" lists your open orders with their names.',
  read_not_signed: 'Here only its owner reads this: name him with --user, and his key with --key.',
  withdrawal_not_found:
    'It is final, or there is none: "picostocks withdrawals" lists yours, "picostocks operator withdrawals" those on their way.',
  deposit_not_found:
    'It is final, or there is none: "picostocks operator deposits" lists those on their way.',
  status_conflict: 'It has gone on meanwhile, or another role decides: look at it first.',
  insufficient_funds: '"picostocks balance" tells what is free.',
};

function hintFor({ code }: Known): string | undefined {
  return code === undefined ? undefined : HINTS[code];
}

const UNREACHABLE_HINT = 'Is it running, and is the address right? Say where it is with --url.';

/** With the system's own word for it, such as ECONNREFUSED, which `fetch` hides in its causes. */
function transportSentence({ message, cause }: Known): string {
  const reason = deepestCode(cause);
  return reason === undefined || message.includes(reason) ? message : `${message} (${reason})`;
}

function deepestCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as Known;
  return deepestCode(error.cause) ?? (typeof code === 'string' ? code : undefined);
}

function unknownHint({ nonce }: Known): string {
  if (nonce === undefined) return 'Give the same command again: a key is registered only once.';
  return `Before you repeat it: "picostocks result ${nonce}" tells what became of it.`;
}
