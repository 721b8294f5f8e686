// What may not fail in a thread ends it, also where a request would catch the error and answer 500.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

const WORKER = new URL('../src/thread/worker.ts', import.meta.url).href;

test('threads: a failure within a request ends the thread', async () => {
  const code = `
    const { orEndThread } = await import(${JSON.stringify(WORKER)});
    const { parentPort } = await import('node:worker_threads');
    parentPort.on('message', () => undefined);
    const answer = async () => orEndThread(() => { throw new Error('the replica is broken'); });
    await answer().catch(() => undefined);
    setImmediate(() => parentPort.postMessage('it serves on'));
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  worker.on('message', (message) => worker.emit('error', new Error(String(message))));
  const [error] = (await once(worker, 'error').catch((caught) => [caught])) as [Error];
  assert.equal(error.message, 'the replica is broken');
  await worker.terminate();
});
