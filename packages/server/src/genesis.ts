// Founding an exchange. The operator's private key is never needed on the server: `prepareGenesis`
// writes the text to sign, the operator signs it where his key is, and `found` appends it as entry 1.
//
// What the server does keep is the private half of the key with which it signs heads of its log; genesis
// names the public half.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  decodeGenesis,
  ENTRY_FORMAT,
  ENTRY_KINDS,
  encodeGenesis,
  fromHex,
  RULES_MAX,
  toHex,
} from '@picostocks/protocol';
import type { DataFolder } from './data-folder.ts';
import { ExchangeError } from './exchange-error.ts';
import { EMPTY_HEAD, sealEntries } from './log/log.ts';
import { SYSTEM_CLOCKS } from './log/log-clock.ts';
import { SqliteLog } from './log/sqlite-log.ts';
import { isSignedBy } from './node/verify.ts';

/**
 * Makes the folder, the exchange id and the head key, and answers the text that the operator must sign.
 * Called again before the signature is there, it answers the same text.
 *
 * @throws ExchangeError `already_founded`, or `genesis_invalid` when another operator was named before.
 */
export function prepareGenesis(
  folder: DataFolder,
  { operator, sandbox }: { operator: string; sandbox: boolean },
): Uint8Array<ArrayBuffer> {
  refuseFounded(folder);
  if (existsSync(folder.genesis)) {
    const text = new Uint8Array(readFileSync(folder.genesis));
    const genesis = decodeGenesis(text);
    if (genesis?.operator === operator && genesis.sandbox === sandbox) return text;
    throw new ExchangeError({
      code: 'genesis_invalid',
      message: `${folder.genesis} was prepared for another operator, or is damaged: delete it to begin again`,
    });
  }
  folder.create();
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  // A head key without a genesis is what an interrupted try left; no genesis names it.
  writeFileSync(folder.headKey, `${seed.toString('hex')}\n`, { mode: 0o600 });
  const headKey = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const text = encodeGenesis({
    format: ENTRY_FORMAT,
    exchange: randomBytes(16).toString('hex'),
    rules: RULES_MAX,
    operator,
    headKey: toHex(headKey),
    sandbox,
  });
  writeFileSync(folder.genesis, text, { mode: 0o600, flag: 'wx' });
  return text;
}

function refuseFounded(folder: DataFolder): void {
  if (!folder.hasLog) return;
  throw new ExchangeError({
    code: 'already_founded',
    message: `${folder.path} holds an exchange already`,
  });
}

/**
 * Founds the exchange: the signed genesis becomes entry 1 of its log.
 *
 * @throws ExchangeError `already_founded`, `genesis_invalid` (nothing prepared, or the signature is not
 * the operator's).
 */
export function found(folder: DataFolder, signature: Uint8Array): void {
  refuseFounded(folder);
  const invalid = (message: string) => new ExchangeError({ code: 'genesis_invalid', message });
  if (!existsSync(folder.genesis)) throw invalid(`there is no genesis to sign in ${folder.path}`);
  const message = new Uint8Array(readFileSync(folder.genesis));
  const key = fromHex(decodeGenesis(message)?.operator ?? '');
  if (key === undefined || !isSignedBy({ key, message, signature })) {
    throw invalid("the signature is not the operator's signature of the genesis text");
  }
  const proposals = [{ kind: ENTRY_KINDS.genesis, key, signature, message }];
  const time = SYSTEM_CLOCKS.wall();
  SqliteLog.create(folder.logFolder, sealEntries(EMPTY_HEAD, { proposals, time }));
}

/** What the log's first entry says, or `undefined` where there is no log. */
export function readGenesis(folder: DataFolder) {
  if (!folder.hasLog) return undefined;
  const log = SqliteLog.openReader(folder.logFolder);
  try {
    const [entry] = log.read(1).take(1);
    return entry === undefined ? undefined : decodeGenesis(entry.message);
  } finally {
    log.close();
  }
}
