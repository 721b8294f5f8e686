import { resolve } from 'node:path';
import { publicKeyOf } from '@picostocks/client';
import { decodeGenesis, decodeUtf8, fromHex } from '@picostocks/protocol';
import type { DataFolder } from '@picostocks/server';
import type { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { readKeyFile } from '../key-file.ts';
import { Output, type Terminal } from '../output.ts';
import { addLeaf, withJson } from './leaf.ts';
import { signGenesis } from './sign-genesis.ts';

interface InitOptions {
  readonly json?: boolean;
  readonly data: string;
  readonly operator?: string;
  readonly signature?: string;
  readonly key?: string;
}

export function addInitCommand(program: Command, terminal: Terminal): void {
  const init = addLeaf(program, {
    name: 'init',
    summary: 'Make an exchange, empty and closed, for an operator whose key is elsewhere',
    example: `init --data ./data --operator ${EXAMPLE_KEY}`,
    details:
      "Two steps: with --operator it writes a genesis to sign and says what to do; with --signature it\nfounds the exchange. The operator's private key never comes to the server. If it is on this very\nmachine, for a trial, --key FILE does both steps at once.",
  });
  withJson(init)
    .option('--data <folder>', 'where the data will be', './data')
    .option('--operator <public key>', "the operator's public key, 64 hexadecimal digits")
    .option('--signature <hex>', "the operator's signature of the genesis, 128 hexadecimal digits")
    .option('--key <file>', "the operator's private key, if it is here")
    .action((options: InitOptions) => initialise(terminal, options));
}

const EXAMPLE_KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';

async function initialise(terminal: Terminal, options: InitOptions): Promise<void> {
  const { DataFolder } = await import('@picostocks/server');
  const folder = new DataFolder(resolve(options.data));
  const output = new Output(terminal, options.json ?? false);
  if (options.signature !== undefined) {
    await finish(folder, { signature: options.signature, output, options });
    return;
  }
  const privateKey = options.key === undefined ? undefined : readKeyFile(options.key);
  const text = await prepare(folder, { privateKey, operator: options.operator });
  if (privateKey !== undefined) {
    const { signature } = await signGenesis(text, privateKey);
    await finish(folder, { signature, output, options });
    return;
  }
  const { exchange, operator } = decodeGenesis(text) ?? {};
  const reply = { exchange, operator, genesis_file: folder.genesis, genesis: decodeUtf8(text) };
  output.reply(reply, () => nextSteps(folder, { exchange: String(exchange), data: options.data }));
}

async function prepare(
  folder: DataFolder,
  { privateKey, operator }: { privateKey: string | undefined; operator: string | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  const { prepareGenesis } = await import('@picostocks/server');
  const own = privateKey === undefined ? undefined : await publicKeyOf(privateKey);
  const named = operator?.toLowerCase() ?? own;
  if (named === undefined) {
    throw new UsageError('name the operator: --operator <public key>', {
      hint: 'A key pair is made with "picostocks keygen --key operator.key", on the operator\'s machine.',
    });
  }
  if (fromHex(named)?.length !== 32) {
    throw new UsageError('--operator: a public key is 64 hexadecimal digits');
  }
  if (own !== undefined && own !== named) {
    throw new UsageError('--key is not the private half of --operator');
  }
  return prepareGenesis(folder, { operator: named, sandbox: false });
}

async function finish(
  folder: DataFolder,
  { signature, output, options }: { signature: string; output: Output; options: InitOptions },
): Promise<void> {
  const { found, readGenesis } = await import('@picostocks/server');
  const bytes = fromHex(signature);
  if (bytes?.length !== 64) {
    throw new UsageError('--signature: a signature is 128 hexadecimal digits');
  }
  found(folder, bytes);
  const { exchange, operator } = readGenesis(folder) ?? {};
  output.reply(
    { exchange, operator, data: folder.path },
    () => `The exchange ${exchange} is founded. Start it:

  picostocks serve --data ${options.data}

It is empty and closed: its operator creates assets, lists markets and registers users with
"picostocks operator …", from where his key is.`,
  );
}

function nextSteps(
  folder: DataFolder,
  { exchange, data }: { exchange: string; data: string },
): string {
  return `The exchange ${exchange} is prepared. Its operator signs it where his key is:

  1. Copy this file to the operator's machine: ${folder.genesis}
  2. There:  picostocks operator sign-genesis genesis.json --key FILE
  3. Here:   picostocks init --data ${data} --signature HEX

HEX is what step 2 prints. Only the signature comes back; the private key stays there.`;
}
