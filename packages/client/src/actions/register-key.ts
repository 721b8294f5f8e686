import { encodeRegistrationText, encodeUtf8, type RegisterReply } from '@picostocks/protocol';
import { type Outcome, readCommandAnswer } from '../answer.ts';
import type { CallOptions } from '../call-options.ts';
import { OutcomeUnknownError, TransportError } from '../errors.ts';
import { parsePrivateKey, SigningKey } from '../key.ts';
import { JSON_HEADERS } from '../signed-command.ts';
import { Transport, type TransportOptions } from '../transport.ts';

export interface RegisterParameters extends TransportOptions, CallOptions {
  /** 32 or 64 bytes in hexadecimal; it never leaves this program. */
  readonly privateKey: string;
}

/** Registers the public half of a key. A key that is registered already gives its user again. */
export async function registerKey(parameters: RegisterParameters): Promise<RegisterReply> {
  const transport = new Transport(parameters);
  const key = await SigningKey.import(parsePrivateKey(parameters.privateKey));
  const signature = await key.sign(encodeUtf8(encodeRegistrationText(key.publicKey)));
  const body = JSON.stringify({ public_key: key.publicKey, signature });
  const attempt = async ({ signal }: CallOptions): Promise<RegisterReply> => {
    const outcome = await sendRegistration(transport, body, signal);
    if (outcome.kind === 'applied') return outcome.reply;
    if (outcome.kind !== 'unknown') throw outcome.error;
    // The same text registers the same key at most once, so to find out is to send it again.
    throw new OutcomeUnknownError({ cause: outcome.cause, resolve: attempt });
  };
  return attempt(parameters);
}

async function sendRegistration(
  transport: Transport,
  body: string,
  signal: AbortSignal | undefined,
): Promise<Outcome<RegisterReply>> {
  const path = 'account/register/';
  try {
    const answer = await transport.request({
      method: 'POST',
      path,
      headers: JSON_HEADERS,
      body,
      signal,
    });
    return readCommandAnswer(answer, 'user_id');
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return error.sent ? { kind: 'unknown', cause: error } : { kind: 'refused', error };
  }
}
