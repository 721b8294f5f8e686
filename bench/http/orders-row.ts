// Signed orders over HTTP: how many a node takes, what each costs its threads, and how soon they are answered.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nonceStart } from '@picostocks/protocol';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { runPart } from '../part.ts';
import type { Figure, Row, RunOptions, RunResult } from '../row.ts';
import { BenchExchange, FIRST_USER } from './bench-exchange.ts';
import type { OrderLoad, OrderLoadResult } from './generate-orders.ts';
import { Responder } from './responder.ts';
import { timeBetween } from './thread-times.ts';

const GENERATOR = new URL('./generate-orders.ts', import.meta.url);
const USERS = 250;

interface Scale {
  readonly warmupMs: number;
  readonly measureMs: number;
  /** Longer: a disk that stops for a tenth of a second is to be one of many moments, not a hundredth of all. */
  readonly halfLoadMs: number;
  /** Signed beforehand, of each user: more than an exchange takes in that time. */
  readonly ordersEach: number;
}

const FULL: Scale = { warmupMs: 2_000, measureMs: 8_000, halfLoadMs: 30_000, ordersEach: 800 };
const SHORT: Scale = { warmupMs: 100, measureMs: 300, halfLoadMs: 300, ordersEach: 60 };

interface Loaded {
  readonly result: OrderLoadResult;
  /** CPU seconds of each thread of the exchange meanwhile. */
  readonly threads: Map<string, number>;
}

/** Runs the generator; answers its result, and the CPU seconds of the exchange's threads meanwhile. */
export async function generate(
  load: OrderLoad,
  { folder, exchange }: { folder: string; exchange?: BenchExchange },
): Promise<Loaded> {
  const file = join(folder, 'load.json');
  writeFileSync(file, JSON.stringify(load));
  let before = new Map<string, number>();
  let threads = new Map<string, number>();
  const result = await runPart<OrderLoadResult>(GENERATOR, {
    args: [file],
    onLine: (line) => {
      if (exchange === undefined) return;
      if (line === 'begin') before = exchange.threadTimes();
      if (line === 'end') threads = timeBetween(before, exchange.threadTimes());
    },
  });
  return { result, threads };
}

export function firstNonces(exchangeId: string, users: number): number[] {
  return Array.from({ length: users }, (_, index) =>
    nonceStart({ exchange: exchangeId, userId: FIRST_USER + index, keyId: 0 }),
  );
}

export async function exchangeIdOf(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/time/`);
  const { exchange } = (await response.json()) as { exchange: string };
  return exchange;
}

async function run({ isShort, run: number, folder, say }: RunOptions): Promise<RunResult> {
  const scale = isShort ? SHORT : FULL;
  const seed = `orders ${number}`;
  say('bare verifications');
  const verifyArgs = { args: [isShort ? '100' : '2000'], core: 0 };
  const verify = new URL('./verify.ts', import.meta.url);
  const { perSecond: verifications } = await runPart<{ perSecond: number }>(verify, verifyArgs);
  say('bare commits');
  const commit = await runPart<Commit>(new URL('./commit.ts', import.meta.url), {
    args: [join(folder, 'commits'), isShort ? '100' : '20000'],
  });
  say('what the generator can send');
  const ceiling = await generatorCeiling(scale, { folder, seed });
  say('one node');
  const one = await BenchExchange.start({ folder: join(folder, 'one'), nodes: 1, users: USERS });
  try {
    const nonces = firstNonces(await exchangeIdOf(one.url), USERS);
    const load = { url: one.url, seed, ...scale, nonces };
    const full = await generate(load, { folder, exchange: one });
    const perSecond = full.result.answered / full.result.seconds;
    say('one node at half load');
    const half = await generate(
      {
        ...load,
        measureMs: scale.halfLoadMs,
        nonces: full.result.nonces,
        rate: Math.round(perSecond / 2),
      },
      { folder, exchange: one },
    );
    await one.stop();
    say('two nodes');
    const two = await twoNodes(scale, { folder, seed });
    return {
      figures: [
        ...throughput({ full, perSecond, verifications, ceiling, two }),
        ...latencies(half.result, commit),
        ...halfLoad(half),
      ],
      histograms: {
        'acknowledgement at half load (µs)': half.result.latency,
        'lateness of the generator at half load (µs)': half.result.lateness,
      },
    };
  } finally {
    await one.stop();
  }
}

async function generatorCeiling(
  scale: Scale,
  { folder, seed }: { folder: string; seed: string },
): Promise<number> {
  const responder = await Responder.start(new URL('./respond.ts', import.meta.url));
  try {
    const nonces = firstNonces('0'.repeat(32), USERS);
    const load = { url: responder.url, seed, nonces, warmupMs: 200 };
    // What was signed is gone in a second or so.
    const brief = { ...load, measureMs: scale.measureMs / 16, ordersEach: scale.ordersEach };
    const { result } = await generate(brief, { folder });
    return result.answered / result.seconds;
  } finally {
    await responder.stop();
  }
}

async function twoNodes(
  scale: Scale,
  { folder, seed }: { folder: string; seed: string },
): Promise<number> {
  const two = await BenchExchange.start({ folder: join(folder, 'two'), nodes: 2, users: USERS });
  try {
    const nonces = firstNonces(await exchangeIdOf(two.url), USERS);
    const { result } = await generate({ url: two.url, seed, ...scale, nonces }, { folder });
    return result.answered / result.seconds;
  } finally {
    await two.stop();
  }
}

/** One after the other, in microseconds. */
interface Commit {
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

interface Measured {
  readonly full: Loaded;
  readonly perSecond: number;
  readonly verifications: number;
  readonly ceiling: number;
  readonly two: number;
}

function throughput({ full, perSecond, verifications, ceiling, two }: Measured): Figure[] {
  const { result, threads } = full;
  const bare = { name: 'libsodium verifications, one core', value: verifications };
  const verification = { name: 'one verification', value: 1_000_000 / verifications };
  const micros = (...names: string[]): number =>
    names.reduce((sum, name) => sum + (threads.get(name) ?? 0), 0) * (1_000_000 / result.answered);
  const unit = 'µs of CPU';
  return [
    { name: 'one node', unit: 'orders/s', value: perSecond, peer: bare, bar: { atLeast: 0.4 } },
    {
      name: 'node thread, each order',
      unit,
      value: micros('node'),
      peer: verification,
      bar: { atMost: 2 },
    },
    { name: 'its verifier, each order', unit, value: micros('verifier') },
    {
      name: 'log and historian threads, each order',
      unit,
      value: micros('log', 'historian'),
      peer: verification,
      bar: { atMost: 0.8 },
    },
    { name: 'of that the log', unit, value: micros('log') },
    {
      name: 'all other threads, each order',
      unit,
      value: others(threads) * (1_000_000 / result.answered),
    },
    { name: 'two nodes', unit: 'orders/s', value: two, peer: bare },
    { name: 'the generator, against a server that only answers', unit: 'orders/s', value: ceiling },
    {
      name: 'the generator, each order',
      unit,
      value: (result.cpuSeconds * 1_000_000) / result.answered,
    },
  ];
}

/** Compilation, garbage collection and whatever else V8 and libuv do beside. */
function others(threads: Map<string, number>): number {
  const own = new Set(['node', 'verifier', 'log', 'historian']);
  return [...threads].reduce((sum, [name, seconds]) => sum + (own.has(name) ? 0 : seconds), 0);
}

/** An order costs more when fewer come: each finds the caches as the other threads left them. */
function halfLoad({ result, threads }: Loaded): Figure[] {
  const unit = 'µs of CPU';
  const all = [...threads.values()].reduce((sum, seconds) => sum + seconds, 0);
  const micros = (seconds: number): number => (seconds * 1_000_000) / result.answered;
  return [
    { name: 'at half load: all threads, each order', unit, value: micros(all) },
    {
      name: 'at half load: the generator, each order',
      unit,
      value: micros(result.cpuSeconds),
    },
  ];
}

function latencies(result: OrderLoadResult, commit: Commit): Figure[] {
  const peer = { name: 'one durable commit, median', value: commit.p50 };
  const latency = decodeFromCompressedBase64(result.latency);
  const lateness = decodeFromCompressedBase64(result.lateness);
  const unit = 'µs';
  const at = (percent: number): number => latency.getValueAtPercentile(percent);
  return [
    { name: 'half load', unit: 'orders/s', value: result.answered / result.seconds },
    { name: 'acknowledgement p50', unit, value: at(50), peer, bar: { atMost: 3 } },
    { name: 'acknowledgement p99', unit, value: at(99), peer, bar: { atMost: 20 } },
    { name: 'acknowledgement p99.9', unit, value: at(99.9), peer },
    { name: 'acknowledgement, slowest', unit, value: latency.maxValue, peer },
    { name: 'one durable commit, p99', unit, value: commit.p99 },
    { name: 'one durable commit, slowest', unit, value: commit.slowest },
    { name: 'the generator sends late by, p50', unit, value: lateness.getValueAtPercentile(50) },
  ];
}

export const ordersRow: Row = {
  id: 'orders',
  title: 'Signed orders over HTTP, durable',
  workload: `${USERS} users on a connection each send signed order texts, six of ten new orders and four cancels, a third of the orders trade; every answer means fsynced. At half load, a process that has been at full load before, the orders of each millisecond are due together and timed from when they are due.`,
  run,
};
