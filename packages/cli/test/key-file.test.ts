import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { publicKeyOf } from '@picostocks/client';
import { cli, cliJson, temporaryFolder } from './kit.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

suite('keygen', () => {
  test('writes a file that only its owner can read, and prints the public half', async () => {
    await using cleanup = new AsyncDisposableStack();
    const HOME = temporaryFolder(cleanup);
    const { code, out } = await cli(['keygen'], { HOME });
    const path = join(HOME, '.picostocks', 'key');
    assert.equal(code, 0);
    assert.equal(modeOf(path), 0o600);
    assert.equal(modeOf(join(HOME, '.picostocks')), 0o700);
    const privateKey = readFileSync(path, 'utf8').trim();
    assert.match(privateKey, /^[0-9a-f]{64}$/);
    assert.match(out, new RegExp(await publicKeyOf(privateKey)));
    assert.ok(!out.includes(privateKey));
  });

  test('never overwrites a file', async () => {
    await using cleanup = new AsyncDisposableStack();
    const HOME = temporaryFolder(cleanup);
    const key = join(HOME, 'mine');
    const { public_key } = await cliJson<{ public_key: string }>(['keygen', '--key', key], {});
    const again = await cli(['keygen', '--key', key], {});
    assert.equal(again.code, 2);
    assert.match(again.err, /^ERROR: .*exists already/);
    assert.equal(public_key, await publicKeyOf(readFileSync(key, 'utf8').trim()));
  });

  test('writes where PICOSTOCKS_KEY_FILE says', async () => {
    await using cleanup = new AsyncDisposableStack();
    const path = join(temporaryFolder(cleanup), 'deep', 'er', 'key');
    const reply = await cliJson(['keygen'], { PICOSTOCKS_KEY_FILE: path });
    assert.equal((reply as { key_file: string }).key_file, path);
    assert.equal(modeOf(path), 0o600);
  });
});

suite('key', () => {
  const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
  const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
  const whoami = ['whoami', '--user', '7'];

  test('a file that others can read is refused', async () => {
    await using cleanup = new AsyncDisposableStack();
    const path = join(temporaryFolder(cleanup), 'key');
    writeFileSync(path, SEED, { mode: 0o600 });
    for (const mode of [0o640, 0o604, 0o620]) {
      chmodSync(path, mode);
      const { code, err } = await cli([...whoami, '--key', path], {});
      assert.equal(code, 2);
      assert.match(err, /open to others \(mode 6\d\d\)\nClose it first: chmod 600 /);
    }
    chmodSync(path, 0o400);
    assert.equal((await cli([...whoami, '--key', path], {})).code, 0);
  });

  test('the environment may hold it, and a named file comes before that', async () => {
    await using cleanup = new AsyncDisposableStack();
    const path = join(temporaryFolder(cleanup), 'key');
    await cli(['keygen', '--key', path], {});
    const environment = { PICOSTOCKS_PRIVATE_KEY: SEED, PICOSTOCKS_KEY_FILE: path };
    const own = await cliJson<{ public_key: string }>(whoami, environment);
    assert.equal(own.public_key, PUBLIC);
    const named = await cliJson<{ public_key: string }>([...whoami, '--key', path], environment);
    assert.notEqual(named.public_key, PUBLIC);
    const long = { PICOSTOCKS_PRIVATE_KEY: SEED + PUBLIC };
    assert.equal((await cliJson<{ public_key: string }>(whoami, long)).public_key, PUBLIC);
  });

  test('what is missing or no key is named, and no digit of it is shown', async () => {
    await using cleanup = new AsyncDisposableStack();
    const HOME = temporaryFolder(cleanup);
    const missing = await cli(whoami, { HOME });
    assert.equal(missing.code, 2);
    assert.match(missing.err, /there is no key at .*\.picostocks\/key/);
    const broken = await cli(whoami, { PICOSTOCKS_PRIVATE_KEY: SEED.slice(0, 63) });
    assert.equal(broken.code, 2);
    assert.ok(!broken.err.includes(SEED.slice(0, 8)));
    const folder = await cli([...whoami, '--key', HOME], {});
    assert.equal(folder.code, 2);
  });

  test('is never an argument', async () => {
    const { code, err } = await cli([...whoami, '--private-key', SEED], {});
    assert.equal(code, 2);
    assert.match(err, /unknown option/);
  });
});
