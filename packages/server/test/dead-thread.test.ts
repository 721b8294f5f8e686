// Half an exchange does not go on: whichever of its threads dies, the exchange says that it has failed, and which.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import type { Exchange } from '../src/index.ts';
import { foundExchange, newSigner, start, temporaryFolder } from './kit.ts';

/** An exchange, and the threads that it consists of. */
class OpenedUp implements AsyncDisposable {
  readonly exchange: Exchange;
  readonly threads: readonly Worker[];
  readonly #temporary: Disposable;

  private constructor(exchange: Exchange, threads: readonly Worker[], temporary: Disposable) {
    this.exchange = exchange;
    this.threads = threads;
    this.#temporary = temporary;
  }

  static async start(): Promise<OpenedUp> {
    const temporary = temporaryFolder();
    foundExchange(temporary.folder, { operator: newSigner() });
    const threads: Worker[] = [];
    const note = (worker: Worker): void => void threads.push(worker);
    process.on('worker', note);
    try {
      return new OpenedUp(await start(temporary.folder), threads, temporary);
    } finally {
      process.off('worker', note);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The others would wait for what the dead one no longer says.
    await Promise.all(this.threads.map((thread) => thread.terminate()));
    await this.exchange.stop();
    this.#temporary[Symbol.dispose]();
  }
}

suite('a thread dies', () => {
  for (const name of ['log', 'historian', 'reader', 'verifier', 'node']) {
    test(name, async () => {
      await using opened = await OpenedUp.start();
      const thread = opened.threads.find(({ threadName }) => threadName === name);
      assert(thread !== undefined, 'the exchange has such a thread');
      await thread.terminate();
      // What the exchange knows now: a promise that stays open would let the test wait for ever.
      const still = new Promise((resolve) => setImmediate(resolve, 'it goes on'));
      await assert.rejects(Promise.race([opened.exchange.failed, still]), {
        code: 'thread_failed',
        message: `the ${name} thread failed: it ended with code 1`,
      });
    });
  }
});
