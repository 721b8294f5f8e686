import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Output, type Terminal } from '../output.ts';
import { renderFields } from '../table.ts';
import { addLeaf, withJson } from './leaf.ts';
import { DATA_HELP } from './log-source.ts';

interface BackupOptions {
  readonly json?: boolean;
  readonly data: string;
  readonly headKey: boolean;
}

export function addBackupCommand(program: Command, terminal: Terminal): void {
  const backup = addLeaf(program, {
    name: 'backup',
    summary: 'Copy the data of an exchange, also while it serves, and verify the copy',
    example: 'backup --data ./data /mnt/backup/2026-11-22',
    details:
      'The folder must not be there, or be empty; it appears when the copy is whole and was read again.\nTo restore, copy it to where the data shall be, and run "picostocks recover" before "serve".\nIt holds the key for heads of the log and all that users have: keep it private.',
  }).argument('<folder>', 'where the backup will be');
  withJson(backup)
    .option('--data <folder>', DATA_HELP, './data')
    .option('--no-head-key', 'leave out the key for heads of the log; keep it elsewhere then')
    .action(async (target: string, options: BackupOptions) => {
      const { backUp, DataFolder, formatMicros } = await import('@picostocks/server');
      const output = new Output(terminal, options.json ?? false);
      const folder = new DataFolder(resolve(options.data));
      const {
        time: micros,
        hasHeadKey,
        ...report
      } = output.watch(() =>
        backUp({
          folder,
          target,
          withHeadKey: options.headKey,
          onProgress: (done, all) => output.progress(done, all),
        }),
      );
      const { path, sequence, hash } = report;
      const time = formatMicros(micros);
      const reply = { ...report, time, head_key: hasHeadKey };
      const fields = { entries: String(sequence), 'last entry': time, 'log hash': hash };
      output.reply(
        reply,
        () => `The backup is whole and verified: ${path}\n\n${renderFields(fields)}`,
      );
    });
}
