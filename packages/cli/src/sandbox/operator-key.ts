import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey } from '@picostocks/client';
import { readKeyFile, writeKeyFile } from '../key-file.ts';

export function operatorKeyPath(folder: string): string {
  return join(folder, 'operator.key');
}

/** The sandbox's operator key, made on first use: the one case where a server has it. */
export async function makeOperatorKey(folder: string): Promise<string> {
  const path = operatorKeyPath(folder);
  if (existsSync(path)) return readKeyFile(path);
  const { privateKey } = await generateKey();
  writeKeyFile(path, privateKey);
  return privateKey;
}
