import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  HeadKeeper,
  type LiabilityCheck,
  LiabilityWatch,
  type PicostocksError,
  RefusedError,
  TransportError,
  type VerifiedHead,
} from '@picostocks/client';
import { parseId } from '@picostocks/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../failure.ts';
import { HeadsFile } from '../heads-file.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { addLeaf, readCount, withUrl } from './leaf.ts';

interface WatchOptions extends Omit<SessionOptions, 'user'> {
  readonly user: readonly string[];
  readonly file: string;
  readonly every: number;
  readonly once?: boolean;
}

const HEADS_MAX = 300;

/** Below `audit`, which is made here if no other command made it. */
export function addAuditWatchCommand(program: Command, terminal: Terminal): void {
  const audit = program.commands.find((command) => command.name() === 'audit');
  const watch = addLeaf(audit ?? program.command('audit').description('Check an exchange'), {
    name: 'watch',
    summary: 'Keep the signed heads of an exchange, and see that they fit together',
    example: 'audit watch --url http://127.0.0.1:8000 --file heads.txt',
    details:
      'Each head is taken only with a proof that its log continues the one before, and is appended to the\nfile. If the exchange rewrote its history, both heads are printed and the exit code is 1: keep\nthem, they are proof. Whenever the exchange publishes what it owes, each --user, or else the user\nthat register stored, is proved to be in it, or the exit code is 1. It needs no key.',
  });
  withUrl(watch)
    .option('--file <path>', 'where heads are kept, for ever', 'heads.txt')
    .option('--every <seconds>', 'how often to ask', readSeconds, 30)
    .option('--once', 'ask once and end')
    .addOption(
      new Option('--user <id>', 'whose money is checked; may be repeated')
        .argParser((id: string, others: readonly string[]) => [...others, id])
        .default([], 'PICOSTOCKS_USER, what register stored'),
    )
    // `audit` has --json too, and takes it when it comes first.
    .action((_options: WatchOptions, command: Command) =>
      watchHeads(terminal, command.optsWithGlobals<WatchOptions>()),
    );
}

function readSeconds(text: string): number {
  const seconds = readCount(text);
  if (seconds < 1 || seconds > 86_400) {
    throw new InvalidArgumentError('It must be between 1 and 86400.');
  }
  return seconds;
}

async function watchHeads(terminal: Terminal, options: WatchOptions): Promise<void> {
  const { user: named, ...sessionOptions } = options;
  const session = new Session(terminal, sessionOptions);
  const { output } = session;
  const liabilities = new LiabilityWatches(session, named);
  const file = new HeadsFile(resolve(options.file));
  const tell = (verified: VerifiedHead): void => {
    const { text, signature, head } = verified;
    const { sequence, time } = head;
    const seconds = new Date(Math.floor(time / 1_000)).toISOString();
    output.reply(
      { sequence, time: seconds, text, signature },
      () => `${seconds}  entry ${sequence}  ${head.treeRoot}`,
    );
  };
  while (true) {
    try {
      await followHeads(session, file, tell);
      await liabilities.check(file);
    } catch (error) {
      // Watching goes on when the exchange is back; a lie ends it.
      if (!isAway(error) || options.once === true) throw error;
      output.note(`${error.message}; it is asked again.`);
    }
    if (options.once === true) return;
    await wait(options.every * 1_000);
  }
}

/** Is the exchange not there, or too busy now? Neither says anything about its log. */
function isAway(error: unknown): error is PicostocksError {
  if (error instanceof RefusedError) return error.status === 429 || error.status >= 500;
  return error instanceof TransportError;
}

/** Takes all heads since the last one, or the newest where there is none, and tells each that is new. */
async function followHeads(
  { reader }: Session,
  file: HeadsFile,
  tell: (verified: VerifiedHead) => void,
): Promise<void> {
  const keeper = new HeadKeeper({ reader, storage: file, exchange: file.exchange });
  // First of all the newest: a log that became shorter has no later heads.
  let known = file.exchange === undefined ? undefined : file.get(file.exchange)?.text;
  if (known === undefined) {
    tell(await keeper.checkHead());
    return;
  }
  let after = Number(known.split(':')[3]);
  while (true) {
    const heads = await reader.getHeads({ after, limit: HEADS_MAX });
    const before = after;
    for (const signed of heads) {
      const verified = await keeper.takeHead(signed);
      if (verified.head.sequence <= after) continue;
      after = verified.head.sequence;
      known = verified.text;
      tell(verified);
    }
    // Whoever sends pages full of old heads must not keep it busy.
    if (heads.length < HEADS_MAX || after === before) break;
  }
  const newest = await keeper.checkHead();
  if (newest.text !== known) tell(newest);
}

/** Checks for each user what the exchange publishes to owe, once for each publication. */
class LiabilityWatches {
  readonly #session: Session;
  readonly #named: readonly string[];
  #watches: LiabilityWatch[] | undefined;

  constructor(session: Session, named: readonly string[]) {
    this.#session = session;
    this.#named = named;
  }

  async check(storage: HeadsFile): Promise<void> {
    const { reader } = this.#session;
    this.#watches ??= (await this.#users()).map((userId) => {
      const keeper = new HeadKeeper({ reader, storage, exchange: storage.exchange });
      return new LiabilityWatch({ reader, keeper, userId });
    });
    for (const watch of this.#watches) {
      const check = await watch.check();
      if (check !== undefined) await this.#tell(check);
    }
  }

  async #users(): Promise<number[]> {
    if (this.#named.length > 0) return this.#named.map(readUser);
    if (!this.#session.hasUser) return [];
    try {
      return [await this.#session.userId()];
    } catch (error) {
      // The key is registered elsewhere; heads can be watched all the same.
      if (!(error instanceof UsageError && error.code === 'wrong_exchange')) throw error;
      return [];
    }
  }

  async #tell({ head, userId, assets }: LiabilityCheck): Promise<void> {
    const code = await this.#session.directory.codes();
    const { sequence } = head.head;
    const rows = assets.map(({ assetId, amount, compared }) => ({
      asset_id: assetId,
      amount,
      compared,
    }));
    const lines = assets.map(({ assetId, amount, compared }) => {
      const remark = compared === 'differs' ? ', which is not what is there now: compare it' : '';
      return `  proved to be owed to user ${userId}: ${amount} ${code(assetId)}${remark}`;
    });
    this.#session.output.reply({ sequence, user_id: userId, liabilities: rows }, () =>
      [`liabilities of entry ${sequence}`, ...lines].join('\n'),
    );
  }
}

function readUser(text: string): number {
  const id = parseId(text);
  if (id === undefined) throw new UsageError(`${text} is no user id`);
  return id;
}
