import { resolve } from 'node:path';
import {
  HeadKeeper,
  type HeadKeeperOptions,
  UnprovenError,
  type VerifiedLiability,
  verifyLiabilityProof,
} from '@picostocks/client';
import { decodeHead, formatAmount } from '@picostocks/protocol';
import { type Command, Option } from 'commander';
import { UsageError } from '../failure.ts';
import { HeadsFile } from '../heads-file.ts';
import { Output, type Terminal } from '../output.ts';
import { readProof, writeProof } from '../proof-file.ts';
import { Session, type SessionOptions } from '../session.ts';
import { renderFields } from '../table.ts';
import { ASSET_HELP, addLeaf, readCount, withUser } from './leaf.ts';

interface ProofOptions extends SessionOptions {
  readonly asset?: string;
  readonly amount?: string;
  readonly head?: number;
  readonly heads: string;
  readonly file?: string;
  readonly verify?: string;
}

/** Below `audit`, which another command has made. */
export function addAuditProofCommand(program: Command, terminal: Terminal): void {
  const audit = program.commands.find((command) => command.name() === 'audit');
  if (audit === undefined) throw new Error('the command audit comes before its own');
  const proof = addLeaf(audit, {
    name: 'proof',
    summary: 'Prove that what a user has is in what the exchange says to owe',
    example: 'audit proof --user 19 --asset btc --amount 0.5 --file proof.json',
    details:
      'The proof is verified, together with the signed head that it hangs on, against the heads that\n"audit watch" keeps. --amount is what you had by your own records: without it, read what the proof\nsays. With --verify it asks nobody: a file that was saved is verified with the heads alone.',
  });
  withUser(proof)
    .option('--asset <asset>', ASSET_HELP)
    .option('--amount <amount>', 'what the user had, free and locked together')
    .option('--head <n>', 'the last entry of a head; default: of the newest publication', readCount)
    .option('--heads <path>', 'where heads are kept, for ever', 'heads.txt')
    .addOption(new Option('--file <path>', 'where to save the proof'))
    .addOption(
      new Option('--verify <path>', 'verify a saved proof, offline').conflicts(['file', 'head']),
    )
    .action((_options: ProofOptions, command: Command) => {
      const options = command.optsWithGlobals<ProofOptions>();
      return options.verify === undefined
        ? fetchProof(terminal, options)
        : verifySaved(terminal, options, options.verify);
    });
}

async function fetchProof(terminal: Terminal, options: ProofOptions): Promise<void> {
  if (options.asset === undefined) throw new UsageError('name the asset: --asset btc');
  const session = new Session(terminal, options);
  const { reader } = session;
  const storage = new HeadsFile(resolve(options.heads));
  const assetId = await session.directory.stockId(options.asset);
  const userId = await session.userId();
  const { text, signature, lines } = await reader.getLiabilities({ head: options.head });
  const keeper = new HeadKeeper({ reader, storage, exchange: storage.exchange });
  const newest = await keeper.takeHead({ text, signature });
  const { exchange } = newest.head;
  const publication = { text, signature, lines };
  const head = decodeHead(text)?.sequence ?? 0;
  const proof = await reader.getLiability({ assetId, userId, head });
  const headKey = storage.get(exchange)?.headKey ?? '';
  const { amount } = options;
  const question = { publication, proof, headKey, exchange, userId, assetId, amount };
  const verified = await verifyLiabilityProof(question);
  if (options.file !== undefined) {
    const { sequence } = newest.head;
    const [from, to] = [Math.min(head, sequence), Math.max(head, sequence)];
    const consistency = from === to ? [] : (await reader.getConsistency({ from, to })).proof;
    const kept = { sequence, proof: consistency };
    writeProof(resolve(options.file), { exchange, publication, proof, kept });
  }
  tell(session.output, verified, userId);
}

async function verifySaved(terminal: Terminal, options: ProofOptions, path: string): Promise<void> {
  const { exchange, publication, proof, kept } = readProof(resolve(path));
  const heads = new HeadsFile(resolve(options.heads));
  const known = heads.find(kept.sequence);
  if (known === undefined || heads.exchange !== exchange) {
    throw new UsageError(
      `${options.heads} has no head of entry ${kept.sequence} of this exchange to compare with`,
      { hint: 'Give the file of heads that was used when the proof was saved: --heads FILE.' },
    );
  }
  const storage = { get: () => known, set: () => undefined };
  const keeper = new HeadKeeper({ reader: answersOf(kept.proof), storage, exchange });
  await keeper.takeHead(publication);
  const userId = options.user === undefined ? proof.user_id : readNumber(options.user, '--user');
  const assetId =
    options.asset === undefined ? proof.asset_id : readNumber(options.asset, '--asset');
  const { headKey } = known;
  const { amount } = options;
  const question = { publication, proof, headKey, exchange, userId, assetId, amount };
  const output = new Output(terminal, options.json ?? false);
  tell(output, await verifyLiabilityProof(question), userId);
}

function readNumber(text: string, option: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`${option}: without an exchange to ask, it must be a number`);
}

/** What the exchange answered when the proof was saved; nobody is asked again. */
function answersOf(proof: readonly string[]): HeadKeeperOptions['reader'] {
  const unknown = (): never => {
    throw new UnprovenError('the file does not say it');
  };
  return {
    getHead: unknown,
    getConsistency: async ({ from, to }) => ({ from, to, proof: [...proof] }),
    getInclusion: unknown,
    getEntry: unknown,
  };
}

function tell(output: Output, { head, line, amount }: VerifiedLiability, userId: number): void {
  const { sequence, exchange } = head.head;
  const reply = { exchange, sequence, user_id: userId, asset_id: line.assetId, amount };
  output.reply({ ...reply, users: line.size, sum: formatAmount(line.sum) }, () =>
    [
      'The exchange has signed that it owes this.',
      renderFields({
        exchange,
        entry: String(sequence),
        user: String(userId),
        asset: String(line.assetId),
        amount,
        'owed to all': `${formatAmount(line.sum)} to ${line.size} users`,
      }),
    ].join('\n\n'),
  );
}
