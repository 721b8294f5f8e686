import { readFileSync } from 'node:fs';
import { publicKeyOf } from '@picostocks/client';
import { decodeGenesis, type Genesis } from '@picostocks/protocol';
import type { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { findKeyPath, readKey } from '../key-file.ts';
import { Output, type Terminal } from '../output.ts';
import type { SessionOptions } from '../session.ts';
import { signMessage } from '../sign-message.ts';
import { addLeaf, withJson, withKey } from './leaf.ts';

export function addSignGenesis(operator: Command, terminal: Terminal): void {
  const sign = addLeaf(operator, {
    name: 'sign-genesis',
    summary: 'Sign the genesis that "init" wrote; needs no server',
    example: 'operator sign-genesis genesis.json',
    details:
      'Prints the signature, which "picostocks init --data DIR --signature HEX" takes on the server.',
  }).argument('<file>', 'the genesis.json of the data folder, or a copy');
  withKey(withJson(sign), 'operator').action(async (file: string, options: SessionOptions) => {
    const { environment } = terminal;
    const keyPath = findKeyPath(options, { environment, owner: 'operator' });
    const signed = await signGenesis(readGenesisFile(file), readKey(keyPath, environment));
    const { exchange, operator: publicKey, sandbox } = signed.genesis;
    const output = new Output(terminal, options.json ?? false);
    const { signature } = signed;
    output.reply({ exchange, operator: publicKey, sandbox, signature }, () => signature);
    output.note(`This founds the exchange ${exchange}: picostocks init --data DIR --signature …`);
  });
}

function readGenesisFile(file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`cannot read ${file} (${code})`);
  }
}

/** Signs a genesis text with the key that it names, and nothing else. */
export async function signGenesis(
  text: Uint8Array<ArrayBuffer>,
  privateKey: string,
): Promise<{ genesis: Genesis; signature: string }> {
  const genesis = decodeGenesis(text);
  if (genesis === undefined) throw new UsageError('this file holds no genesis');
  const publicKey = await publicKeyOf(privateKey);
  if (genesis.operator !== publicKey) {
    throw new UsageError(
      `the genesis names the operator ${genesis.operator}, and this key is ${publicKey}`,
      { code: 'not_operator', hint: "Give the operator's key with --key FILE." },
    );
  }
  return { genesis, signature: signMessage(text, privateKey) };
}
