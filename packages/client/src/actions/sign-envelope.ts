import {
  decodeEnvelope,
  ENVELOPE_PARAMS,
  type Envelope,
  type EnvelopeParams,
  type EnvelopeType,
  encodeUtf8,
  SIGNATURE_HEADER,
  type Written,
} from '@picostocks/protocol';
import { checkAmount, checkObject } from '../argument.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { ExchangeTime } from '../exchange-clock.ts';
import type { SigningKey } from '../key.ts';
import type { Sign } from '../nonce-queue.ts';
import { JSON_HEADERS } from '../signed-command.ts';

/** The parameters of an envelope command as a caller writes them: snake_case, amounts as strings. */
export type CommandParameters<T extends EnvelopeType> = Written<EnvelopeParams<T>>;

export interface CheckedCommand {
  readonly type: EnvelopeType;
  readonly params: Record<string, unknown>;
}

export interface SignEnvelopeOptions {
  readonly command: CheckedCommand;
  readonly userId: number;
  readonly keyId: number;
  readonly key: Promise<SigningKey>;
  readonly time: ExchangeTime;
  readonly lifeMs: number;
}

const PATH = 'commands/';
/** Stands in for what is known only when the command is signed. */
const BLANK = { exchange: '0'.repeat(32), user_id: 0, key_id: 0, nonce: 0, expires: 0 };

/** The command with its amounts in the 18-decimal form, or an error before anything is sent. */
export function checkCommand(type: EnvelopeType, params: unknown): CheckedCommand {
  const written: Record<string, unknown> = { ...checkObject(params as object, 'params') };
  const schema = Object.hasOwn(ENVELOPE_PARAMS, type) ? ENVELOPE_PARAMS[type] : undefined;
  for (const [key, property] of Object.entries(schema?.properties ?? {})) {
    const isAmount = (property as { format?: string }).format === 'amount';
    if (isAmount && written[key] !== undefined) {
      written[key] = checkAmount(written[key], `params.${key}`);
    }
  }
  // The exchange's own reader has the last word, so what it would refuse is never sent.
  const decoded = decodeEnvelope(encodeEnvelope({ ...BLANK, type, params: written }));
  if (decoded.type === 'undecodable') {
    const argument = decoded.code === 'unknown_command' ? 'type' : 'params';
    throw new InvalidArgumentError(argument, decoded.why);
  }
  return { type, params: written };
}

/** Answers how to sign a checked command under a nonce; it expires `lifeMs` after that. */
export function signEnvelope(options: SignEnvelopeOptions): Sign {
  const { command, userId, keyId, key, time, lifeMs } = options;
  return async (nonce) => {
    const message = encodeEnvelope({
      exchange: time.exchange,
      user_id: userId,
      key_id: keyId,
      nonce,
      expires: (time.nowMs() + lifeMs) * 1000,
      ...command,
    });
    const signature = await (await key).sign(message);
    const headers = { ...JSON_HEADERS, [SIGNATURE_HEADER]: signature };
    return { nonce, path: PATH, headers, body: message, message };
  };
}

function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return encodeUtf8(JSON.stringify(envelope));
}
