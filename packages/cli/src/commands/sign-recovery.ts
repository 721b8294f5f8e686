import { readFileSync } from 'node:fs';
import { decodeEnvelope } from '@picostocks/protocol';
import type { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { findKeyPath, readKey } from '../key-file.ts';
import { Output, type Terminal } from '../output.ts';
import type { SessionOptions } from '../session.ts';
import { signMessage } from '../sign-message.ts';
import { addLeaf, withJson, withKey } from './leaf.ts';

export function addSignRecovery(operator: Command, terminal: Terminal): void {
  const sign = addLeaf(operator, {
    name: 'sign-recovery',
    summary: 'Sign the recovery that "recover" wrote; needs no server',
    example: 'operator sign-recovery recover.json',
    details:
      'Prints the signature, which "picostocks recover --data DIR --signature HEX" takes on the server.\nOnly that: a file that asks for anything else is not signed.',
  }).argument('<file>', 'the recover.json of the data folder, or a copy');
  withKey(withJson(sign), 'operator').action((file: string, options: SessionOptions) => {
    const { environment } = terminal;
    const text = readRecoveryFile(file);
    const command = decodeEnvelope(text);
    if (command.type !== 'recover') throw new UsageError('this file holds no recovery');
    const privateKey = readKey(
      findKeyPath(options, { environment, owner: 'operator' }),
      environment,
    );
    const signature = signMessage(text, privateKey);
    const { exchange, params } = command;
    const output = new Output(terminal, options.json ?? false);
    output.reply({ exchange, ...params, signature }, () => signature);
    output.note(
      `This lets the exchange ${exchange} go on after entry ${params.sequence}: what came later is given up.`,
    );
  });
}

function readRecoveryFile(file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`cannot read ${file} (${code})`);
  }
}
