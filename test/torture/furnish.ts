// An exchange to torture: founded in a folder, furnished by its operator, with users who trade.

import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { generateKey, type KeyPair, PicostocksClient } from '@picostocks/client';
import { type DataFolder, found, prepareGenesis } from '@picostocks/server';
import type { Network } from './network.ts';
import { ASSETS, MARKETS } from './tormented-client.ts';

/** What each trader gets of each asset. */
export const GIFT = '1000000';

/** Makes the exchange of a folder and answers its operator's key. */
export async function foundExchange(folder: DataFolder): Promise<KeyPair> {
  const operator = await generateKey();
  const text = prepareGenesis(folder, { operator: operator.publicKey, sandbox: true });
  found(folder, signBytes(text, operator.privateKey));
  mkdirSync(folder.snapshots, { mode: 0o700 });
  return operator;
}

function signBytes(message: Uint8Array, privateKey: string): Uint8Array {
  // RFC 8410 §7: a private key is the seed behind this prefix.
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([prefix, Buffer.from(privateKey, 'hex')]);
  return sign(null, message, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

export interface Furniture {
  readonly network: Network;
  readonly operatorKey: KeyPair;
  readonly users: number;
  readonly crowd: number;
}

/** Lists what is traded and registers users; answers the operator's client and those of the traders. */
export async function furnish(furniture: Furniture): Promise<PicostocksClient[]> {
  const { connection } = furniture.network;
  const { privateKey } = furniture.operatorKey;
  const operator = new PicostocksClient({ ...connection, userId: 0, privateKey });
  for (const id of ASSETS) {
    await operator.sendCommand('create_asset', { stock_id: id, code: `asset${id}` });
  }
  for (const { stockId, unitId } of MARKETS) {
    await operator.sendCommand('list_market', { stock_id: stockId, unit_id: unitId });
  }
  const crowd = Array.from({ length: furniture.crowd }, () => {
    const public_key = randomBytes(32).toString('hex');
    return operator.sendCommand('register_user', { public_key });
  });
  await Promise.all(crowd);
  await operator.sendCommand('change_settings', { registration_open: true, gift: GIFT });
  const traders: PicostocksClient[] = [];
  for (let count = 0; count < furniture.users; count += 1) {
    const key = await generateKey();
    const { user_id } = await PicostocksClient.register({ ...connection, ...key });
    traders.push(new PicostocksClient({ ...connection, ...key, userId: user_id }));
  }
  return [operator, ...traders];
}
