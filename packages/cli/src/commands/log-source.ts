// Which log a command reads: that of a data folder, or files alone, as a stranger got them. It is opened
// read-only, so all of this works while a server runs.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DataFolder, SqliteLog } from '@picostocks/server';
import { type Command, Option } from 'commander';
import { withJson } from './leaf.ts';

export interface LogOptions {
  readonly json?: boolean;
  readonly data: string;
  readonly log?: string;
}

export const DATA_HELP = 'the data folder of the exchange';

export function withLog(command: Command): Command {
  return withJson(command)
    .option('--data <folder>', DATA_HELP, './data')
    .addOption(
      new Option(
        '--log <path>',
        "a log alone, instead: its one file, or a folder of all its segments' files",
      ).conflicts('data'),
    );
}

export interface OpenedLog extends Disposable {
  readonly log: SqliteLog;
  readonly path: string;
  /** Of the data folder; a log alone has none. */
  readonly snapshots: string | undefined;
}

/**
 * @throws ExchangeError `no_exchange`, `log_corrupt` (not a log at all), `format_unknown`,
 * `log_segment_missing` (one file of a log of several, and not the first).
 */
export async function openLog(options: LogOptions): Promise<OpenedLog> {
  const { DataFolder, ExchangeError } = await import('@picostocks/server');
  const folder = options.log === undefined ? new DataFolder(resolve(options.data)) : undefined;
  const path = folder?.logFolder ?? resolve(options.log ?? '');
  if (!(folder?.hasLog ?? existsSync(path))) {
    const message = missingSentence(folder, path);
    throw new ExchangeError({ code: 'no_exchange', message });
  }
  const log = await openReader(path);
  return { log, path, snapshots: folder?.snapshots, [Symbol.dispose]: () => log.close() };
}

function missingSentence(folder: DataFolder | undefined, path: string): string {
  return folder === undefined
    ? `there is no file or folder ${path}`
    : `there is no exchange in ${folder.path}`;
}

async function openReader(path: string): Promise<SqliteLog> {
  const { ExchangeError, SqliteLog } = await import('@picostocks/server');
  try {
    return SqliteLog.openReader(path);
  } catch (cause) {
    if (cause instanceof ExchangeError) throw cause;
    const message = `${path} cannot be read as a log: ${(cause as Error).message}`;
    throw new ExchangeError({ code: 'log_corrupt', message, cause });
  }
}
