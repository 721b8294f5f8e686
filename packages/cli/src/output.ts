// The one place that writes to the terminal. Answers go to stdout, everything else to stderr.

/** What the program knows of the world around it; tests bring their own. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  error(text: string): void;
  /** Resolves when what went to `out` has left; absent where it leaves at once. */
  drained?(): Promise<void>;
  /** How wide the screen behind `error` is; absent where there is none. */
  readonly screenColumns?: number | undefined;
}

const CHUNK_CHARACTERS = 65_536;
const BAR_COLUMNS_MAX = 40;

export class Output {
  readonly isJson: boolean;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal, isJson: boolean) {
    this.#terminal = terminal;
    this.isJson = isJson;
  }

  /** The answer of a command: as it is with `--json`, else the text for people. */
  reply(reply: unknown, text: () => string): void {
    this.#terminal.out(this.isJson ? `${JSON.stringify(reply)}\n` : `${text()}\n`);
  }

  /** A remark for people, beside the answer. */
  note(text: string): void {
    if (!this.isJson) this.#terminal.error(`${text}\n`);
  }

  /** A line of a running server. */
  log(text: string): void {
    this.#terminal.error(`${text}\n`);
  }

  /** An answer that may be larger than the memory: as it is, piece by piece. */
  async stream(pieces: Iterable<string>): Promise<void> {
    let chunk = '';
    for (const piece of pieces) {
      chunk += piece;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      this.#terminal.out(chunk);
      chunk = '';
      await this.#terminal.drained?.();
    }
    this.#terminal.out(chunk);
    await this.#terminal.drained?.();
  }

  /** How far something has come, for who watches a screen; the last step wipes it away. */
  progress(done: number, all: number): void {
    const { screenColumns } = this.#terminal;
    if (screenColumns === undefined) return;
    const part = all === 0 ? 1 : done / all;
    const columns = Math.max(0, Math.min(BAR_COLUMNS_MAX, screenColumns - 12));
    const bar = '#'.repeat(Math.floor(part * columns)).padEnd(columns, '.');
    const percent = `${Math.floor(part * 100)}`.padStart(3);
    this.#terminal.error(part === 1 ? '\r\u001b[K' : `\r[${bar}] ${percent} %`);
  }

  /** Does work that draws its progress, and wipes that away, also after an error in the middle of it. */
  watch<Result>(work: () => Result): Result {
    try {
      return work();
    } finally {
      this.progress(1, 1);
    }
  }

  /** `reply` is what a program reads; people get its `detail`, which starts with "ERROR: ". */
  failure(reply: { readonly detail: string; readonly code: string }, hint = ''): void {
    const text = hint === '' ? reply.detail : `${reply.detail}\n${hint}`;
    this.#terminal.error(this.isJson ? `${JSON.stringify(reply)}\n` : `${text}\n`);
  }
}

export function systemTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    // A reader that has seen enough, such as `head`, is no failure.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
  return {
    environment: process.env,
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
    drained: () => drained(process.stdout),
    screenColumns: process.stderr.isTTY ? process.stderr.columns : undefined,
  };
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (stream.writableNeedDrain) stream.once('drain', resolve);
  else resolve();
  return promise;
}
