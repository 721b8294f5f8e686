// One durable commit through a worker thread and back: an entry to the real log, fsynced, one at a time.
//
//   node commit.ts FOLDER COUNT

import { parentPort, Worker, workerData } from 'node:worker_threads';
import { ENTRY_KINDS } from '@picostocks/protocol';
import { SqliteLog } from '@picostocks/server';
import { build } from 'hdr-histogram-js';
import { sealEntries } from '../../packages/server/src/log/log.ts';

const MESSAGE = Buffer.from('BID:19:3:1.000000000000000000:2:0.050000000000000000:123456789012345');

function commitForMain(port: NonNullable<typeof parentPort>, folder: string): void {
  const log = SqliteLog.openWriter(folder);
  const proposal = {
    kind: ENTRY_KINDS.order,
    key: new Uint8Array(32),
    signature: new Uint8Array(64),
    message: MESSAGE,
  };
  let head = log.head();
  port.on('message', () => {
    const entries = sealEntries(head, { proposals: [proposal], time: head.time + 1 });
    log.append(head, entries);
    head = log.head();
    port.postMessage(head.sequence);
  });
}

async function measure(folder: string, count: number): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: folder });
  const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
  for (let turn = 0; turn < count; turn += 1) {
    const begun = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.once('message', () => resolve());
    worker.postMessage('commit');
    await promise;
    // The first tenth warms up.
    if (turn > count / 10) histogram.recordValue(Math.round((performance.now() - begun) * 1_000));
  }
  await worker.terminate();
  const [p50, p99] = [50, 99].map((percent) => histogram.getValueAtPercentile(percent));
  process.stdout.write(`${JSON.stringify({ p50, p99, slowest: histogram.maxValue })}\n`);
}

if (parentPort !== null) commitForMain(parentPort, workerData as string);
else await measure(process.argv[2] ?? '', Number(process.argv[3]));
