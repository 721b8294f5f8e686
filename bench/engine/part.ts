// One measurement of the engine or its peer in a process of its own: `part.ts WHAT FLOW EVENTS WARM_UP`.
//
// WHAT is `ours`, `peer`, `pauses` or `memory`, FLOW is `top` or a number of resting orders (order-events.ts).
// All events are made first; then so many of them go by for warming up, in a market that is thrown away. Of the
// measured pass only the events count, not the prefill.

import { PerformanceObserver } from 'node:perf_hooks';
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { OrderBook, Side } from 'nodejs-order-book';
import { BenchMarket } from './bench-market.ts';
import { deepFlow, makeOrderEvents, type OrderEvents, TOP } from './order-events.ts';
import { type Collection, splitPauses } from './pauses.ts';

/** So many commands are made ahead, outside of the time: a batch of the log has about as many. */
const AHEAD = 64;
const SECOND = 1_000;

function measureOurs(source: OrderEvents): number {
  const market = new BenchMarket(source);
  let taken = 0;
  for (let from = 0; from < source.count; from += AHEAD) {
    const entries = market.prepare(from, Math.min(from + AHEAD, source.count));
    const begun = performance.now();
    for (const entry of entries) market.apply(entry);
    if (from >= source.prefill) taken += performance.now() - begun;
  }
  market.check();
  return ((source.count - source.prefill) * SECOND) / taken;
}

function measurePeer(source: OrderEvents): number {
  const book = new OrderBook();
  let [taken, done] = [0, 0];
  for (let from = 0; from < source.count; from += AHEAD) {
    const orders = preparePeer(source, from, Math.min(from + AHEAD, source.count));
    const begun = performance.now();
    for (const order of orders) {
      if (typeof order === 'string') done += book.cancel(order) === undefined ? 0 : 1;
      else done += book.limit(order).done.length;
    }
    if (from >= source.prefill) taken += performance.now() - begun;
  }
  if (done === 0) throw new Error('the peer has done nothing');
  return ((source.count - source.prefill) * SECOND) / taken;
}

/** A cancel is the name of its order. */
function preparePeer(source: OrderEvents, from: number, to: number) {
  return Array.from({ length: to - from }, (_, index) => {
    const row = from + index;
    const id = String(source.orders[row]);
    if (source.isCancel[row] === 1) return id;
    const side = source.isAsk[row] === 1 ? Side.SELL : Side.BUY;
    const size = (source.quantities[row] ?? 0) / 1e8;
    return { id, side, size, price: (source.ticks[row] ?? 0) / 1e8 };
  });
}

/** From the end of one event to the end of the next: nothing falls between two. */
async function measurePauses(source: OrderEvents) {
  const collections: Collection[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      collections.push({ startTime, duration });
    }
  });
  const market = new BenchMarket(source);
  for (let row = 0; row < source.prefill; row += 1) market.apply(market.entry(row));
  const ends = new Float64Array(source.count - source.prefill + 1);
  observer.observe({ entryTypes: ['gc'] });
  ends[0] = performance.now();
  for (let row = source.prefill; row < source.count; row += 1) {
    market.apply(market.entry(row));
    ends[row - source.prefill + 1] = performance.now();
  }
  market.check();
  // Collections are told of in the turns of the event loop after them.
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  observer.disconnect();
  const histogram = build({ numberOfSignificantValueDigits: 3, highestTrackableValue: 1e11 });
  for (let event = 1; event < ends.length; event += 1) {
    histogram.recordValue(Math.round(((ends[event] ?? 0) - (ends[event - 1] ?? 0)) * 1e6));
  }
  return {
    ...splitPauses(ends, collections),
    p50: histogram.getValueAtPercentile(50) / 1e6,
    p9999: histogram.getValueAtPercentile(99.99) / 1e6,
    collections: collections.length,
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

/** What the heap grew by while the prefill came to rest. */
function measureMemory(source: OrderEvents): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('to be run with --expose-gc');
  const heap = (): number => {
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const market = new BenchMarket(source);
  const before = heap();
  for (let row = 0; row < source.prefill; row += 1) market.apply(market.entry(row));
  const bytes = (heap() - before) / source.prefill;
  if (market.engine.state.orders.size !== source.prefill) throw new Error('not all rest');
  return bytes;
}

const [what, name = '', eventsText, warmUpText] = process.argv.slice(2);
const [events, warmUp] = [Number(eventsText), Number(warmUpText)];
const flow = name === 'top' ? TOP : deepFlow(Number(name));
const source = makeOrderEvents(flow, events);
const warm = warmUp > 0 ? makeOrderEvents(TOP, warmUp) : undefined;

async function measure(): Promise<unknown> {
  switch (what) {
    case 'ours':
      if (warm !== undefined) measureOurs(warm);
      return { perSecond: measureOurs(source) };
    case 'peer':
      if (warm !== undefined) measurePeer(warm);
      return { perSecond: measurePeer(source) };
    case 'pauses':
      if (warm !== undefined) measureOurs(warm);
      return measurePauses(source);
    case 'memory':
      return { bytes: measureMemory(source) };
    default:
      throw new Error(`there is nothing to measure that is called ${what}`);
  }
}

process.stdout.write(`${JSON.stringify(await measure())}\n`);
