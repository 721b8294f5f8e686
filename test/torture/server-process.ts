// The real server, `picostocks serve`, as a process group of its own, so that it can be killed alone or
// together with the process that writes a snapshot for it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));

/** Long enough for any machine; a server that takes longer is one that hangs. */
const START_MS = 120_000;

export interface ServerOptions {
  readonly data: string;
  readonly nodes: number;
  readonly snapshotEvery: number;
  readonly segmentEntries: number;
}

export type Target = 'server' | 'group';

export class ServerProcess {
  readonly #child: ChildProcess;
  /** Its exit; `true` if it was killed with SIGKILL, and not before it ended by itself. */
  readonly exited: Promise<{ readonly wasKilled: boolean; readonly code: number | null }>;
  /** Nothing of it is left, its snapshot process included. */
  readonly gone: Promise<void>;
  /** Where it serves; rejects when it ends before it does. */
  readonly serving: Promise<string>;
  #isUp = false;
  #isExpected = false;
  #stderr = '';

  constructor({ data, nodes, snapshotEvery, segmentEntries }: ServerOptions) {
    const words = ['serve', '--data', data, '--port', '0', '--nodes', `${nodes}`, '--json'];
    words.push('--rate-limit', '0', '--snapshot-every', `${snapshotEvery}`);
    words.push('--segment-entries', `${segmentEntries}`);
    this.#child = spawn(process.execPath, [MAIN, ...words], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // As under npm: it stops by itself when whoever started it is gone.
      env: { ...process.env, npm_lifecycle_event: 'torture' },
    });
    const { stdout, stderr } = this.#child;
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.exited = once(this.#child, 'exit').then(([code, signal]) => {
      this.#isUp = false;
      return { wasKilled: signal === 'SIGKILL', code };
    });
    this.gone = once(this.#child, 'close').then(() => undefined);
    this.serving = this.#untilServing(stdout);
    this.serving.catch(() => undefined);
  }

  async #untilServing(stdout: ChildProcess['stdout']): Promise<string> {
    if (stdout === null) throw new Error('its output is a pipe');
    const ended = this.exited.then(({ code }) => {
      throw new Error(`the server ended with ${code} before it served: ${this.#stderr}`);
    });
    const late = AbortSignal.timeout(START_MS);
    const printed = once(stdout.setEncoding('utf8'), 'data', { signal: late });
    const [line] = await Promise.race([printed, ended]);
    this.#isUp = true;
    return (JSON.parse(line) as { url: string }).url;
  }

  /** May requests be sent? Not from the moment on when somebody meant to end it. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** What it and its snapshot process said. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Did it end although nobody killed or stopped it? */
  get endedByItself(): boolean {
    return !this.#isExpected && this.#child.exitCode !== null;
  }

  kill(target: Target): void {
    this.#signal('SIGKILL', target);
  }

  /** Begins a clean stop. */
  terminate(): void {
    this.#signal('SIGTERM', 'server');
  }

  #signal(signal: 'SIGKILL' | 'SIGTERM', target: Target): void {
    const { pid } = this.#child;
    this.#isUp = false;
    this.#isExpected = true;
    // While its exit was not seen, nobody else can have its number.
    if (pid === undefined || this.#child.exitCode !== null) return;
    if (this.#child.signalCode !== null) return;
    process.kill(target === 'group' ? -pid : pid, signal);
  }
}
