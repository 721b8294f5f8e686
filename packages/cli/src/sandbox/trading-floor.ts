// The simulated traders of a sandbox: their keys, their turns, their end. Each keeps to one command a
// second, whatever happens, and no error stops one for good.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { generateKey, PicostocksClient } from '@picostocks/client';
import { readKeyFile, writeKeyFile } from '../key-file.ts';
import { MARKETS } from './listing.ts';
import { Random } from './random.ts';
import { ReferencePrice } from './reference-price.ts';
import { Trader, type TraderStyle } from './trader.ts';

/** Waits; answers early, without an error, when the signal aborts. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

export interface TradingFloorOptions {
  readonly url: string;
  /** Where the traders' keys are kept. */
  readonly folder: string;
  readonly log: (line: string) => void;
  readonly pause: Pause;
  readonly seed: number;
}

const STYLES: readonly TraderStyle[] = ['maker', 'maker', 'taker', 'maker', 'taker'];
export const TRADER_COUNT = STYLES.length;

/** At least a second between two commands of one trader. */
const TURN_MS = { least: 1_000, most: 2_000 };
const AFTER_ERROR_MS = 5_000;
const REQUEST_MS = 5_000;
const STOP_MS = 2_000;

export class TradingFloor {
  readonly #options: TradingFloorOptions;
  readonly #stopping = new AbortController();
  readonly #turns: Promise<void>[];

  constructor(options: TradingFloorOptions) {
    this.#options = options;
    const prices = MARKETS.map((market) => new ReferencePrice(market));
    this.#turns = STYLES.map((style, index) => {
      const random = new Random(options.seed + index);
      return this.#trade(index + 1, { trader: new Trader({ style, prices, random }), random });
    });
  }

  /** No trader begins another turn; waits for those who are in one, but not for ever. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const late = new AbortController();
    await Promise.race([Promise.all(this.#turns), pauseForReal(STOP_MS, late.signal)]);
    late.abort();
  }

  async #trade(number: number, { trader, random }: { trader: Trader; random: Random }) {
    const { pause, log } = this.#options;
    const { signal } = this.#stopping;
    let client: PicostocksClient | undefined;
    let lastError = '';
    // They do not all come at once.
    await pause(random.between(0, TURN_MS.least), signal);
    while (!signal.aborted) {
      let waitMs = random.between(TURN_MS.least, TURN_MS.most);
      try {
        client ??= await this.#connect(number);
        await trader.act(client);
        lastError = '';
      } catch (error) {
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        // The market's no is daily life: the order was gone, the money spent, the market halted.
        if (name !== 'RejectedError') {
          // Whatever state the client was in, a new one begins from the exchange's.
          client = undefined;
          waitMs = AFTER_ERROR_MS;
          if (message !== lastError && !signal.aborted) log(`trader ${number}: ${message}`);
          lastError = message;
        }
      }
      await pause(waitMs, signal);
    }
  }

  async #connect(number: number): Promise<PicostocksClient> {
    const { url, folder } = this.#options;
    const privateKey = await keyOf(folder, number);
    const access = { baseUrl: url, privateKey, timeoutMs: REQUEST_MS };
    const { user_id: userId } = await PicostocksClient.register(access);
    return new PicostocksClient({ ...access, userId });
  }
}

/** The traders are the same people after a restart. */
async function keyOf(folder: string, number: number): Promise<string> {
  const path = join(folder, `trader-${number}.key`);
  if (existsSync(path)) return readKeyFile(path);
  const { privateKey } = await generateKey();
  writeKeyFile(path, privateKey);
  return privateKey;
}

/** The timer of the real world. */
export const pauseForReal: Pause = (milliseconds, signal) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const done = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', done);
    resolve();
  };
  const timer = setTimeout(done, milliseconds);
  signal.addEventListener('abort', done);
  return promise;
};
