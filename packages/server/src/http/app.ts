// The HTTP server of one node.

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { ErrorReply, MESSAGE_BYTES_MAX } from '@picostocks/protocol';
import fastify, {
  type FastifyReply,
  type FastifyRequest,
  type FastifySchemaCompiler,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { NodeOptions } from '../node/node-options.ts';
import { Refused } from '../node/refused.ts';
import { BURST_SECONDS, TokenBuckets } from '../node/token-buckets.ts';
import { accountRoutes } from './account-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import { acceptBodies, BODY_BYTES_MAX, BYTES_PER_WEIGHT } from './bodies.ts';
import { allowOrigins } from './cors.ts';
import { custodyRoutes } from './custody-routes.ts';
import { actsRoute, healthRoutes, limitsRoute, timeRoute } from './exchange-routes.ts';
import {
  answerBrokenRequest,
  answerFailures,
  answerOtherMethods,
  sendRefused,
} from './failures.ts';
import { transferRoutes, userTradesRoute } from './history-routes.ts';
import { liabilityRoutes } from './liability-routes.ts';
import { logRoutes } from './log-routes.ts';
import { marketRoutes } from './market-routes.ts';
import { orderRoutes } from './order-routes.ts';
import type { App, NodeParts } from './routes.ts';
import { tradeRoutes } from './trade-routes.ts';
import { traderRoutes } from './trader-routes.ts';

export async function createApp(
  parts: NodeParts,
  { options, logger }: { options: NodeOptions; logger: Logger },
): Promise<App> {
  const app = createServer(options, logger);
  answerFailures(app);
  allowOrigins(app, { exposed: ['retry-after', 'link', ...RATE_HEADERS] });
  closeCleanly(app);
  refuseNoHost(app);
  refuseEncodedBodies(app);
  limitAddresses(app, parts, options.requestsPerSecond);
  const addOtherMethods = answerOtherMethods(app);
  await acceptBodies(app);
  await addDocumentation(app);

  healthRoutes(app, parts);
  await app.register(
    async (scope) => {
      const v1 = scope as App;
      v1.addHook('onRoute', (route) => describeErrors(route));
      accountRoutes(v1, parts);
      orderRoutes(v1, parts);
      transferRoutes(v1, parts);
      userTradesRoute(v1, parts);
      marketRoutes(v1, parts);
      tradeRoutes(v1, parts);
      traderRoutes(v1, parts);
      custodyRoutes(v1, parts);
      timeRoute(v1, parts);
      limitsRoute(v1, parts, options);
      auditRoutes(v1, parts);
      actsRoute(v1, parts);
      liabilityRoutes(v1, parts);
      logRoutes(v1, parts, options);
    },
    { prefix: '/v1' },
  );
  addOtherMethods();
  await app.ready();
  return app;
}

function createServer(options: NodeOptions, logger: Logger): App {
  const { requestTimeoutMs, tls } = options;
  const connections = {
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // Half-sent requests are looked for this often; Node.js itself would take half a minute.
    connectionsCheckingInterval: Math.ceil(requestTimeoutMs / 4),
    // Node.js itself would refuse with an empty body; `refuseNoHost` says why.
    requireHostHeader: false,
  };
  const server = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // Requests are not logged, so none needs a logger of its own.
    childLoggerFactory: (shared) => shared,
    bodyLimit: BODY_BYTES_MAX,
    // `closeCleanly` refuses in the shape of all refusals.
    return503OnClosing: false,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    requestTimeout: requestTimeoutMs,
    ...(tls === undefined ? { http: connections } : { https: { ...connections, ...tls } }),
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
  server.setValidatorCompiler(compileValidator);
  return server as unknown as App;
}

/** What does not fit is refused and nothing is converted: all that an address or a header holds is text. */
const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema }) => {
  const shape = Compile(schema);
  return (value) => (shape.Check(value) ? { value } : { error: shape.Errors(value) });
};

/**
 * Once the exchange stops: new requests on connections that are still open are refused, those whose work
 * has begun are answered, and then every connection is closed, also one whose request never arrives whole.
 */
function closeCleanly(app: App): void {
  const atWork = new Set<FastifyRequest>();
  let isClosing = false;
  const closeWhenIdle = (): void => {
    if (isClosing && atWork.size === 0) app.server.closeAllConnections();
  };
  app.addHook('onRequest', (_request, reply, done) => {
    if (!isClosing) return done();
    reply.header('connection', 'close');
    done(new Refused('unavailable', { why: 'the exchange is stopping' }));
  });
  app.addHook('preHandler', (request, _reply, done) => {
    atWork.add(request);
    done();
  });
  app.addHook('onResponse', (request, _reply, done) => {
    atWork.delete(request);
    // After this answer has left.
    if (isClosing) setImmediate(closeWhenIdle);
    done();
  });
  app.addHook('preClose', async () => {
    isClosing = true;
    closeWhenIdle();
  });
}

/** What was signed is what arrives: a body is not decompressed, and one that says so is not taken. */
function refuseEncodedBodies(app: App): void {
  app.addHook('onRequest', ({ headers }, _reply, done) => {
    const encoding = headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') return done();
    done(new Refused('unsupported_media_type', { why: 'a body must not be compressed' }));
  });
}

/** RFC 9112 §3.2: HTTP/1.1 needs a host. */
function refuseNoHost(app: App): void {
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    if (raw.headers.host !== undefined || raw.httpVersion === '1.0') return done();
    done(new Refused('malformed', { why: 'the header host is missing' }));
  });
}

/** How many requests may come at once, how many are left, and the seconds until all may come again. */
const RATE_HEADERS = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'] as const;

/** Before any work is done for a request, only its address can be held against it. */
function limitAddresses(app: App, { replica }: NodeParts, perSecond: number): void {
  const buckets = new TokenBuckets<string>(perSecond);
  if (perSecond === 0) return;
  app.addHook('onRequest', ({ ip, headers }, reply, done) => {
    if (replica.state.sandbox && isLoopback(ip)) return done();
    const isAllowed = buckets.take(ip, weightOf(headers));
    const left = Math.floor(buckets.left(ip));
    const burst = perSecond * BURST_SECONDS;
    const [limit, remaining, reset] = RATE_HEADERS;
    reply.header(limit, burst).header(remaining, left);
    reply.header(reset, Math.ceil((burst - left) / perSecond));
    done(isAllowed ? undefined : new Refused('rate_limited'));
  });
}

/** A long body costs work before its signature is known: each 32 KiB of it weigh as much as a request. */
function weightOf(headers: FastifyRequest['headers']): number {
  const isChunked = headers['transfer-encoding'] !== undefined;
  const bytes = isChunked ? MESSAGE_BYTES_MAX : Number(headers['content-length'] ?? 0);
  return 1 + Math.floor(bytes / BYTES_PER_WEIGHT);
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
        { name: 'custody', description: 'What operators and custody workers poll' },
        { name: 'exchange', description: 'The exchange itself' },
        { name: 'audit', description: 'The log, its heads and their proofs' },
      ],
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // Without the bar that offers to explore other documents.
    uiConfig: { layout: 'BaseLayout' },
    theme: { title: 'Picostocks API' },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs/'));
}

/** Every route can answer an error; the schema says so once, here. */
function describeErrors(route: { schema?: { response?: unknown } }): void {
  if (route.schema?.response === undefined) return;
  route.schema.response = { ...route.schema.response, '4xx': ErrorReply, '5xx': ErrorReply };
}
