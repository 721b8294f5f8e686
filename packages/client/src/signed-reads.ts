// Reads with the signature of who reads, where the exchange asks for one (docs/protocol.md §3.5). It is
// found out by asking without: a browser's read without headers of its own needs no preflight.

import { encodeReadText, encodeUtf8, READ_HEADERS, SIGNATURE_HEADER } from '@picostocks/protocol';
import type { ExchangeClock } from './exchange-clock.ts';
import type { SigningKey } from './key.ts';
import { type Answer, type HttpRequest, type Requester, targetOf } from './transport.ts';

export interface SignedReadsOptions {
  readonly transport: Requester;
  readonly clock: ExchangeClock;
  readonly key: Promise<SigningKey>;
  readonly userId: number;
  readonly keyId: number;
  /** Sign every read, whether it is asked for or not. */
  readonly isAlways: boolean;
}

/** How long a signature of a read is good. */
const LIFE_MS = 60_000;

export class SignedReads implements Requester {
  readonly #options: SignedReadsOptions;
  #isNeeded: boolean;

  constructor(options: SignedReadsOptions) {
    this.#options = options;
    this.#isNeeded = options.isAlways;
  }

  async request(request: HttpRequest): Promise<Answer> {
    const { transport, clock, isAlways } = this.#options;
    if (request.method !== 'GET') return transport.request(request);
    if (!this.#isNeeded) {
      const answer = await transport.request(request);
      if (codeOf(answer) !== 'read_not_signed') return answer;
    }
    const answer = await transport.request(await this.#sign(request));
    const code = codeOf(answer);
    // With the signature of a key that may not read, not even what everybody sees is shown.
    this.#isNeeded = isAlways || code !== 'read_forbidden';
    // Another exchange, or another time, than this client believes.
    if (code === 'expired' || code === 'bad_signature') clock.forget();
    return answer;
  }

  async #sign(request: HttpRequest): Promise<HttpRequest> {
    const { clock, key, userId, keyId } = this.#options;
    const { exchange, nowMs } = await clock.get();
    const expires = (nowMs() + LIFE_MS) * 1_000;
    const text = encodeReadText({ exchange, userId, keyId, expires, target: targetOf(request) });
    const signature = await (await key).sign(encodeUtf8(text));
    const headers = {
      ...request.headers,
      [READ_HEADERS.user]: String(userId),
      [READ_HEADERS.key]: String(keyId),
      [READ_HEADERS.expires]: String(expires),
      [SIGNATURE_HEADER]: signature,
    };
    return { ...request, headers };
  }
}

function codeOf({ body }: Answer): unknown {
  return typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
}
