// Every path of the exchange, each against a peer or a limit that is measured in the same run.
//
//   npm run bench -- [--rows orders,batches] [--runs 5] [--short] [--out bench/results/NAME] [--profile FOLDER]
//
// Prints a table row by row and writes NAME.json and NAME.md, where rows that are not measured now stay as they
// are; without `--out` nothing is written. `--short`
// runs everything once and small, to show that it works: it asserts nothing about time, and its figures mean
// nothing. `--profile` leaves a CPU profile of every thread of every process in a folder, to be opened with the
// developer tools of a browser; it takes time itself, so the figures of such a run are not to be quoted.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
const machine = describeMachine();
const date = new Date().toISOString().slice(0, 10);

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
  const figures = summarize(results).map(({ holds, ...figure }) =>
    isShort || holds === undefined ? figure : { ...figure, holds },
  );
  return { id, title, workload, date, machine, runs, figures, histograms };
}

/** After each row, so that a run that is broken off is not lost. */
function write(out: string, rows: readonly RowReport[]): void {
  const path = `${out}.json`;
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report).rows : [];
  const newest = new Map([...before, ...rows].map((row) => [row.id, row]));
  const report: Report = { rows: ROWS.flatMap(({ id }) => newest.get(id) ?? []) };
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(`${out}.md`, formatMarkdown(report));
}

// What is measured runs in processes of its own, which inherit this.
if (values.profile !== undefined) {
  process.env['NODE_OPTIONS'] = `--cpu-prof --cpu-prof-dir=${resolve(values.profile)}`;
}
const rows: RowReport[] = [];
process.stdout.write(`${formatMachine({ machine, date })}\n`);
for (const row of chosenRows()) {
  const report = await runRow(row);
  rows.push(report);
  if (isTerminal) say('');
  process.stdout.write(`\n${report.title}\n${report.workload}\n${formatTable(report)}\n`);
  if (values.out !== undefined) write(values.out, rows);
}
