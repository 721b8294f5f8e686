// The HTTP server of one node.

import cors from '@fastify/cors';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import { ErrorReply } from '@picostocks/protocol';
import fastify, { type FastifyReply, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { NodeOptions } from '../node/node-options.ts';
import { Refused } from '../node/refused.ts';
import { TokenBuckets } from '../node/token-buckets.ts';
import { accountRoutes } from './account-routes.ts';
import { acceptBodies, BODY_BYTES_MAX } from './bodies.ts';
import { healthRoutes, timeRoute } from './exchange-routes.ts';
import {
  answerBrokenRequest,
  answerFailures,
  answerOtherMethods,
  sendRefused,
} from './failures.ts';
import { transferRoutes, userTradesRoute } from './history-routes.ts';
import { marketRoutes } from './market-routes.ts';
import type { App, NodeParts } from './routes.ts';
import { traderRoutes } from './trader-routes.ts';

export async function createApp(
  parts: NodeParts,
  { options, logger }: { options: NodeOptions; logger: Logger },
): Promise<App> {
  const app = createServer(options, logger);
  answerFailures(app as never);
  refuseNoHost(app);
  limitAddresses(app, parts, options.requestsPerSecond);
  const addOtherMethods = answerOtherMethods(app as never);
  await acceptBodies(app as never);
  await app.register(cors, {
    origin: '*',
    exposedHeaders: ['retry-after', 'link'],
    // Its own refusal of an incomplete preflight would be plain text.
    strictPreflight: false,
  });
  await addDocumentation(app);

  healthRoutes(app, parts);
  await app.register(
    async (scope) => {
      const v1 = scope as App;
      v1.addHook('onRoute', (route) => describeErrors(route));
      accountRoutes(v1, parts);
      transferRoutes(v1, parts);
      userTradesRoute(v1, parts);
      marketRoutes(v1, parts);
      traderRoutes(v1, parts);
      timeRoute(v1, parts);
    },
    { prefix: '/v1' },
  );
  addOtherMethods();
  await app.ready();
  return app;
}

function createServer(options: NodeOptions, logger: Logger): App {
  const { requestTimeoutMs } = options;
  const server = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // Half-sent requests are looked for this often; Node.js itself would take half a minute.
      connectionsCheckingInterval: Math.ceil(requestTimeoutMs / 4),
      // Node.js itself would refuse with an empty body; `refuseNoHost` says why.
      requireHostHeader: false,
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 100 },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _request, reply) => {
      const code = error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? 'uri_too_long' : 'malformed';
      sendRefused(reply as unknown as FastifyReply, new Refused(code));
    },
  });
  // RFC 9110 §10.1.1 lets a server pass over an expectation that it does not know; Node.js would refuse
  // it with an empty body.
  server.server.on('checkExpectation', server.routing);
  server.setValidatorCompiler(TypeBoxValidatorCompiler);
  return server as unknown as App;
}

/** RFC 9112 §3.2: HTTP/1.1 needs a host. */
function refuseNoHost(app: App): void {
  app.addHook('onRequest', async ({ raw }) => {
    if (raw.headers.host !== undefined || raw.httpVersion === '1.0') return;
    throw new Refused('malformed', { why: 'the header host is missing' });
  });
}

/** Before any work is done for a request, only its address can be held against it. */
function limitAddresses(app: App, { replica }: NodeParts, perSecond: number): void {
  const buckets = new TokenBuckets<string>(perSecond);
  app.addHook('onRequest', async ({ ip }) => {
    if (replica.state.sandbox && isLoopback(ip)) return;
    if (!buckets.take(ip)) throw new Refused('rate_limited');
  });
}

function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.') || ip.startsWith('::ffff:127.');
}

async function addDocumentation(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Picostocks',
        version: '1',
        description:
          'An exchange for company shares and coins. Orders are signed with Ed25519; see docs/protocol.md for what is signed.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'market', description: 'Assets, markets, books, trades' },
        { name: 'account', description: 'What a user has and did' },
        { name: 'trader', description: 'Signed orders' },
        { name: 'commands', description: 'Signed envelopes' },
        { name: 'exchange', description: 'The exchange itself' },
      ],
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs/'));
}

/** Every route can answer an error; the schema says so once, here. */
function describeErrors(route: { schema?: { response?: unknown } }): void {
  if (route.schema?.response === undefined) return;
  route.schema.response = { ...route.schema.response, '4xx': ErrorReply, '5xx': ErrorReply };
}
