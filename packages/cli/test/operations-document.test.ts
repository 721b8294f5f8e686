// Goal: what docs/operations.md shows of an operator's day can be pasted as it stands, on an exchange that is
// empty. Method: its commands, in order, on a real server; one that fails, or a number that is wrong, fails.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { DataFolder, Exchange } from '@picostocks/server';
import { cli, temporaryFolder } from './kit.ts';

const DOCUMENT = resolve(import.meta.dirname, '../../../docs/operations.md');
const CORRECTED = /operator correct (\d+) /;

function pastedCommands(): string[] {
  const [, rest = ''] = readFileSync(DOCUMENT, 'utf8').split('## The day of an operator\n');
  const [day = ''] = rest.split('\n## ');
  const blocks = [...day.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block.trim());
  return blocks.flatMap((block) => block.split('\n'));
}

/** As a shell divides it: by spaces, except in double quotes. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );
}

test("operations.md: the operator's day can be pasted", async () => {
  await using cleanup = new AsyncDisposableStack();
  const home = temporaryFolder(cleanup);
  const before = process.cwd();
  cleanup.defer(() => process.chdir(before));
  process.chdir(home);
  const data = join(home, 'exchange');
  const key = join(home, '.picostocks', 'operator.key');
  const run = async (words: readonly string[], environment: Record<string, string>) => {
    const { code, out, err } = await cli(words, environment);
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    return out;
  };
  await run(['keygen', '--key', key], { HOME: home });
  await run(['init', '--key', key, '--data', data], { HOME: home });
  const folder = new DataFolder(data);
  const exchange = await Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1 });
  cleanup.defer(() => exchange.stop());

  const environment = { HOME: home, PICOSTOCKS_URL: exchange.url };
  const commands = pastedCommands();
  assert.ok(commands.length > 40);
  const answers: string[] = [];
  for (const command of commands) {
    const [program, ...words] = wordsOf(command);
    assert.equal(program, 'picostocks', command);
    answers.push(await run(words, environment));
  }

  const deposited = answers[commands.findIndex((command) => command.includes(' deposit 2 acme'))];
  const [, corrected = ''] = CORRECTED.exec(commands.join('\n')) ?? [];
  assert.match(deposited ?? '', new RegExp(`^credit_deposit is entry ${corrected} of the log`));
});
