// Pages: what a query asks for, and the header that leads to the next one.

import { ID_MAX } from '@picostocks/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isForward, type Page } from '../history/page.ts';
import { readLimit, readOptionalId } from './requests.ts';

export interface PageQuery {
  readonly after?: string;
  readonly before?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
}

/** Times in queries are milliseconds, in the history microseconds. */
export function readPage(query: PageQuery): Page {
  const since = readOptionalId(query.since);
  const until = readOptionalId(query.until);
  return {
    after: readOptionalId(query.after),
    before: readOptionalId(query.before),
    since: since === undefined ? undefined : Math.min(since * 1_000, ID_MAX - 1),
    until: until === undefined ? undefined : Math.min(until * 1_000 + 999, ID_MAX - 1),
    limit: readLimit(query.limit),
  };
}

/**
 * Adds the header `Link` where there may be more. Of several lists the next page begins behind the one
 * that came least far, so that none is passed over; rows of the others may come again.
 */
export function linkNext(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  page: Page,
  lists: readonly (readonly { readonly id: number }[])[],
): void {
  const ends = lists.flatMap((rows) => {
    const last = rows[rows.length - 1];
    return rows.length < page.limit || last === undefined ? [] : [last.id];
  });
  if (ends.length === 0) return;
  const [path = '', query] = request.originalUrl.split('?', 2);
  const next = new URLSearchParams(query);
  if (isForward(page)) {
    next.set('after', String(Math.min(...ends)));
    next.delete('since');
  } else {
    next.set('before', String(Math.max(...ends)));
  }
  void reply.header('link', `<${path}?${next}>; rel="next"`);
}
