// What `register` and `keys add` learned, kept beside the key: whose key it is, which of his keys, and
// where. The exchange's id is kept too, since a sandbox made anew has the same address and other users.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isId } from '@picostocks/protocol';

export interface Account {
  readonly user_id: number;
  readonly url: string;
  readonly exchange: string;
  /** Absent for the key that was registered, which is key 0. */
  readonly key_id?: number;
}

export function accountPath(keyPath: string): string {
  return `${keyPath}.json`;
}

/** The account of a key, or `undefined` where none is stored. */
export function readAccount(keyPath: string): Account | undefined {
  let value: Partial<Account> | null;
  try {
    value = JSON.parse(readFileSync(accountPath(keyPath), 'utf8'));
  } catch {
    return undefined;
  }
  const { user_id, url, exchange, key_id = 0 } = value ?? {};
  if (!isId(user_id) || typeof url !== 'string' || typeof exchange !== 'string') return undefined;
  return isId(key_id) ? { user_id, url, exchange, key_id } : undefined;
}

export function writeAccount(keyPath: string, account: Account): void {
  const { user_id, url, exchange, key_id = 0 } = account;
  const path = accountPath(keyPath);
  const text = `${JSON.stringify({ user_id, url, exchange, ...(key_id === 0 ? {} : { key_id }) }, undefined, 2)}\n`;
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
