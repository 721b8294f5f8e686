// What the shell gets, and that errors are one JSON object with --json. The exchange's part is played
// by a bare HTTP server where a real one cannot be made to fail on cue.

import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type Cleanup, cli, environmentOf, spawnCli, temporaryFolder } from './kit.ts';

const KEY = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
const BID = ['bid', '3/2', '1', '0.05', '--user', '1'];

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(cleanup: Cleanup, answer: Answer): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

suite('exit codes', () => {
  test('0: help and version', async () => {
    for (const words of [['--help'], ['bid', '--help'], ['help', 'operator'], ['--version']]) {
      const { code, out, err } = await cli(words, {});
      assert.equal(code, 0);
      assert.notEqual(out, '');
      assert.equal(err, '');
    }
    assert.match((await cli(['--help'], {})).out, /Exit codes:\n {2}0 {2}done/);
  });

  test('0: every command has a sentence, --json, and an example of itself', async () => {
    const namesIn = async (group: readonly string[]): Promise<string[]> => {
      const { out } = await cli([...group, '--help'], {});
      const found = [...out.matchAll(/^ {2}([a-z][a-z-]+)\b.* {2,}\S/gm)];
      return found.map(([, name = '']) => name).filter((name) => name !== 'help');
    };
    const groups = [[], ['order'], ['keys'], ['operator'], ['operator', 'keys'], ['audit']];
    const inner = new Set(['order', 'keys', 'operator', 'operator keys']);
    const paths: string[] = [];
    for (const group of groups) {
      const names = await namesIn(group);
      paths.push(...names.map((name) => [...group, name].join(' ')));
    }
    const leaves = paths.filter((path) => !inner.has(path));
    assert.equal(leaves.length, 92);
    for (const path of leaves) {
      const { code, out } = await cli([...path.split(' '), '--help'], {});
      assert.equal(code, 0);
      assert.match(out, /--json/);
      assert.match(out, new RegExp(`\\nExample:\\n {2}picostocks ${path}( |\\n)`));
    }
  });

  test('2: wrong usage, with a word on where the help is', async () => {
    for (const words of [[], ['biid'], ['bid', '3/2'], ['book', '--limit', 'x'], ['operator']]) {
      const { code, out, err } = await cli(words, {});
      assert.equal(code, 2, words.join(' '));
      assert.equal(out, '');
      assert.notEqual(err, '');
    }
    assert.equal(
      (await cli(['bid', '3/2'], {})).err,
      "ERROR: missing required argument 'quantity'\nHelp: picostocks bid --help\n",
    );
    assert.equal(
      (await cli(['bid', '3/2', '1'], {})).err,
      'ERROR: give a price, or --market\nHelp: picostocks bid --help\n',
    );
    const environment = { PICOSTOCKS_PRIVATE_KEY: KEY };
    for (const words of [
      ['bid', '3/2', '1e5', '1', '--user', '1'],
      ['bid', '3/2', '1', '0.0000000000000000001', '--user', '1'],
      ['bid', '3-2', '1', '1', '--user', '1'],
      ['bid', '3/2', '1', '1', '--user', '-1'],
      ['result', '1.5', '--user', '1'],
      ['book', '3/2', '--url', 'ftp://here'],
    ]) {
      const { code, err } = await cli([...words, '--json'], environment);
      assert.equal(code, 2, words.join(' '));
      const { detail, code: reason } = JSON.parse(err);
      assert.match(detail, /^ERROR: /);
      assert.equal(typeof reason, 'string');
    }
  });

  test('3: nobody is there, or somebody else is', async () => {
    await using cleanup = new AsyncDisposableStack();
    const stranger = await serve(cleanup, (_, response) => response.end('<html>'));
    const empty = new AsyncDisposableStack();
    const nobody = await serve(empty, () => undefined);
    await empty.disposeAsync();
    for (const url of [stranger, nobody]) {
      const people = await cli(['book', '--url', url], {});
      assert.equal(people.code, 3);
      assert.match(people.err, /^ERROR: .*\nIs it running/);
      const signed = await cli([...BID, '--url', url, '--json'], { PICOSTOCKS_PRIVATE_KEY: KEY });
      assert.equal(signed.code, 3);
      assert.match(JSON.parse(signed.err).detail, /^ERROR: /);
    }
  });

  test('4: the answer was lost, and cannot be found', async () => {
    await using cleanup = new AsyncDisposableStack();
    const url = await serve(cleanup, ({ method, socket }, response) => {
      if (method === 'GET') json(response, { nonce: 45 });
      else socket.destroy();
    });
    const environment = { PICOSTOCKS_PRIVATE_KEY: KEY, PICOSTOCKS_URL: url };
    const { code, out, err } = await cli(BID, environment);
    assert.equal(code, 4);
    assert.equal(out, '');
    assert.match(err, /^ERROR: .*outcome is unknown.*\n.*"picostocks result 45"/);
    const { err: text } = await cli([...BID, '--json'], environment);
    assert.equal(JSON.parse(text).code, 'outcome_unknown');
    assert.equal(JSON.parse(text).nonce, 45);
  });

  test('0: the answer was lost, and the same bytes find it', async () => {
    await using cleanup = new AsyncDisposableStack();
    const bodies: string[] = [];
    const url = await serve(cleanup, async (request, response) => {
      if (request.method === 'GET') return json(response, { nonce: 45 });
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(body);
      if (bodies.length === 1) return request.socket.destroy();
      return json(response, { nonce: 45, sequence: 9, order_id: 3, trades: [] }, 201);
    });
    const environment = { PICOSTOCKS_PRIVATE_KEY: KEY, PICOSTOCKS_URL: url };
    const { code, out } = await cli([...BID, '--json'], environment);
    assert.equal(code, 0);
    assert.equal(JSON.parse(out).order_id, 3);
    assert.equal(bodies.length, 2);
    assert.equal(bodies[0], bodies[1]);
  });

  test('the process ends with them', async () => {
    await using cleanup = new AsyncDisposableStack();
    const environment = environmentOf(temporaryFolder(cleanup));
    const wrong = spawnCli(['biid', '--json'], { cleanup, environment });
    const missing = spawnCli(['serve', '--data', join(environment['HOME'] ?? '', 'none')], {
      cleanup,
      environment,
    });
    const help = spawnCli(['--help'], { cleanup, environment });
    assert.equal((await wrong.ended).code, 2);
    assert.equal(JSON.parse((await wrong.ended).err).code, 'usage');
    assert.equal((await missing.ended).code, 1);
    assert.match((await missing.ended).err, /^ERROR: there is no exchange in .*\n$/);
    assert.equal((await help.ended).code, 0);
  });
});
