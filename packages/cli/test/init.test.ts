// The way without the sandbox: the operator's key stays where the operator is.

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Sandbox } from '../src/sandbox/sandbox.ts';
import { cli, cliJson, environmentOf, spawnCli, temporaryFolder } from './kit.ts';

suite('init', () => {
  test('init, sign, init, serve: closed, empty, and no private key on the server', async () => {
    await using cleanup = new AsyncDisposableStack();
    const folder = temporaryFolder(cleanup);
    const data = join(folder, 'data');
    const key = join(folder, 'operator.key');
    const environment = environmentOf(folder);
    const { public_key } = await cliJson<{ public_key: string }>(['keygen', '--key', key], {});

    const prepared = await cli(['init', '--data', data, '--operator', public_key], {});
    assert.equal(prepared.code, 0);
    assert.match(
      prepared.out,
      /1\. Copy .*genesis\.json\n.*2\. There: .*sign-genesis.*\n.*3\. Here: /,
    );
    const unsigned = await spawnCli(['serve', '--data', data], { cleanup, environment }).ended;
    assert.equal(unsigned.code, 1);
    assert.match(unsigned.err, /^ERROR: .*waits for the operator's signature.*\n$/);

    const copy = join(folder, 'genesis.json');
    copyFileSync(join(data, 'genesis.json'), copy);
    const signed = await cli(['operator', 'sign-genesis', copy, '--key', key], {});
    assert.equal(signed.code, 0);
    assert.match(signed.out, /^[0-9a-f]{128}\n$/);
    const signature = signed.out.trim();

    const forged = (signature.startsWith('0') ? '1' : '0') + signature.slice(1);
    const wrong = await cli(['init', '--data', data, '--signature', forged], {});
    assert.equal(wrong.code, 1);
    const done = await cli(['init', '--data', data, '--signature', signature], {});
    assert.equal(done.code, 0);
    assert.match(done.out, /is founded\. Start it:\n\n {2}picostocks serve --data /);
    const again = await cli(['init', '--data', data, '--operator', public_key], {});
    assert.equal(again.code, 1);
    assert.match(again.err, /holds an exchange already/);

    const words = ['serve', '--data', data, '--port', '0', '--nodes', '1', '--json'];
    const server = spawnCli(words, { cleanup, environment });
    const url = await server.printed(/"url":"([^"]+)"/);
    assert.deepEqual(await cliJson(['stocks', '--url', url], {}), []);
    const other = join(folder, 'trader.key');
    await cli(['keygen', '--key', other], {});
    const register = await cli(['register', '--url', url, '--key', other], {});
    assert.equal(register.code, 1);
    const act = ['operator', 'create-asset', '2', 'btc', '--url', url, '--key', key];
    assert.equal((await cli(act, {})).code, 0);
    const gift = await cli(['operator', 'settings', '--gift', '1', '--url', url, '--key', key], {});
    assert.equal(gift.code, 1);
    assert.match(gift.err, /^ERROR: /);

    server.process.kill('SIGTERM');
    assert.equal((await server.ended).code, 0);
    assert.equal((await server.ended).err, '');
    const privateKey = readFileSync(key, 'utf8').trim();
    for (const file of readdirSync(data, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = readFileSync(join(file.parentPath, file.name), 'latin1');
      assert.ok(!bytes.includes(privateKey), file.name);
    }
    const sandbox = Sandbox.start({
      ...{ data, host: '127.0.0.1', port: 0, hasTraders: false, log: () => undefined },
    });
    await assert.rejects(sandbox, { code: 'not_a_sandbox' });
  });

  test('--key on this very machine does both steps', async () => {
    await using cleanup = new AsyncDisposableStack();
    const folder = temporaryFolder(cleanup);
    const data = join(folder, 'data');
    const key = join(folder, 'operator.key');
    await cli(['keygen', '--key', key], {});
    const reply = await cliJson<{ operator: string }>(['init', '--data', data, '--key', key], {});
    assert.match(reply.operator, /^[0-9a-f]{64}$/);
    assert.ok(existsSync(join(data, 'log')));
  });

  test('wrong usage makes nothing', async () => {
    await using cleanup = new AsyncDisposableStack();
    const folder = temporaryFolder(cleanup);
    const data = join(folder, 'data');
    const key = join(folder, 'operator.key');
    await cli(['keygen', '--key', key], {});
    for (const words of [
      [],
      ['--operator', 'abc'],
      ['--signature', 'abc'],
      ['--operator', '0'.repeat(64), '--key', key],
    ]) {
      assert.equal((await cli(['init', '--data', data, ...words], {})).code, 2, words.join(' '));
    }
    assert.ok(!existsSync(data));
  });

  test('sign-genesis signs a genesis that names its key, and nothing else', async () => {
    await using cleanup = new AsyncDisposableStack();
    const folder = temporaryFolder(cleanup);
    const data = join(folder, 'data');
    const key = join(folder, 'operator.key');
    await cli(['keygen', '--key', key], {});
    await cli(['init', '--data', data, '--operator', '1'.repeat(64)], {});
    const sign = ['operator', 'sign-genesis', join(data, 'genesis.json'), '--key', key];
    const other = await cli(sign, {});
    assert.equal(other.code, 2);
    assert.match(other.err, /names the operator 1111/);
    const none = await cli(['operator', 'sign-genesis', key, '--key', key], {});
    assert.match(none.err, /holds no genesis/);
  });

  test('serve --tls-cert --tls-key: the same exchange over HTTPS', async () => {
    await using cleanup = new AsyncDisposableStack();
    const folder = temporaryFolder(cleanup);
    const data = join(folder, 'data');
    const key = join(folder, 'operator.key');
    const environment = environmentOf(folder);
    await cli(['keygen', '--key', key], {});
    await cli(['init', '--data', data, '--key', key], {});
    const tls = new URL('../../server/test/tls/', import.meta.url);
    const [cert, certKey] = ['certificate.pem', 'key.pem'].map((name) =>
      fileURLToPath(new URL(name, tls)),
    );
    assert.ok(cert !== undefined && certKey !== undefined);
    const words = ['serve', '--data', data, '--port', '0', '--nodes', '1', '--json'];
    const half = await spawnCli([...words, '--tls-cert', cert], { cleanup, environment }).ended;
    assert.equal(half.code, 2);
    assert.match(half.err, /--tls-cert and --tls-key belong together/);
    const swapped = [...words, '--tls-cert', certKey, '--tls-key', cert];
    const wrong = await spawnCli(swapped, { cleanup, environment }).ended;
    assert.equal(wrong.code, 1);
    const good = [...words, '--tls-cert', cert, '--tls-key', certKey];
    const url = await spawnCli(good, { cleanup, environment }).printed(/"url":"([^"]+)"/);
    assert.match(url, /^https:/);
    const trusting = { ...environment, NODE_EXTRA_CA_CERTS: cert };
    const act = ['operator', 'create-asset', '2', 'btc', '--url', url, '--key', key];
    const { code, err } = await spawnCli(act, { cleanup, environment: trusting }).ended;
    assert.equal(code, 0, err);
    assert.equal((await spawnCli(act, { cleanup, environment }).ended).code, 3);
  });
});
