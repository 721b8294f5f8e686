import { resolve } from 'node:path';
import { decodeUtf8, fromHex, toHex } from '@picostocks/protocol';
import type { Recovery, RecoveryReport } from '@picostocks/server';
import type { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { readKeyFile } from '../key-file.ts';
import { Output, type Terminal } from '../output.ts';
import { signMessage } from '../sign-message.ts';
import { addLeaf, withJson } from './leaf.ts';
import { DATA_HELP } from './log-source.ts';

interface RecoverOptions {
  readonly json?: boolean;
  readonly data: string;
  readonly signature?: string;
  readonly key?: string;
  readonly acceptTime?: boolean;
}

export function addRecoverCommand(program: Command, terminal: Terminal): void {
  const recover = addLeaf(program, {
    name: 'recover',
    summary: 'Let a restored exchange serve again: nothing that was signed before can count twice',
    example: 'recover --data ./data --key operator.key',
    details:
      "For every folder that was restored from a backup, a copy or an image of a disk; the server must not\nrun. Two steps: without options it verifies the log and writes a text for the operator to sign; with\n--signature it adds that to the log. If the operator's key is here, --key FILE does both at once.\nThe clock of this machine must be right.",
  });
  withJson(recover)
    .option('--data <folder>', DATA_HELP, './data')
    .option('--signature <hex>', "the operator's signature of the text, 128 hexadecimal digits")
    .option('--key <file>', "the operator's private key, if it is here")
    .option('--accept-time', 'recover although the last entry is more than a day old')
    .action((options: RecoverOptions) => run(terminal, options));
}

async function run(terminal: Terminal, options: RecoverOptions): Promise<void> {
  const given = options.signature === undefined ? undefined : readSignature(options.signature);
  const privateKey = options.key === undefined ? undefined : readKeyFile(options.key);
  const { DataFolder, Recovery } = await import('@picostocks/server');
  const output = new Output(terminal, options.json ?? false);
  const folder = new DataFolder(resolve(options.data));
  using recovery = output.watch(() =>
    Recovery.open(folder, (done, all) => output.progress(done, all)),
  );
  if (recovery.isAppended) {
    recovery.finishAppended();
    output.reply({ data: folder.path, recovered: true }, () => doneText(options));
    return;
  }
  const text = recovery.text();
  const own = privateKey === undefined ? undefined : readSignature(signMessage(text, privateKey));
  const signature = given ?? own;
  if (signature === undefined) {
    const reply = { ...pending(recovery), recover_file: folder.recovery, text: decodeUtf8(text) };
    output.reply(reply, () => nextSteps(recovery, { file: folder.recovery, options }));
    return;
  }
  const { acceptTime = false } = options;
  const report = await recovery.finish({ signature, acceptTime });
  const { sequence, hash, leap, lostHeads: lost_heads } = report;
  const reply = { data: folder.path, recovered: true, sequence, hash, leap, lost_heads };
  output.reply(reply, () => `${reportText(report, folder.lost)}\n\n${doneText(options)}`);
}

function readSignature(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes?.length === 64) return bytes;
  throw new UsageError('--signature: a signature is 128 hexadecimal digits');
}

function pending({ head, exchange, lostHeads }: Recovery) {
  const { sequence, hash } = head;
  return { exchange, recovered: false, sequence, hash: toHex(hash), lost_heads: lostHeads };
}

function nextSteps(
  { head, exchange, lostHeads }: Recovery,
  { file, options }: { file: string; options: RecoverOptions },
): string {
  const parts = [`The log of the exchange ${exchange} is good up to entry ${head.sequence}.`];
  if (lostHeads > 0) {
    parts.push(`It has lost its end: ${lostHeads} heads were signed that it cannot keep.`);
  }
  return `${parts.join('\n')} Its operator signs the
recovery where his key is:

  1. Copy this file to the operator's machine: ${file}
  2. There:  picostocks operator sign-recovery recover.json --key FILE
  3. Here:   picostocks recover --data ${options.data} --signature HEX

HEX is what step 2 prints. Nothing was changed yet; the text is good for a week.`;
}

function reportText({ sequence, lostHeads }: RecoveryReport, lostFolder: string): string {
  const recovered = `The exchange is recovered at entry ${sequence}.`;
  if (lostHeads === 0) return recovered;
  return `${recovered}

${lostHeads} heads were signed for entries that are lost; they are kept in ${lostFolder}.
Who has one of them will say that this exchange rewrote its history, and is right: tell your users.`;
}

function doneText({ data }: RecoverOptions): string {
  return `Whatever was acknowledged after the backup is gone and cannot come back. Start it:

  picostocks serve --data ${data}`;
}
