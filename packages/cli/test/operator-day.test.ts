// Goal: operators run an exchange with nothing but the command line, from an empty one with reads that are
// signed to its audit. Method: a real server, not a sandbox; an owner, three colleagues with a role each and
// their own keys, two traders. Then the log is verified as a stranger would.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { TypedReply } from '@picostocks/client';
import type {
  ActRow,
  BalanceRow,
  CommandReply,
  DepositRow,
  OrderRow,
  StatusReply,
  WantedRow,
  WithdrawalRow,
} from '@picostocks/protocol';
import { DataFolder, Exchange } from '@picostocks/server';
import { type Cleanup, cli, cliJson, temporaryFolder } from './kit.ts';

interface Exit {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

suite('the day of an operator', () => {
  const cleanup: Cleanup = new AsyncDisposableStack();
  after(() => cleanup.disposeAsync());
  let folder = '';
  let data = '';
  let environment: Record<string, string> = {};
  let exchange: Exchange | undefined;

  before(async () => {
    folder = temporaryFolder(cleanup);
    data = join(folder, 'data');
    environment = { HOME: folder, PICOSTOCKS_KEY_FILE: join(folder, 'operator.key') };
    await done(['keygen']);
    await done(['init', '--data', data, '--key', join(folder, 'operator.key')]);
    const where = { host: '127.0.0.1', port: 0, nodes: 1 };
    exchange = await Exchange.start({ folder: new DataFolder(data), ...where });
    cleanup.defer(() => exchange?.stop());
    environment = { ...environment, PICOSTOCKS_URL: exchange.url };
  });

  const run = (words: readonly string[], key?: string): Promise<Exit> =>
    cli([...words, ...keyOf(key)], environment);
  const keyOf = (key: string | undefined): string[] =>
    key === undefined ? [] : ['--key', join(folder, `${key}.key`)];

  /** It must work, and is answered as people see it. */
  async function done(words: readonly string[], key?: string): Promise<string> {
    const { code, out, err } = await run(words, key);
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    return out;
  }

  const operator = (words: readonly string[], key?: string): Promise<string> =>
    done(['operator', ...words], key);
  const json = <Reply>(words: readonly string[], key?: string): Promise<Reply> =>
    cliJson<Reply>([...words, ...keyOf(key)], environment);

  /** The market, or the door, must say no, for this reason. */
  async function refused(words: readonly string[], reason: RegExp, key?: string): Promise<void> {
    const { code, err } = await run(words, key);
    assert.equal(code, 1, `${words.join(' ')}: ${err}`);
    assert.match(err, reason);
  }

  async function free(key: string, stockId: number): Promise<string | undefined> {
    const rows = await json<BalanceRow[]>(['balance'], key);
    return rows.find(({ stock_id }) => stock_id === stockId)?.free.replace(/\.?0+$/, '');
  }

  test('assets, markets and settings', async () => {
    await operator(['create-asset', '2', 'btc', '--name', 'Bitcoin', '--stock-type', 'coin']);
    await operator(['create-asset', '42', 'acme', '--quantity', '1000000']);
    await operator(['list-market', 'acme/btc', '--tick', '0.01', '--lot', '1']);
    await operator(['settings', '--registration-open', 'true']);
    for (const name of ['alice', 'bob', 'fees']) {
      await done(['keygen'], name);
      await done(['register'], name);
    }
    await operator(['settings', '--reads', 'signed', '--fee-user-id', '3']);
    await operator(['set-fees', 'acme/btc', '1000', '2000']);
    await operator(['set-fee-tier', '1', '1000000', '500000']);
    await operator(['set-user-tier', '2', '1']);
    await operator(['change-asset', 'btc', '--min-fee', '0.001', '--approval-above', '1']);
    const { markets } = await json<{ markets: object[] }>(['fees'], 'bob');
    assert.deepEqual(markets, [{ stock_id: 42, unit_id: 2, maker_ppm: 0, taker_ppm: 1_000 }]);
    assert.match(await done(['limits']), /reads of accounts +signed/);
  });

  test('keys with roles: each colleague may do his part and no other', async () => {
    for (const role of ['listing', 'finance', 'compliance', 'custody']) {
      const file = join(folder, `${role}.key`);
      assert.match(await operator(['keys', 'add', file, '--roles', role]), /^key +[1-4]\n/);
    }
    await refused(['operator', 'halt', 'acme/btc', 'x'], /this key may not do this/, 'finance');
    await refused(['operator', 'deposit', '1', 'btc', '1', 'x'], /may not do this/, 'custody');
    await refused(['operator', 'settings', '--reads', 'public'], /may not do this/, 'compliance');
    await refused(['operator', 'keys', 'revoke', '1'], /may not do this/, 'finance');
    await operator(['keys', 'rotate'], 'listing');
    await operator(['change-asset', 'acme', '--www', 'acme.example'], 'listing');
    const list = await operator(['keys', 'list'], 'compliance');
    assert.match(list, /\n +0 +all .*\n +1 +listing .*\n +2 +finance .*\n +3 +compliance /);
  });

  test('money in: an address, a deposit that is seen, one by hand', async () => {
    await done(['deposit-address', 'btc', '--request'], 'alice');
    const wanted = await json<WantedRow[]>(['operator', 'addresses'], 'custody');
    assert.deepEqual(wanted, [{ user_id: 1, stock_id: 2 }]);
    await operator(['register-address', '1', 'btc', 'bc1qalice'], 'custody');
    assert.equal(await done(['deposit-address', 'btc'], 'alice'), 'address  bc1qalice\n');
    await operator(['report-deposit', 'btc', 'bc1qalice', '20', 'tx1'], 'custody');
    const [seen] = await json<DepositRow[]>(
      ['operator', 'deposits', '--status', 'init'],
      'custody',
    );
    assert.equal(seen?.quantity, '20.000000000000000000');
    assert.equal(await free('alice', 2), undefined);
    await operator(['change-deposit', String(seen?.id), 'confirmed'], 'custody');
    await operator(['complete-deposit', String(seen?.id)], 'finance');
    assert.equal(await free('alice', 2), '20');
    await operator(['report-deposit', 'btc', 'bc1qalice', '1', 'tx2'], 'custody');
    await operator(['reject-deposit', String((seen?.id ?? 0) + 1), 'sent back'], 'finance');
    await operator(['deposit', '2', 'acme', '500', 'share register'], 'finance');
    assert.match(await done(['deposits'], 'alice'), / canceled .* sent back\n.* done /);
  });

  test('trade, halt, resume', async () => {
    await done(['ask', 'acme/btc', '100', '0.1'], 'bob');
    await done(['bid', 'acme/btc', '40', '0.1'], 'alice');
    assert.equal(await free('fees', 42), '0.08');
    await operator(['halt', 'acme/btc', 'the company has news'], 'compliance');
    await refused(['bid', 'acme/btc', '1', '0.1'], /does not take orders now/, 'alice');
    await done(['cancel', 'ask', 'acme/btc', '10', '0.1'], 'bob');
    await operator(['resume', 'acme/btc'], 'listing');
    await done(['bid', 'acme/btc', '5', '0.05', '--client-id', 'low'], 'alice');
  });

  test('money out: approved, claimed, sent, arrived; refused; in doubt', async () => {
    const ask = (quantity: string): Promise<TypedReply<'request_withdrawal'>> =>
      json(['withdraw', 'btc', quantity, 'bc1qelsewhere'], 'alice');
    assert.equal((await ask('0.5')).result.status, 'queued');
    const { result } = await ask('2');
    assert.equal(result.status, 'init');
    const id = String(result.withdrawal_id);
    const waiting = ['operator', 'withdrawals', '--status', 'init'];
    assert.equal((await json<WithdrawalRow[]>(waiting, 'finance')).length, 1);
    await refused(['operator', 'claim-withdrawal', id], /cannot be given/, 'custody');
    await refused(['operator', 'approve-withdrawal', id], /cannot be given/, 'custody');
    await operator(['approve-withdrawal', id], 'finance');
    await operator(['claim-withdrawal', id], 'custody');
    await refused(['cancel-withdrawal', id], /cannot be given/, 'alice');
    await operator(['confirm-withdrawal', id, 'tx9'], 'custody');
    await operator(['complete-withdrawal', id], 'custody');
    assert.match(await done(['withdrawals'], 'alice'), / done +2 +0.001 +bc1qelsewhere +tx9\n/);

    await operator(['claim-withdrawal', '1'], 'custody');
    await operator(['fail-withdrawal', '1', 'the node does not answer'], 'custody');
    const [doubtful] = await json<WithdrawalRow[]>(['operator', 'withdrawals'], 'custody');
    assert.equal(doubtful?.status, 'error');
    assert.equal(doubtful?.reason, 'the node does not answer');
    const before = await free('alice', 2);
    await operator(['reject-withdrawal', '1', 'it never left'], 'finance');
    assert.notEqual(await free('alice', 2), before);

    await operator(['set-withdrawal-limit', '1', 'btc', '1'], 'compliance');
    await refused(['withdraw', 'btc', '1.1', 'bc1q'], /that much of this asset today/, 'alice');
    await operator(['set-withdrawal-limit', '1', 'btc', 'none'], 'compliance');
  });

  test('freeze and unfreeze: the orders go, and everybody concerned can read why', async () => {
    await operator(['freeze', '1', 'court order 7'], 'compliance');
    await refused(['bid', 'acme/btc', '1', '0.1'], /account is frozen/, 'alice');
    await refused(['withdraw', 'btc', '1', 'bc1q'], /account is frozen/, 'alice');
    assert.match(await done(['status'], 'alice'), /\naccount +frozen\nreason +court order 7\n/);
    const seen = await json<StatusReply>(['operator', 'account', '1'], 'compliance');
    assert.equal(seen.frozen, true);
    assert.equal((await json<OrderRow[]>(['orders'], 'alice')).length, 0);
    await operator(['unfreeze', '1'], 'compliance');
    await done(['bid', 'acme/btc', '1', '0.05'], 'alice');
    await refused(['status', '--user', '1'], /this key may not read|does not verify/, 'bob');
  });

  test('correct: what was credited twice is taken back, and says what it corrects', async () => {
    const twice = await json<CommandReply>(
      ['operator', 'deposit', '2', 'acme', '500', 'share register, again'],
      'finance',
    );
    const lines = ['debit:2:acme:500', 'credit:0:acme:500'];
    const entry = String(twice.sequence);
    await operator(['correct', entry, 'credited twice', ...lines], 'finance');
    await refused(
      ['operator', 'correct', entry, 'again', 'debit:2:acme:500'],
      /credits and debits/,
      'finance',
    );
    assert.match(
      await done(['transfers', 'acme'], 'bob'),
      new RegExp(` to +correction +500 +of entry ${entry}: credited twice `),
    );
  });

  test('acts: all of it is listed, with the key that did it; the audit confirms the log', async () => {
    const acts = await json<ActRow[]>(['acts', '--limit', '300']);
    const applied = acts.filter(({ status }) => status === 'applied');
    assert.ok(applied.length > 35);
    assert.deepEqual(
      acts.filter(({ code }) => code === 'key_scope').map(({ type }) => type),
      ['revoke_key', 'change_settings', 'credit_deposit', 'halt_market'],
    );
    assert.equal(acts[0]?.params, null);
    const [last] = await json<ActRow[]>(['operator', 'acts'], 'finance');
    assert.deepEqual(last, { ...acts[0], params: last?.params });
    assert.equal(last?.params?.['reason'], 'again');
    await exchange?.stop();
    const report = await done(['audit', '--data', data]);
    assert.match(report, /^Nothing is wrong with this log\.\n/);
    assert.match(report, /\nBTC +2 /);
  });
});
