import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PicostocksReader } from '@picostocks/client';
import type { BalanceRow, OrderBookReply } from '@picostocks/protocol';
import { cli, cliJson, environmentOf, spawnCli } from './kit.ts';
import { tradeInSandbox } from './log-kit.ts';

interface UserReply extends OrderBookReply {
  readonly sequence: number;
  readonly time: string;
  readonly balances: readonly BalanceRow[];
}

suite('replay', () => {
  test('a user, a book and the state, as they were after an entry', async () => {
    await using cleanup = new AsyncDisposableStack();
    const { data, home, url, as } = await tradeInSandbox(cleanup);
    const environment = environmentOf(home);
    const { sequence } = (await as('buyer', 'time')) as { sequence: number };
    const at = (to: number) => ['replay', '--data', data, '--to', String(to)];
    // While the sandbox runs, and the last three are: bid, bid, transfer.
    const now = await cliJson<UserReply>([...at(sequence), '--user', '2'], {});
    assert.equal(now.sequence, sequence);
    assert.deepEqual(now.balances, await as('buyer', 'balance'));
    const reader = new PicostocksReader({ baseUrl: url, userId: 2 });
    assert.deepEqual({ bids: now.bids, asks: now.asks }, await reader.getOpenOrders());
    const before = await cliJson<UserReply>([...at(sequence - 1), '--user', '2'], {});
    const eth = (reply: UserReply) => reply.balances.find(({ stock_id }) => stock_id === 3)?.free;
    assert.equal(eth(before), `10000.5${'0'.repeat(17)}`);
    assert.equal(eth(now), `10002.0${'0'.repeat(17)}`);

    const book = await cliJson<OrderBookReply>([...at(sequence - 2), '--market', 'eth/btc'], {});
    assert.deepEqual([book.bids.length, book.asks.length], [0, 1]);
    const table = await cli([...at(sequence), '--market', '3/2'], {});
    assert.match(table.out, /^After entry \d+, \S+Z:\n\nMARKET .*\nETH\/BTC +ask +0\.05 +1\.5 +1 /);
    const user = await cli([...at(sequence), '--user', '2'], {});
    assert.match(user.out, /^ETH +3 +10002 +0$/m);
    assert.match(user.out, /^ETH\/BTC +bid +0\.04 +3 +2 /m);

    const summary = await cliJson<{ state_hash: string; users: number }>(at(sequence), {});
    assert.equal(summary.users, 2);
    const audit = await cliJson<{ state_hash: string }>(['audit', '--data', data], {});
    assert.equal(summary.state_hash, audit.state_hash);
    const state = await spawnCli([...at(sequence), '--state'], { cleanup, environment }).ended;
    assert.equal(state.code, 0);
    const whole = await cliJson<{ lines: string[] }>([...at(sequence), '--state'], {});
    assert.equal(`${whole.lines.join('\n')}\n`, state.out);
    assert.match(state.out, new RegExp(`^exchange .*\nclock ${sequence} `));
  });

  test('error: what was not there', async () => {
    await using cleanup = new AsyncDisposableStack();
    const { data } = await tradeInSandbox(cleanup);
    for (const [words, message] of [
      ['--to 9999', /the log has the entries 1 to \d+/],
      ['--to 0', /the log has the entries 1 to/],
      ['--to 1 --user 1', /there was no user 1 after entry 1/],
      ['--to 1 --market eth/btc', /there was no market eth\/btc after entry 1/],
      ['--to 1 --market eth/btc --user 1', /cannot be used with/],
      ['--to 1 --state --user 1', /cannot be used with/],
      ['--to x', /whole number/],
      ['', /required option '--to/],
    ] as const) {
      const ended = await cli(['replay', '--data', data, ...words.split(' ').filter(Boolean)], {});
      assert.equal(ended.code, 2, ended.err);
      assert.match(ended.err, message);
    }
  });
});
