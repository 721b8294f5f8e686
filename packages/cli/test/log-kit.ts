// What the tests of the commands about the log share: the folder of a sandbox on which two people traded,
// and copies of it to spoil.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, cli, startSandbox, temporaryFolder } from './kit.ts';

export interface TradedFolder {
  readonly home: string;
  readonly data: string;
  readonly log: string;
  readonly url: string;
  /** Runs a command as one of the two. */
  readonly as: (who: 'seller' | 'buyer', words: string) => Promise<unknown>;
  stop(): Promise<void>;
}

/** Users 1 and 2 of a sandbox without simulated traders; it runs until it is stopped. */
export async function tradeInSandbox(cleanup: Cleanup): Promise<TradedFolder> {
  const home = temporaryFolder(cleanup);
  const data = join(home, 'data');
  const sandbox = await startSandbox(cleanup, { data });
  const { url } = sandbox;
  const as = async (who: 'seller' | 'buyer', words: string): Promise<unknown> => {
    const environment = {
      PICOSTOCKS_URL: url,
      PICOSTOCKS_KEY_FILE: join(home, who),
      HOME: home,
    };
    const { code, out, err } = await cli([...words.split(' '), '--json'], environment);
    if (code !== 0) throw new Error(`${words} ended with ${code}: ${err}`);
    return JSON.parse(out);
  };
  for (const who of ['seller', 'buyer'] as const) {
    await as(who, `keygen --key ${join(home, who)}`);
    await as(who, 'register');
  }
  await as('seller', 'ask eth/btc 2 0.05');
  await as('buyer', 'bid eth/btc 0.5 0.05');
  await as('buyer', 'bid eth/btc 3 0.04');
  await as('seller', 'transfer 2 eth 1.5 --memo =rent');
  const log = join(data, 'log', '0000000000000001.sqlite');
  return { home, data, log, url, as, stop: () => sandbox.stop() };
}

/** Another data folder with the same content; its server must not run. */
export function copyFolder({ home, data }: TradedFolder, name: string): string {
  const copy = join(home, name);
  cpSync(data, copy, { recursive: true });
  return copy;
}

/** The log of a copied folder. */
export function logOf(data: string): string {
  return join(data, 'log', '0000000000000001.sqlite');
}
