// One command's view of the exchange: where it is, who acts, and with which key. Each is found in
// the options, then the environment, then what `register` stored beside the key.

import { type OutcomeUnknownError, PicostocksClient, PicostocksReader } from '@picostocks/client';
import { OPERATOR_USER_ID, parseId } from '@picostocks/protocol';
import { type Account, readAccount } from './account-file.ts';
import { Directory } from './directory.ts';
import { UsageError } from './failure.ts';
import { findKeyPath, isSet, type KeyOwner, readKey } from './key-file.ts';
import { Output, type Terminal } from './output.ts';

export const DEFAULT_URL = 'http://127.0.0.1:8000';

export interface SessionOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly user?: string;
  readonly key?: string;
  readonly keyId?: string;
}

export interface SessionKind {
  readonly owner?: KeyOwner;
  /** What `register` stored before does not count. */
  readonly isNew?: boolean;
}

/** How long to look for the outcome of a command whose answer was lost. */
const RESOLVE_MS = 15_000;

export class Session {
  readonly url: string;
  readonly output: Output;
  readonly reader: PicostocksReader;
  readonly directory: Directory;
  /** Where the key lies; `undefined` if the environment holds it. */
  readonly keyPath: string | undefined;
  readonly account: Account | undefined;
  readonly #options: SessionOptions;
  readonly #terminal: Terminal;
  readonly #owner: KeyOwner;

  constructor(
    terminal: Terminal,
    options: SessionOptions,
    { owner = 'trader', isNew = false }: SessionKind = {},
  ) {
    const { environment } = terminal;
    this.#options = options;
    this.#terminal = terminal;
    this.#owner = owner;
    this.output = new Output(terminal, options.json ?? false);
    this.keyPath = findKeyPath(options, { environment, owner });
    const path = isNew ? undefined : this.keyPath;
    this.account = path === undefined ? undefined : readAccount(path);
    this.url = findUrl(terminal, options, this.account);
    this.reader = new PicostocksReader({ baseUrl: this.url });
    this.directory = new Directory(this.reader);
  }

  get privateKey(): string {
    return readKey(this.keyPath, this.#terminal.environment);
  }

  /** Does anything say who acts? */
  get hasUser(): boolean {
    return isSet(this.#statedUser) || this.account !== undefined;
  }

  get #statedUser(): string | undefined {
    return this.#options.user ?? this.#terminal.environment['PICOSTOCKS_USER'];
  }

  /** Which of the acting user's keys signs. */
  get keyId(): number {
    const stated = this.#options.keyId ?? this.#terminal.environment['PICOSTOCKS_KEY_ID'];
    if (!isSet(stated)) return this.account?.key_id ?? 0;
    const id = parseId(stated);
    if (id === undefined) throw new UsageError(`${stated} is no key id`);
    return id;
  }

  /** The acting user's id. */
  async userId(): Promise<number> {
    if (this.#owner === 'operator') {
      // Only a further key of the operator has an account beside it.
      if (this.account !== undefined) await this.#checkExchange(this.account);
      return OPERATOR_USER_ID;
    }
    const stated = this.#statedUser;
    if (isSet(stated)) return parseUser(stated);
    if (this.account === undefined) {
      throw new UsageError('it is not known which user you are', {
        code: 'user_unknown',
        hint: 'Get a user with "picostocks register", or name one with --user ID.',
      });
    }
    await this.#checkExchange(this.account);
    return this.account.user_id;
  }

  async #checkExchange(account: Account): Promise<void> {
    const { exchange } = await this.reader.getTime();
    if (exchange === account.exchange) return;
    throw new UsageError(`your key is registered at another exchange than the one at ${this.url}`, {
      code: 'wrong_exchange',
      hint: 'Register it here with "picostocks register".',
    });
  }

  async client(): Promise<PicostocksClient> {
    // First the key: without it there is no need to ask who signs.
    const { privateKey, keyId } = this;
    const userId = await this.userId();
    return new PicostocksClient({ baseUrl: this.url, userId, privateKey, keyId });
  }

  /** Reads what belongs to a user: with his signature where the exchange asks for one. */
  async read<Reply>(read: (reader: PicostocksReader) => Promise<Reply>): Promise<Reply> {
    try {
      return await read(this.reader);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'read_not_signed') throw error;
      return read(await this.client());
    }
  }

  /**
   * Sends a signed command. If the answer is lost, asks what became of it before giving up: the same
   * bytes may be sent again, since at most one of them can ever count.
   */
  async send<Reply>(command: (client: PicostocksClient) => Promise<Reply>): Promise<Reply> {
    const client = await this.client();
    try {
      return await command(client);
    } catch (error) {
      return (await resolveUnknown(error)) as Reply;
    }
  }
}

/** What the call itself would have answered or thrown. */
export async function resolveUnknown(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || error.name !== 'OutcomeUnknownError') throw error;
  return (error as OutcomeUnknownError).resolve({ signal: AbortSignal.timeout(RESOLVE_MS) });
}

function findUrl({ environment }: Terminal, { url }: SessionOptions, account?: Account): string {
  const stated = url ?? environment['PICOSTOCKS_URL'];
  return isSet(stated) ? stated : (account?.url ?? DEFAULT_URL);
}

function parseUser(text: string): number {
  const id = parseId(text);
  if (id === undefined) throw new UsageError(`${text} is no user id`);
  return id;
}
