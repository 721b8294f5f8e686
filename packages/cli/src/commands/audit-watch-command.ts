import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { HeadKeeper, type VerifiedHead } from '@picostocks/client';
import { type Command, InvalidArgumentError } from 'commander';
import { HeadsFile } from '../heads-file.ts';
import type { Terminal } from '../output.ts';
import { Session, type SessionOptions } from '../session.ts';
import { addLeaf, readCount, withUrl } from './leaf.ts';

interface WatchOptions extends SessionOptions {
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
      'Each head is taken only with a proof that its log continues the one before, and is appended to the\nfile. If the exchange rewrote its history, both heads are printed and the exit code is 1: keep\nthem, they are proof. It needs no key.',
  });
  withUrl(watch)
    .option('--file <path>', 'where heads are kept, for ever', 'heads.txt')
    .option('--every <seconds>', 'how often to ask', readSeconds, 30)
    .option('--once', 'ask once and end')
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
  const session = new Session(terminal, options);
  const { output } = session;
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
    } catch (error) {
      // Watching goes on when the exchange is back; a lie ends it.
      const isAway = error instanceof Error && error.name === 'TransportError';
      if (!isAway || options.once === true) throw error;
      output.note(`${error.message}; it is asked again.`);
    }
    if (options.once === true) return;
    await wait(options.every * 1_000);
  }
}

/** Takes all heads since the last one, or the newest where there is none, and tells each that is new. */
async function followHeads(
  { reader }: Session,
  file: HeadsFile,
  tell: (verified: VerifiedHead) => void,
): Promise<void> {
  const keeper = new HeadKeeper({ reader, storage: file, exchange: file.exchange });
  // First of all the newest: a log that became shorter has no later heads.
  const known = file.exchange === undefined ? undefined : file.get(file.exchange)?.text;
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
      tell(verified);
    }
    // Whoever sends pages full of old heads must not keep it busy.
    if (heads.length < HEADS_MAX || after === before) break;
  }
  const newest = await keeper.checkHead();
  if (newest.head.sequence > after) tell(newest);
}
