// A real exchange in a process of its own, `picostocks serve` on a new folder, with one market and users who
// can trade in it. No address limits; everything else as an operator runs it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PicostocksClient } from '@picostocks/client';
import { fromHex } from '@picostocks/protocol';
import { DataFolder, found, prepareGenesis } from '@picostocks/server';
import { keyOf, signHex, userKey } from './keys.ts';
import { threadTimes } from './thread-times.ts';

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

export const UNIT = 2;
export const STOCK = 3;
/** Ids of users in the order of their keys: the operator has 0. */
export const FIRST_USER = 1;
/** More than any workload here can lock. */
const GIFT = '1000000000000';

export interface BenchExchangeOptions {
  readonly folder: string;
  readonly nodes: number;
  readonly users: number;
}

export class BenchExchange {
  readonly url: string;
  readonly data: DataFolder;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, fields: { url: string; data: DataFolder }) {
    this.#child = child;
    this.url = fields.url;
    this.data = fields.data;
  }

  static async start(options: BenchExchangeOptions): Promise<BenchExchange> {
    const data = new DataFolder(join(options.folder, 'data'));
    const operator = keyOf('operator');
    const genesis = prepareGenesis(data, { operator: operator.publicHex, sandbox: true });
    found(data, fromHex(signHex(operator, genesis)) ?? new Uint8Array(0));
    mkdirSync(data.snapshots, { mode: 0o700 });
    const exchange = await BenchExchange.serve(data, options.nodes);
    await furnish(exchange.url, options.users);
    return exchange;
  }

  static async serve(data: DataFolder, nodes: number): Promise<BenchExchange> {
    const words = ['serve', '--data', data.path, '--port', '0', '--json'];
    words.push('--nodes', `${nodes}`, '--rate-limit', '0');
    const child = spawn(process.execPath, [MAIN, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const printed = once(child.stdout.setEncoding('utf8'), 'data') as Promise<[string]>;
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the exchange ended with ${code} before it served`);
    });
    const [line] = await Promise.race([printed, ended]);
    ended.catch(() => undefined);
    const { url } = JSON.parse(line) as { url: string };
    return new BenchExchange(child, { url, data });
  }

  /** CPU seconds of each of its threads so far, by name. */
  threadTimes(): Map<string, number> {
    return threadTimes(this.#child.pid ?? 0);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

/** All rules of the market are on: a tick, a lot, a least value, a band, fees, no trading with oneself. */
async function furnish(baseUrl: string, users: number): Promise<void> {
  const { seedHex } = keyOf('operator');
  const operator = new PicostocksClient({ baseUrl, userId: 0, privateKey: seedHex });
  for (const id of [UNIT, STOCK]) {
    await operator.sendCommand('create_asset', { stock_id: id, code: `asset${id}` });
  }
  await operator.sendCommand('list_market', {
    stock_id: STOCK,
    unit_id: UNIT,
    tick: '0.0001',
    lot: '0.0001',
    min_value: '0.0001',
    price_band_ppm: 900_000,
    max_open_orders: 100_000,
    self_trade: 'cancel_newest',
  });
  await operator.sendCommand('change_settings', { registration_open: true, gift: GIFT });
  const indexes = Array.from({ length: users }, (_, index) => index);
  await Promise.all(
    indexes.map((index) =>
      operator.sendCommand('register_user', { public_key: userKey(index).publicHex }),
    ),
  );
  await operator.sendCommand('change_settings', { fee_user_id: FIRST_USER });
  await operator.sendCommand('set_fees', {
    stock_id: STOCK,
    unit_id: UNIT,
    maker_ppm: 500,
    taker_ppm: 1_000,
  });
}
