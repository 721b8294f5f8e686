// A liar between a client and a real exchange: passes every request on, and alters answers as it is told.

import { type HttpPeer, startPeer } from './http-peer.ts';

export type Json = Record<string, unknown>;
/** What a liar makes of an answer. */
export type Lie = (path: string, body: Json) => unknown;

export const HONEST: Lie = (_path, body) => body;

/** Both are asked at every request, since a test changes the lie, and an exchange that starts again its address. */
export function startLiar(honestUrl: () => string, lie: () => Lie): Promise<HttpPeer> {
  return startPeer((request, reply) => {
    fetch(honestUrl() + request.path)
      .then(async (answer) => {
        const body = (await answer.json()) as Json;
        reply.json(answer.status, answer.ok ? lie()(request.path, body) : body);
      })
      .catch(() => reply.reset());
  });
}
