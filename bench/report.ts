// The results of a benchmark as a table for the terminal, as Markdown and as JSON.

import type { Machine } from './machine.ts';
import type { Bar } from './row.ts';
import type { FigureSummary, Spread } from './summary.ts';

export interface RowReport {
  readonly id: string;
  readonly title: string;
  readonly workload: string;
  readonly date: string;
  readonly machine: Machine;
  readonly runs: number;
  readonly figures: readonly FigureSummary[];
  /** One run's each. */
  readonly histograms: Readonly<Record<string, readonly string[]>>;
}

/** Rows may have been measured at different times, so each says when and on what. */
export interface Report {
  readonly rows: readonly RowReport[];
}

/** Four digits are more than a noisy machine can tell. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString('en-US');
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 1 || size === 0 ? value.toFixed(2) : value.toPrecision(2);
}

function formatSpread({ median, least, most }: Spread): string {
  if (least === most) return formatNumber(median);
  return `${formatNumber(median)} (${formatNumber(least)}–${formatNumber(most)})`;
}

function formatBar({ atLeast, atMost }: Bar, isRatio: boolean): string {
  const times = isRatio ? ' ×' : '';
  const parts = [];
  if (atLeast !== undefined) parts.push(`≥ ${formatNumber(atLeast)}${times}`);
  if (atMost !== undefined) parts.push(`≤ ${formatNumber(atMost)}${times}`);
  return parts.join(', ');
}

const HEADINGS = ['what', 'median (least–most)', 'held against', 'ratio', 'bar', ''] as const;

function cells({ name, unit, value, peer, ratio, bar, holds }: FigureSummary): string[] {
  return [
    name,
    `${formatSpread(value)} ${unit}`,
    peer === undefined ? '' : `${peer.name}: ${formatSpread(peer)}`,
    ratio === undefined ? '' : formatSpread(ratio),
    bar === undefined ? '' : formatBar(bar, ratio !== undefined),
    holds === undefined ? '' : holds ? 'holds' : 'MISSED',
  ];
}

export function formatMachine({ machine, date }: Pick<RowReport, 'machine' | 'date'>): string {
  const { processor, cores, memoryGiB, system, versions, commit } = machine;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${date}, commit ${commit}: ${cores} × ${processor}, ${memoryGiB} GiB, ${system}, ${named.join(', ')}`;
}

/** For people: columns under each other. */
export function formatTable({ figures }: RowReport): string {
  const lines = [[...HEADINGS], ...figures.map(cells)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number): string => cell.padEnd(widths[column] ?? 0);
  return lines.map((line) => `  ${line.map(pad).join('  ').trimEnd()}`).join('\n');
}

function markdownRow(cellsOfRow: readonly string[]): string {
  return `| ${cellsOfRow.join(' | ')} |`;
}

export function formatMarkdown(report: Report): string {
  return `# Benchmark\n\n${formatResults(report)}`;
}

/** A section for each row, under headings of this level. */
export function formatResults({ rows }: Report, level = '##'): string {
  const sections = rows.map((row) => {
    const { title, workload, runs, figures } = row;
    const table = [HEADINGS, HEADINGS.map(() => '---'), ...figures.map(cells)].map(markdownRow);
    const when = `Runs: ${runs}. ${formatMachine(row)}.`;
    return [`${level} ${title}`, '', workload, '', ...table, '', when].join('\n');
  });
  return `${sections.join('\n\n')}\n`;
}
