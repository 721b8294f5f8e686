// One HTTP/1.1 connection of the load generator: requests are bytes made beforehand, and of an answer only
// the status is read, so that the generator costs little beside what it measures.

import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const LENGTH = 'content-length: ';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export class Connection {
  readonly #socket: Socket;
  #received = '';
  #answered: ((answer: Answer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // Of one byte a character, so that lengths are bytes.
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the connection was closed')));
  }

  static open(url: URL): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(url.port), url.hostname);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  /** Sends one request; the one before must have been answered. */
  send(bytes: Uint8Array): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      if (this.#socket.destroyed) reject(new Error('the connection was closed before'));
      else this.#socket.write(bytes);
    });
  }

  #take(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text;
    const head = this.#received.indexOf(HEAD_END);
    if (head === -1) return;
    const at = this.#received.indexOf(LENGTH);
    const length =
      at === -1 || at > head
        ? 0
        : Number.parseInt(this.#received.slice(at + LENGTH.length, head), 10);
    const end = head + HEAD_END.length + length;
    if (this.#received.length < end) return;
    const status = Number(this.#received.slice(9, 12));
    const body = this.#received.slice(head + HEAD_END.length, end);
    this.#received = this.#received.slice(end);
    this.#answered?.({ status, body });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }
}

/** The bytes of a request. */
export function requestBytes(
  url: URL,
  request: {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Uint8Array {
  const { method, path, body = '', headers = {} } = request;
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${url.host}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (method === 'POST') {
    lines.push('content-type: application/json', `content-length: ${Buffer.byteLength(body)}`);
  }
  return Buffer.from(`${lines.join('\r\n')}${HEAD_END}${body}`);
}
