// Each act of the operator once, on a real sandbox whose operator key is at hand.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  type CommandReply,
  ENVELOPE_PARAMS,
  type MarketRow,
  OPERATOR_TYPES,
  type OperatorType,
  type StockRow,
} from '@picostocks/protocol';
import { ACT_GROUPS } from '../src/commands/operator-acts.ts';
import { cli, cliJson, startSandbox, temporaryFolder } from './kit.ts';

const KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';

suite('operator commands', () => {
  const cleanup = new AsyncDisposableStack();
  after(() => cleanup.disposeAsync());
  let environment: Record<string, string> = {};

  before(async () => {
    const data = join(temporaryFolder(cleanup), 'data');
    const { url } = await startSandbox(cleanup, { data });
    environment = { PICOSTOCKS_URL: url, PICOSTOCKS_KEY_FILE: join(data, 'operator.key') };
  });

  const act = (...words: string[]) => cliJson<CommandReply>(['operator', ...words], environment);
  const stock = async (id: number) =>
    (await cliJson<StockRow[]>(['stocks'], environment)).find((row) => row.id === id);
  const market = async (code: string) =>
    (await cliJson<MarketRow[]>(['markets'], environment)).find((row) => row.stock_code === code);

  test('there is one for each operator command, and a way to say each of its parameters', async () => {
    const acts = ACT_GROUPS.flatMap((group) => group.acts);
    // A correction has lines, which are words of their own.
    // `picostocks recover` gives that one, to a log that no server has open.
    const online = OPERATOR_TYPES.difference(new Set(['recover' as const]));
    assert.deepEqual(new Set([...acts.map(({ type }) => type), 'correct']), online);
    const ways = new Map<string, string>();
    for (const { name, type } of acts) {
      const { code, out } = await cli(['operator', name, '--help'], {});
      assert.equal(code, 0);
      ways.set(type, `${ways.get(type) ?? ''}${out}`);
    }
    for (const [type, help] of ways) {
      const { properties, required = [] } = ENVELOPE_PARAMS[type as OperatorType] as {
        properties: object;
        required?: readonly string[];
      };
      for (const param of Object.keys(properties)) {
        if (required.includes(param)) continue;
        assert.match(help, new RegExp(`--${param.replaceAll('_', '-')} <[a-z|]+> +\\S`), type);
      }
    }
  });

  test('create-asset, change-asset: every kind of parameter', async () => {
    const made = await act(
      ...['create-asset', '42', 'acme', '--name', 'Acme Ltd.', '--quantity', '1000000.5'],
      ...[
        '--stock-type',
        'asset',
        '--status',
        'wait',
        '--btc-address',
        '1Acme',
        '--per-fee',
        '0.0050',
      ],
    );
    assert.deepEqual(made.result, { stock_id: 42 });
    const before = await stock(42);
    assert.equal(before?.quantity, '1000000.500000000000000000');
    assert.equal(before?.btc_address, '1Acme');
    assert.equal(before?.per_fee, '0.0050');
    const { code, out } = await cli(
      ['operator', 'change-asset', 'acme', '--status', 'traded', '--btc-address', 'null'],
      environment,
    );
    assert.equal(code, 0);
    assert.match(out, /^change_asset is entry \d+ of the log; stock_id 42\n$/);
    const changed = await stock(42);
    assert.equal(changed?.status, 'traded');
    assert.equal(changed?.btc_address, null);
    assert.equal(changed?.name, 'Acme Ltd.');
  });

  test('list-market, change-market, halt, resume', async () => {
    await act('list-market', 'acme/btc', '--tick', '0.01', '--lot', '1', '--self-trade', 'allow');
    assert.equal((await market('ACME'))?.tick, '0.010000000000000000');
    assert.equal((await market('ACME'))?.self_trade, 'allow');
    await act('change-market', '42/2', '--price-band-ppm', '50000', '--max-open-orders', '5');
    assert.equal((await market('ACME'))?.price_band_ppm, 50_000);
    await act('halt', 'acme/btc', 'news of the company');
    assert.equal((await market('ACME'))?.reason, 'news of the company');
    assert.match((await cli(['markets'], environment)).out, / halted: news of the company /);
    assert.equal((await market('ACME'))?.status, 'halted');
    await act('resume', 'acme/btc');
    assert.equal((await market('ACME'))?.status, 'open');
  });

  test('register-user, deposit, settings, set-fees', async () => {
    const user = await act('register-user', KEY);
    assert.equal(user.result['user_id'], 1);
    const deposit = await act(
      'deposit',
      '1',
      'acme',
      '2.5',
      'tx1',
      '--output',
      '3',
      '--memo',
      'hello',
    );
    assert.equal((deposit.result['deposit_ids'] as number[]).length, 1);
    const again = await cli(
      ['operator', 'deposit', '1', 'acme', '2.5', 'tx1', '--output', '3'],
      environment,
    );
    assert.equal(again.code, 1);
    assert.match(again.err, /^ERROR: .*reported before/);
    await act('settings', '--fee-user-id', '1', '--registration-open', 'false');
    await act('set-fees', 'acme/btc', '1000', '2000');
    assert.equal((await market('ACME'))?.taker_ppm, 2_000);
    const closed = await cli(['register'], { ...environment, PICOSTOCKS_KEY_FILE: await newKey() });
    assert.equal(closed.code, 1);
    assert.match(closed.err, /only an operator may register/);
  });

  async function newKey(): Promise<string> {
    const path = join(temporaryFolder(cleanup), 'key');
    await cli(['keygen', '--key', path], {});
    return path;
  }

  test('a change of nothing and a wrong value are wrong usage', async () => {
    for (const words of [
      ['settings'],
      ['change-asset', 'acme'],
      ['change-market', 'acme/btc'],
      ['change-market', 'acme/btc', '--tick', '1e3'],
      ['change-market', 'acme/btc', '--status', 'ajar'],
      ['settings', '--registration-open', 'perhaps'],
      ['set-fees', 'acme/btc', '1.5', '2'],
      ['deposit', 'one', 'acme', '1', 'tx'],
      ['create-asset', '7', 'TOO-LOUD'],
      ['halt', 'acme', 'because'],
      ['halt', 'acme/btc'],
      ['freeze', '1'],
      ['correct', '1', 'because'],
      ['correct', '1', 'because', 'debit:1:acme'],
      ['correct', '1', 'because', 'take:1:acme:1'],
      ['keys', 'add', 'x.key', '--roles', 'trade'],
      ['set-withdrawal-limit', '1', 'acme', 'much'],
      ['change-withdrawal', '1', 'failed'],
      ['withdrawals', '--status', 'failed'],
    ]) {
      const { code, err } = await cli(['operator', ...words], environment);
      assert.equal(code, 2, words.join(' '));
      assert.match(err, /^ERROR: /);
    }
  });

  test('a wrong code is told what a code is, a wrong number where to look', async () => {
    const named = await cli(['operator', 'create-asset', '7', 'xbt'], environment);
    assert.match(named.err, /^ERROR: a code is 2 to 12 small letters and digits, and neither xbt /);
    const claimed = await cli(['operator', 'claim-withdrawal', '99'], environment);
    assert.match(claimed.err, /"picostocks operator withdrawals" those on their way/);
  });

  test("another's key is refused, with a word on which one is needed", async () => {
    const { code, err } = await cli(
      ['operator', 'halt', '3/2', 'because', '--key', await newKey()],
      environment,
    );
    assert.equal(code, 1);
    assert.match(err, /does not verify\n.*operators give their key with --key/);
  });
});
