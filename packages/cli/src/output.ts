// The one place that writes to the terminal. Answers go to stdout, everything else to stderr.

/** What the program knows of the world around it; tests bring their own. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  error(text: string): void;
}

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
  };
}
