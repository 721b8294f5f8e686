// The sandbox as a program: started by npm and by node, stopped by signals, refused where it must be.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  Child,
  type Cleanup,
  cli,
  cliJson,
  environmentOf,
  spawnCli,
  temporaryFolder,
} from './kit.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

async function takePort(cleanup: Cleanup): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}

suite('sandbox', () => {
  test('npm start: a first trade, SIGTERM, and all is there again', async () => {
    await using cleanup = new AsyncDisposableStack();
    const home = temporaryFolder(cleanup);
    const environment = environmentOf(home);
    const data = join(home, 'data');
    const port = await takePort(cleanup);
    const words = ['--data', data, '--no-traders', '--nodes', '1', '--port'];

    const npm = new Child('npm', ['start', '--silent', '--', ...words, '0'], {
      cleanup,
      environment,
      cwd: ROOT,
    });
    const url = await npm.printed(/address +(\S+)/);
    const printed = await npm.printed(/A first trade[\s\S]*Stop with Ctrl-C\./);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/docs/`)).status, 200);
    for (const file of ['operator.key', 'sandbox.json', 'genesis.json', 'head.key']) {
      assert.equal(statSync(join(data, file)).mode & 0o077, 0, file);
    }

    const pasted = [...printed.matchAll(/npm run -s picostocks -- (.*)/g)].map(
      ([, line = '']) => line,
    );
    assert.deepEqual(pasted.slice(0, 4), [
      'keygen',
      `register --url ${url}`,
      'bid eth/btc 1.5 0.07',
      'balance',
    ]);
    for (const line of pasted.slice(0, 4)) {
      assert.equal((await cli(line.split(' '), environment)).code, 0, line);
    }

    const second = await spawnCli(['sandbox', ...words, '0'], { cleanup, environment }).ended;
    assert.equal(second.code, 1);
    assert.match(second.err, /^ERROR: another server runs on the data folder .*\n$/);

    npm.process.kill('SIGTERM');
    assert.equal((await npm.ended).code, 0);
    assert.equal((await npm.ended).err, '');
    await assert.rejects(fetch(`${url}/healthz`), 'no process is left behind');

    const taken = await spawnCli(['sandbox', ...words, String(port)], { cleanup, environment })
      .ended;
    assert.equal(taken.code, 1);
    assert.match(taken.err, /^ERROR: port \d+ of 127\.0\.0\.1 is taken .*\n$/);

    const again = spawnCli(['sandbox', '--json', ...words, '0'], { cleanup, environment });
    const moved = await again.printed(/"url":"([^"]+)"/);
    const orders = await cliJson<{ price: string }[]>(['orders', '--url', moved], environment);
    assert.deepEqual(
      orders.map(({ price }) => price),
      ['0.070000000000000000'],
    );
    // Ctrl-C under npm comes twice: once from the terminal, once from npm.
    again.process.kill('SIGINT');
    again.process.kill('SIGINT');
    assert.equal((await again.ended).code, 0);
  });
});
