// Backup and restore as an operator does it, word by word as docs/operations.md says; and a trader whose
// command is in doubt at the moment when the exchange is lost.

import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { generateKey, OutcomeUnknownError, PicostocksClient } from '@picostocks/client';
import { type Cleanup, cli, cliJson, environmentOf, spawnCli, temporaryFolder } from './kit.ts';

/** An exchange without a sandbox, made and run with nothing but commands. */
class Scene {
  readonly folder: string;
  readonly key: string;
  readonly data: string;
  readonly #cleanup: Cleanup;

  constructor(cleanup: Cleanup) {
    this.#cleanup = cleanup;
    this.folder = temporaryFolder(cleanup);
    this.key = join(this.folder, 'operator.key');
    this.data = join(this.folder, 'data');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async run(...words: string[]): Promise<string> {
    const { code, out, err } = await cli(words, {});
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    return out;
  }

  async found(): Promise<void> {
    await this.run('keygen', '--key', this.key);
    await this.run('init', '--data', this.data, '--key', this.key);
  }

  serve(data: string) {
    const environment = environmentOf(this.folder);
    const words = ['serve', '--data', data, '--port', '0', '--nodes', '1', '--json'];
    return spawnCli(words, { cleanup: this.#cleanup, environment });
  }
}

async function addressOf(server: ReturnType<Scene['serve']>): Promise<string> {
  return server.printed(/"url":"([^"]+)"/);
}

suite('backup and recover', () => {
  test('in two steps, the operator’s key elsewhere: the backup serves once it is recovered', async () => {
    await using cleanup = new AsyncDisposableStack();
    const scene = new Scene(cleanup);
    await scene.found();
    const server = scene.serve(scene.data);
    const url = await addressOf(server);
    await scene.run('operator', 'create-asset', '2', 'btc', '--url', url, '--key', scene.key);

    const backup = scene.path('backup');
    const made = await scene.run('backup', backup, '--data', scene.data);
    assert.match(made, /^The backup is whole and verified: .*backup\n\nentries +2\n/);
    const taken = await cli(['backup', backup, '--data', scene.data], {});
    assert.deepEqual([taken.code, taken.out], [1, '']);
    assert.match(taken.err, /^ERROR: .* is not empty/);
    await scene.run('operator', 'create-asset', '3', 'eth', '--url', url, '--key', scene.key);
    server.process.kill('SIGKILL');
    await server.ended;

    const restored = scene.path('restored');
    cpSync(backup, restored, { recursive: true });
    const refused = await scene.serve(restored).ended;
    assert.equal(refused.code, 1);
    assert.match(refused.err, /picostocks recover --data .*recovery_needed/s);

    const prepared = await scene.run('recover', '--data', restored);
    assert.match(
      prepared,
      /good up to entry 2\..*1\. Copy .*recover\.json\n.*2\. There: .*sign-recovery/s,
    );
    const copy = scene.path('recover.json');
    copyFileSync(join(restored, 'recover.json'), copy);
    const sign = ['operator', 'sign-recovery', copy, '--key', scene.key];
    const signature = (await scene.run(...sign)).trim();
    assert.match(signature, /^[0-9a-f]{128}$/);
    const forged = (signature.startsWith('0') ? '1' : '0') + signature.slice(1);
    const wrong = await cli(['recover', '--data', restored, '--signature', forged], {});
    assert.equal(wrong.code, 1);
    const recovered = await scene.run('recover', '--data', restored, '--signature', signature);
    assert.match(recovered, /^The exchange is recovered at entry 2\..*picostocks serve --data /s);

    const again = scene.serve(restored);
    const stocks = await cliJson<{ id: number }[]>(['stocks', '--url', await addressOf(again)], {});
    assert.deepEqual(
      stocks.map(({ id }) => id),
      [2],
    );
    again.process.kill('SIGTERM');
    assert.equal((await again.ended).code, 0);
    assert.match(await scene.run('audit', '--data', restored), /recoveries +1\n/);
  });

  test('at once, as JSON, and again where it was interrupted', async () => {
    await using cleanup = new AsyncDisposableStack();
    const scene = new Scene(cleanup);
    await scene.found();
    const backup = scene.path('backup');
    mkdirSync(backup);
    const made = await cliJson<Record<string, unknown>>(
      ['backup', backup, '--data', scene.data, '--no-head-key'],
      {},
    );
    assert.deepEqual([made['sequence'], made['path'], made['head_key']], [1, backup, false]);
    const words = ['recover', '--data', backup];
    const prepared = await cliJson<Record<string, unknown>>(words, {});
    const { sequence, hash, recovered, lost_heads } = prepared;
    assert.deepEqual([sequence, hash, recovered, lost_heads], [1, made['hash'], false, 0]);
    assert.equal(JSON.parse(String(prepared['text'])).type, 'recover');
    // A crash left the mark behind.
    const mark = join(backup, 'unrecovered.json');
    const kept = scene.path('mark.json');
    copyFileSync(mark, kept);
    const done = await cliJson<Record<string, unknown>>([...words, '--key', scene.key], {});
    assert.deepEqual([done['sequence'], done['recovered']], [1, true]);
    assert.equal(existsSync(mark), false);
    copyFileSync(kept, mark);
    assert.match(await scene.run(...words), /^Whatever was acknowledged after the backup is gone/);
    assert.equal(existsSync(mark), false);
    assert.match(await scene.run('audit', '--data', backup), /recoveries +1\n/);
  });

  test('wrong usage: exit code 2, and nothing but a recovery is signed', async () => {
    await using cleanup = new AsyncDisposableStack();
    const scene = new Scene(cleanup);
    await scene.found();
    const file = scene.path('transfer.json');
    writeFileSync(file, JSON.stringify({ exchange: '0'.repeat(32), type: 'transfer' }));
    for (const words of [
      ['backup', '--data', scene.data],
      ['recover', '--data', scene.data, '--signature', 'ab'],
      ['operator', 'sign-recovery', file, '--key', scene.key],
      ['operator', 'sign-recovery', scene.path('nothing'), '--key', scene.key],
    ]) {
      const { code, out } = await cli(words, {});
      assert.deepEqual([code, out], [2, ''], words.join(' '));
    }
    const nothing = await cli(['recover', '--data', scene.path('nothing')], {});
    assert.equal(nothing.code, 1);
    for (const name of ['backup', 'recover']) {
      assert.match(await scene.run(name, '--help'), /Example:\n {2}picostocks /);
    }
  });

  test('a command in doubt when the exchange was lost is settled: it never counts', async () => {
    await using cleanup = new AsyncDisposableStack();
    const scene = new Scene(cleanup);
    await scene.found();
    const server = scene.serve(scene.data);
    const url = await addressOf(server);
    const { privateKey, publicKey } = await generateKey();
    await scene.run('operator', 'register-user', publicKey, '--url', url, '--key', scene.key);
    const backup = scene.path('backup');
    await scene.run('backup', backup, '--data', scene.data);

    let isDeaf = true;
    let address = url;
    const client = new PicostocksClient({
      baseUrl: url,
      userId: 1,
      privateKey,
      fetch: async (path, init) => {
        const response = await fetch(String(path).replace(url, address), init);
        if (isDeaf && init.method === 'POST') throw new TypeError('lost');
        return response;
      },
    });
    const doubt = await client.sendCommand('noop', {}).catch((error: unknown) => error);
    assert.ok(doubt instanceof OutcomeUnknownError);
    server.process.kill('SIGKILL');
    await server.ended;
    await scene.run('recover', '--data', backup, '--key', scene.key);
    address = await addressOf(scene.serve(backup));
    isDeaf = false;

    await assert.rejects(doubt.resolve(), { name: 'RefusedError', code: 'nonce_skipped' });
    assert.deepEqual(client.inDoubt, []);
    const { nonce } = await client.sendCommand('noop', {});
    assert.ok(nonce > (doubt.nonce ?? Number.NaN) + 1_000_000);
  });
});
