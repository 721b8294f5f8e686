// `audit watch` against a real exchange: what it keeps, what it does with its file after a power cut, and
// what it says when the exchange comes back from an older copy of its data.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeGenesis, decodeHead, encodeHeadLine, encodeUtf8 } from '@picostocks/protocol';
import { DataFolder, Exchange } from '@picostocks/server';
import { startPeer } from '../../client/test/support/http-peer.ts';
import { type Served, serveWith, type Trader } from '../../server/test/kit.ts';
import { cli, cliJson, environmentOf, spawnCli, temporaryFolder } from './kit.ts';

let exchange: Exchange;
let served: Served;
let trader: Trader;
const cleanup = new AsyncDisposableStack();

function startExchange(folder: DataFolder): Promise<Exchange> {
  return Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1, headEveryMs: 0 });
}

before(async () => {
  ({ served, exchange } = await serveWith(startExchange));
  cleanup.use(served);
  trader = await served.newTrader();
});
after(() => cleanup.disposeAsync());

async function grow(entries: number): Promise<string> {
  for (let count = 0; count < entries; count += 1) {
    await trader.put('ASK', { quantity: '1', price: String(count + 2) });
  }
  const head = await exchange.signHead();
  assert(head !== undefined);
  return encodeHeadLine(head);
}

interface Watch {
  readonly file: string;
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  lines(): string[];
}

function newWatch(): Watch {
  const home = temporaryFolder(cleanup);
  const file = join(home, 'heads.txt');
  return {
    file,
    words: ['audit', 'watch', '--once', '--file', file],
    environment: environmentOf(home),
    lines: () => readFileSync(file, 'utf8').split('\n').slice(0, -1),
  };
}

const atServer = (): string[] => ['--url', served.url];

test('audit watch: it keeps the newest head, then every one after it', async () => {
  const { words, environment, lines, file } = newWatch();
  const first = await grow(1);
  const { code, out } = await cli([...words, ...atServer()], environment);
  assert.equal(code, 0);
  assert.match(out, /entry \d+ {2}[0-9a-f]{64}\n$/);
  const genesis = await served.get<{ message: string }>('/v1/audit/entry/1/');
  const headKey = decodeGenesis(encodeUtf8(genesis.message))?.headKey;
  assert.deepEqual(lines(), [`KEY:1:${served.id}:${headKey}`, first]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const later = [await grow(2), await grow(3)];
  const again = await cli([...words, ...atServer()], environment);
  assert.equal(again.out.split('\n').length, 3);
  assert.deepEqual(lines().slice(1), [first, ...later]);
  assert.deepEqual(await cli([...words, ...atServer()], environment), {
    code: 0,
    out: '',
    err: '',
  });
});

test('audit watch: as JSON', async () => {
  const { words, environment } = newWatch();
  const line = await grow(1);
  const reply = await cliJson<{ text: string; signature: string; sequence: number }>(
    [...words, ...atServer()],
    environment,
  );
  assert.equal(encodeHeadLine(reply), line);
  assert.equal(reply.sequence, decodeHead(reply.text)?.sequence);
});

test('audit watch: a torn last line is cut off, and other files are refused', async () => {
  const { words, environment, lines, file } = newWatch();
  const first = await grow(1);
  await cli([...words, ...atServer()], environment);
  const whole = readFileSync(file, 'utf8');
  const second = await grow(1);
  writeFileSync(file, `${whole}HEAD:1:abc`);
  assert.equal((await cli([...words, ...atServer()], environment)).code, 0);
  assert.deepEqual(lines().slice(1), [first, second]);
  writeFileSync(file, whole.slice(0, 20));
  assert.equal((await cli([...words, ...atServer()], environment)).code, 0);
  assert.deepEqual(lines().slice(1), [second]);
  for (const text of ['my diary\n', `${whole}my diary\n`, whole.replace('KEY:1', 'KEY:2')]) {
    writeFileSync(file, text);
    assert.equal((await cli([...words, ...atServer()], environment)).code, 2);
    assert.equal(readFileSync(file, 'utf8'), text);
  }
});

test('audit watch: it goes on until it is ended', async () => {
  const { words, environment, lines } = newWatch();
  const line = await grow(1);
  const endless = words.filter((word) => word !== '--once');
  const child = spawnCli([...endless, '--every', '1', ...atServer()], { cleanup, environment });
  await child.printed(/entry \d+/);
  const next = decodeHead((await grow(1)).split(' ')[0] ?? '')?.sequence;
  await child.printed(new RegExp(`entry ${next} `));
  assert.equal(lines()[1], line);
  child.process.kill('SIGTERM');
  await child.ended;
});

test('audit watch: an exchange that is busy, or starting, is asked again', async () => {
  const { words, environment, lines } = newWatch();
  const line = await grow(1);
  let refusals = 3;
  const peer = await startPeer((request, reply) => {
    if (refusals > 0) {
      refusals -= 1;
      reply.json(503, { code: 'not_ready', detail: 'ERROR: not yet' });
      return;
    }
    fetch(served.url + request.path)
      .then(async (answer) => reply.json(answer.status, await answer.json()))
      .catch(() => reply.reset());
  });
  cleanup.defer(() => peer.close());
  const endless = words.filter((word) => word !== '--once');
  const url = ['--url', peer.baseUrl];
  const once = await cli([...words, ...url], environment);
  assert.equal(once.code, 1, 'once, it is for who asked');
  const child = spawnCli([...endless, '--every', '1', ...url], { cleanup, environment });
  await child.printed(/entry \d+/);
  assert.equal(lines()[1], line);
  child.process.kill('SIGTERM');
  await child.ended;
});

test('audit watch: wrong usage, and an exchange that is not there', async () => {
  const { words, environment } = newWatch();
  assert.equal((await cli([...words, '--every', '0'], environment)).code, 2);
  assert.equal((await cli([...words, '--url', 'http://127.0.0.1:1'], environment)).code, 3);
});

test('audit watch: an exchange that was restored from a copy is told, with both heads', async () => {
  const { words, environment, lines } = newWatch();
  const copy = new DataFolder(join(temporaryFolder(cleanup), 'copy'));
  await served.stop();
  cpSync(served.folder.path, copy.path, { recursive: true });
  exchange = await startExchange(served.folder);
  served.goOnWith(exchange);
  const kept = await grow(5);
  await cli([...words, ...atServer()], environment);
  await served.stop();
  exchange = await startExchange(copy);
  served.goOnWith(exchange);
  for (const entries of [2, 5]) {
    const offered = await grow(entries);
    const { code, err } = await cli([...words, ...atServer()], environment);
    assert.equal(code, 1);
    assert(err.includes(kept) && err.includes(offered), err);
    const asJson = await cli([...words, '--json', ...atServer()], environment);
    assert.equal(JSON.parse(asJson.err).code, 'history_rewritten');
  }
  assert.equal(lines().length, 2);
});
