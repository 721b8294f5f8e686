import { relative } from 'node:path';
import { DEFAULT_URL } from '../session.ts';
import { operatorKeyPath } from './operator-key.ts';
import type { Sandbox } from './sandbox.ts';
import { TRADER_COUNT } from './trading-floor.ts';

/** What a person sees when the sandbox is open: where it is, and a first trade to paste. */
export function welcome(
  { url, folder }: Pick<Sandbox, 'url' | 'folder'>,
  { hasTraders }: { hasTraders: boolean },
): string {
  const at = url === DEFAULT_URL ? '' : ` --url ${url}`;
  const run = 'npm run -s picostocks --';
  const traders = hasTraders
    ? `${TRADER_COUNT} simulated ones are at work (off with --no-traders)`
    : 'none';
  return `The Picostocks sandbox is open. Its money is play money.

  address   ${url}
  API docs  ${url}/docs/
  data      ${folder.path}
  traders   ${traders}

A first trade, in another terminal, in this folder:

  ${run} keygen
  ${run} register${at}
  ${run} bid eth/btc 1.5 0.07
  ${run} balance

More: ${run} --help
You are the operator too: ${run} operator halt eth/btc maintenance --key ${shellPath(operatorKeyPath(folder.path))}${at}
Stop with Ctrl-C.`;
}

/** The short way to a file from here, quoted if a shell would break it. */
function shellPath(path: string): string {
  const short = relative(process.cwd(), path);
  const shown = short === '' || short.startsWith('..') ? path : short;
  return /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}
