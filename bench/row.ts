// A row of the benchmark: one path of the exchange, held against a peer or a limit that is measured in the
// same run.

/** What a figure is held to: a ratio to its peer if it has one, else the figure itself. */
export interface Bar {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Figure {
  /** What was measured; the same in every run. */
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** What it is held against, measured in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  readonly bar?: Bar;
}

export interface RunResult {
  readonly figures: readonly Figure[];
  /** HdrHistograms in their compressed base64 form, with the unit in the name: `acknowledgement (µs)`. */
  readonly histograms?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  /** For CI: everything runs, as little as shows that it works. What it measures means nothing. */
  readonly isShort: boolean;
  /** Which run it is, from 0 on: what is compared alternates which of the two goes first. */
  readonly run: number;
  /** An empty folder, on the disk that is measured, which is removed afterwards. */
  readonly folder: string;
  /** Says what is being done. */
  readonly say: (line: string) => void;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  /** In a sentence: what is done, how much of it, and against what. */
  readonly workload: string;
  /** Measures ours and the peer once each. */
  readonly run: (options: RunOptions) => Promise<RunResult>;
}
