// The client's transport over the simulated network: one request, one answer or a `TransportError`, as
// packages/client/src/transport.ts answers over HTTP.

import { TransportError } from '../../packages/client/src/errors.ts';
import { type Answer, type HttpRequest, Transport } from '../../packages/client/src/transport.ts';
import type { Lifetime, VirtualTime } from '../time/virtual-time.ts';
import type { Network } from '../world/network.ts';

const TIMEOUT_MICROS = 30_000_000;

export class NetworkTransport extends Transport {
  readonly #network: Network;
  readonly #time: VirtualTime;
  readonly #lifetime: Lifetime;

  constructor(fields: { network: Network; time: VirtualTime; lifetime: Lifetime }) {
    super({ baseUrl: 'http://127.0.0.1' });
    this.#network = fields.network;
    this.#time = fields.time;
    this.#lifetime = fields.lifetime;
  }

  override request({ method, path, query, headers = {}, body }: HttpRequest): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const late = () => reject(new TransportError('timeout', { sent: true }));
    const callOff = this.#time.after(TIMEOUT_MICROS, this.#lifetime, late);
    const settle = (act: () => void) => {
      callOff();
      act();
    };
    this.#network.send(
      { method, path, query, headers, body },
      {
        answered: ({ status, body: text }) =>
          settle(() => {
            const isBusy = status === 429 || status === 503;
            const retryAfterMs = isBusy ? 1_000 : undefined;
            resolve({ status, body: JSON.parse(text) as unknown, retryAfterMs });
          }),
        notConnected: () => settle(() => reject(new TransportError('network', { sent: false }))),
        reset: () => settle(() => reject(new TransportError('network', { sent: true }))),
      },
    );
    return promise;
  }
}
