// `audit` as a stranger runs it: on a folder while its server runs, on a file alone, on a file that
// somebody has changed, and on what is no log.

import assert from 'node:assert/strict';
import { cpSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { SqliteLog } from '@picostocks/server';
import { run } from '../src/program.ts';
import { cli, cliJson, environmentOf, spawnCli, temporaryFolder } from './kit.ts';
import { tradeInSandbox } from './log-kit.ts';

interface AuditReply {
  readonly exchange: string;
  readonly sequence: number;
  readonly time: string;
  readonly log_hash: string;
  readonly state_hash: string;
  readonly users: number;
  readonly signatures: number;
  readonly assets: readonly { readonly code: string; readonly outside: string }[];
}

function copyInSegments(from: string, to: string): void {
  const log = SqliteLog.openReader(from);
  const copy = SqliteLog.openWriter(to, { segmentEntries: 4 });
  for (const entry of log.read(1)) copy.append(copy.head(), [entry]);
  copy.close();
  log.close();
}

suite('audit', () => {
  test('a folder in use, and a file alone: the same good report', async () => {
    await using cleanup = new AsyncDisposableStack();
    const traded = await tradeInSandbox(cleanup);
    const { home, data, log, as } = traded;
    const running = await cliJson<AuditReply>(['audit', '--data', data], {});
    const { sequence } = (await as('buyer', 'time')) as { sequence: number };
    assert.equal(running.sequence, sequence);
    assert.equal(running.users, 2);
    assert.equal(running.signatures, sequence);
    assert.match(running.time, /^\d{4}-.*\.\d{6}Z$/);
    assert.match(running.log_hash, /^[0-9a-f]{64}$/);
    assert.deepEqual(running.assets[0], {
      ...running.assets[0],
      code: 'btc',
      outside: `-20000.${'0'.repeat(18)}`,
    });
    await traded.stop();
    const alone = join(home, 'copy.sqlite');
    cpSync(log, alone);
    assert.deepEqual(await cliJson(['audit', '--log', alone], {}), running);

    const environment = environmentOf(home);
    const child = await spawnCli(['audit', '--log', alone], { cleanup, environment }).ended;
    assert.equal(child.code, 0);
    assert.equal(child.err, '', 'no bar where there is no screen');
    assert.match(child.out, /^Nothing is wrong with this log\.\n/);
    assert.match(child.out, new RegExp(`^state hash +${running.state_hash}$`, 'm'));
    assert.match(child.out, /^BTC +2 +\S+ +0\.12 +-20000$/m);
  });

  test('a log of several segments: the folder of all of them, or links to them', async () => {
    await using cleanup = new AsyncDisposableStack();
    const { home, data, log } = await tradeInSandbox(cleanup);
    const whole = await cliJson<AuditReply>(['audit', '--log', log], {});
    const folder = join(home, 'segments');
    copyInSegments(join(data, 'log'), folder);
    const names = readdirSync(folder).filter((name) => name.endsWith('.sqlite'));
    assert.ok(names.length > 2);
    assert.deepEqual(await cliJson(['audit', '--log', folder], {}), whole);
    const [, second = ''] = names.sort();
    const alone = await cli(['audit', '--log', join(folder, second), '--json'], {});
    assert.equal(alone.code, 1);
    assert.equal(JSON.parse(alone.err).code, 'log_segment_missing');
    const elsewhere = join(home, second);
    renameSync(join(folder, second), elsewhere);
    const without = await cli(['audit', '--log', folder], {});
    assert.equal(without.code, 1);
    assert.match(without.err, new RegExp(`^ERROR: entry \\d+ of the log .*put ${second} back`));
    symlinkSync(elsewhere, join(folder, second));
    assert.deepEqual(await cliJson(['audit', '--log', folder], {}), whole);
  });

  test('error: a changed entry is named, with exit code 1', async () => {
    await using cleanup = new AsyncDisposableStack();
    const traded = await tradeInSandbox(cleanup);
    await traded.stop();
    const database = new DatabaseSync(traded.log);
    database.exec(
      "UPDATE entry SET message = replace(message, ':2.0', ':9.0') WHERE sequence = 14",
    );
    const { changes } = database.prepare('SELECT changes() AS changes').get() ?? {};
    database.exec('UPDATE entry SET time = time + 1 WHERE sequence = 15');
    database.close();
    assert.equal(changes, 1);
    const environment = environmentOf(traded.home);
    const words = ['audit', '--data', traded.data];
    const text = await spawnCli(words, { cleanup, environment }).ended;
    assert.deepEqual(text, {
      code: 1,
      out: '',
      err: 'ERROR: entry 14 of the log does not have the hash of its content\n',
    });
    const { code, err } = await cli([...words, '--json'], {});
    assert.equal(code, 1);
    const { sequence, code: reason } = JSON.parse(err);
    assert.deepEqual({ sequence, reason }, { sequence: 14, reason: 'audit_failed' });
  });

  test('error: what is no log', async () => {
    await using cleanup = new AsyncDisposableStack();
    const home = temporaryFolder(cleanup);
    const file = join(home, 'file');
    writeFileSync(file, 'nothing of the kind\n'.repeat(100));
    for (const [words, code, message] of [
      [['--log', file], 1, /cannot be read as a log/],
      [['--log', join(home, 'none')], 1, /there is no file or folder/],
      [['--data', home], 1, /there is no exchange in/],
      [['--data', home, '--log', file], 2, /cannot be used with/],
    ] as const) {
      const ended = await cli(['audit', ...words], {});
      assert.equal(ended.code, code, ended.err);
      assert.match(ended.err, message);
      assert.equal(ended.out, '');
    }
  });

  test('behavior: on a screen there is a bar, and nothing of it is left', async () => {
    await using cleanup = new AsyncDisposableStack();
    const traded = await tradeInSandbox(cleanup);
    let err = '';
    const terminal = {
      environment: {},
      screenColumns: 80,
      out: () => undefined,
      error: (text: string) => {
        err += text;
      },
    };
    assert.equal(await run(['audit', '--data', traded.data], terminal), 0);
    assert.ok(err.endsWith('\r\u001b[K'));
  });
});
