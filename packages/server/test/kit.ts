// What the tests of the server share: a real exchange with a temporary data folder on a free port, users
// with keys, and a small HTTP client that decides by itself which connection a request takes.
//
// `serve` founds an exchange like the sandbox's: assets 2, 3, 4, 15, markets 3/2, 4/2, 15/2, 4/3, open
// registration and a gift of 10000 of each asset. Its markets take orders worth a single atom.
//
// One file, in sections: a test that founds, serves, signs and asks needs all of them at once.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BalanceReply,
  type CancelReply,
  type ErrorReply,
  fromHex,
  type OrderBookReply,
  type OrderVerb,
  type PutReply,
  READ_HEADERS,
  type RegisterReply,
  SIGNATURE_HEADER,
  type TimeReply,
} from '@picostocks/protocol';
import type { Static } from 'typebox';
import { DataFolder, Exchange, type ExchangeOptions, found, prepareGenesis } from '../src/index.ts';

// --- Keys ----------------------------------------------------------------------------------------

export interface Signer {
  /** Hexadecimal. */
  readonly publicKey: string;
  /** Hexadecimal. */
  sign(message: string | Uint8Array): string;
}

export function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const x = publicKey.export({ format: 'jwk' }).x ?? '';
  return {
    publicKey: Buffer.from(x, 'base64url').toString('hex'),
    sign: (message) => signHex(privateKey, message),
  };
}

function signHex(key: KeyObject, message: string | Uint8Array): string {
  return sign(null, Buffer.from(message), key).toString('hex');
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  assert(bytes !== undefined);
  return bytes;
}

// --- Randomness ----------------------------------------------------------------------------------

/** Any text, such as a commit's hash. */
export const seedText = process.env['PICOSTOCKS_SEED'] ?? 'picostocks';

/** Numbers below 1 that follow from the seed and a name alone. */
export function randomOf(name: string): () => number {
  let count = 0;
  return () => {
    const digest = createHash('sha256').update(`${seedText}/${name}/${count}`).digest();
    count += 1;
    return digest.readUInt32BE() / 2 ** 32;
  };
}

export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item);
}

// --- HTTP ----------------------------------------------------------------------------------------

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: T;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
  /** Default: a connection of its own, so that the system chooses the node anew. */
  readonly agent?: Agent;
}

/** Sends one request and reads the whole answer. */
export function call<T = unknown>(url: string, options: Call = {}): Promise<Answer<T>> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer<T>>();
  const { method = 'GET', headers = {}, body, agent } = options;
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const request = httpRequest(
    url,
    { method, headers: { ...length, ...headers }, agent: agent ?? false },
    (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        const { statusCode = 0, headers: answered } = response;
        resolve({ status: statusCode, headers: answered, text, json: parseOrText(text) as T });
      });
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const JSON_TYPE = { 'content-type': 'application/json' };
export const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

export function json(body: unknown): Call {
  return { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) };
}

export function form(body: Record<string, string>): Call {
  return { method: 'POST', headers: FORM_TYPE, body: new URLSearchParams(body).toString() };
}

/** Writes bytes to a socket as they are and answers what came back until the other side closed. */
export function raw(url: string, ...parts: (string | Uint8Array)[]): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (part) => {
    text += part;
  });
  // A server that refuses early may reset what is still being sent; what it said has arrived.
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(parseAnswer(text)));
  for (const part of parts) socket.write(part);
  return promise;
}

/** The first answer in what a socket sent. Status 0: there was none. */
function parseAnswer(received: string): Answer {
  const [head = '', ...rest] = received.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const text = rest.join('\r\n\r\n');
  const status = Number(statusLine.split(' ')[1] ?? 0);
  return { status, headers, text, json: parseOrText(text) };
}

/** Asserts an error of the API's one shape. */
export function assertRefused(answer: Answer, expected: { status?: number; code?: string }): void {
  const { detail, code } = answer.json as ErrorReply;
  const said = `${answer.status} ${answer.text}`;
  assert(answer.status >= 400 && answer.status < 600 && answer.status !== 500, said);
  assert.match(String(answer.headers['content-type']), /^application\/json/, said);
  assert.match(detail, /^ERROR: /, said);
  assert.match(code, /^[a-z][a-z_]*$/, said);
  assert.doesNotMatch(answer.text, /node:internal|file:\/\/|\.[jt]s:\d/, said);
  if (expected.status !== undefined) assert.equal(answer.status, expected.status, said);
  if (expected.code !== undefined) assert.equal(code, expected.code, said);
}

// --- Exchange ------------------------------------------------------------------------------------

export interface TemporaryFolder extends Disposable {
  readonly folder: DataFolder;
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'picostocks-test-'));
  return {
    folder: new DataFolder(join(path, 'data')),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Makes the exchange of a folder: its genesis is entry 1. */
export function foundExchange(
  folder: DataFolder,
  { operator, sandbox = true }: { operator: Signer; sandbox?: boolean },
): void {
  const text = prepareGenesis(folder, { operator: operator.publicKey, sandbox });
  found(folder, bytesOf(operator.sign(text)));
}

export type StartOptions = Partial<
  Pick<ExchangeOptions, 'nodes' | 'node' | 'port' | 'tls' | 'segmentEntries'>
>;

export function start(folder: DataFolder, options: StartOptions = {}): Promise<Exchange> {
  return Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1, ...options });
}

/** An exchange that runs: in this process, or in one of its own. */
export interface Running {
  readonly url: string;
  readonly nodes: number;
  stop(): Promise<void>;
}

export interface ServeOptions extends StartOptions {
  /** Default true: no limits on loopback, and a gift for new users. */
  readonly sandbox?: boolean;
}

/** Founds an exchange, starts it and gives it assets and markets. */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  const { sandbox = true, ...startOptions } = options;
  return (await serveWith((folder) => start(folder, startOptions), sandbox)).served;
}

/** The same with an exchange that the test starts in its own way, and works with directly. */
export async function serveWith<Own extends Running>(
  startExchange: (folder: DataFolder) => Promise<Own>,
  sandbox = true,
): Promise<{ served: Served; exchange: Own }> {
  const temporary = temporaryFolder();
  const operator = newSigner();
  try {
    foundExchange(temporary.folder, { operator, sandbox });
    const exchange = await startExchange(temporary.folder);
    const served = new Served({ temporary, operator, exchange });
    await served.furnish(sandbox);
    return { served, exchange };
  } catch (error) {
    temporary[Symbol.dispose]();
    throw error;
  }
}

const ASSETS = [
  [2, 'btc'],
  [3, 'eth'],
  [4, 'bst'],
  [15, 'pico'],
] as const;
const MARKETS = [
  [3, 2],
  [4, 2],
  [15, 2],
  [4, 3],
] as const;

export class Served implements AsyncDisposable {
  readonly folder: DataFolder;
  readonly operator: Trader;
  readonly #temporary: TemporaryFolder;
  #exchange: Running;
  #id = '';

  constructor(fields: { temporary: TemporaryFolder; operator: Signer; exchange: Running }) {
    this.#temporary = fields.temporary;
    this.folder = fields.temporary.folder;
    this.#exchange = fields.exchange;
    this.operator = new Trader(this, { signer: fields.operator, userId: 0 });
  }

  get url(): string {
    return this.#exchange.url;
  }

  get nodes(): number {
    return this.#exchange.nodes;
  }

  /** This exchange's id, which goes into every envelope. */
  get id(): string {
    return this.#id;
  }

  async furnish(sandbox: boolean): Promise<void> {
    this.#id = (await this.time()).exchange;
    for (const [stock_id, code] of ASSETS) {
      await this.operator.act('create_asset', { stock_id, code });
    }
    for (const [stock_id, unit_id] of MARKETS) {
      await this.operator.act('list_market', { stock_id, unit_id, min_value: ATOM });
    }
    const gift = sandbox ? { gift: '10000' } : {};
    await this.operator.act('change_settings', { registration_open: true, ...gift });
  }

  call<T = unknown>(path: string, options?: Call): Promise<Answer<T>> {
    return call<T>(`${this.url}${path}`, options);
  }

  /** Reads what must be there. */
  async get<T>(path: string, agent?: Agent): Promise<T> {
    const answer = await this.call<T>(path, agent === undefined ? {} : { agent });
    assert.equal(answer.status, 200, `${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  time(): Promise<TimeReply> {
    return this.get<TimeReply>('/v1/time/');
  }

  async sequence(): Promise<number> {
    return (await this.time()).sequence;
  }

  register(signer: Signer, extra: Partial<Call> = {}): Promise<Answer<RegisterReply>> {
    const { publicKey } = signer;
    const signature = signer.sign(`REGISTER:${publicKey}`);
    const call = { ...json({ public_key: publicKey, signature }), ...extra };
    return this.call<RegisterReply>('/v1/account/register/', call);
  }

  async newTrader(): Promise<Trader> {
    const signer = newSigner();
    const answer = await this.register(signer);
    assert.equal(answer.status, 201, answer.text);
    return new Trader(this, { signer, userId: answer.json.user_id });
  }

  /** Stops cleanly and starts again on the same folder. */
  async restart(options: StartOptions = {}): Promise<void> {
    await this.#exchange.stop();
    this.#exchange = await start(this.folder, options);
  }

  /** Goes on with another run of the same exchange. */
  goOnWith(exchange: Running): void {
    this.#exchange = exchange;
  }

  async stop(): Promise<void> {
    await this.#exchange.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#exchange.stop();
    } finally {
      this.#temporary[Symbol.dispose]();
    }
  }
}

// --- Traders -------------------------------------------------------------------------------------

export const ATOM = '0.000000000000000001';

export interface OrderFields {
  readonly quantity: string;
  readonly price: string;
  readonly stockId?: number;
  readonly unitId?: number;
  /** Default: the user's next nonce, asked for. */
  readonly nonce?: number;
}

const PATHS: Record<OrderVerb, string> = {
  ASK: '/v1/trader/ask/put/',
  BID: '/v1/trader/bid/put/',
  CANCELASK: '/v1/trader/ask/cancel/',
  CANCELBID: '/v1/trader/bid/cancel/',
};

/** A signed order that can be sent, and sent again. */
export interface SignedOrder {
  readonly path: string;
  readonly body: Record<string, string>;
  readonly nonce: number;
  /** The signed text. */
  readonly text: string;
}

export type BalanceOf = Readonly<
  Record<number, { readonly free: string; readonly locked: string }>
>;

/** A user, or the operator, with one of his keys. */
export class Trader {
  readonly signer: Signer;
  readonly userId: number;
  readonly keyId: number;
  readonly #served: Served;

  constructor(
    served: Served,
    { signer, userId, keyId = 0 }: { signer: Signer; userId: number; keyId?: number },
  ) {
    this.#served = served;
    this.signer = signer;
    this.userId = userId;
    this.keyId = keyId;
  }

  /** What proves that this user's new key is held by who signs with it. */
  proofOf(signer: Signer, userId = this.userId): string {
    return signer.sign(`KEY:${this.#served.id}:${userId}:${signer.publicKey}`);
  }

  /** The same user with a further key. */
  async addKey(scopes: readonly string[]): Promise<Trader> {
    const signer = newSigner();
    const params = { public_key: signer.publicKey, proof: this.proofOf(signer), scopes };
    const { key_id } = await this.result<{ key_id: number }>('add_key', params);
    return new Trader(this.#served, { signer, userId: this.userId, keyId: key_id });
  }

  async nonce(): Promise<number> {
    const path = `/v1/account/nonce/${this.userId}/?key_id=${this.keyId}`;
    return (await this.#served.get<{ nonce: number }>(path)).nonce;
  }

  /** Signs the amounts as they are spelled here. */
  signOrder(verb: OrderVerb, fields: OrderFields & { readonly nonce: number }): SignedOrder {
    const { quantity, price, stockId = 3, unitId = 2, nonce } = fields;
    const text = `${verb}:${this.userId}:${stockId}:${quantity}:${unitId}:${price}:${nonce}`;
    const body = {
      user_id: String(this.userId),
      stock_id: String(stockId),
      quantity,
      unit_id: String(unitId),
      price,
      signature: this.signer.sign(text),
    };
    return { path: PATHS[verb], body, nonce, text };
  }

  /** As the official client does: asks for the nonce, signs, posts a form. */
  async send<T = unknown>(verb: OrderVerb, fields: OrderFields): Promise<Answer<T>> {
    const nonce = fields.nonce ?? (await this.nonce());
    const { path, body } = this.signOrder(verb, { ...fields, nonce });
    return this.#served.call<T>(path, form(body));
  }

  async put(verb: 'ASK' | 'BID', fields: OrderFields): Promise<PutReply> {
    const answer = await this.send<PutReply>(verb, fields);
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  }

  async cancel(verb: 'CANCELASK' | 'CANCELBID', fields: OrderFields): Promise<CancelReply> {
    const answer = await this.send<CancelReply>(verb, fields);
    assert.equal(answer.status, 201, answer.text);
    return answer.json;
  }

  /** The text of an envelope; fields given replace its own. */
  envelopeText(fields: {
    readonly type: string;
    readonly params: object;
    readonly nonce: number;
    readonly expires?: number;
    readonly exchange?: string;
  }): string {
    const { type, params, nonce, expires = FAR_AWAY, exchange = this.#served.id } = fields;
    return JSON.stringify({
      exchange,
      user_id: this.userId,
      key_id: this.keyId,
      nonce,
      expires,
      type,
      params,
    });
  }

  sendEnvelope<T = unknown>(message: string | Uint8Array, signature?: string): Promise<Answer<T>> {
    const headers = { ...JSON_TYPE, [SIGNATURE_HEADER]: signature ?? this.signer.sign(message) };
    return this.#served.call<T>('/v1/commands/', { method: 'POST', headers, body: message });
  }

  /** Signs and sends an envelope, whatever becomes of it. */
  async try<T = ErrorReply>(type: string, params: object): Promise<Answer<T>> {
    return this.sendEnvelope<T>(this.envelopeText({ type, params, nonce: await this.nonce() }));
  }

  /** What an envelope that must be applied made. */
  async result<T>(type: string, params: object): Promise<T> {
    return ((await this.act(type, params)).json as { result: T }).result;
  }

  /** The headers of a signed read. */
  readHeaders(target: string, expires = Date.now() * 1_000 + 60_000_000): Record<string, string> {
    const { userId, keyId } = this;
    const text = `READ:${this.#served.id}:${userId}:${keyId}:${expires}:${target}`;
    return {
      [READ_HEADERS.user]: `${userId}`,
      [READ_HEADERS.key]: `${keyId}`,
      [READ_HEADERS.expires]: `${expires}`,
      [SIGNATURE_HEADER]: this.signer.sign(text),
    };
  }

  /** A read that this user signs. */
  read<T = unknown>(target: string): Promise<Answer<T>> {
    return this.#served.call<T>(target, { headers: this.readHeaders(target) });
  }

  /** Signs and sends an envelope that must be applied. */
  async act(type: string, params: object): Promise<Answer> {
    const message = this.envelopeText({ type, params, nonce: await this.nonce() });
    const answer = await this.sendEnvelope(message);
    assert.equal(answer.status, 201, `${type}: ${answer.text}`);
    return answer;
  }

  async balance(): Promise<BalanceOf> {
    const path = `/v1/account/balance/${this.userId}/`;
    const rows = await this.#served.get<Static<typeof BalanceReply>>(path);
    return Object.fromEntries(
      rows.map(({ stock_id, free, locked }) => [stock_id, { free, locked }]),
    );
  }

  openOrders(): Promise<OrderBookReply> {
    const path = `/v1/market/orderbook/?limit=300&user_id=${this.userId}`;
    return this.#served.get<OrderBookReply>(path);
  }
}

/** Microseconds; a time that no test reaches. */
const FAR_AWAY = 4_000_000_000_000_000;
