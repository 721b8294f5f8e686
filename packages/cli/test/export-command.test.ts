import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { readIsoTime } from '../src/iso-time.ts';
import { cli, cliJson, environmentOf, spawnCli } from './kit.ts';
import { tradeInSandbox } from './log-kit.ts';

suite('export', () => {
  test('to stdout and to a file, beside a server', async () => {
    await using cleanup = new AsyncDisposableStack();
    const { data, home } = await tradeInSandbox(cleanup);
    const environment = environmentOf(home);
    const words = ['export', '--data', data, '--what', 'trades'];
    const csv = await spawnCli(words, { cleanup, environment }).ended;
    assert.equal(csv.code, 0);
    assert.equal(csv.err, '');
    const [header, row, end] = csv.out.split('\r\n');
    assert.match(header ?? '', /^id,sequence,time,market,/);
    assert.match(row ?? '', /^1,\d+,\S+Z,eth\/btc,3,2,0\.05000/);
    assert.equal(end, '');

    const json = await cli([...words, '--format', 'jsonl'], {});
    const trade = JSON.parse(json.out);
    assert.deepEqual([trade.id, trade.side, trade.bid_user, trade.ask_user], [1, 'bid', 2, 1]);

    const out = join(home, 'trades.csv');
    const reply = await cliJson<{ rows: number; out: string }>([...words, '--out', out], {});
    assert.deepEqual([reply.rows, reply.out], [1, out]);
    assert.equal(readFileSync(out, 'utf8'), csv.out);
    assert.equal(statSync(out).mode & 0o777, 0o600);

    const none = await cli([...words, '--from', trade.time, '--to', trade.time], {});
    assert.equal(none.out, `${header}\r\n`);
    const some = await cli([...words, '--from', trade.time], {});
    assert.equal(some.out, csv.out);
    const transfers = await cli(['export', '--data', data, '--what', 'transfers'], {});
    assert.match(transfers.out, /^transfer,1,.*,1,2,,,"'=rent",,,\r$/m);
    const balances = await cli(['export', '--data', data, '--what', 'balances'], {});
    assert.match(balances.out, /^\d+,\S+Z,2,3,eth,10002\.0{18},0\.0{18}\r$/m);
    const orders = await cli(['export', '--data', data, '--what', 'orders'], {});
    assert.equal(orders.out.split('\r\n').length, 1 + 3 + 1);
  });

  test('error: a log that is wrong leaves no file, and an older one as it was', async () => {
    await using cleanup = new AsyncDisposableStack();
    const traded = await tradeInSandbox(cleanup);
    await traded.stop();
    const database = new DatabaseSync(traded.log);
    database.exec('UPDATE entry SET time = time + 1 WHERE sequence = 14');
    database.close();
    const out = join(traded.home, 'x.csv');
    const words = ['export', '--data', traded.data, '--what', 'orders', '--out', out];
    const first = await cli(words, {});
    assert.equal(first.code, 1);
    assert.match(first.err, /^ERROR: entry 14 of the log/);
    assert.ok(!existsSync(out));
    writeFileSync(out, 'older');
    assert.equal((await cli(words, {})).code, 1);
    assert.equal(readFileSync(out, 'utf8'), 'older');
    assert.deepEqual(
      readdirSync(traded.home).filter((name) => name.startsWith('x.csv')),
      ['x.csv'],
    );
  });

  test('error: wrong usage', async () => {
    for (const words of [
      '',
      '--what books',
      '--what trades --format xml',
      '--what trades --from yesterday',
      '--what trades --to 2026-01-01T10:00',
    ]) {
      const ended = await cli(['export', ...words.split(' ').filter(Boolean)], {});
      assert.equal(ended.code, 2, words);
      assert.match(ended.err, /^ERROR: /);
    }
  });

  test('args: a time, to the microsecond and with its zone', () => {
    assert.equal(readIsoTime('1970-01-01'), 0);
    assert.equal(readIsoTime('1970-01-01T00:00:01Z'), 1_000_000);
    assert.equal(readIsoTime('1970-01-01T01:00:00.000001+01:00'), 1);
    assert.equal(readIsoTime('2026-01-31T09:30Z'), Date.UTC(2026, 0, 31, 9, 30) * 1_000);
    for (const text of ['2026-02-31', '2026-13-01', '2026-01-01T10:00', '2026-1-1', '1969-12-31']) {
      assert.throws(() => readIsoTime(text), /It must be as/, text);
    }
  });
});
