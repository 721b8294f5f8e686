// What the tests of the command line share: a terminal that remembers, real child processes of
// main.ts, folders that go away, and sandboxes without traders.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../src/program.ts';
import { Sandbox, type SandboxOptions } from '../src/sandbox/sandbox.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

type Environment = Readonly<Record<string, string | undefined>>;
/** What is cleaned up when a test or a suite ends, the last first. */
export type Cleanup = AsyncDisposableStack;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function temporaryFolder(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'picostocks-cli-'));
  cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command line in this process. */
export async function cli(words: readonly string[], environment: Environment): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await run(words, {
    environment,
    out: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

/** Answers what the command printed as JSON; it must have succeeded and said nothing else. */
export async function cliJson<Reply>(
  words: readonly string[],
  environment: Environment,
): Promise<Reply> {
  const { code, out, err } = await cli([...words, '--json'], environment);
  if (code !== 0 || err !== '') throw new Error(`${words.join(' ')} ended with ${code}: ${err}`);
  return JSON.parse(out);
}

/** A process whose output can be waited for. */
export class Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  #out = '';
  #err = '';

  constructor(command: string, words: readonly string[], options: ChildOptions) {
    const { cwd, environment } = options;
    this.process = spawn(command, words, {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
    });
    this.ended = once(this.process, 'close').then(([code]) => ({
      code,
      out: this.#out,
      err: this.#err,
    }));
    options.cleanup.defer(async () => {
      this.process.kill('SIGKILL');
      await this.ended;
    });
  }

  /** The first match in what it prints; an error if it ends without. */
  async printed(pattern: RegExp): Promise<string> {
    let hasEnded = false;
    const end = this.ended.then(() => {
      hasEnded = true;
    });
    while (true) {
      const found = pattern.exec(this.#out);
      if (found !== null) return found[1] ?? found[0];
      if (hasEnded) throw new Error(`it ended without ${pattern}: ${this.#out}${this.#err}`);
      await Promise.race([once(this.process.stdout ?? this.process, 'data'), end]);
    }
  }
}

interface ChildOptions {
  readonly cleanup: Cleanup;
  readonly environment?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** The environment of a stranger: no keys, no settings, a home of his own. */
export function environmentOf(home: string): NodeJS.ProcessEnv {
  const foreign = /^(PICOSTOCKS_|npm_)/;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  // npm's own news would be taken for output of the program.
  return { ...Object.fromEntries(own), HOME: home, npm_config_update_notifier: 'false' };
}

export function spawnCli(words: readonly string[], options: ChildOptions): Child {
  return new Child(process.execPath, [MAIN, ...words], options);
}

/** A sandbox in this process, on any free port. */
export async function startSandbox(
  cleanup: Cleanup,
  options: Partial<SandboxOptions> & { data: string },
): Promise<Sandbox> {
  const sandbox = await Sandbox.start({
    host: '127.0.0.1',
    port: 0,
    nodes: 1,
    hasTraders: false,
    log: () => undefined,
    ...options,
  });
  cleanup.defer(() => sandbox.stop());
  return sandbox;
}
