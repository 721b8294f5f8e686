import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Output, type Terminal } from '../output.ts';
import { addLeaf, withJson } from './leaf.ts';
import { DATA_HELP, openLog } from './log-source.ts';

interface SnapshotOptions {
  readonly json?: boolean;
  readonly data: string;
}

export function addSnapshotCommand(program: Command, terminal: Terminal): void {
  const snapshot = addLeaf(program, {
    name: 'snapshot',
    summary: 'Write a snapshot of the state now, so that the next start is short',
    example: 'snapshot --data ./data',
    details:
      'A server makes them by itself; this is for the moment before an upgrade. It may run beside a server,\nas the same user of the machine.',
  });
  withJson(snapshot)
    .option('--data <folder>', DATA_HELP, './data')
    .action(async (options: SnapshotOptions) => {
      const { DataFolder, listSnapshots, makeSnapshot, snapshotPath } = await import(
        '@picostocks/server'
      );
      const output = new Output(terminal, options.json ?? false);
      using opened = await openLog(options);
      const { snapshots } = new DataFolder(resolve(options.data));
      const before = listSnapshots(snapshots);
      const warn = (message: string): void => output.note(message);
      const sequence = makeSnapshot({ log: opened.log, snapshots, warn });
      const path = snapshotPath(snapshots, sequence);
      if (before.includes(sequence)) output.note('Nothing has happened since the last one.');
      output.reply({ path, sequence }, () => `Snapshot of entry ${sequence}: ${path}`);
    });
}
