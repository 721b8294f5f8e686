// Heads of the log and the proofs that tie the log to them. They are for everybody, whether or not the
// operator publishes the entries; the reader's thread makes the proofs.

import {
  ConsistencyPath,
  ConsistencyReply,
  decodeHead,
  HeadReply,
  HeadsQuery,
  HeadsReply,
  InclusionQuery,
  InclusionReply,
  SequencePath,
} from '@picostocks/protocol';
import type { Deadline } from '../node/deadline.ts';
import { Refused } from '../node/refused.ts';
import { readLimit, readOptionalId, readSequence } from './requests.ts';
import type { App, NodeParts } from './routes.ts';

export function auditRoutes(app: App, parts: NodeParts): void {
  headRoutes(app, parts);
  proofRoutes(app, parts);
}

function headReply({ text, signature }: { text: string; signature: string }): HeadReply {
  const head = decodeHead(text);
  if (head === undefined) throw new Error('only heads are kept as heads');
  const { sequence, time } = head;
  return { text, signature, sequence, milliseconds: Math.floor(time / 1_000) };
}

function headRoutes(app: App, { history, deadline }: NodeParts): void {
  app.get(
    '/audit/head/',
    {
      schema: {
        summary: 'The newest signed head of the log',
        tags: ['audit'],
        response: { 200: HeadReply },
      },
    },
    async () => {
      const head = await history.ask('newestHead', { by: {}, atLeast: 0, deadline: deadline() });
      if (head === undefined) throw new Refused('head_not_found');
      return headReply(head);
    },
  );

  app.get(
    '/audit/heads/',
    {
      schema: {
        summary: 'Signed heads of the log, oldest first',
        tags: ['audit'],
        querystring: HeadsQuery,
        response: { 200: HeadsReply },
      },
    },
    async ({ query }) => {
      const by = { after: readOptionalId(query.after) ?? 0, limit: readLimit(query.limit) };
      return (await history.ask('heads', { by, atLeast: 0, deadline: deadline() })).map(headReply);
    },
  );
}

function proofRoutes(app: App, { replica, history, deadline }: NodeParts): void {
  app.get(
    '/audit/consistency/:from/:to/',
    {
      schema: {
        summary: 'Proves that the log of one size begins with the log of another',
        tags: ['audit'],
        params: ConsistencyPath,
        response: { 200: ConsistencyReply },
      },
    },
    async ({ params }) => {
      const by = deadline();
      const atLeast = await replica.current(by);
      const [from, to] = [readSequence(params.from, atLeast), readSequence(params.to, atLeast)];
      if (from > to) throw new Refused('malformed', { why: 'from is above to' });
      const proof = await history.ask('consistency', { by: { from, to }, atLeast, deadline: by });
      return { from, to, proof };
    },
  );

  app.get(
    '/audit/inclusion/:sequence/',
    {
      schema: {
        summary: 'Proves that an entry is in the log of a size',
        tags: ['audit'],
        params: SequencePath,
        querystring: InclusionQuery,
        response: { 200: InclusionReply },
      },
    },
    async ({ params, query }) => {
      const by = deadline();
      const atLeast = await replica.current(by);
      const sequence = readSequence(params.sequence, atLeast);
      const size =
        query.size === undefined ? await headSize(by) : readSequence(query.size, atLeast);
      if (sequence > size) {
        throw query.size === undefined
          ? new Refused('head_not_found')
          : new Refused('malformed', { why: 'the entry is beyond the size' });
      }
      const question = { by: { sequence, size }, atLeast, deadline: by };
      return { sequence, size, proof: await history.ask('inclusion', question) };
    },
  );

  /** Of the tree that the newest head covers. */
  async function headSize(by: Deadline): Promise<number> {
    const head = await history.ask('newestHead', { by: {}, atLeast: 0, deadline: by });
    return head?.sequence ?? 0;
  }
}
