// The README's first trade, pasted: its commands and its program run as they stand, against a sandbox.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { Sandbox } from '../packages/cli/src/index.ts';

const ROOT = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const [, trade = ''] = readme.split('## A first trade');

const home = mkdtempSync(join(tmpdir(), 'picostocks-readme-'));
after(() => rmSync(home, { recursive: true, force: true }));

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(trade)?.[1];
  assert.ok(found, `the first trade has a block of ${language}`);
  return found;
}

test('readme: the first trade can be pasted', async () => {
  const where = { data: join(home, 'data'), host: '127.0.0.1', port: 0 };
  const sandbox = await Sandbox.start({ ...where, hasTraders: false, log: assert.fail });
  after(() => sandbox.stop());
  const env = { ...process.env, HOME: home, USERPROFILE: home, PICOSTOCKS_URL: sandbox.url };
  const commands = block('sh').trim().split('\n');
  assert.ok(commands.length >= 4);
  for (const command of commands) {
    const { status, stderr } = spawnSync(command, {
      cwd: ROOT,
      env,
      shell: true,
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${command}: ${stderr}`);
  }
  const program = block('ts').replace('http://127.0.0.1:8000', sandbox.url);
  const args = ['--input-type=module-typescript', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  assert.match(
    stdout,
    /^b'BID 1\.500000000000000000 shares at 0\.070000000000000000; '\n$/,
    stderr,
  );
});
