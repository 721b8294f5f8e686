// Every command of traders, once as a table and once as JSON, on a real sandbox.

import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { BalanceRow, CancelReply, OrderBookReply, PutReply } from '@picostocks/protocol';
import { cli, cliJson, startSandbox, temporaryFolder } from './kit.ts';

suite('trader commands', () => {
  const cleanup = new AsyncDisposableStack();
  after(() => cleanup.disposeAsync());
  let url = '';
  let alice: Record<string, string> = {};
  let bob: Record<string, string> = {};

  before(async () => {
    const folder = temporaryFolder(cleanup);
    const sandbox = await startSandbox(cleanup, { data: join(folder, 'data') });
    url = sandbox.url;
    alice = await makeUser(join(folder, 'alice'), 1);
    bob = await makeUser(join(folder, 'bob'), 2);
  });

  async function makeUser(home: string, userId: number): Promise<Record<string, string>> {
    const environment = { HOME: home };
    await cli(['keygen'], environment);
    const { out } = await cli(['register', '--url', url], environment);
    assert.match(out, new RegExp(`^user +${userId}\n`));
    return environment;
  }

  /** Runs it for people and answers what they see. */
  async function see(words: readonly string[], environment = alice): Promise<string> {
    const { code, out, err } = await cli(words, environment);
    assert.equal(err, '');
    assert.equal(code, 0);
    return out;
  }

  const rawOf = async (path: string): Promise<string> => (await fetch(`${url}/v1/${path}`)).text();

  /** With --json the output is the API's answer, byte for byte. */
  async function sameAs(path: string, words: readonly string[], environment = alice) {
    const { out, err } = await cli([...words, '--json'], environment);
    assert.equal(err, '');
    assert.equal(out, `${await rawOf(path)}\n`);
  }

  test('register: keeps user and address beside the key, once and for all', async () => {
    const path = join(alice['HOME'] ?? '', '.picostocks', 'key.json');
    const account = JSON.parse(readFileSync(path, 'utf8'));
    assert.deepEqual(Object.keys(account), ['user_id', 'url', 'exchange']);
    assert.equal(account.user_id, 1);
    assert.equal(account.url, url);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const again = await cliJson<{ user_id: number }>(['register', '--url', url], alice);
    assert.equal(again.user_id, 1);
  });

  test('whoami: tells user, exchange and key', async () => {
    assert.match(
      await see(['whoami'], bob),
      /^user +2\nexchange +http.*\npublic key +[0-9a-f]{64}\n/,
    );
  });

  test('balance: a new user has 10000 of everything', async () => {
    assert.match(await see(['balance']), /^ASSET +ID +FREE +LOCKED\nBTC +2 +10000 +0\nETH/);
    await sameAs('account/balance/1/', ['balance']);
    await sameAs('account/balance/2/', ['balance', '--user', '2']);
  });

  test('stocks, markets, time: lists for people, the same as the API', async () => {
    assert.match(await see(['stocks']), /\n 2 +BTC +Bitcoin +coin +traded +21000000/);
    await sameAs('market/stocks/', ['stocks']);
    assert.match(await see(['markets']), /\nPICO\/BTC +15\/2 +open +0.000000000000000001/);
    await sameAs('market/list/', ['markets']);
    assert.match(await see(['time']), /^exchange +[0-9a-f]{32}\ntime +20/);
    assert.equal((await cliJson<{ read_only: boolean }>(['time'], alice)).read_only, false);
  });

  test('ask, bid, book, orders, cancel, trades, ticker, history: a trade and its traces', async () => {
    assert.match(
      await see(['ask', 'eth/btc', '2', '0.05']),
      /^Order 1: ask 2 ETH at 0.05 BTC\nfilled 0, in the book 2 \(nonce \d+\)\n$/,
    );
    assert.match(
      await see(['book', 'ETH/BTC'], bob),
      /^MARKET +SIDE +PRICE +QUANTITY +USER +ORDER +CHANGED\nETH\/BTC +ask +0.05 +2 +1 +1 +20/,
    );
    const bid = await cliJson<PutReply>(['bid', '3/2', '0.5', '0.06'], bob);
    assert.equal(bid.filled, '0.500000000000000000');
    assert.equal(bid.trades[0]?.price, '0.050000000000000000');
    assert.match(
      await see(['bid', 'eth/btc', '0.25', '0.07'], bob),
      /\n\nTRADE +PRICE BTC +QUANTITY ETH +VALUE BTC +FEE\n +2 +0.05 +0.25 +0.0125 +0\n$/,
    );
    assert.match(await see(['orders']), /\nETH\/BTC +ask +0.05 +1.25 /);
    await sameAs('market/orderbook/?user_id=1&stock_id=3&unit_id=2', ['orders', 'eth/btc']);
    await sameAs('market/orderbook/', ['book']);
    await sameAs('market/orderbook/?stock_id=3&unit_id=2&limit=200', [
      'book',
      '3/2',
      '--limit',
      '200',
    ]);
    assert.match(
      await see(['trades', 'eth/btc']),
      /\n20\S+ \S+Z +0.05 +0.25 +bid +2 +1 +2\n20\S+ \S+Z +0.05 +0.5 +bid +2 +1 +1\n$/,
    );
    await sameAs('trader/history/3/2/', ['trades', 'eth/btc']);
    assert.match(await see(['ticker', 'eth/btc']), /\nETH\/BTC +0.05 +0.75 +2 /);
    await sameAs('tickers/24h/', ['ticker']);
    assert.match(await see(['history', 'eth']), /\n.* +ETH\/BTC +sold +0.05 +0.25 +2 +2\n/);
    await sameAs('account/order/history/2/3/?unit_id=2', ['history', 'eth/btc'], bob);
    assert.match(
      await see(['cancel', 'ask', 'eth/btc', '1', '0.05']),
      /^Order 1: 1 cancelled, 0.25 left\nCancelled in all: 1 \(nonce \d+\)\n$/,
    );
    const rest = await cliJson<CancelReply>(['cancel', 'ask', '3/2', '5', '0.0500'], alice);
    assert.equal(rest.response, '0.250000000000000000');
    assert.equal(await see(['orders']), 'No open orders.\n');
    const { bids } = await cliJson<OrderBookReply>(['book', '3/2'], alice);
    assert.deepEqual(bids, []);
  });

  test('transfer, transfers, deposits: money on the move', async () => {
    assert.match(
      await see(['transfer', '2', 'pico', '1.5', '--memo', 'for lunch']),
      /^Transfer 1: 1.5 pico to user 2 \(nonce \d+\)\n$/,
    );
    await cliJson(['transfer', '1', '15', '0.000000000000000001'], bob);
    assert.match(
      await see(['transfers', 'pico']),
      /from +2 +0.000000000000000001 .*\n.* to +2 +1.5 +for lunch/,
    );
    await sameAs('account/transfers/internal/2/15/', ['transfers', '15'], bob);
    assert.match(await see(['deposits', 'btc']), /\ndeposit +done +10000 +0 +gift:1 /);
    await sameAs('account/transfers/external/1/2/', ['deposits', 'btc']);
    const rows = await cliJson<BalanceRow[]>(['balance'], alice);
    assert.equal(rows.find((row) => row.stock_id === 15)?.free, '9998.500000000000000001');
  });

  test('nonce, result: what became of a command', async () => {
    const { nonce } = await cliJson<PutReply>(['bid', 'pico/btc', '1', '0.01'], alice);
    assert.equal(await see(['nonce']), `${nonce + 1}\n`);
    await sameAs('account/nonce/1/', ['nonce']);
    assert.match(await see(['result', String(nonce)]), /^status +applied \(HTTP 201\)\ntime/);
    await sameAs(`account/result/1/${nonce}/`, ['result', String(nonce)]);
  });

  test('balance: the user of another exchange, such as a sandbox made anew, does not count', async () => {
    const key = join(temporaryFolder(cleanup), 'key');
    await cli(['keygen', '--key', key], {});
    const environment = { PICOSTOCKS_KEY_FILE: key, PICOSTOCKS_URL: url };
    const { user_id } = await cliJson<{ user_id: number }>(['register'], environment);
    const path = `${key}.json`;
    const account = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...account, exchange: '0'.repeat(32) }));
    const other = await cli(['balance'], environment);
    assert.equal(other.code, 2);
    assert.match(other.err, /registered at another exchange .*\nRegister it here/);
    assert.equal((await cli(['balance', '--user', String(user_id)], environment)).code, 0);
    await cli(['register'], environment);
    assert.equal((await cli(['balance'], { PICOSTOCKS_KEY_FILE: key })).code, 0);
  });
});
