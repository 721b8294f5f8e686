// The certificate of a server that speaks HTTPS: read and tried before anything starts, so that a wrong
// file is said at once and by its name.

import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ExchangeError } from './exchange-error.ts';

/** Paths of files in PEM. */
export interface TlsFiles {
  /** The certificate, followed by those that lead to a known authority. */
  readonly certPath: string;
  readonly keyPath: string;
}

/** @throws ExchangeError `tls_invalid` */
export function readTlsFiles({ certPath, keyPath }: TlsFiles): { cert: string; key: string } {
  const cert = read(certPath);
  const key = read(keyPath);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw invalid(`${certPath} and ${keyPath} are no certificate and its key`, cause);
  }
  return { cert, key };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(`cannot read ${path}`, cause);
  }
}

function invalid(what: string, cause: unknown): ExchangeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ExchangeError({ code: 'tls_invalid', message: `${what}: ${why}`, cause });
}
