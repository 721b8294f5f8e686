// A hand-made node with a market and users, and what a client would do with it.

import assert from 'node:assert/strict';
import { ENTRY_KINDS, type ErrorReply, encodeUtf8, type KeyRow } from '@picostocks/protocol';
import { type HandNode, type HandNodeOptions, makeHandNode } from './hand-node.ts';
import { assertRefused, bytesOf, newSigner, type Signer } from './kit.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Record<string, string | string[] | number | undefined>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export class House implements AsyncDisposable {
  readonly node: HandNode;
  readonly operator: User;

  private constructor(node: HandNode) {
    this.node = node;
    this.operator = new User(this, node.operator, 0);
  }

  static async open(options: HandNodeOptions = {}): Promise<House> {
    const house = new House(await makeHandNode(options));
    const act = (type: string, params: object) => house.operator.act(type, params);
    await act('create_asset', { stock_id: 2, code: 'btc' });
    await act('create_asset', { stock_id: 3, code: 'eth' });
    await act('list_market', { stock_id: 3, unit_id: 2 });
    const gift = options.sandbox === false ? {} : { gift: '10000' };
    await act('change_settings', { registration_open: true, ...gift });
    return house;
  }

  async call(
    method: 'GET' | 'POST',
    url: string,
    extra: { body?: string | object; headers?: Record<string, string>; from?: string } = {},
  ): Promise<Answered> {
    const { body, headers = {}, from } = extra;
    const response = await this.node.app.inject({
      method,
      url,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
      ...(from === undefined ? {} : { remoteAddress: from }),
    });
    const text = response.body;
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      json: JSON.parse(text) as Record<string, unknown>,
    };
  }

  async newUser(): Promise<User> {
    const signer = newSigner();
    const { json } = await this.call('POST', '/v1/account/register/', {
      body: registration(signer),
    });
    return new User(this, signer, Number(json['user_id']));
  }

  newUsers(count: number): Promise<User[]> {
    return Promise.all(Array.from({ length: count }, () => this.newUser()));
  }

  /** Resolves when so many proposals wait on their way to the log. */
  async heldUp(count: number): Promise<void> {
    while (this.node.held() < count) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Of the last entry. */
  async sequence(): Promise<number> {
    const { json } = await this.call('GET', '/v1/time/');
    return Number(json['sequence']);
  }

  /** Resolves when so many rounds of signatures wait for their verdicts. */
  async verdictsHeldUp(count: number): Promise<void> {
    while (this.node.heldVerdicts() < count) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Resolves when so many answers of the history wait. */
  async foundHeldUp(count: number): Promise<void> {
    while (this.node.heldFound() < count) await new Promise((resolve) => setImmediate(resolve));
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.node[Symbol.asyncDispose]();
  }
}

export function registration({ publicKey, sign }: Signer) {
  return { public_key: publicKey, signature: sign(`REGISTER:${publicKey}`) };
}

export interface EnvelopeFields {
  readonly params: object;
  readonly nonce: number;
  readonly expires?: number;
  /** Default: the one that the user registered. */
  readonly signer?: Signer;
  readonly keyId?: number;
}

export class User {
  readonly userId: number;
  readonly #house: House;
  readonly #signer: Signer;

  constructor(house: House, signer: Signer, userId: number) {
    this.#house = house;
    this.#signer = signer;
    this.userId = userId;
  }

  get exchange(): string {
    return this.#house.node.exchange;
  }

  async nonce(keyId = 0): Promise<number> {
    const { json } = await this.#house.call('GET', `/v1/account/keys/${this.userId}/`);
    return Number((json as unknown as KeyRow[])[keyId]?.nonce);
  }

  /** A signed bid that can be sent several times; where its nonce is hidden, only its signature knows it. */
  bid(
    nonce: number,
    quantity = '1',
    { signer = this.#signer, isHidden = false }: { signer?: Signer; isHidden?: boolean } = {},
  ): () => Promise<Answered> {
    const [user_id, stock_id, unit_id, price] = [this.userId, 3, 2, '1'];
    const signature = signer.sign(`BID:${user_id}:3:${quantity}:2:${price}:${nonce}`);
    const order = { user_id, stock_id, quantity, unit_id, price, signature };
    const body = isHidden ? order : { ...order, nonce };
    return () => this.#house.call('POST', '/v1/trader/bid/put/', { body });
  }

  envelope(type: string, fields: EnvelopeFields): () => Promise<Answered> {
    const { body, signature } = this.#sign(type, fields);
    const headers = { 'picostocks-signature': signature };
    return () => this.#house.call('POST', '/v1/commands/', { body, headers });
  }

  /** The same, sequenced without this node's door: another node took it. */
  elsewhere(type: string, fields: EnvelopeFields): void {
    const { body, signature, key } = this.#sign(type, fields);
    const message = encodeUtf8(body);
    const bytes = { key: bytesOf(key), signature: bytesOf(signature), message };
    this.#house.node.append([{ kind: ENTRY_KINDS.envelope, ...bytes }]);
  }

  #sign(
    type: string,
    { params, nonce, expires, signer = this.#signer, keyId = 0 }: EnvelopeFields,
  ) {
    const body = JSON.stringify({
      exchange: this.exchange,
      user_id: this.userId,
      key_id: keyId,
      nonce,
      expires: expires ?? 4_000_000_000_000_000,
      type,
      params,
    });
    return { body, signature: signer.sign(body), key: signer.publicKey };
  }

  async act(type: string, params: object): Promise<void> {
    const { status, text } = await this.envelope(type, { params, nonce: await this.nonce() })();
    assert.equal(status, 201, text);
  }

  result(nonce: number): Promise<Answered> {
    return this.#house.call('GET', `/v1/account/result/${this.userId}/${nonce}/`);
  }
}

export function assertDoor(answer: Answered, expected: { status: number; code: string }): void {
  assertRefused(
    { ...answer, headers: { 'content-type': String(answer.headers['content-type']) } },
    expected,
  );
  assert.equal((answer.json as unknown as ErrorReply).sequence, undefined, answer.text);
  const isLater = expected.status === 429 || expected.status === 503;
  assert.equal(answer.headers['retry-after'] !== undefined, isLater, 'Retry-After');
}
