// Private keys: in a file that only its owner can read, or in the environment; never an argument,
// which every user of the machine could see in the list of processes.

import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from './failure.ts';
import type { Terminal } from './output.ts';

export type Environment = Terminal['environment'];

/** Whose key a command needs decides where it lies when nobody says otherwise. */
export type KeyOwner = 'trader' | 'operator';

const FILES: Record<KeyOwner, string> = { trader: 'key', operator: 'operator.key' };

/** For help texts; `defaultKeyPath` is the same with the real home. */
export const KEY_PATH_HELP: Record<KeyOwner, string> = {
  trader: '~/.picostocks/key',
  operator: '~/.picostocks/operator.key',
};

export function defaultKeyPath(environment: Environment, owner: KeyOwner): string {
  return join(environment['HOME'] ?? homedir(), '.picostocks', FILES[owner]);
}

export interface KeyOptions {
  readonly key?: string;
}

/** Where the key is: a path, or `undefined` when the environment holds the key itself. */
export function findKeyPath(
  { key }: KeyOptions,
  { environment, owner }: { environment: Environment; owner: KeyOwner },
): string | undefined {
  if (key !== undefined) return key;
  if (isSet(environment['PICOSTOCKS_PRIVATE_KEY'])) return undefined;
  const file = environment['PICOSTOCKS_KEY_FILE'];
  return isSet(file) ? file : defaultKeyPath(environment, owner);
}

/** Reads the private key; whether it is one is for the client to say. */
export function readKey(path: string | undefined, environment: Environment): string {
  return path === undefined
    ? (environment['PICOSTOCKS_PRIVATE_KEY'] ?? '').trim()
    : readKeyFile(path);
}

/** An empty variable is one that somebody wanted to unset. */
export function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

/** Makes a key file, with its folder; never overwrites one. */
export function writeKeyFile(path: string, privateKey: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${privateKey}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileError(path, error);
    throw new UsageError(`${path} exists already and is never overwritten`, {
      code: 'key_file_exists',
      hint: 'Use it as it is, or make another key with --key FILE.',
    });
  }
}

export function readKeyFile(path: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(path, error);
    throw new UsageError(`there is no key at ${path}`, {
      code: 'key_file_missing',
      hint: 'Name the right one with --key FILE; traders make theirs with "picostocks keygen".',
    });
  }
  try {
    const { mode } = fstatSync(descriptor);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new UsageError(
        `the key file ${path} is open to others (mode ${(mode & 0o777).toString(8)})`,
        { code: 'key_file_open', hint: `Close it first: chmod 600 ${path}` },
      );
    }
    return readFileSync(descriptor, 'utf8').trim();
  } catch (error) {
    throw error instanceof UsageError ? error : fileError(path, error);
  } finally {
    closeSync(descriptor);
  }
}

function fileError(path: string, error: unknown): UsageError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return new UsageError(`cannot use the file ${path} (${code})`, { code: 'key_file_unusable' });
}
