// Every command of traders, once as a table and once as JSON, on a real sandbox.

import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { TypedReply } from '@picostocks/client';
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
      /^Order 1: ask 2 ETH at 0.05 BTC or better\nfilled 0, in the book 2 \(nonce \d+\)\n$/,
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
    assert.match(await see(['orders']), /\n +1 +- +ETH\/BTC +ask +0.05 +2 +0.75 +partly_filled /);
    await sameAs('account/orders/1/?stock_id=3&unit_id=2', ['orders', 'eth/btc']);
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
    await sameAs('market/trades/3/2/', ['trades', 'eth/btc']);
    await sameAs('account/trades/1/?stock_id=3&unit_id=2', ['trades', '3/2', '--mine']);
    assert.match(await see(['trades', '--mine'], bob), / bought +taker +0.05 +0.25 +0 +3 +2\n/);
    await sameAs('market/trades/3/2/?after=1', ['trades', 'eth/btc', '--after', '1']);
    assert.match(
      await see(['depth', 'eth/btc']),
      /^SIDE +PRICE +QUANTITY +ORDERS\nask +0.05 +1.25 +1\n$/,
    );
    await sameAs('market/depth/3/2/?levels=5', ['depth', '3/2', '--levels', '5']);
    assert.match(
      await see(['candles', 'eth/btc', '--interval', '1d']),
      / 0.05 +0.75 +0.0375 +2\n$/,
    );
    await sameAs('market/candles/3/2/?interval=1h', ['candles', '3/2', '--interval', '1h']);
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
    assert.equal(await see(['orders']), 'No orders.\n');
    assert.match(await see(['orders', '--closed']), / 1 +- +ETH.* cancelled \(user\) /);
    await sameAs('account/orders/1/?status=closed', ['orders', '--closed']);
    const { bids } = await cliJson<OrderBookReply>(['book', '3/2'], alice);
    assert.deepEqual(bids, []);
  });

  test('transfer, transfers, deposits: money on the move', async () => {
    assert.match(
      await see(['transfer', '2', 'pico', '1.5', '--memo', 'for lunch']),
      /^Transfer 1: 1.5 PICO to user 2 \(nonce \d+\)\n$/,
    );
    await cliJson(['transfer', '1', '15', '0.000000000000000001'], bob);
    assert.match(
      await see(['transfers', 'pico']),
      / PICO +from +2 +0.000000000000000001 .*\n.* PICO +to +2 +1.5 +for lunch/,
    );
    await sameAs('account/transfers/internal/2/15/', ['transfers', '15'], bob);
    assert.match(await see(['deposits', 'btc']), / BTC +done +10000 +0 +gift:1\n/);
    const { deposits } = JSON.parse(await rawOf('account/transfers/external/1/'));
    assert.deepEqual(await cliJson(['deposits'], alice), deposits);
    assert.equal(await see(['withdrawals']), 'No withdrawals.\n');
    const rows = await cliJson<BalanceRow[]>(['balance'], alice);
    assert.equal(rows.find((row) => row.stock_id === 15)?.free, '9998.500000000000000001');
  });

  test('bid, ask: every kind of order, each with a name of its own', async () => {
    assert.match(
      await see([
        ...['ask', 'bst/btc', '5', '0.002', '--time-in-force', 'post_only'],
        ...['--client-id', 'quote-1'],
      ]),
      /^Order \d+: ask 5 BST at 0.002 BTC or better\nopen, filled 0, in the book 5 \(nonce \d+\)\n$/,
    );
    assert.match(
      await see(['bid', 'bst/btc', '7', '0.002', '--time-in-force', 'ioc'], bob),
      /\ncancelled, filled 5, in the book 0, 2 cancelled: unfilled \(nonce \d+\)\n\nTRADE/,
    );
    assert.match(
      await see(['order', 'show', '--client-id', 'quote-1']),
      /^order +\d+\nclient id +quote-1\nmarket +BST\/BTC\nkind +ask, limit, post_only\nstatus +filled\n/,
    );
    await see(['ask', 'bst/btc', '3', '0.002']);
    assert.match(
      await see(['bid', 'bst/btc', '1', '0.003', '--market'], bob),
      /^Order \d+: bid 1 BST at 0.003 BTC or better\nfilled, /,
    );
    const late = await cli(['bid', '4/2', '1', '0.001', '--good-until', '2020-01-01'], alice);
    assert.equal(late.code, 1);
    assert.match(late.err, /the time until which the order is good is over/);
    const gtt = ['bid', '4/2', '1', '0.001', '--good-until', '2100-01-01', '--client-id', 'long'];
    assert.match(await see(gtt), /\nopen, /);
    const again = await cli(gtt, alice);
    assert.match(again.err, /^ERROR: an open order of this user has this client order id\n/);
    assert.match(await see(['order', 'show', '--client-id', 'long']), /\ngood until +2100-01-01 /);
    for (const words of [
      ['bid', '4/2', '1'],
      ['bid', '4/2', '1', '0.1', '--time-in-force', 'day'],
      ['bid', '4/2', '1', '0.1', '--client-id', 'two words'],
      ['order', 'amend', '1'],
      ['order', 'cancel'],
      ['order', 'cancel', '1', '--client-id', 'long'],
      ['order', 'cancel-after', '5'],
      ['trades'],
    ]) {
      const { code, err } = await cli(words, alice);
      assert.equal(code, 2, `${words.join(' ')}: ${err}`);
    }
  });

  test('order: amend, cancel, batch, cancel-all, cancel-after', async () => {
    const { result } = await cliJson<TypedReply<'place_order'>>(
      ['bid', 'pico/btc', '4', '0.01', '--client-id', 'a'],
      alice,
    );
    const id = String(result.order_id);
    assert.match(
      await see(['order', 'amend', id, '--quantity', '3']),
      new RegExp(`^Order ${id}: open, filled 0, in the book 3 \\(nonce`),
    );
    assert.match(
      await see(['order', 'cancel', '--client-id', 'a']),
      new RegExp(`^Order ${id}: 3 cancelled, gone\\n1 order \\(nonce`),
    );
    const gone = await cli(['order', 'cancel', id], alice);
    assert.equal(gone.code, 1);
    assert.match(gone.err, /no such open order\n"picostocks orders" lists/);

    const file = join(alice['HOME'] ?? '', 'operations.jsonl');
    const bid = { operation: 'place_order', market: 'pico/btc', side: 'bid', quantity: '1' };
    const operations = [
      { ...bid, price: '0.01', client_order_id: 'b' },
      { ...bid, price: '1000000' },
      { operation: 'amend_order', client_order_id: 'b', quantity: '0.5' },
      { operation: 'cancel_order', client_order_id: 'b' },
      { operation: 'cancel_orders', market: '15/2' },
    ];
    writeFileSync(file, operations.map((operation) => `${JSON.stringify(operation)}\n`).join(''));
    const { code, out, err } = await cli(['order', 'batch', file], alice);
    assert.equal(code, 0);
    assert.equal(err, '1 of 5 were rejected.\n');
    assert.match(
      out,
      /\n1 +place_order +\d+ +open, .*\n2 +place_order +ERROR: the free balance is too small\n3 +amend_order +\d+ +open, filled 0, in the book 0.5\n4 +cancel_order +cancelled \d+\n5 +cancel_orders +no open orders\n$/,
    );
    writeFileSync(file, '{"operation":"noop"}\nnot JSON\n');
    assert.match(
      (await cli(['order', 'batch', file], alice)).err,
      /^ERROR: line 2 is no operation/,
    );
    assert.equal((await cli(['order', 'batch', join(file, 'none')], alice)).code, 2);

    await see(['bid', 'pico/btc', '1', '0.02']);
    await see(['ask', 'pico/btc', '1', '9']);
    assert.match(await see(['order', 'cancel-all', '15/2', '--side', 'ask']), /\n1 order \(nonce/);
    assert.match(await see(['order', 'cancel-all']), /cancelled, gone\n\d orders \(nonce/);
    assert.match(await see(['order', 'cancel-all']), /^No open orders \(nonce/);

    assert.match(
      await see(['order', 'cancel-after', '60']),
      /^All your orders are cancelled at 20/,
    );
    assert.match(await see(['keys', 'list']), /\n +0 +all +[0-9a-f]{64} +\d+ +60 s, at 20/);
    assert.equal(await see(['order', 'cancel-after', '0']), 'The switch is off.\n');
  });

  test('keys: a bot with a key of its own that can trade and nothing else', async () => {
    const home = bob['HOME'] ?? '';
    const file = join(home, 'bot.key');
    assert.match(
      await see(['keys', 'add', file, '--scopes', 'trade'], bob),
      /^key +1\nmay +trade\npublic key +[0-9a-f]{64}\nuse it with +--key \S+bot.key\n$/,
    );
    const account = JSON.parse(readFileSync(`${file}.json`, 'utf8'));
    assert.equal(account.key_id, 1);
    const bot = { HOME: home, PICOSTOCKS_KEY_FILE: file };
    assert.match(await see(['bid', 'pico/btc', '1', '0.01'], bot), /\nopen, .*\(nonce \d+\)\n$/);
    assert.match(await see(['cancel', 'bid', '15/2', '1', '0.01'], bot), /\n1 order \(nonce/);
    const stolen = await cli(['transfer', '1', 'btc', '1'], bot);
    assert.equal(stolen.code, 1);
    assert.match(stolen.err, /^ERROR: this key may not do this\n"picostocks keys list" tells/);

    // The key of somebody else, who proves that he holds it.
    const other = join(home, 'elsewhere.key');
    const proof = await cliJson<{ public_key: string; proof: string }>(
      ['keys', 'prove', other, '--user', '2', '--url', url],
      {},
    );
    const added = await cliJson<TypedReply<'add_key'>>(
      ['keys', 'add', '--public-key', proof.public_key, '--proof', proof.proof],
      bob,
    );
    assert.deepEqual(added.result.scopes, []);
    const foreign = {
      ...bot,
      PICOSTOCKS_KEY_FILE: other,
      PICOSTOCKS_USER: '2',
      PICOSTOCKS_URL: url,
    };
    assert.equal((await cli(['order', 'cancel-all', '--key-id', '2'], foreign)).code, 1);

    const before = readFileSync(file, 'utf8');
    await see(['keys', 'rotate'], bot);
    assert.notEqual(readFileSync(file, 'utf8'), before);
    assert.equal(readFileSync(`${file}.old`, 'utf8'), before);
    assert.match(await see(['bid', 'pico/btc', '1', '0.01'], bot), /\nopen, /);
    await see(['keys', 'rotate'], bob);
    assert.match(await see(['whoami'], bob), /^user +2\n/);
    assert.equal(await see(['keys', 'revoke', '1'], bob), await revoked());
    const late = await cli(['order', 'cancel-all'], bot);
    assert.equal(late.code, 1);
    assert.match(late.err, /current key/);
    assert.match(await see(['keys', 'list'], bob), /\n +1 +revoked /);

    async function revoked(): Promise<string> {
      const { nonce } = await cliJson<{ nonce: number }>(['nonce'], bob);
      return `Key 1 is revoked (nonce ${nonce - 1})\n`;
    }
  });

  test('withdraw, cancel-withdrawal, deposit-address, fees, status, limits, acts', async () => {
    assert.match(
      await see(['deposit-address', 'btc']),
      /^There is no address yet. Ask for one: picostocks deposit-address btc --request\n$/,
    );
    assert.match(await see(['deposit-address', 'btc', '--request']), /^An address was asked for/);
    await sameAs('account/deposit/address/1/2/', ['deposit-address', '2']);
    const asked = await cli(['withdraw', 'btc', '1.5', 'bc1qalice', '--memo', 'savings'], alice);
    assert.equal(asked.err, 'It waits for an operator to approve it.\n');
    assert.match(asked.out, /^Withdrawal 1: 1.5 BTC, fee 0, init \(nonce \d+\)\n$/);
    assert.match(await see(['withdrawals']), /\n 1 +20.* BTC +init +1.5 +0 +bc1qalice +savings/);
    assert.match(await see(['balance']), /\nBTC +2 +\S+ +1.5\n/);
    assert.match(
      await see(['cancel-withdrawal', '1']),
      /^Withdrawal 1: canceled; 1.5 and the fee 0 are free again \(nonce/,
    );
    const bad = await cli(['withdraw', 'btc', '1', 'two words'], alice);
    assert.match(bad.err, /^ERROR: an address is 1 to 100 characters/);
    assert.match(
      await see(['fees']),
      /^Fee tier 0; .*\n\nMARKET +MAKER PPM +TAKER PPM\nETH\/BTC +0 +0\n/,
    );
    await sameAs('account/fees/1/', ['fees']);
    assert.equal(await see(['status']), 'user      1\naccount   open\nfee tier  0\n');
    await sameAs('account/status/1/', ['status']);
    assert.match(await see(['limits']), /^registration +open\nreads of accounts +public\n/);
    await sameAs('limits/', ['limits']);
    assert.match(
      await see(['acts']),
      /\n +\d+ +20\S+ \S+Z +0 +create_asset +stock_id 2; code btc; /,
    );
    await sameAs('audit/acts/?after=3', ['acts', '--after', '3']);
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
