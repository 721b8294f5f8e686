// A folder that was restored serves again only after the operator has signed for it, whatever was restored,
// and whenever the recovery was interrupted.

import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeHeadLine, encodeHead, encodeHeadLine, hashHead, toHex } from '@picostocks/protocol';
import { auditLog } from '../src/audit.ts';
import { backUp, DataFolder, type ExchangeError, Recovery, SqliteLog } from '../src/index.ts';
import { listSnapshots, snapshotPath } from '../src/snapshot/snapshot-file.ts';
import { EntryMaker } from './entries.ts';
import { assertRefused, bytesOf, type Served, type Signer, serve, start } from './kit.ts';

function refuses(code: ExchangeError['code'], message = /./): { code: string; message: RegExp } {
  return { code, message };
}

async function recover(folder: DataFolder, operator: Signer) {
  using recovery = Recovery.open(folder);
  return await recovery.finish({ signature: bytesOf(operator.sign(recovery.text())) });
}

/** How often the log was recovered, and that nothing is wrong with it. */
function recoveriesIn(folder: DataFolder): number {
  const log = SqliteLog.openReader(folder.logFolder);
  try {
    return auditLog(log).recoveries;
  } finally {
    log.close();
  }
}

/** A stopped exchange's data, as it is now. */
function copyOf(served: Served, name: string): DataFolder {
  const copy = new DataFolder(join(served.folder.path, '..', name));
  cpSync(served.folder.path, copy.path, { recursive: true });
  return copy;
}

function backupOf(served: Served, name: string): DataFolder {
  const target = join(served.folder.path, '..', name);
  backUp({ folder: served.folder, target });
  return new DataFolder(target);
}

test('recovery: it can be interrupted after any step, and is simply run again', async (t) => {
  await using served = await serve({ nodes: 1 });
  const backup = backupOf(served, 'backup');
  const { signer } = served.operator;
  const steps = [
    'the folder does not serve',
    'lost promises are set aside',
    'nothing repeats lost entries',
    'the recovery is in the log',
  ];
  for (const [index, stop] of steps.entries()) {
    await t.test(stop, async () => {
      const folder = new DataFolder(`${backup.path}-${index}`);
      cpSync(backup.path, folder.path, { recursive: true });
      // As the image of a disk has it: the recovery itself must mark it first.
      rmSync(folder.unrecovered);
      const interrupted = Recovery.open(folder);
      const signature = bytesOf(signer.sign(interrupted.text()));
      const run = interrupted.steps({ signature, time: Date.now() * 1_000 });
      const done = run.take(index + 1).toArray();
      assert.deepEqual(done, steps.slice(0, index + 1));
      interrupted[Symbol.dispose]();
      await assert.rejects(start(folder), refuses('recovery_needed'));

      const again = Recovery.open(folder);
      assert.equal(again.isAppended, index === steps.length - 1);
      if (again.isAppended) again.finishAppended();
      else await again.finish({ signature });
      again[Symbol.dispose]();
      assert.equal(recoveriesIn(folder), 1);
      assert.deepEqual(
        [existsSync(folder.unrecovered), existsSync(folder.recovery)],
        [false, false],
      );
      const exchange = await start(folder);
      await exchange.stop();
    });
  }
});

test('recovery: heads of lost entries are kept aside, and the next head follows the last one that is left', async () => {
  await using served = await serve({ nodes: 1 });
  await served.newTrader();
  await served.stop();
  const old = copyOf(served, 'old');
  const kept = linesOf(old.heads);
  served.goOnWith(await start(served.folder));
  await served.newTrader();
  await served.stop();
  const { folder } = served;
  const all = linesOf(folder.heads);
  assert.ok(all.length > kept.length);
  // The log of before with everything else of now: what is on another disk may be newer.
  const restored = new DataFolder(join(folder.path, '..', 'restored'));
  cpSync(folder.path, restored.path, { recursive: true });
  cpSync(old.logFolder, restored.logFolder, { recursive: true });
  const log = SqliteLog.openReader(old.logFolder);
  const { sequence } = log.head();
  log.close();
  mkdirSync(restored.liabilities, { recursive: true });
  const publication = (entry: number) => `${String(entry).padStart(16, '0')}.txt`;
  writeFileSync(join(restored.liabilities, publication(sequence)), 'kept');
  writeFileSync(join(restored.liabilities, publication(sequence + 1)), 'lost');
  const [newest] = listSnapshots(restored.snapshots);
  assert.ok(newest !== undefined && newest > sequence);
  await assert.rejects(start(restored), refuses('history_foreign'));

  const report = await recover(restored, served.operator.signer);
  assert.equal(report.lostHeads, all.length - kept.length);
  assert.deepEqual(linesOf(restored.heads), kept);
  const [name = ''] = readdirSync(restored.lost);
  const aside = join(restored.lost, name);
  assert.deepEqual(linesOf(join(aside, 'heads.txt')), all.slice(kept.length));
  assert.equal(readFileSync(join(aside, publication(sequence + 1)), 'utf8'), 'lost');
  assert.ok(existsSync(join(restored.liabilities, publication(sequence))));
  assert.equal(existsSync(join(restored.liabilities, publication(sequence + 1))), false);
  assert.equal(existsSync(restored.history), false);
  assert.equal(existsSync(snapshotPath(restored.snapshots, newest)), false);

  const exchange = await start(restored);
  await exchange.stop();
  const next = decodeHeadLine(linesOf(restored.heads)[kept.length] ?? '');
  const last = decodeHeadLine(kept.at(-1) ?? '');
  assert.ok(next !== undefined && last !== undefined);
  assert.equal(next.head.previous, hashHead(last.text));
});

test('recovery: what was published with a lost head is kept aside, however far the log goes', async () => {
  await using served = await serve({ nodes: 1 });
  await served.newTrader();
  await served.stop();
  const other = copyOf(served, 'other');
  served.goOnWith(await start(served.folder));
  await served.newTrader();
  await served.stop();
  const { folder } = served;
  const kept = linesOf(other.heads).length;
  const lost = decodeHeadLine(linesOf(folder.heads)[kept] ?? '')?.head.sequence ?? 0;
  served.goOnWith(await start(other));
  for (let count = 0; count < 3; count += 1) await served.newTrader();
  assert.ok((await served.sequence()) > lost);
  await served.stop();
  // The log of a longer past that went another way.
  rmSync(folder.logFolder, { recursive: true });
  cpSync(other.logFolder, folder.logFolder, { recursive: true });
  const name = `${String(lost).padStart(16, '0')}.txt`;
  writeFileSync(join(folder.liabilities, name), 'lost');
  await recover(folder, served.operator.signer);
  assert.equal(existsSync(join(folder.liabilities, name)), false);
  const [aside = ''] = readdirSync(folder.lost);
  assert.equal(readFileSync(join(folder.lost, aside, name), 'utf8'), 'lost');
});

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

test('recovery: a copy without a mark can be recovered too, and keeps its history', async () => {
  await using served = await serve({ nodes: 1 });
  const trader = await served.newTrader();
  const nonce = await trader.nonce();
  await served.stop();
  const { leap, lostHeads } = await recover(served.folder, served.operator.signer);
  assert.equal(lostHeads, 0);
  assert.ok(existsSync(served.folder.history));
  served.goOnWith(await start(served.folder));
  assert.equal(await trader.nonce(), nonce + leap);
  await recoverStopped(served);
  assert.equal(recoveriesIn(served.folder), 2);
});

async function recoverStopped(served: Served): Promise<void> {
  await served.stop();
  await recover(served.folder, served.operator.signer);
}

test('recovery: only with the operator’s signature of a text that was written for this log', async () => {
  await using served = await serve({ nodes: 1 });
  const trader = await served.newTrader();
  const backup = backupOf(served, 'backup');
  const { signer } = served.operator;

  assert.throws(() => Recovery.open(served.folder), refuses('data_folder_in_use'));
  const nothing = new DataFolder(join(backup.path, 'nothing'));
  assert.throws(() => Recovery.open(nothing), refuses('no_exchange'));

  {
    using recovery = Recovery.open(backup);
    const unasked = recovery.finish({ signature: bytesOf(signer.sign('')) });
    await assert.rejects(unasked, refuses('recovery_invalid', /there is no text/));
    const text = recovery.text();
    assert.equal(Buffer.from(recovery.text()).toString(), Buffer.from(text).toString());
    const forged = recovery.finish({ signature: bytesOf(trader.signer.sign(text)) });
    await assert.rejects(forged, refuses('recovery_invalid', /signature is not the operator's/));

    const expired = JSON.stringify({ ...JSON.parse(Buffer.from(text).toString()), expires: 1 });
    writeFileSync(backup.recovery, expired);
    const late = recovery.finish({ signature: bytesOf(signer.sign(expired)) });
    await assert.rejects(late, refuses('recovery_invalid', /has not expired/));
    assert.notEqual(Buffer.from(recovery.text()).toString(), expired);
  }
  await assert.rejects(start(backup), refuses('recovery_needed'));
  assert.equal(recoveriesIn(backup), 0);

  // Somebody puts the log of another moment into it: older than the backup.
  const mark = JSON.parse(readFileSync(backup.unrecovered, 'utf8'));
  writeFileSync(backup.unrecovered, JSON.stringify({ ...mark, sequence: mark.sequence + 1 }));
  assert.throws(() => Recovery.open(backup), refuses('recovery_invalid', /put back the log/));
  writeFileSync(backup.unrecovered, '{}');
  assert.throws(() => Recovery.open(backup), refuses('recovery_invalid', /never finished/));
});

test('recovery: a clock that is behind the last entry or the last lost head is refused', async () => {
  await using served = await serve({ nodes: 1 });
  await served.stop();
  const { folder } = served;
  const later = new EntryMaker();
  later.time = (Date.now() + 3_600_000) * 1_000;
  const other = new DataFolder(join(folder.path, '..', 'later'));
  other.create();
  later.furnish();
  SqliteLog.create(other.logFolder, later.entries);
  const last = decodeHeadLine(linesOf(folder.heads).at(-1) ?? '');
  assert.ok(last !== undefined);
  const { head } = last;
  const lost = {
    ...head,
    sequence: head.sequence + 1,
    time: later.time,
    previous: hashHead(last.text),
  };
  const line = encodeHeadLine({ text: encodeHead(lost), signature: '0'.repeat(128) });
  appendFileSync(folder.heads, `${line}\n`);
  for (const behind of [other, folder]) {
    using recovery = Recovery.open(behind);
    recovery.text();
    const signature = new Uint8Array(64);
    await assert.rejects(recovery.finish({ signature }), refuses('clock_behind'));
  }
});

test('recovery: a server that runs takes none', async () => {
  await using served = await serve({ nodes: 1 });
  const { operator } = served;
  const params = { sequence: await served.sequence(), hash: '0'.repeat(64) };
  const message = operator.envelopeText({ type: 'recover', params, nonce: await operator.nonce() });
  const answer = await operator.sendEnvelope(message);
  assertRefused(answer, { status: 400, code: 'not_while_running' });
  assert.equal(await served.sequence(), params.sequence);
});

test('audit: a recovery must name the hash of the entry before it', async () => {
  await using served = await serve({ nodes: 1 });
  for (const isRight of [true, false]) {
    const maker = new EntryMaker().furnish();
    const { sequence, hash } = maker.head;
    maker.act('recover', { sequence, hash: isRight ? toHex(hash) : '0'.repeat(64) });
    const folder = join(served.folder.path, `log-${isRight}`);
    SqliteLog.create(folder, maker.entries);
    const log = SqliteLog.openReader(folder);
    if (isRight) assert.equal(auditLog(log).recoveries, 1);
    else assert.throws(() => auditLog(log), { code: 'audit_failed', sequence: sequence + 1 });
    log.close();
  }
});
