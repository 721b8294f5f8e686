// What several runs of a row come to: median, least and most of each figure, and of its ratio to the peer.

import type { Bar, Figure, RunResult } from './row.ts';

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface FigureSummary {
  readonly name: string;
  readonly unit: string;
  readonly value: Spread;
  readonly peer?: Spread & { readonly name: string };
  /** Of the ratios of the runs, not the ratio of the medians. */
  readonly ratio?: Spread;
  readonly bar?: Bar;
  /** Does the median hold the bar? */
  readonly holds?: boolean;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
  };
}

/** @throws Error when the runs did not measure the same figures. */
export function summarize(runs: readonly RunResult[]): FigureSummary[] {
  const [first] = runs;
  return (first?.figures ?? []).map((figure) => summarizeFigure(runs, figure));
}

function summarizeFigure(runs: readonly RunResult[], { name, unit, bar, peer }: Figure) {
  const figures = runs.map((run) => {
    const figure = run.figures.find((other) => other.name === name);
    if (figure === undefined) throw new Error(`a run did not measure ${name}`);
    return figure;
  });
  const value = spreadOf(figures.map((figure) => figure.value));
  if (peer === undefined) return { name, unit, value, ...judged(value.median, bar) };
  const peers = figures.map((figure) => figure.peer?.value ?? Number.NaN);
  const ratio = spreadOf(figures.map((figure, index) => figure.value / (peers[index] ?? 0)));
  const against = { name: peer.name, ...spreadOf(peers) };
  return { name, unit, value, peer: against, ratio, ...judged(ratio.median, bar) };
}

function judged(median: number, bar: Bar | undefined) {
  if (bar === undefined) return {};
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = bar;
  return { bar, holds: median >= atLeast && median <= atMost };
}
