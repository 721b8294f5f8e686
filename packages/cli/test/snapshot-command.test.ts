import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { cli, cliJson, environmentOf, spawnCli, temporaryFolder } from './kit.ts';
import { tradeInSandbox } from './log-kit.ts';

interface SnapshotReply {
  readonly path: string;
  readonly sequence: number;
}

suite('snapshot', () => {
  test('one is made while the server runs, and a replay begins with it', async () => {
    await using cleanup = new AsyncDisposableStack();
    const { data, home, as } = await tradeInSandbox(cleanup);
    const environment = environmentOf(home);
    const before = readdirSync(join(data, 'snapshots')).length;
    const { sequence } = (await as('buyer', 'time')) as { sequence: number };
    const words = ['snapshot', '--data', data];
    const child = await spawnCli([...words, '--json'], { cleanup, environment }).ended;
    assert.deepEqual([child.code, child.err], [0, '']);
    const made: SnapshotReply = JSON.parse(child.out);
    assert.equal(made.sequence, sequence);
    assert.ok(made.path.startsWith(join(data, 'snapshots')));
    assert.ok(existsSync(made.path));

    const again = await cli(words, {});
    assert.equal(again.out, `Snapshot of entry ${sequence}: ${made.path}\n`);
    assert.equal(again.err, 'Nothing has happened since the last one.\n');

    await as('buyer', 'bid eth/btc 1 0.03');
    const next = await cliJson<SnapshotReply>(words, {});
    assert.equal(next.sequence, sequence + 1);
    assert.equal(readdirSync(join(data, 'snapshots')).length, before + 2);

    writeFileSync(
      next.path,
      readFileSync(next.path, 'utf8').replace('balance 2 2 ', 'balance 2 2 1'),
    );
    const replay = await cli(['replay', '--data', data, '--to', String(sequence + 1)], {});
    assert.equal(replay.code, 0);
    assert.match(replay.err, new RegExp(`^snapshot ${sequence + 1} is bad and passed over`));
  });

  test('error: no exchange, no snapshot', async () => {
    await using cleanup = new AsyncDisposableStack();
    const home = temporaryFolder(cleanup);
    const { code, err } = await cli(['snapshot', '--data', home], {});
    assert.equal(code, 1);
    assert.match(err, /there is no exchange in/);
    assert.deepEqual(readdirSync(home), []);
  });
});
