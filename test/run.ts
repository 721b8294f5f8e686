// `npm test`: everything that must hold before a change is good, in the order of cost. Stops at the first
// step that fails.
//
// A test that needs a program which is not there is skipped, and this says so at the end, by name; with
// PICOSTOCKS_SKIPS_FAIL=1 a skip fails the run. On a machine where it may, it fetches the program first.
//
// All random tests get one seed, PICOSTOCKS_SEED or else the commit's hash; this says which it was.

import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fetchBrowser } from './browser.ts';
import { chooseSeed } from './seed.ts';

const ROOT = resolve(import.meta.dirname, '..');
const TEST_FILES = ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'];

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

function bin(name: string): string {
  return join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);
}

const STATIC_STEPS: readonly Step[] = [
  { name: 'format and lint', command: bin('biome'), args: ['check', '--error-on-warnings', '.'] },
  // The narrow ones prove that the core needs no platform and the client no Node.js.
  ...['packages/protocol', 'packages/engine', 'packages/client', '.'].map((project) => ({
    name: `types of ${project}`,
    command: bin('tsc'),
    args: ['-p', project],
  })),
];

function run({ name, command, args, env = process.env }: Step): boolean {
  const started = performance.now();
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  say(
    `${status === 0 ? 'ok' : 'FAILED'}  ${name} (${seconds} s)${error ? `: ${error.message}` : ''}`,
  );
  return status === 0;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs all tests; answers whether they passed, and the names of those that were skipped. */
function runTests(seed: string): { readonly passed: boolean; readonly skipped: readonly string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'picostocks-test-'));
  const report = join(folder, 'report.tap');
  try {
    const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
    reporters.push('--test-reporter=tap', `--test-reporter-destination=${report}`);
    const files = TEST_FILES.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
    const args = ['--test', ...reporters, ...files];
    const env = { ...process.env, PICOSTOCKS_SEED: seed };
    const step = { name: `${files.length} test files`, command: process.execPath, args, env };
    const passed = run(step);
    const skipped = [...readFileSync(report, 'utf8').matchAll(/^\s*ok \d+ - (.+) # SKIP(.*)$/gm)];
    return { passed, skipped: skipped.map(([, name, why]) => `${name}:${why}`) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function main(): boolean {
  for (const step of STATIC_STEPS) if (!run(step)) return false;
  fetchBrowser();
  const seed = chooseSeed({ asked: process.env['PICOSTOCKS_SEED'], root: ROOT });
  const { passed, skipped } = runTests(seed);
  say(`the same random choices again: PICOSTOCKS_SEED=${seed} npm test`);
  for (const name of skipped) say(`SKIPPED  ${name}`);
  if (skipped.length > 0 && process.env['PICOSTOCKS_SKIPS_FAIL'] === '1') {
    say('FAILED  no test may be skipped here');
    return false;
  }
  return passed;
}

process.exitCode = main() ? 0 : 1;
