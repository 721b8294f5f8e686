// An exchange whose older segments of the log were moved to other storage: it starts and serves, says what
// it cannot show, and refuses only what would need them.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { suite, test } from 'node:test';
import type { EntryReply, ErrorReply, PutReply, ResultReply } from '@picostocks/protocol';
import { auditLog } from '../src/audit.ts';
import type { DataFolder } from '../src/data-folder.ts';
import { ExchangeError } from '../src/exchange-error.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { makeSnapshot } from '../src/snapshot/start-engine.ts';
import { assertRefused, form, type Served, serve, start, type Trader } from './kit.ts';

const OPTIONS = { nodes: 1, segmentEntries: 4 } as const;

interface Traded extends AsyncDisposable {
  readonly served: Served;
  readonly folder: DataFolder;
  readonly trader: Trader;
  readonly first: PutReply;
  /** Sequence of the last entry. */
  readonly last: number;
}

/** An exchange of some segments; it is stopped, and has a snapshot of its end. */
async function tradeAndStop(): Promise<Traded> {
  const served = await serve(OPTIONS);
  const trader = await served.newTrader();
  const put = (quantity: string) => trader.put('BID', { quantity, price: '0.01' });
  const first = await put('1');
  for (let count = 2; count <= 12; count += 1) await put(String(count));
  const last = await served.sequence();
  await served.stop();
  const dispose = () => served[Symbol.asyncDispose]();
  return { served, folder: served.folder, trader, first, last, [Symbol.asyncDispose]: dispose };
}

/** Takes all segments but the newest to another folder; answers where they are. */
function moveOlder({ path, segments }: DataFolder): string[] {
  const elsewhere = join(path, 'elsewhere');
  mkdirSync(elsewhere);
  return segments.slice(0, -1).map((segment) => {
    const there = join(elsewhere, basename(segment));
    renameSync(segment, there);
    return there;
  });
}

function assertMissing(work: () => Promise<unknown>): Promise<void> {
  return assert.rejects(work, (error) => {
    assert(error instanceof ExchangeError, String(error));
    assert.equal(error.code, 'log_segment_missing', error.message);
    assert.match(error.message, /put 0{15}1\.sqlite back/);
    return true;
  });
}

suite('segments elsewhere', () => {
  test('the exchange serves, and says which entries it cannot show', async () => {
    await using traded = await tradeAndStop();
    const { served, folder, trader, first, last } = traded;
    moveOlder(folder);
    const [newest = ''] = folder.segments;
    const firstHere = Number(basename(newest, '.sqlite'));
    assert(firstHere > 12 && firstHere <= last);
    served.goOnWith(await start(folder, OPTIONS));

    const get = (path: string) => served.call<ErrorReply>(path);
    for (const path of ['entry/3/', `entry/${firstHere - 1}/`, 'log/?from=2', 'log/?from=3']) {
      assertRefused(await get(`/v1/audit/${path}`), { status: 404, code: 'log_segment_missing' });
    }
    const entry = await served.get<EntryReply>(`/v1/audit/entry/${firstHere}/`);
    assert.equal(entry.sequence, firstHere);
    const genesis = await served.get<EntryReply>('/v1/audit/entry/1/');
    assert.equal(genesis.kind, 'genesis');
    // It begins with the genesis, and ends where the next entry is elsewhere.
    const begun = await get('/v1/audit/log/?from=1');
    assert.equal(begun.text.trim().split('\n').length, 1);
    const rest = await get(`/v1/audit/log/?from=${firstHere}`);
    assert.equal(rest.text.trim().split('\n').length, last - firstHere + 1);

    const path = `/v1/account/result/${trader.userId}/${first.nonce}/`;
    assert.equal((await served.get<ResultReply>(path)).status, 'applied');
    await served.get('/v1/audit/head/');
    await served.get(`/v1/audit/inclusion/3/?size=${last}`);
    assert.equal((await trader.openOrders()).bids.length, 12);
    for (let count = 0; count < 6; count += 1) {
      await trader.put('BID', { quantity: '1', price: '0.02' });
    }
    assert.equal(folder.segments.length, 3, 'and goes on with new segments');
  });

  test('without a snapshot, or without the history, a start refuses and says why', async () => {
    await using traded = await tradeAndStop();
    const { served, folder, last } = traded;
    const there = moveOlder(folder);
    const aside = `${folder.snapshots}-aside`;
    renameSync(folder.snapshots, aside);
    await assertMissing(() => start(folder, OPTIONS));
    renameSync(aside, folder.snapshots);
    for (const end of ['', '-wal', '-shm']) rmSync(folder.history + end, { force: true });
    await assertMissing(() => start(folder, OPTIONS));
    // Links are as good as the files.
    for (const path of there) symlinkSync(path, join(folder.logFolder, basename(path)));
    served.goOnWith(await start(folder, OPTIONS));
    await served.get<EntryReply>('/v1/audit/entry/3/');
    assert.equal(await served.sequence(), last);
  });

  test('links that lead nowhere, as when a disk is not mounted, are segments that are elsewhere', async () => {
    await using traded = await tradeAndStop();
    const { served, folder, last } = traded;
    for (const path of moveOlder(folder)) {
      symlinkSync(path, join(folder.logFolder, basename(path)));
      renameSync(path, `${path}.unmounted`);
    }
    served.goOnWith(await start(folder, OPTIONS));
    assert.equal(await served.sequence(), last);
    const answer = await served.call<ErrorReply>('/v1/audit/entry/3/');
    assertRefused(answer, { status: 404, code: 'log_segment_missing' });
    const log = SqliteLog.openReader(folder.logFolder);
    assert.throws(() => auditLog(log), { code: 'log_segment_missing' });
    log.close();
  });

  test('what reads the whole log needs all of it, a snapshot does not', async () => {
    await using traded = await tradeAndStop();
    const { folder, last } = traded;
    const there = moveOlder(folder);
    const log = SqliteLog.openReader(folder.logFolder);
    assert.throws(() => auditLog(log), { code: 'log_segment_missing' });
    const { snapshots } = folder;
    assert.equal(makeSnapshot({ log, snapshots, warn: assert.fail }), last);
    log.close();
    for (const path of there) renameSync(path, join(folder.logFolder, basename(path)));
    const whole = SqliteLog.openReader(folder.logFolder);
    assert.equal(auditLog(whole).sequence, last);
    whole.close();
  });
});

test('segments: an audit beside a server that begins new ones', async () => {
  await using served = await serve(OPTIONS);
  const trader = await served.newTrader();
  const log = SqliteLog.openReader(served.folder.logFolder);
  for (let count = 0; count < 3; count += 1) {
    for (const quantity of ['1', '2', '3', '4', '5']) {
      const nonce = await trader.nonce();
      const order = trader.signOrder('BID', { quantity, price: '0.01', nonce });
      const answer = await served.call(order.path, form(order.body));
      assert.equal(answer.status, 201, answer.text);
    }
    assert.equal(auditLog(log).sequence, await served.sequence());
  }
  log.close();
  assert(readdirSync(served.folder.logFolder).length > 5);
});
