// The engine against an order book from npm, against itself when it is full, and against the clock.

import { type PartOptions, runPart } from '../part.ts';
import type { Figure, Row, RunOptions, RunResult } from '../row.ts';

const PART = new URL('./part.ts', import.meta.url);
/** Everything on one core, the collector included, so that the figures are those of one core. */
const CORE = 0;
const PEER = 'nodejs-order-book';

interface Rate {
  readonly perSecond: number;
}

interface Measured {
  readonly what: 'ours' | 'peer' | 'pauses' | 'memory';
  readonly flow: 'top' | number;
  readonly events: number;
  readonly warmUp: number;
}

function measure<T>({ what, flow, events, warmUp }: Measured): Promise<T> {
  const options: PartOptions = {
    args: [what, `${flow}`, `${events}`, `${warmUp}`],
    execArgv: ['--expose-gc', '--single-threaded-gc', '--max-old-space-size=12000'],
    core: CORE,
  };
  return runPart<T>(PART, options);
}

/** Ours and the peer over the same events, which of the two goes first by the number of the run. */
async function compare(
  { run, say }: RunOptions,
  events: { readonly flow: 'top' | number; readonly events: number; readonly warmUp: number },
): Promise<{ ours: number; peer: number }> {
  const rates = { ours: 0, peer: 0 };
  const order = ['ours', 'peer'] as const;
  for (const what of run % 2 === 0 ? order : order.toReversed()) {
    say(`${what === 'ours' ? 'the engine' : PEER}, ${events.flow}`);
    // The peer needs a second for what the engine does at once, and is warm sooner.
    const warmUp = what === 'ours' ? events.warmUp : Math.ceil(events.warmUp / 10);
    rates[what] = (await measure<Rate>({ ...events, what, warmUp })).perSecond;
  }
  return rates;
}

async function compareWithPeer(options: RunOptions): Promise<Figure[]> {
  const { isShort } = options;
  const warmUp = isShort ? 2_000 : 1_000_000;
  const top = await compare(options, { flow: 'top', events: isShort ? 5_000 : 1_000_000, warmUp });
  const deep = await compare(options, {
    ...{ flow: isShort ? 20_000 : 200_000, events: isShort ? 5_000 : 200_000, warmUp },
  });
  const unit = 'events/s';
  return [
    {
      name: 'top',
      unit,
      value: top.ours,
      peer: { name: PEER, value: top.peer },
      bar: { atLeast: 30 },
    },
    {
      name: 'deep',
      unit,
      value: deep.ours,
      peer: { name: PEER, value: deep.peer },
      bar: { atLeast: 5 },
    },
  ];
}

async function measureGrowth({ isShort, say }: RunOptions): Promise<Figure[]> {
  const scale = isShort ? 1_000 : 1;
  const events = 200_000 / scale;
  const rates: number[] = [];
  const sizes = [10_000, 1_000_000, 10_000_000].map((size) => Math.max(1_000, size / scale));
  for (const flow of sizes) {
    say(`the engine with ${flow} open orders`);
    const warmUp = isShort ? 2_000 : 1_000_000;
    rates.push((await measure<Rate>({ what: 'ours', flow, events, warmUp })).perSecond);
  }
  const [small = 0, million = 0, millions = 0] = rates;
  const peer = { name: 'the engine with 10,000', value: small };
  const unit = 'events/s';
  return [
    { name: '1,000,000 open orders', unit, value: million, peer, bar: { atLeast: 0.22 } },
    { name: '10,000,000 open orders', unit, value: millions, peer, bar: { atLeast: 0.12 } },
  ];
}

interface PartPauses {
  readonly worst: number;
  readonly worstOurs: number;
  readonly worstCollection: number;
  readonly p50: number;
  readonly p9999: number;
  readonly histogram: string;
}

async function measurePauses({ isShort, say }: RunOptions): Promise<RunResult> {
  const figures: Figure[] = [];
  const histograms: Record<string, string> = {};
  const flows = [
    { name: 'top', flow: 'top', atMost: 60 },
    { name: 'deep', flow: isShort ? 20_000 : 200_000, atMost: 120 },
  ] as const;
  for (const { name, flow, atMost } of flows) {
    say(`pauses, ${name}`);
    const events = isShort ? 5_000 : 1_000_000;
    const pauses = await measure<PartPauses>({ what: 'pauses', flow, events, warmUp: events });
    const { worst, worstOurs, worstCollection, p50, p9999, histogram } = pauses;
    const unit = 'ms';
    figures.push(
      { name: `${name}: p50 of an event`, unit, value: p50 },
      { name: `${name}: p99.99`, unit, value: p9999, bar: { atMost: 1 } },
      { name: `${name}: the worst`, unit, value: worst, bar: { atMost } },
      { name: `${name}: the worst without the collector`, unit, value: worstOurs },
      { name: `${name}: the longest collection`, unit, value: worstCollection },
    );
    histograms[`an event, ${name} (ns)`] = histogram;
  }
  return { figures, histograms };
}

async function measureMemory({ isShort, say }: RunOptions): Promise<Figure[]> {
  say('memory');
  const flow = isShort ? 5_000 : 200_000;
  const { bytes } = await measure<{ bytes: number }>({
    what: 'memory',
    flow,
    events: 0,
    warmUp: 0,
  });
  return [{ name: 'heap of an open order', unit: 'bytes', value: bytes, bar: { atMost: 400 } }];
}

export const ENGINE_ROW: Row = {
  id: 'engine',
  title: 'Engine: orders and cancels per second, pauses, memory',
  workload:
    'Decoded commands, each an entry of its own with key, nonce and time; 52 % limit orders that rest, 38 % cancels by order id, ' +
    '10 % takers that fill 1–5 makers; all rules, fees and events on; exact amounts, double entry. top: 10,000 resting orders, 1,000,000 events. ' +
    `deep: 200,000 resting orders, the first 200,000 events. ${PEER}: the same events with floats, no ledger, no fees, warmed up a tenth as long. ` +
    'Of the engine, trades, resting orders and sums are checked after each pass; of the peer only that it did something. One core, its garbage collector included.',
  run: async (options) => {
    const compared = await compareWithPeer(options);
    const growth = await measureGrowth(options);
    const pauses = await measurePauses(options);
    const memory = await measureMemory(options);
    return { ...pauses, figures: [...compared, ...growth, ...pauses.figures, ...memory] };
  },
};
