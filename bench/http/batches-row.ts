// Batches of a thousand operations under one signature: how many orders a second for ten seconds, and whether the
// history keeps step with a fifth of that for five minutes.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { runPart } from '../part.ts';
import type { Figure, Row, RunOptions, RunResult } from '../row.ts';
import { type BatchLoad, type BatchLoadResult, ORDERS_PER_BATCH } from './batch-load.ts';
import { BenchExchange, FIRST_USER } from './bench-exchange.ts';
import { exchangeIdOf, firstNonces } from './orders-row.ts';
import { timeBetween } from './thread-times.ts';

const GENERATOR = new URL('./generate-batches.ts', import.meta.url);
const USERS = 50;
const BURST_BAR = 100_000;
const STEADY_PER_SECOND = 20_000;

interface Loaded {
  readonly result: BatchLoadResult;
  readonly threads: Map<string, number>;
  /** Seconds that a read of the history took, once a second: it waits until the history has come as far. */
  readonly behind: readonly number[];
}

async function loadExchange(
  options: Pick<RunOptions, 'folder'>,
  fields: Pick<BatchLoad, 'seed' | 'batchesEach' | 'measureMs'> & { readonly rate?: number },
): Promise<Loaded> {
  const { folder } = options;
  const exchange = await BenchExchange.start({ folder, nodes: 1, users: USERS });
  try {
    const { url } = exchange;
    const id = await exchangeIdOf(url);
    const load: BatchLoad = { url, exchange: id, nonces: firstNonces(id, USERS), ...fields };
    const file = join(folder, 'batches.json');
    writeFileSync(file, JSON.stringify(load));
    let [before, threads] = [new Map<string, number>(), new Map<string, number>()];
    const behind: number[] = [];
    const over = new AbortController();
    let asking = Promise.resolve();
    const result = await runPart<BatchLoadResult>(GENERATOR, {
      args: [file],
      onLine: (line) => {
        if (line === 'begin') {
          before = exchange.threadTimes();
          asking = askHistory(url, { behind, signal: over.signal });
        }
        if (line !== 'end') return;
        threads = timeBetween(before, exchange.threadTimes());
        over.abort();
      },
    });
    await asking;
    return { result, threads, behind };
  } finally {
    await exchange.stop();
  }
}

async function askHistory(
  url: string,
  { behind, signal }: { behind: number[]; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const begun = performance.now();
    const answer = await fetch(`${url}/v1/account/trades/${FIRST_USER}/?limit=100`);
    await answer.arrayBuffer();
    const seconds = (performance.now() - begun) / 1_000;
    // One that gave up at its deadline is at least as far behind as that.
    behind.push(answer.status === 200 ? seconds : Number.POSITIVE_INFINITY);
    await pause(1_000);
  }
}

async function runBurst(options: RunOptions): Promise<RunResult> {
  const { isShort, run } = options;
  const seed = `burst ${run}`;
  const scale = isShort
    ? { batchesEach: 3, measureMs: 200 }
    : { batchesEach: 60, measureMs: 10_000 };
  options.say('as many as are answered');
  const { result, threads } = await loadExchange(options, { seed, ...scale });
  const orders = result.batches * ORDERS_PER_BATCH;
  const unit = 'µs of CPU';
  const micros = (name: string): number => ((threads.get(name) ?? 0) * 1_000_000) / orders;
  const figures: Figure[] = [
    {
      name: 'acknowledged',
      unit: 'orders/s',
      value: orders / result.seconds,
      bar: { atLeast: BURST_BAR },
    },
    { name: 'node thread, each order', unit, value: micros('node') },
    { name: 'log thread, each order', unit, value: micros('log') },
    { name: 'historian thread, each order', unit, value: micros('historian') },
    { name: 'the generator, each order', unit, value: (result.cpuSeconds * 1_000_000) / orders },
    ...latencyFigures(result),
  ];
  return { figures, histograms: { 'batch acknowledged (µs)': result.latency } };
}

function latencyFigures({ latency }: BatchLoadResult): Figure[] {
  const histogram = decodeFromCompressedBase64(latency);
  const at = (percent: number): number => histogram.getValueAtPercentile(percent) / 1_000;
  return [
    { name: 'a batch acknowledged, p50', unit: 'ms', value: at(50) },
    { name: 'a batch acknowledged, p99', unit: 'ms', value: at(99) },
  ];
}

async function runSteady(options: RunOptions): Promise<RunResult> {
  const { isShort, run } = options;
  const measureMs = isShort ? 1_000 : 300_000;
  const rate = STEADY_PER_SECOND / ORDERS_PER_BATCH;
  options.say('twenty thousand orders a second');
  const fields = { seed: `steady ${run}`, batchesEach: 0, measureMs, rate };
  const { result, threads, behind } = await loadExchange(options, fields);
  const orders = result.batches * ORDERS_PER_BATCH;
  const unit = 'µs of CPU';
  const micros = (name: string): number => ((threads.get(name) ?? 0) * 1_000_000) / orders;
  return {
    figures: [
      {
        name: 'acknowledged',
        unit: 'orders/s',
        value: orders / result.seconds,
        peer: { name: 'due', value: STEADY_PER_SECOND },
        bar: { atLeast: 0.99 },
      },
      {
        name: 'the history is behind by at most',
        unit: 's',
        value: Math.max(...behind),
        bar: { atMost: 1 },
      },
      { name: 'node thread, each order', unit, value: micros('node') },
      { name: 'historian thread, each order', unit, value: micros('historian') },
      ...latencyFigures(result),
    ],
    histograms: { 'batch acknowledged (µs)': result.latency },
  };
}

const WORKLOAD = `${USERS} market makers, a connection each; every batch cancels all that its user has open and places ${ORDERS_PER_BATCH} new orders, a third of which trade. One node, fsync on.`;

export const burstRow: Row = {
  id: 'batches',
  title: 'Batches, ten seconds',
  workload: `${WORKLOAD} The next batch is sent as soon as the last was answered.`,
  run: runBurst,
};

export const steadyRow: Row = {
  id: 'batches-steady',
  title: 'Batches, five minutes',
  workload: `${WORKLOAD} ${STEADY_PER_SECOND} orders a second are due; once a second a read of the history is timed, which waits until the history has come as far as the log.`,
  run: runSteady,
};
