// How every command is declared, so that all have the same help: a sentence, the arguments, the
// options with their defaults, and an example that works.

import { type Command, InvalidArgumentError } from 'commander';
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
  const path = parent.parent === null ? name : `${parent.name()} ${name}`;
  const more = details === undefined ? '' : `\n${details}\n`;
  return parent
    .command(name)
    .description(summary)
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', `${more}\nExample:\n  picostocks ${example}`)
    .showHelpAfterError(`Help: picostocks ${path} --help`);
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
  return command.option(
    '--key <file>',
    `the private key (default: PICOSTOCKS_PRIVATE_KEY, PICOSTOCKS_KEY_FILE, ${KEY_PATH_HELP[owner]})`,
  );
}

export const MARKET_HELP = 'stock/unit, by code or number: eth/btc, 3/2';
export const ASSET_HELP = 'an asset, by code or number: btc, 2';

export function withLimit(command: Command, help = 'how many rows'): Command {
  return command.option('--limit <n>', `${help}; rounded up to hundreds, at most 300`, readCount);
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
