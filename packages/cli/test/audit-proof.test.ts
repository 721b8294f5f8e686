// Proofs of liabilities on the command line, against a real server in a process of its own: published at a
// signal, watched, fetched, saved, and verified again with nobody to ask.

import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Exchange } from '@picostocks/server';
import {
  foundExchange,
  newSigner,
  type Served,
  temporaryFolder as serverFolder,
  serveWith,
  type Trader,
} from '../../server/test/kit.ts';
import { cli, cliJson, environmentOf, spawnCli, temporaryFolder } from './kit.ts';

let exchange: Exchange;
let served: Served;
let trader: Trader;
const cleanup = new AsyncDisposableStack();

before(async () => {
  const quiet = { headEveryMs: 0, liabilitiesEveryMs: 0 };
  ({ served, exchange } = await serveWith((folder) =>
    Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1, ...quiet }),
  ));
  cleanup.use(served);
  trader = await served.newTrader();
  await served.newTrader();
});
after(() => cleanup.disposeAsync());

async function publish(): Promise<number> {
  await trader.put('ASK', { quantity: '1', price: '2' });
  await exchange.publishLiabilities();
  return served.sequence();
}

function newHome() {
  const home = temporaryFolder(cleanup);
  const at = (name: string): string => join(home, name);
  const environment = environmentOf(home);
  const files = { heads: at('heads.txt'), proof: at('proof.json') };
  const proof = ['audit', 'proof', '--heads', files.heads];
  return { home, environment, files, proof, at };
}

const atServer = (): string[] => ['--url', served.url, '--user', String(trader.userId)];

test('audit proof: fetched, verified, saved, and verified again offline', async () => {
  const { environment, files, proof } = newHome();
  const none = await cli([...proof, ...atServer(), '--asset', 'btc'], environment);
  assert.equal(none.code, 1);
  assert.match(none.err, /no liabilities were published/);
  const sequence = await publish();
  const words = [...proof, ...atServer(), '--asset', 'btc', '--amount', '10000'];
  const reply = await cliJson([...words, '--file', files.proof], environment);
  const saved = JSON.parse(readFileSync(files.proof, 'utf8'));
  const expected = {
    exchange: served.id,
    sequence,
    user_id: trader.userId,
    asset_id: 2,
    amount: '10000.000000000000000000',
    users: 2,
    sum: '20000.000000000000000000',
  };
  assert.deepEqual(reply, expected);
  assert.equal(statSync(files.proof).mode & 0o777, 0o600);
  const verify = [...proof, '--verify', files.proof];
  assert.deepEqual(await cliJson(verify, environment), expected);
  const asText = await cli([...verify, '--amount', '10000'], environment);
  assert.equal(asText.code, 0);
  assert.match(asText.out, /amount +10000\.0/);
  for (const other of [
    { ...saved, proof: { ...saved.proof, amount: '1.000000000000000000' } },
    { ...saved, publication: { ...saved.publication, lines: [] } },
  ]) {
    writeFileSync(files.proof, JSON.stringify(other));
    const refused = await cli([...verify, '--json'], environment);
    assert.equal(refused.code, 1);
    assert.equal(JSON.parse(refused.err).code, 'liability_proof_invalid');
  }
  for (const text of ['{}', 'my diary', 'null', JSON.stringify({ ...saved, kept: 5 })]) {
    writeFileSync(files.proof, text);
    assert.equal((await cli(verify, environment)).code, 2, text);
  }
});

test('audit proof: of an older publication, with a newer head kept', async () => {
  const { environment, files, proof } = newHome();
  const older = await publish();
  await publish();
  await cliJson(
    ['audit', 'watch', '--once', '--url', served.url, '--file', files.heads],
    environment,
  );
  const words = [...proof, ...atServer(), '--asset', 'eth', '--head', String(older)];
  const reply = await cliJson<{ sequence: number }>([...words, '--file', files.proof], environment);
  assert.equal(reply.sequence, older);
  const verify = [...proof, '--verify', files.proof];
  assert.deepEqual(await cliJson(verify, environment), reply);
  const saved = JSON.parse(readFileSync(files.proof, 'utf8'));
  assert(saved.kept.sequence > older);
  saved.kept.proof = saved.kept.proof.toReversed();
  writeFileSync(files.proof, JSON.stringify(saved));
  assert.equal((await cli(verify, environment)).code, 1);
  const elsewhere = newHome();
  const nobody = await cli([...elsewhere.proof, '--verify', files.proof], environment);
  assert.equal(nobody.code, 2);
  assert.match(nobody.err, /has no head of entry/);
});

test('audit proof: another amount, another user, wrong usage', async () => {
  await publish();
  const { environment, proof, files } = newHome();
  const words = [...proof, ...atServer()];
  const less = await cli([...words, '--asset', 'btc', '--amount', '9', '--json'], environment);
  assert.equal(less.code, 1);
  assert.equal(JSON.parse(less.err).code, 'liability_proof_invalid');
  const late = await served.newTrader();
  const other = ['--url', served.url, '--user', String(late.userId), '--asset', 'btc'];
  const nothing = await cli([...proof, ...other], environment);
  assert.match(nothing.err, /had nothing of this asset/);
  assert.equal((await cli(words, environment)).code, 2);
  assert.equal((await cli([...words, '--asset', 'xyz'], environment)).code, 2);
  assert.equal((await cli([...proof, '--verify', files.proof], environment)).code, 2);
  assert.equal((await cli([...proof, '--verify', 'a', '--file', 'b'], environment)).code, 2);
});

test('audit watch: it proves what is owed to the users that are named', async () => {
  const sequence = await publish();
  const { environment, files } = newHome();
  const watch = ['audit', 'watch', '--once', '--file', files.heads, ...atServer()];
  const { code, out } = await cli([...watch, '--user', '2'], environment);
  assert.equal(code, 0);
  assert.equal(out.match(new RegExp(`^liabilities of entry ${sequence}$`, 'gm'))?.length, 2);
  assert.match(out, /owed to user 1: 10000\.0{18} BTC$/m);
  const json = await cli([...watch, '--json'], environment);
  const rows = json.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(rows.at(-1).user_id, trader.userId);
  assert.equal(rows.at(-1).liabilities[0].compared, 'server');
  await trader.put('BID', { quantity: '1', price: '1' });
  await trader.put('ASK', { quantity: '1', price: '1', stockId: 4 });
  assert.equal((await cli([...watch, '--user', 'anna'], environment)).code, 2);
  assert.equal((await cli([...watch, '--user', '999'], environment)).code, 1);
});

test('audit: the publications of a data folder are held against its log, also while it is served', async () => {
  await publish();
  const { environment } = newHome();
  const { folder } = served;
  const data = ['audit', '--data', folder.path];
  const report = await cliJson<{ publications: number }>(data, environment);
  assert(report.publications >= 4);
  const withSecret = [...data, '--liability-secret', folder.liabilitySecret];
  assert.deepEqual(await cliJson(withSecret, environment), report);
  const alone = ['audit', '--log', folder.logFolder];
  assert.deepEqual(await cliJson(alone, environment), { ...report, publications: 0 });
  const heads = ['--heads', folder.heads];
  assert.equal((await cli([...alone, ...heads], environment)).code, 2);
  const named = [...alone, ...heads, '--liabilities', folder.liabilities];
  assert.deepEqual(await cliJson(named, environment), report);
  const lost = [...alone, ...heads, '--liabilities', `${folder.liabilities}/nothing`];
  const failed = await cli([...lost, '--json'], environment);
  assert.equal(failed.code, 1);
  assert.match(failed.err, /are not there/);
});

test('serve: a signal publishes, and does not end the server', async () => {
  const temporary = serverFolder();
  cleanup.defer(() => temporary[Symbol.dispose]());
  foundExchange(temporary.folder, { operator: newSigner() });
  const { environment } = newHome();
  const data = ['--data', temporary.folder.path, '--port', '0'];
  const wrong = await cli(['serve', ...data, '--liabilities-every', '604801'], environment);
  assert.equal(wrong.code, 2);
  const words = ['serve', ...data, '--nodes', '1', '--liabilities-every', '0', '--json'];
  const server = spawnCli(words, { cleanup, environment });
  const url = await server.printed(/"url":"([^"]+)"/);
  const told = new Promise<string>((resolve) => {
    server.process.stderr?.on('data', (text: string) => resolve(text));
  });
  server.process.kill('SIGUSR2');
  assert.match(await told, /^The newest head is HEAD:1:/);
  const answer = await fetch(`${url}/v1/audit/liabilities/`);
  assert.equal(answer.status, 200);
  assert.equal(((await answer.json()) as { head: number }).head, 1);
  server.process.kill('SIGTERM');
  assert.equal((await server.ended).code, 0);
});
