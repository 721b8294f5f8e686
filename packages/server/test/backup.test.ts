// Goal: a backup is whole, whenever it is made, and after a restore nothing of the lost part counts again.
// Method: a real exchange under load is backed up by another process, trades on, and is lost. From the one
// backup it is restored twice, and each time everything that was ever signed is sent to it again.

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ErrorReply, SIGNATURE_HEADER, toHex } from '@picostocks/protocol';
import { auditLog } from '../src/audit.ts';
import {
  type BackupReport,
  backUp,
  DataFolder,
  type ExchangeError,
  Recovery,
  SqliteLog,
} from '../src/index.ts';
import { EntryMaker } from './entries.ts';
import {
  type Answer,
  bytesOf,
  type Call,
  form,
  JSON_TYPE,
  newSigner,
  type Served,
  type Signer,
  serve,
  start,
  Trader,
  temporaryFolder,
} from './kit.ts';

const TRADERS = 3;
/** The least by which a recovery raises all counters. */
const LEAP = 8_000_000;

type Child = ChildProcessByStdio<Writable, Readable, null>;

function spawnBackup(from: DataFolder, target: string, stopAfter?: string): Child {
  const file = fileURLToPath(new URL('./backup-child.ts', import.meta.url));
  const words = [file, from.path, target, ...(stopAfter === undefined ? [] : [stopAfter])];
  return spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function backUpBeside(from: DataFolder, target: string): Promise<BackupReport> {
  const child = spawnBackup(from, target);
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(code, 0);
  return JSON.parse(out);
}

async function recover(folder: DataFolder, operator: Signer) {
  using recovery = Recovery.open(folder);
  const signature = bytesOf(operator.sign(recovery.text()));
  return await recovery.finish({ signature });
}

function refuses(code: ExchangeError['code']): { code: string } {
  return { code };
}

/** Everything that was ever signed, with what came of it the first time. */
class Memory {
  readonly registrations: Call[] = [];
  readonly #sent: { readonly path: string; readonly call: Call; readonly first: Answer }[] = [];

  async send(served: Served, path: string, call: Call): Promise<void> {
    const first = await served.call(path, call);
    assert.equal(first.status, 201, first.text);
    this.#sent.push({ path, call, first });
  }

  async register(served: Served): Promise<Trader> {
    const signer = newSigner();
    const { publicKey } = signer;
    const signature = signer.sign(`REGISTER:${publicKey}`);
    const call = form({ public_key: publicKey, signature });
    this.registrations.push(call);
    const answer = await served.call<{ user_id: number }>('/v1/account/register/', call);
    assert.equal(answer.status, 201, answer.text);
    return new Trader(served, { signer, userId: answer.json.user_id });
  }

  async bidOrAsk(served: Served, trader: Trader, step: number): Promise<void> {
    const verb = (['ASK', 'BID', 'CANCELASK'] as const)[step % 3] ?? 'ASK';
    const price = verb === 'BID' ? '0.06' : '0.05';
    const nonce = await trader.nonce();
    const { path, body } = trader.signOrder(verb, { quantity: '0.01', price, nonce });
    // Without the nonce, as the official client sends it, and with it.
    const fields = step % 2 === 0 ? body : { ...body, nonce: String(nonce) };
    const first = await served.call<ErrorReply>(path, form(fields));
    // A cancel may find that its ask was bought.
    assert.ok(first.status === 201 || first.json.code === 'order_not_found', first.text);
    this.#sent.push({ path, call: form(fields), first });
  }

  async envelope(served: Served, trader: Trader, type: string, params: object): Promise<void> {
    const nonce = await trader.nonce();
    const body = trader.envelopeText({ type, params, nonce });
    const headers = { ...JSON_TYPE, [SIGNATURE_HEADER]: trader.signer.sign(body) };
    await this.send(served, '/v1/commands/', { method: 'POST', headers, body });
  }

  /** Sends it all again, twice: what is in the restored log is answered as before, the rest refused. */
  async replay(served: Served, lastKept: number): Promise<void> {
    for (const call of this.registrations) await served.call('/v1/account/register/', call);
    const before = await served.sequence();
    for (const { path, call, first } of [...this.#sent, ...this.#sent.toReversed()]) {
      const { sequence } = first.json as { sequence: number };
      const again = await served.call<ErrorReply>(path, call);
      if (sequence <= lastKept) assert.equal(again.text, first.text);
      else {
        const said = `${again.status} ${again.text}`;
        assert.ok(again.status === 400 || again.status === 401 || again.status === 404, said);
        assert.equal((again.json as { sequence?: number }).sequence, undefined, said);
      }
    }
    assert.equal(await served.sequence(), before, 'not one of them became an entry');
  }
}

/** Everybody trades until the rest is done; then all answers are in. */
async function tradeWhile(
  rest: () => Promise<unknown>,
  fields: { served: Served; memory: Memory; traders: readonly Trader[] },
): Promise<void> {
  const { served, memory, traders } = fields;
  let isOver = false;
  const lines = traders.map(async (trader, index) => {
    for (let step = index; !isOver || step < index + 6; step += 1) {
      await memory.bidOrAsk(served, trader, step);
    }
  });
  const ended = rest().finally(() => {
    isOver = true;
  });
  await Promise.all([ended, ...lines]);
}

test('backup: under load, restored twice, and nothing that was signed counts again', async () => {
  await using served = await serve({ nodes: 2 });
  const { operator } = served;
  const memory = new Memory();
  const traders: Trader[] = [];
  for (let index = 0; index < TRADERS; index += 1) traders.push(await memory.register(served));
  await memory.envelope(served, operator, 'noop', {});
  const [first] = traders;
  assert.ok(first !== undefined);

  const target = join(served.folder.path, '..', 'backup');
  let report: BackupReport | undefined;
  const load = { served, memory, traders };
  await tradeWhile(async () => {
    report = await backUpBeside(served.folder, target);
    await memory.envelope(served, operator, 'noop', {});
  }, load);
  assert.ok(report !== undefined);
  const kept = report.sequence;
  assert.ok(kept < (await served.sequence()), 'they traded on meanwhile');

  // The part that will be lost, with a user, an asset and a deposit that only it has.
  const lostUser = await memory.register(served);
  const noop = () => memory.envelope(served, operator, 'noop', {});
  await tradeWhile(noop, { ...load, traders: [first, lostUser] });
  await memory.envelope(served, operator, 'create_asset', { stock_id: 77, code: 'lost' });
  const deposit = { user_id: lostUser.userId, stock_id: 2, quantity: '5', txid: 'lost' };
  await memory.envelope(served, operator, 'credit_deposit', deposit);
  const transfer = { to_user: first.userId, stock_id: 2, quantity: '1' };
  await memory.envelope(served, lostUser, 'transfer', transfer);
  const nonceInLostPart = await first.nonce();
  await served.stop();

  for (const round of [1, 2]) {
    const folder = new DataFolder(join(served.folder.path, '..', `restored-${round}`));
    cpSync(target, folder.path, { recursive: true });
    await assert.rejects(start(folder), refuses('recovery_needed'));
    const recovered = await recover(folder, operator.signer);
    assert.equal(recovered.sequence, kept);
    assert.ok(recovered.leap >= LEAP);
    served.goOnWith(await start(folder, { nodes: 2 }));

    await memory.replay(served, kept);
    assert.ok((await first.nonce()) > nonceInLostPart);
    const assets = await served.get<{ id: number }[]>('/v1/market/stocks/');
    assert.ok(assets.every(({ id }) => id !== 77));
    // Life goes on, and becomes the lost part of the next round.
    const order = await first.put('ASK', { quantity: '0.1', price: '0.9' });
    assert.ok(order.order_id > LEAP);
    await tradeWhile(noop, load);
    await served.stop();
    const log = SqliteLog.openReader(folder.logFolder);
    assert.equal(auditLog(log).exchange, served.id);
    log.close();
  }
});

test('backup: a folder of its own for its owner only, and nothing in it that is not needed', async () => {
  await using served = await serve({ nodes: 1 });
  await served.newTrader();
  await served.restart();
  const target = join(served.folder.path, '..', 'backup');
  const report = backUp({ folder: served.folder, target });
  const names = readdirSync(target).sort();
  const expected = [
    'genesis.json',
    'head.key',
    'heads.txt',
    'log',
    'snapshots',
    'unrecovered.json',
  ];
  assert.deepEqual(
    names.filter((name) => !name.startsWith('liabilit')),
    expected,
  );
  assert.deepEqual(readdirSync(join(target, 'log')), ['0000000000000001.sqlite']);
  for (const name of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    assert.equal(statSync(join(target, name)).mode & 0o077, 0, name);
  }
  assert.equal(existsSync(`${target}.unfinished`), false);
  const { sequence, hash, path } = report;
  assert.deepEqual([sequence, path], [await served.sequence(), target]);
  const mark = JSON.parse(readFileSync(join(target, 'unrecovered.json'), 'utf8'));
  assert.deepEqual([mark.exchange, mark.sequence, mark.hash], [served.id, sequence, hash]);

  assert.throws(() => backUp({ folder: served.folder, target }), refuses('backup_exists'));
  const other = `${target}-2`;
  const without = backUp({ folder: served.folder, target: other, withHeadKey: false });
  assert.equal(without.hasHeadKey, false);
  assert.equal(existsSync(join(other, 'head.key')), false);
  const nothing = new DataFolder(join(target, 'nothing'));
  assert.throws(() => backUp({ folder: nothing, target: other }), refuses('no_exchange'));
});

test('backup: of a log that was rewritten there is none', async () => {
  await using served = await serve({ nodes: 1 });
  await served.stop();
  const { folder } = served;
  const before = join(folder.path, '..', 'before');
  cpSync(folder.path, before, { recursive: true });
  served.goOnWith(await start(folder));
  await served.newTrader();
  await served.stop();
  const old = new DataFolder(before);
  cpSync(folder.heads, old.heads);
  const target = join(before, '..', 'backup');
  assert.throws(() => backUp({ folder: old, target }), refuses('log_rewritten'));
  assert.equal(existsSync(target), false);
});

test('backup: all segments of a long log, and none where one is missing', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  const maker = new EntryMaker().furnish();
  const log = SqliteLog.openWriter(folder.logFolder, { segmentEntries: 10 });
  for (let count = 0; count < 30; count += 1) maker.act('noop', {});
  let head = log.head();
  for (const entry of maker.entries) {
    log.append(head, [entry]);
    head = log.head();
  }
  // The newest entries are in the WAL: the writer still has it open.
  const target = join(folder.path, '..', 'backup');
  const { sequence, hash } = backUp({ folder, target });
  assert.deepEqual([sequence, hash], [maker.head.sequence, toHex(maker.head.hash)]);
  log.close();
  const copy = new DataFolder(target);
  const modes = copy.segments.map((path) => statSync(path).mode & 0o777);
  assert.deepEqual(modes, [0o400, 0o400, 0o400, 0o600]);
  const copied = SqliteLog.openReader(copy.logFolder);
  const hashes = [...copied.read(1)].map((entry) => toHex(entry.hash));
  assert.deepEqual(
    hashes,
    maker.entries.map((entry) => toHex(entry.hash)),
  );
  copied.close();

  renameSync(folder.segments[1] ?? '', join(folder.path, 'away'));
  const again = join(folder.path, '..', 'again');
  assert.throws(() => backUp({ folder, target: again }), refuses('log_segment_missing'));
  assert.equal(existsSync(again), false);
});

const STEPS = [
  'it is marked',
  'heads and keys are copied',
  'the log is copied',
  'it is verified',
  'its mark says where it ends',
  'all of it is on the disk',
];

test('backup: killed at any step it leaves nothing that serves, and the next one works', async (t) => {
  await using served = await serve({ nodes: 1 });
  for (const [index, step] of STEPS.entries()) {
    await t.test(step, async () => {
      const target = join(served.folder.path, '..', `killed-${index}`);
      const child = spawnBackup(served.folder, target, step);
      const [line] = await once(child.stdout, 'data');
      assert.equal(String(line).trim(), step);
      child.kill('SIGKILL');
      await once(child, 'exit');
      assert.equal(existsSync(target), false);
      const left = new DataFolder(`${target}.unfinished`);
      const refused = left.hasLog ? 'recovery_needed' : 'no_exchange';
      await assert.rejects(start(left), refuses(refused));
      const { sequence } = backUp({ folder: served.folder, target });
      assert.equal(sequence, await served.sequence());
      assert.equal(existsSync(left.path), false);
    });
  }
});
