// A disk that reports an error: the real server, `picostocks serve`, whose every fsync fails from one
// moment on. It must acknowledge nothing more, end, and say why; and the next start, on a disk that works,
// must have all that was acknowledged.
//
// The failing fsync is a small library that the test compiles and the system loads before the C library:
// that needs Linux and a C compiler. It is the same call by which SQLite makes a commit durable.

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ErrorReply, PutReply, ResultReply } from '@picostocks/protocol';
import { auditLog } from '../src/audit.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import {
  form,
  foundExchange,
  newSigner,
  type Running,
  Served,
  type SignedOrder,
  start,
  type Trader,
  temporaryFolder,
} from './kit.ts';

const MAIN = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));

const SHIM = `
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(void) {
  const char *trigger = getenv("FSYNC_FAILS_WHILE");
  return trigger != NULL && access(trigger, F_OK) == 0;
}
static int answer(long number, int file) {
  if (fails()) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(number, file);
}
int fsync(int file) { return answer(SYS_fsync, file); }
int fdatasync(int file) { return answer(SYS_fdatasync, file); }
`;

class Shim implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'picostocks-fsync-'));
  readonly #library = join(this.#folder, 'shim.so');
  readonly #trigger = join(this.#folder, 'trigger');
  readonly isThere: boolean;

  constructor() {
    const source = join(this.#folder, 'shim.c');
    writeFileSync(source, SHIM);
    const args = ['-shared', '-fPIC', '-o', this.#library, source];
    const isLinux = process.platform === 'linux';
    this.isThere = isLinux && spawnSync('cc', args, { stdio: 'ignore' }).status === 0;
  }

  get environment(): Record<string, string> {
    return { LD_PRELOAD: this.#library, FSYNC_FAILS_WHILE: this.#trigger };
  }

  /** From now on every fsync of the server fails. */
  breakDisk(): void {
    writeFileSync(this.#trigger, '');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

interface Child extends Running {
  /** How it ended, and what it said. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** The real server in a process of its own, on the disk that can be broken. */
async function startChild(data: string, shim: Shim): Promise<Child> {
  const words = ['serve', '--data', data, '--port', '0', '--nodes', '2', '--json'];
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    [MAIN, ...words],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...shim.environment } },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, stderr }));
  const early = ended.then(() => assert.fail(`the server did not start: ${stderr}`));
  early.catch(() => undefined);
  const [line] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), early]);
  const { url } = JSON.parse(line) as { url: string };
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { url, nodes: 2, stop, ended };
}

const shim = new Shim();
test.after(() => shim[Symbol.dispose]());
const skip = shim.isThere ? false : 'fsync cannot be made to fail here: it needs Linux and cc';

const LINES = 4;
const PRICE = '0.001';

test('failed fsync: the server ends at once, and nothing acknowledged is lost', {
  skip,
}, async () => {
  const temporary = temporaryFolder();
  const operator = newSigner();
  foundExchange(temporary.folder, { operator });
  const child = await startChild(temporary.folder.path, shim);
  await using served = new Served({ temporary, operator, exchange: child });
  await served.furnish(true);
  const traders = await Promise.all(Array.from({ length: LINES }, () => served.newTrader()));
  const acknowledged = new Map<Trader, number[]>();
  for (const trader of traders) {
    const replies: PutReply[] = [];
    for (const quantity of ['1', '2', '3']) {
      replies.push(await trader.put('BID', { quantity, price: PRICE }));
    }
    acknowledged.set(
      trader,
      replies.map(({ nonce }) => nonce),
    );
  }

  const nonces = await Promise.all(traders.map((trader) => trader.nonce()));
  const orders = traders.map((trader, index) =>
    trader.signOrder('BID', { quantity: '4', price: PRICE, nonce: nonces[index] ?? 0 }),
  );
  shim.breakDisk();
  const answers = await Promise.all(orders.map((order) => statusOf(served, order)));
  // No answer, or one that says that nobody knows.
  for (const status of answers) assert(status === undefined || status >= 500, `${status}`);
  const { code, stderr } = await child.ended;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /the log could not be written/);

  served.goOnWith(await start(temporary.folder, { nodes: 2 }));
  for (const [index, trader] of traders.entries()) {
    for (const nonce of acknowledged.get(trader) ?? []) {
      const path = `/v1/account/result/${trader.userId}/${nonce}/`;
      assert.equal((await served.get<ResultReply>(path)).status, 'applied');
    }
    await assertSettled(served, { trader, order: orders[index] });
  }
  await served.stop();
  const log = SqliteLog.openReader(temporary.folder.logFolder);
  const btc = auditLog(log).assets.find(({ stock_id }) => stock_id === 2);
  log.close();
  assert.equal(Number(btc?.locked), (LINES * (1 + 2 + 3 + 4)) / 1_000);
});

/** `undefined`: the connection ended without an answer. */
async function statusOf(served: Served, order: SignedOrder): Promise<number | undefined> {
  try {
    return (await served.call<ErrorReply>(order.path, form(order.body))).status;
  } catch {
    return undefined;
  }
}

/** What became of a command without an answer: it counts or it does not, and its bytes count once. */
async function assertSettled(
  served: Served,
  { trader, order }: { trader: Trader; order: SignedOrder | undefined },
): Promise<void> {
  assert(order !== undefined);
  const nonce = await trader.nonce();
  assert(nonce === order.nonce || nonce === order.nonce + 1, `${order.nonce} became ${nonce}`);
  const before = (await trader.openOrders()).bids.length;
  assert.equal(before, 3 + nonce - order.nonce);
  const again = await served.call<PutReply>(order.path, form(order.body));
  assert.equal(again.status, 201, again.text);
  assert.equal(again.json.nonce, order.nonce);
  assert.equal((await trader.openOrders()).bids.length, 4);
}
