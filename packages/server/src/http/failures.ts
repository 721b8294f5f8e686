// Every 4xx and 5xx is {"detail": "ERROR: …", "code": …}, whoever refused: a route, a schema, the framework
// or the HTTP parser. No stack trace leaves the server.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorReply, REFUSALS, type Refusal } from '@picostocks/protocol';
import type { FastifyError, FastifyReply } from 'fastify';
import { Refused } from '../node/refused.ts';
import type { App } from './routes.ts';

const RETRY_AFTER_SECONDS = '1';

export function answerFailures(app: App): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refused = error instanceof Refused ? error : translate(error);
    if (refused.code === 'internal') request.log.error({ err: error }, 'a request failed');
    return sendRefused(reply, refused);
  });
  app.setNotFoundHandler((_request, reply) => sendRefused(reply, new Refused('not_found')));
  app.addHook('onSend', ({ raw }, reply, payload, done) => {
    if (reply.statusCode < 400) done(null, payload);
    else readToEnd(raw).then(() => done(null, payload), done);
  });
}

/**
 * A connection that is closed while its client still sends is reset, and the answer may be lost with it.
 * So the rest of a refused request is read and thrown away first; the request's timeout bounds that.
 */
async function readToEnd(request: IncomingMessage): Promise<void> {
  if (request.complete || request.readableEnded || request.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  request.once('end', resolve).once('close', resolve).resume();
  await promise;
}

export function sendRefused(reply: FastifyReply, refused: Refused): FastifyReply {
  if (refused.status === 429 || refused.status === 503) {
    void reply.header('retry-after', RETRY_AFTER_SECONDS);
  }
  return reply
    .code(refused.status)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(errorReply(refused));
}

function errorReply({ code, message, nonce }: Refused): ErrorReply {
  return { detail: `ERROR: ${message}`, code, ...(nonce === undefined ? {} : { nonce }) };
}

/** The framework's own refusals, by their stable codes. */
const FRAMEWORK_CODES: Record<string, Refusal> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed',
  FST_ERR_VALIDATION: 'malformed',
  FST_ERR_BAD_URL: 'malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
};

function translate(error: FastifyError): Refused {
  const code = FRAMEWORK_CODES[error.code];
  if (code !== undefined) {
    return new Refused(code, error.validation === undefined ? {} : { why: invalidPart(error) });
  }
  const isTheirs =
    error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return new Refused(isTheirs ? 'malformed' : 'internal');
}

/** What the schema did not like; where there is a choice, what it would have taken. */
function invalidPart({ validation = [], validationContext, message }: FastifyError): string {
  for (const { keyword, instancePath, params } of validation) {
    const { allowedValues, additionalProperties } = params;
    if (keyword === 'enum' && Array.isArray(allowedValues)) {
      return `${validationContext ?? ''}${instancePath} must be one of ${allowedValues.join(', ')}`;
    }
    if (keyword === 'additionalProperties' && Array.isArray(additionalProperties)) {
      return `${validationContext ?? ''}${instancePath} has no ${additionalProperties[0]}`;
    }
  }
  return message;
}

/** What never became a request: answered on the bare socket, then closed. */
export function answerBrokenRequest(error: { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const code = brokenRequestCode(error.code);
  const body = JSON.stringify(errorReply(new Refused(code)));
  const head = [
    `HTTP/1.1 ${REFUSALS[code].status} ${code}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function brokenRequestCode(code: string | undefined): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout';
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  return 'malformed';
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Answers 405, with the methods that there are, where an address exists but not for the method. */
export function answerOtherMethods(app: App): () => void {
  const methodsByUrl = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set<string>();
    for (const one of [method].flat()) methods.add(one);
    methodsByUrl.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...methodsByUrl]) {
      const others = METHODS.filter((method) => !methods.has(method));
      const allow = [...methods].sort().join(', ');
      if (url.includes('*') || others.length === 0) continue;
      app.route({
        method: [...others],
        url,
        schema: { hide: true },
        // Before the body is read: whatever it holds, the method is wrong.
        onRequest: (_request, reply, _next) => {
          sendRefused(reply.header('allow', allow), new Refused('method_not_allowed'));
        },
        handler: () => undefined,
      });
    }
  };
}
