// Ed25519 keys by WebCrypto, which browsers and Node.js both have.
//
// WebCrypto takes a private key as PKCS#8 only, so the 32 bytes of the seed get the fixed prefix of
// RFC 8410 §7. The key that signs is imported as not extractable: once the caller drops his own
// copy nobody can read it back from here, neither a logger nor JSON.stringify.

import { bytesEqual, fromHex, toHex } from '@picostocks/protocol';
import { InvalidArgumentError, PicostocksError } from './errors.ts';

const SEED_BYTES = 32;
const PKCS8_PREFIX = fromHex('302e020100300506032b657004220420') ?? new Uint8Array();
const ALGORITHM = { name: 'Ed25519' };

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/**
 * Makes a new key; the private half is 64 hexadecimal digits and is kept nowhere else.
 *
 * @example
 * await generateKey() // { privateKey: '9d61b19d…', publicKey: 'd75a9801…' }
 */
export async function generateKey(): Promise<KeyPair> {
  const privateKey = toHex(crypto.getRandomValues(new Uint8Array(SEED_BYTES)));
  return { privateKey, publicKey: await publicKeyOf(privateKey) };
}

/**
 * The public half of a private key of 32 or 64 bytes.
 *
 * @example
 * await publicKeyOf('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
 * // 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
 */
export async function publicKeyOf(privateKey: string): Promise<string> {
  return toHex(await derivePublicKey(parsePrivateKey(privateKey)));
}

/** A key that can sign and cannot be read. */
export class SigningKey {
  readonly publicKey: string;
  readonly #key: CryptoKey;

  private constructor(publicKey: string, key: CryptoKey) {
    this.publicKey = publicKey;
    this.#key = key;
  }

  static async import(privateKey: ParsedKey): Promise<SigningKey> {
    const publicKey = toHex(await derivePublicKey(privateKey));
    return new SigningKey(publicKey, await importSeed(privateKey.seed, false));
  }

  /** The signature in hexadecimal. */
  async sign(message: Uint8Array<ArrayBuffer>): Promise<string> {
    return toHex(new Uint8Array(await subtle().sign(ALGORITHM, this.#key, message)));
  }
}

export interface ParsedKey {
  readonly seed: Uint8Array<ArrayBuffer>;
  /** The second half of a 64-byte key, as the old Python library writes it. */
  readonly claimed: Uint8Array<ArrayBuffer> | undefined;
}

/** Reads a private key. What it throws never holds a digit of the key. */
export function parsePrivateKey(text: unknown): ParsedKey {
  const bytes = typeof text === 'string' ? fromHex(text) : undefined;
  if (bytes?.length === SEED_BYTES) return { seed: bytes, claimed: undefined };
  if (bytes?.length === 2 * SEED_BYTES) {
    return { seed: bytes.slice(0, SEED_BYTES), claimed: bytes.slice(SEED_BYTES) };
  }
  throw new InvalidArgumentError('privateKey', 'a private key is 64 or 128 hexadecimal digits');
}

async function derivePublicKey({ seed, claimed }: ParsedKey): Promise<Uint8Array<ArrayBuffer>> {
  const { x = '' } = await subtle().exportKey('jwk', await importSeed(seed, true));
  const derived = fromBase64Url(x);
  // A wrong public half would sign well and be refused for ever, with no hint why.
  if (claimed !== undefined && !bytesEqual(claimed, derived)) {
    throw new InvalidArgumentError('privateKey', 'its second half is not its public key');
  }
  return derived;
}

function importSeed(seed: Uint8Array<ArrayBuffer>, extractable: boolean): Promise<CryptoKey> {
  const pkcs8 = new Uint8Array(PKCS8_PREFIX.length + SEED_BYTES);
  pkcs8.set(PKCS8_PREFIX);
  pkcs8.set(seed, PKCS8_PREFIX.length);
  return subtle().importKey('pkcs8', pkcs8, ALGORITHM, extractable, ['sign']);
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Is this the signature, both in hexadecimal, of that key? A key that is none has signed nothing. */
export async function isSignedBy(claim: {
  readonly publicKey: string;
  readonly signature: string;
  readonly message: Uint8Array<ArrayBuffer>;
}): Promise<boolean> {
  const publicKey = fromHex(claim.publicKey);
  const signature = fromHex(claim.signature);
  if (publicKey === undefined || signature === undefined) return false;
  try {
    const key = await subtle().importKey('raw', publicKey, ALGORITHM, false, ['verify']);
    return await subtle().verify(ALGORITHM, key, signature, claim.message);
  } catch (error) {
    if (error instanceof PicostocksError) throw error;
    return false;
  }
}

/** SHA-256 in hexadecimal. */
export async function hashMessage(message: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await subtle().digest('SHA-256', message)));
}

function subtle(): SubtleCrypto {
  // Browsers hide it from pages that did not come over HTTPS or from localhost.
  const found: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (found !== undefined) return found;
  throw new PicostocksError('This page has no WebCrypto', {
    code: 'webcrypto_missing',
    details: 'it must be served over HTTPS or from localhost',
  });
}
