import { existsSync, readFileSync } from 'node:fs';
import { publicKeyOf } from '@picostocks/client';
import { decodeGenesis, fromHex } from '@picostocks/protocol';
import {
  type DataFolder,
  ExchangeError,
  found,
  prepareGenesis,
  readGenesis,
} from '@picostocks/server';
import { signGenesis } from '../commands/sign-genesis.ts';
import { makeOperatorKey } from './operator-key.ts';

/** Makes the exchange of an empty folder, or finds the sandbox that is there. */
export async function foundSandbox(folder: DataFolder): Promise<void> {
  const genesis = readGenesis(folder) ?? readPrepared(folder);
  if (genesis !== undefined && !genesis.sandbox) throw notASandbox(folder);
  if (folder.hasLog) return;
  folder.create();
  // Two sandboxes that begin at once in one folder must not found it twice.
  using _lock = folder.lock();
  if (folder.hasLog) return;
  const privateKey = await makeOperatorKey(folder.path);
  const operator = await publicKeyOf(privateKey);
  const text = prepareGenesis(folder, { operator, sandbox: true });
  const { signature } = await signGenesis(text, privateKey);
  found(folder, fromHex(signature) ?? new Uint8Array());
}

/** A genesis that waits for its signature. */
function readPrepared(folder: DataFolder) {
  if (!existsSync(folder.genesis)) return undefined;
  return decodeGenesis(new Uint8Array(readFileSync(folder.genesis)));
}

function notASandbox(folder: DataFolder): ExchangeError {
  return new ExchangeError({
    code: 'not_a_sandbox',
    message: `${folder.path} holds an exchange that is not a sandbox: run it with "picostocks serve", or choose another folder with --data`,
  });
}
