import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExportFormat, ExportKind } from '@picostocks/server';
import { type Command, Option } from 'commander';
import { readIsoTime } from '../iso-time.ts';
import { Output, type Terminal } from '../output.ts';
import { addLeaf } from './leaf.ts';
import { type LogOptions, openLog, withLog } from './log-source.ts';

// Written here too, so that the help needs none of the server's code; the types keep them equal.
const KINDS = ['trades', 'orders', 'transfers', 'balances'] satisfies ExportKind[];
const FORMATS = ['csv', 'jsonl'] satisfies ExportFormat[];

interface ExportCommandOptions extends LogOptions {
  readonly what: ExportKind;
  readonly format: ExportFormat;
  readonly from?: number;
  readonly to?: number;
  readonly out?: string;
}

export function addExportCommand(program: Command, terminal: Terminal): void {
  const command = addLeaf(program, {
    name: 'export',
    summary: 'Write trades, orders, transfers or balances as CSV or JSON lines, from the log',
    example: 'export --what trades --from 2026-01-01 --to 2026-02-01 --out january.csv',
    details:
      'balances are those at --to; the others are what happened from --from on and before --to. In CSV a\nmemo or txid that a spreadsheet could take for a formula has an apostrophe in front: docs/operations.md.',
  });
  withLog(command)
    .addOption(
      new Option('--what <kind>', 'what to write').choices(KINDS).makeOptionMandatory(true),
    )
    .addOption(new Option('--format <format>', 'how to write it').choices(FORMATS).default('csv'))
    .option('--from <time>', 'ISO 8601, with Z or an offset; included', readIsoTime)
    .option('--to <time>', 'ISO 8601, with Z or an offset; not included', readIsoTime)
    .option('--out <file>', 'where to write it (default: stdout)')
    .action(async (options: ExportCommandOptions) => {
      const { exportLines } = await import('@picostocks/server');
      const output = new Output(terminal, options.json ?? false);
      using opened = await openLog(options);
      const { what, format, from, to, out } = options;
      const range = {
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      };
      const lines = exportLines(opened.log, { what, format, range });
      if (out === undefined) {
        await output.stream(lines);
        return;
      }
      const path = resolve(out);
      const written = writeLines(path, lines);
      const rows = format === 'csv' ? written - 1 : written;
      output.reply({ out: path, what, format, rows }, () => `${rows} rows of ${what}: ${path}`);
    });
}

const CHUNK_CHARACTERS = 65_536;

/** Writes a file whole or not at all, and answers how many lines it has. */
function writeLines(path: string, lines: Iterable<string>): number {
  const aside = `${path}.new`;
  const file = openSync(aside, 'w', 0o600);
  let count = 0;
  try {
    let chunk = '';
    for (const line of lines) {
      count += 1;
      chunk += line;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      writeAll(file, chunk);
      chunk = '';
    }
    writeAll(file, chunk);
    fsyncSync(file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
  return count;
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written);
  }
}
