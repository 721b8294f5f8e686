// Snapshots: written whole or not at all, checked before they are believed, and passed over when bad.

import assert from 'node:assert/strict';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { RealEngine } from '@picostocks/engine';
import { Follower } from '../src/follower.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import {
  listSnapshots,
  readSnapshot,
  snapshotPath,
  writeSnapshot,
} from '../src/snapshot/snapshot-file.ts';
import { makeSnapshot, startEngine } from '../src/snapshot/start-engine.ts';
import { type Served, serve } from './kit.ts';

async function trade(served: Served): Promise<void> {
  const [seller, buyer] = [await served.newTrader(), await served.newTrader()];
  await seller.put('ASK', { quantity: '2', price: '0.05' });
  await buyer.put('BID', { quantity: '0.5', price: '0.05' });
  await buyer.put('BID', { quantity: '3', price: '0.04' });
}

function replayed(path: string): RealEngine {
  const log = SqliteLog.openReader(path);
  const follower = new Follower({ log, onApplied: () => undefined });
  follower.catchUp();
  log.close();
  return follower.engine;
}

/** What a start would say, and with which state it would begin. */
function begin(served: Served): { warnings: string[]; sequence: number } {
  const warnings: string[] = [];
  const log = SqliteLog.openReader(served.folder.logFolder);
  const warn = (message: string) => void warnings.push(message);
  const engine = startEngine({ log, snapshots: served.folder.snapshots, warn });
  log.close();
  return { warnings, sequence: engine.state.sequence };
}

test('snapshot: a stop leaves one, and a start from it is the state of the whole log', async () => {
  await using served = await serve({ nodes: 1 });
  await trade(served);
  const before = await served.get('/v1/market/orderbook/');
  await served.stop();
  const [newest = 0] = listSnapshots(served.folder.snapshots);
  const whole = replayed(served.folder.logFolder);
  const { state } = readSnapshot(served.folder.snapshots, newest);
  assert.equal(new RealEngine(state).hash(), whole.hash());
  assert.equal(statSync(snapshotPath(served.folder.snapshots, newest)).mode & 0o777, 0o600);
  await served.restart();
  assert.deepEqual(await served.get('/v1/market/orderbook/'), before);
});

test('snapshot: one is made while the exchange runs, from the last one and the tail', async () => {
  await using served = await serve({ nodes: 1 });
  const { logFolder: logPath, snapshots } = served.folder;
  const log = SqliteLog.openReader(logPath);
  const make = () => makeSnapshot({ log, snapshots, warn: assert.fail });
  await trade(served);
  const first = make();
  assert.equal(make(), first, 'nothing new: nothing written');
  await trade(served);
  const second = make();
  assert.ok(second > first);
  assert.deepEqual(listSnapshots(snapshots), [second, first]);
  assert.equal(
    new RealEngine(readSnapshot(snapshots, second).state).hash(),
    replayed(logPath).hash(),
  );
  log.close();
});

test('snapshot: whatever is wrong with one, the one before is used, and somebody is told', async () => {
  await using served = await serve({ nodes: 1 });
  const { snapshots } = served.folder;
  await trade(served);
  await served.restart();
  await trade(served);
  await served.stop();
  const [newest = 0, before = 0] = listSnapshots(snapshots);
  assert.ok(newest > before && before > 0);
  const path = snapshotPath(snapshots, newest);
  const good = readFileSync(path);
  const spoil = (from: string, to: string) =>
    writeFileSync(path, good.toString().replace(from, to));
  const ways: Record<string, () => void> = {
    'a digit of a balance': () => spoil('balance 1 2 1', 'balance 1 2 2'),
    'a trade id, which no sum has': () => spoil('\nnext ', '\nnext 9'),
    'an order that is not there': () => spoil(/^order .*\n/m.exec(good.toString())?.[0] ?? '', ''),
    'the end cut off': () => truncateSync(path, good.length - 40),
    'half of it': () => truncateSync(path, Math.floor(good.length / 2)),
    'nothing in it': () => writeFileSync(path, ''),
    'another format': () => spoil('picostocks snapshot 1', 'picostocks snapshot 2'),
    'more behind the end': () => writeFileSync(path, Buffer.concat([good, Buffer.from('x\n')])),
  };
  for (const [way, spoilIt] of Object.entries(ways)) {
    writeFileSync(path, good);
    assert.deepEqual(begin(served), { warnings: [], sequence: newest });
    spoilIt();
    const { warnings, sequence } = begin(served);
    assert.equal(sequence, before, way);
    assert.equal(warnings.length, 1, way);
  }
});

test('snapshot: sums that do not hold are refused though the checksum is right', async () => {
  await using served = await serve({ nodes: 1 });
  await trade(served);
  const engine = replayed(served.folder.logFolder);
  await served.stop();
  const { snapshots, logFolder: logPath } = served.folder;
  const log = SqliteLog.openReader(logPath);
  const logHash = log.hashAt(engine.state.sequence);
  log.close();
  const account = engine.state.users[1]?.accounts[0];
  assert.ok(account);
  account.free += 1n;
  writeSnapshot(snapshots, { state: engine.state, logHash });
  assert.throws(() => readSnapshot(snapshots, engine.state.sequence), /sum to 1 atoms/);
  account.free -= 1n;
  account.locked += 1n;
  account.free -= 1n;
  writeSnapshot(snapshots, { state: engine.state, logHash });
  assert.throws(() => readSnapshot(snapshots, engine.state.sequence), /lock/);
});

test('snapshot: one of another log is passed over', async () => {
  await using served = await serve({ nodes: 1 });
  await using other = await serve({ nodes: 1 });
  await trade(served);
  await trade(other);
  await served.stop();
  await other.stop();
  const [newest = 0] = listSnapshots(served.folder.snapshots);
  const foreign = snapshotPath(other.folder.snapshots, newest);
  writeFileSync(snapshotPath(served.folder.snapshots, newest), readFileSync(foreign));
  const { warnings, sequence } = begin(served);
  assert.equal(sequence, 0);
  assert.match(warnings[0] ?? '', /another log/);
});
