// Asks the same question again and again on some connections, each as soon as the last was answered.
//
//   node generate-reads.ts URL CONNECTIONS WARMUP_MS MEASURE_MS

import { setTimeout as pause } from 'node:timers/promises';
import { Connection, requestBytes } from './connection.ts';

export interface ReadLoadResult {
  readonly answered: number;
  readonly seconds: number;
}

const [address = '', connections, warmupMs, measureMs] = process.argv.slice(2);
const url = new URL(address);
const bytes = requestBytes(url, { method: 'GET', path: url.pathname + url.search });
let answered = 0;
let isOver = false;

async function ask(): Promise<void> {
  const connection = await Connection.open(url);
  while (!isOver) {
    const { status } = await connection.send(bytes);
    if (status !== 200) throw new Error(`${address} answered ${status}`);
    answered += 1;
  }
  connection.close();
}

const asking = Promise.all(Array.from({ length: Number(connections) }, ask));
await pause(Number(warmupMs));
const [before, begun] = [answered, performance.now()];
await pause(Number(measureMs));
const result: ReadLoadResult = {
  answered: answered - before,
  seconds: (performance.now() - begun) / 1_000,
};
isOver = true;
await asking;
process.stdout.write(`${JSON.stringify(result)}\n`);
