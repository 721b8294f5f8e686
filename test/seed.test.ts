// Which seed a run of all tests gets.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chooseSeed } from './seed.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** As little as git takes for a clone. */
function makeClone(root: string): void {
  for (const folder of ['objects', 'refs/heads'])
    mkdirSync(join(root, '.git', folder), { recursive: true });
  writeFileSync(join(root, '.git', 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(root, '.git', 'refs', 'heads', 'main'), `${COMMIT}\n`);
}

test('seed: what was asked for, else the commit, else always the same', (context) => {
  const root = mkdtempSync(join(tmpdir(), 'picostocks-seed-'));
  context.after(() => rmSync(root, { recursive: true }));
  assert.equal(chooseSeed({ asked: undefined, root }), 'picostocks');
  makeClone(root);
  assert.equal(chooseSeed({ asked: 'any text', root }), 'any text');
  const hasGit = spawnSync('git', ['--version']).error === undefined;
  assert.equal(chooseSeed({ asked: undefined, root }), hasGit ? COMMIT : 'picostocks');
});
