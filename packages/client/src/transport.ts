// One HTTP request and its answer, or a `TransportError`. Nothing is ever sent twice from here, and
// redirects are not followed: a redirected POST of a signed command would be a second send that
// nobody asked for.

import { InvalidArgumentError, TransportError } from './errors.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface TransportOptions {
  /** Where the exchange is, without `/v1`. */
  readonly baseUrl: string;
  /** How long one request may take, its answer included. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Default the platform's. */
  readonly fetch?: Fetch | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/v1/`, with its trailing slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, number | string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  /** What the JSON says; `undefined` if the body is not JSON. */
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
}

/** Above the time for which a server lets a command wait for its turn. */
const TIMEOUT_MS = 30_000;
/** The longest that a timer of the platforms can do. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** Whatever brings a request to the exchange and its answer back. */
export interface Requester {
  request(request: HttpRequest): Promise<Answer>;
}

export class Transport implements Requester {
  readonly #base: string;
  readonly #timeoutMs: number;
  readonly #fetch: Fetch;

  constructor({ baseUrl, timeoutMs = TIMEOUT_MS, fetch = globalThis.fetch }: TransportOptions) {
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > TIMEOUT_MS_MAX) {
      throw new InvalidArgumentError('timeoutMs', 'a positive integer is expected');
    }
    this.#base = parseBaseUrl(baseUrl);
    this.#timeoutMs = timeoutMs;
    this.#fetch = fetch;
  }

  async request(request: HttpRequest): Promise<Answer> {
    const { signal } = request;
    if (signal?.aborted) {
      throw new TransportError('aborted', { sent: false, cause: signal.reason });
    }
    const controller = new AbortController();
    let stopped: 'timeout' | 'aborted' | undefined;
    const stop = (why: 'timeout' | 'aborted') => {
      stopped ??= why;
      controller.abort();
    };
    const onAbort = () => stop('aborted');
    const timer = setTimeout(() => stop('timeout'), this.#timeoutMs);
    signal?.addEventListener('abort', onAbort);
    try {
      return await this.#exchange(request, controller.signal);
    } catch (cause) {
      // Whatever stops a request after it was handed over, the exchange may have it.
      if (stopped === 'aborted') {
        throw new TransportError('aborted', { sent: true, cause: signal?.reason });
      }
      if (stopped === 'timeout') {
        throw new TransportError('timeout', {
          sent: true,
          details: `${this.#timeoutMs} ms`,
          cause,
        });
      }
      const sent = !hasFailedToConnect(cause);
      throw new TransportError('network', { sent, details: deepestMessage(cause), cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #exchange(request: HttpRequest, signal: AbortSignal): Promise<Answer> {
    const { method, headers = {}, body } = request;
    // Called as a plain function: browsers refuse a `fetch` whose `this` is not the window.
    const fetch = this.#fetch;
    const response = await fetch(this.#base + targetOf(request), {
      method,
      headers: { accept: 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
      signal,
      redirect: 'error',
      credentials: 'omit',
      cache: 'no-store',
    });
    const text = await response.text();
    return {
      status: response.status,
      body: parseJson(text),
      retryAfterMs: parseRetryAfter(response.headers.get('retry-after')),
    };
  }
}

/** The path with its query, as the exchange sees it. */
export function targetOf({ path, query = {} }: HttpRequest): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) search.set(key, String(value));
  }
  return search.size === 0 ? `/v1/${path}` : `/v1/${path}?${search.toString()}`;
}

function parseBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === null || !isHttp || url.search !== '' || url.hash !== '') {
    throw new InvalidArgumentError('baseUrl', 'an http or https address is expected');
  }
  return url.href.replace(/\/+$/, '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseRetryAfter(seconds: string | null): number | undefined {
  return seconds !== null && /^[0-9]{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

/** "fetch failed" says nothing; what it was caused by does. */
function deepestMessage(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return deepestMessage(error.cause) ?? (error.message === '' ? undefined : error.message);
}

/**
 * Is it certain that no connection came about? Node.js says so in the cause; browsers say nothing
 * at all, so there the request may always have been sent.
 */
function hasFailedToConnect(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.every(hasFailedToConnect);
  }
  const { syscall, code } = error as { syscall?: unknown; code?: unknown };
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return true;
  return hasFailedToConnect(error.cause);
}
