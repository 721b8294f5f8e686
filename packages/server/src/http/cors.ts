// Browsers of every origin may use the API: it knows no cookies, and what is not public is signed.

import type { App } from './routes.ts';

/** Browsers keep the answer to a preflight for as long as they are allowed to, some for two hours. */
const MAX_AGE_SECONDS = '86400';

/** To be called before anything that refuses, so that a page can read also what was refused. */
export function allowOrigins(app: App, { exposed }: { readonly exposed: readonly string[] }): void {
  const exposedHeaders = exposed.join(', ');
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('access-control-allow-origin', '*');
    reply.header('access-control-expose-headers', exposedHeaders);
    done();
  });
  app.options('*', { schema: { hide: true } }, ({ headers }, reply) => {
    const asked = headers['access-control-request-headers'];
    if (asked !== undefined) reply.header('access-control-allow-headers', asked);
    reply
      .header('access-control-allow-methods', 'GET,HEAD,POST')
      .header('access-control-max-age', MAX_AGE_SECONDS)
      .header('vary', 'access-control-request-headers')
      // Safari waits for a body where this is missing.
      .header('content-length', '0')
      .code(204)
      .send();
  });
}
