// The secret that salts are made with, so that nobody can tell from a sibling's hash what a stranger has.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fromHex } from '@picostocks/protocol';
import { syncFolder } from '../data-folder.ts';
import { ExchangeError } from '../exchange-error.ts';

const SECRET_BYTES = 32;

/**
 * Reads the secret, 64 hexadecimal digits in a file.
 *
 * @throws ExchangeError `liability_secret_bad`
 */
export function readLiabilitySecret(path: string): Uint8Array<ArrayBuffer> {
  const secret = fromHex(readFileSync(path, 'latin1').trim());
  if (secret?.length === SECRET_BYTES) return secret;
  throw new ExchangeError({
    code: 'liability_secret_bad',
    message: `${path} is not the secret of the salts: put back a copy, or delete it and a new one is made`,
  });
}

/** Reads the secret, or makes one where there is none: proofs that were given stay good. */
export function ensureLiabilitySecret(path: string): Uint8Array<ArrayBuffer> {
  if (existsSync(path)) return readLiabilitySecret(path);
  // Made under another name, so that a power cut leaves no half of it.
  const aside = `${path}.new`;
  const file = openSync(aside, 'w', 0o600);
  try {
    writeFileSync(file, `${randomBytes(SECRET_BYTES).toString('hex')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
  syncFolder(dirname(path));
  return readLiabilitySecret(path);
}
