// How every command is declared, so that all have the same help: a sentence, the arguments, the
// options with their defaults, and an example that works.

import { parseId } from '@picostocks/protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../failure.ts';
import { readIsoTime } from '../iso-time.ts';
import { KEY_PATH_HELP, type KeyOwner } from '../key-file.ts';
import { DEFAULT_URL } from '../session.ts';

export interface Leaf {
  readonly name: string;
  readonly summary: string;
  /** Without the program's name. */
  readonly example: string;
  /** What else there is to know. */
  readonly details?: string;
}

export function addLeaf(parent: Command, { name, summary, example, details }: Leaf): Command {
  const path = [...groupsOf(parent), name].join(' ');
  const more = details === undefined ? '' : `\n${details}\n`;
  return parent
    .command(name)
    .description(summary)
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', `${more}\nExample:\n  picostocks ${example}`)
    .showHelpAfterError(`Help: picostocks ${path} --help`);
}

/** The words between the program's name and the command's. */
function groupsOf(parent: Command): string[] {
  return parent.parent === null ? [] : [...groupsOf(parent.parent), parent.name()];
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print the answer as JSON, errors too');
}

/** Options of whatever speaks to an exchange. */
export function withUrl(command: Command, isKept = true): Command {
  const kept = isKept ? ', what register stored' : '';
  return withJson(command).option(
    '--url <address>',
    `where the exchange is (default: PICOSTOCKS_URL${kept}, ${DEFAULT_URL})`,
  );
}

/** Options of whatever is about one user. */
export function withUser(command: Command): Command {
  return withUrl(command).option(
    '--user <id>',
    'which user (default: PICOSTOCKS_USER, what register stored)',
  );
}

export function withKey(command: Command, owner: KeyOwner = 'trader'): Command {
  return command
    .option(
      '--key <file>',
      `the private key (default: PICOSTOCKS_PRIVATE_KEY, PICOSTOCKS_KEY_FILE, ${KEY_PATH_HELP[owner]})`,
    )
    .option(
      '--key-id <n>',
      'which of your keys it is (default: PICOSTOCKS_KEY_ID, what is stored beside the key, 0)',
    );
}

export const MARKET_HELP = 'stock/unit, by code or number: eth/btc, 3/2';
export const ASSET_HELP = 'an asset, by code or number: btc, 2';

export function withLimit(command: Command, help = 'how many rows'): Command {
  return command.option('--limit <n>', `${help}; rounded up to hundreds, at most 300`, readCount);
}

/** Options of lists that go back further than one answer. */
export function withPage(command: Command): Command {
  return withTimes(
    withLimit(command)
      .option('--after <id>', 'only rows with a larger id, oldest first', readIdOption)
      .option('--before <id>', 'only rows with a smaller id', readIdOption),
  );
}

export function withTimes(command: Command): Command {
  return command
    .option('--since <time>', 'only rows from then on, oldest first; as 2026-01-31', readMillis)
    .option('--until <time>', 'only rows up to then', readMillis);
}

export interface PageOptions {
  readonly limit?: number;
  readonly after?: number;
  readonly before?: number;
  readonly since?: number;
  readonly until?: number;
}

/** The paging of a list as the client takes it. */
export function pageOf({ limit, after, before, since, until }: PageOptions) {
  return { limit, after, before, since, until };
}

function readIdOption(text: string): number {
  const id = parseId(text);
  if (id === undefined) throw new InvalidArgumentError('It must be a whole number.');
  return id;
}

function readMillis(text: string): number {
  return Math.floor(readIsoTime(text) / 1_000);
}

/** A whole number among the arguments. */
export function readId(text: string, name: string): number {
  const id = parseId(text);
  if (id === undefined) throw new UsageError(`${name}: ${text} is no whole number`);
  return id;
}

/** An option's whole number. */
export function readCount(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function readPositive(text: string): number {
  const count = readCount(text);
  if (count === 0) throw new InvalidArgumentError('It must be at least 1.');
  return count;
}

export function readPort(text: string): number {
  const port = readCount(text);
  if (port > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return port;
}

export function readNodes(text: string): number {
  const nodes = readCount(text);
  if (nodes < 1 || nodes > 64) throw new InvalidArgumentError('It must be between 1 and 64.');
  return nodes;
}
