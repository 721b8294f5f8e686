// A full disk, with log and history on it: no reply is a lie, reads go on, and when there is space again
// the exchange goes on by itself. A real file system, so it needs Linux and the right to mount one.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorReply, PutReply } from '@picostocks/protocol';
import { auditLog } from '../src/audit.ts';
import { DataFolder } from '../src/index.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { foundExchange, newSigner, Served, start } from './kit.ts';

const SMALL = 'size=12m';
const LARGE = 'size=200m';

class SmallDisk implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'picostocks-disk-'));
  readonly isMounted: boolean;

  constructor() {
    this.isMounted = this.#run('mount', '-t', 'tmpfs', '-o', SMALL, 'tmpfs', this.path);
  }

  #run(command: string, ...args: string[]): boolean {
    return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  }

  /** Takes all space but so many bytes. */
  fillBut(left: number): void {
    const { bavail, bsize } = statfsSync(this.path);
    writeFileSync(join(this.path, 'filler'), new Uint8Array(bavail * bsize - left));
  }

  grow(): void {
    assert.ok(this.#run('mount', '-o', `remount,${LARGE}`, this.path));
  }

  [Symbol.dispose](): void {
    if (this.isMounted) this.#run('umount', this.path);
    rmSync(this.path, { recursive: true, force: true });
  }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await holds()) return;
    await pause(50);
  }
  assert.fail(`${what}: never`);
}

const disk = new SmallDisk();
const skip = disk.isMounted ? false : 'a small file system cannot be mounted here';
test.after(() => disk[Symbol.dispose]());

test('full disk: read only, nothing acknowledged is lost, and back by itself', {
  skip,
}, async () => {
  const folder = new DataFolder(join(disk.path, 'data'));
  mkdirSync(folder.path);
  const operator = newSigner();
  foundExchange(folder, { operator });
  const exchange = await start(folder, { nodes: 2, segmentEntries: 20 });
  const temporary = { folder, [Symbol.dispose]: () => undefined };
  await using served = new Served({ temporary, operator, exchange });
  await served.furnish(true);
  const trader = await served.newTrader();
  disk.fillBut(400_000);

  let acknowledged = 0;
  const put = () => trader.send<PutReply & ErrorReply>('BID', { quantity: '1', price: '0.001' });
  let answer = await put();
  for (; answer.status === 201; answer = await put()) acknowledged += 1;
  assert.equal(answer.status, 503, answer.text);
  assert.equal(answer.json.code, 'unavailable');
  assert.equal(answer.headers['retry-after'], '1');
  assert.ok(acknowledged > 0);

  const nonce = await trader.nonce();
  assert.equal((await served.call('/readyz')).status, 503);
  assert.equal((await served.time()).read_only, true);
  assert.equal((await put()).status, 503);
  assert.equal(await trader.nonce(), nonce, 'what was refused has used no nonce');

  disk.grow();
  await until('ready again', async () => (await served.call('/readyz')).status === 200);
  const after = await put();
  assert.equal(after.status, 201, after.text);
  const result = await served.get<{ status: string }>(
    `/v1/account/result/${trader.userId}/${after.json.nonce}/`,
  );
  assert.equal(result.status, 'applied');
  await served.stop();

  const log = SqliteLog.openReader(folder.logFolder);
  const report = auditLog(log);
  log.close();
  const btc = report.assets.find(({ stock_id }) => stock_id === 2);
  assert.equal(Number(btc?.locked), (acknowledged + 1) / 1_000);
});
