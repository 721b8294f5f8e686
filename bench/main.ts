// Every path of the exchange, each against a peer or a limit that is measured in the same run.
//
//   npm run bench -- [--rows orders,batches] [--runs 5] [--short] [--out bench/results/NAME] [--profile FOLDER]
//
// Prints a table row by row and writes NAME.json and NAME.md; without `--out` nothing is written. `--short`
// runs everything once and small, to show that it works: it asserts nothing about time, and its figures mean
// nothing. `--profile` leaves a CPU profile of every thread of every process in a folder, to be opened with the
// developer tools of a browser; it takes time itself, so the figures of such a run are not to be quoted.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.ts';
import {
  formatMachine,
  formatMarkdown,
  formatTable,
  type Report,
  type RowReport,
} from './report.ts';
import type { Row, RunResult } from './row.ts';
import { ROWS } from './rows.ts';
import { summarize } from './summary.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    runs: { type: 'string', default: '5' },
    short: { type: 'boolean', default: false },
    out: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
    profile: { type: 'string' },
  },
});
const isShort = values.short;
const runs = isShort ? 1 : Number(values.runs);
const isTerminal = process.stderr.isTTY;

/** What is being done, on one line that goes away. */
function say(line: string): void {
  process.stderr.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
}

function chosenRows(): readonly Row[] {
  if (values.rows === undefined) return ROWS;
  return values.rows.split(',').map((id) => {
    const row = ROWS.find((other) => other.id === id);
    if (row !== undefined) return row;
    throw new Error(`there is no row ${id}; there are ${ROWS.map((other) => other.id).join(', ')}`);
  });
}

async function runRow(row: Row): Promise<RowReport> {
  const results: RunResult[] = [];
  for (let run = 0; run < runs; run += 1) {
    const folder = mkdtempSync(join(values.folder, 'picostocks-bench-'));
    const sayRun = (line: string): void => say(`${row.id}, run ${run + 1} of ${runs}: ${line}`);
    try {
      results.push(await row.run({ isShort, run, folder, say: sayRun }));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const histograms: Record<string, string[]> = {};
  for (const [name, text] of results.flatMap((result) => Object.entries(result.histograms ?? {}))) {
    histograms[name] = [...(histograms[name] ?? []), text];
  }
  const { id, title, workload } = row;
  return { id, title, workload, runs, figures: summarize(results), histograms };
}

// What is measured runs in processes of its own, which inherit this.
if (values.profile !== undefined) {
  process.env['NODE_OPTIONS'] = `--cpu-prof --cpu-prof-dir=${resolve(values.profile)}`;
}
const rows: RowReport[] = [];
const machine = describeMachine();
const date = new Date().toISOString().slice(0, 10);
process.stdout.write(`${formatMachine({ machine, date, rows })}\n`);
for (const row of chosenRows()) {
  const report = await runRow(row);
  rows.push(report);
  if (isTerminal) say('');
  process.stdout.write(`\n${report.title}\n${report.workload}\n${formatTable(report)}\n`);
}
if (values.out !== undefined) {
  const report: Report = { date, machine, rows };
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(`${values.out}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(`${values.out}.md`, formatMarkdown(report));
}
