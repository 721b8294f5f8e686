import { encodeKeyText, encodeUtf8 } from '@picostocks/protocol';
import { checkId, checkObject } from '../argument.ts';
import { InvalidArgumentError } from '../errors.ts';
import { parsePrivateKey, SigningKey } from '../key.ts';

/** A new key for an account: here, or proved elsewhere with `proveKey`. */
export type NewKey =
  | { readonly privateKey: string; readonly publicKey?: undefined; readonly proof?: undefined }
  | { readonly publicKey: string; readonly proof: string; readonly privateKey?: undefined };

export interface ProveKeyParameters {
  /** The id of the exchange. */
  readonly exchange: string;
  /** The user whose key it will be. */
  readonly userId: number;
  readonly privateKey: string;
}

export interface KeyProof {
  readonly publicKey: string;
  readonly proof: string;
}

/**
 * Proves that a key is held, so that it can be added to an account by somebody who does not have it.
 *
 * @example
 * await proveKey({ exchange: '9f86d081884c7d659a2feaa0c55ad015', userId: 19, privateKey })
 * // { publicKey: 'd75a9801…', proof: '6e1f…' }
 */
export async function proveKey(parameters: ProveKeyParameters): Promise<KeyProof> {
  const { exchange, userId, privateKey } = checkObject(parameters, 'parameters');
  if (!/^[0-9a-f]{32}$/.test(exchange)) {
    throw new InvalidArgumentError('exchange', 'an exchange has an id of 32 hexadecimal digits');
  }
  checkId(userId, 'userId');
  const key = await SigningKey.import(parsePrivateKey(privateKey));
  const { publicKey } = key;
  const proof = await key.sign(encodeUtf8(encodeKeyText({ exchange, userId, publicKey })));
  return { publicKey, proof };
}

/** The parameters that name a new key, as they travel. */
export async function wireNewKey(
  key: NewKey,
  owner: { readonly exchange: string; readonly userId: number },
): Promise<{ public_key: string; proof: string }> {
  const { publicKey, proof } =
    key.privateKey === undefined ? key : await proveKey({ ...owner, privateKey: key.privateKey });
  return { public_key: publicKey, proof };
}
