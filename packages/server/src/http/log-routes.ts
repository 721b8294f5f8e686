// The entries themselves, one by one and as a stream. An operator may keep them to himself; then heads
// and proofs still are for everybody, and an entry for who shows its signature.

import { Readable } from 'node:stream';
import {
  bytesEqual,
  type Entry,
  EntryQuery,
  EntryReply,
  encodeRecord,
  fromHex,
  LOG_ENTRIES_MAX,
  LogQuery,
  type Sequence,
  SequencePath,
} from '@picostocks/protocol';
import { decodeBatch } from '../log/batch.ts';
import type { Deadline } from '../node/deadline.ts';
import type { NodeOptions } from '../node/node-options.ts';
import { Refused } from '../node/refused.ts';
import { entryRow } from './history-views.ts';
import { readId, readOptionalId, readSequence } from './requests.ts';
import type { App, NodeParts } from './routes.ts';

/** May anyone read the entries? They name users, so not where reads are signed. */
type IsLogPublic = () => boolean;

export function logRoutes(app: App, parts: NodeParts, { auditLog = true }: NodeOptions): void {
  const isLogPublic = (): boolean => auditLog && parts.replica.state.settings.reads === 'public';
  entryRoute(app, parts, isLogPublic);
  logRoute(app, parts, isLogPublic);
}

interface Page {
  readonly from: Sequence;
  /** The last entry that is wanted, which the log has. */
  readonly last: Sequence;
  readonly deadline: Deadline;
}

async function readEntries({ history }: NodeParts, page: Page): Promise<Entry[]> {
  const { deadline, ...by } = page;
  const batch = await history.ask('entries', { by, atLeast: 0, deadline });
  if (typeof batch === 'string') {
    throw new Refused(batch === 'log_segment_missing' ? batch : 'internal');
  }
  return [...decodeBatch(batch)];
}

/** Genesis is for everybody: it names the key of the heads. */
function entryRoute(app: App, parts: NodeParts, isLogPublic: IsLogPublic): void {
  app.get(
    '/audit/entry/:sequence/',
    {
      schema: {
        summary: 'One entry of the log',
        description:
          'Where the operator does not publish the log, only the genesis, and any entry to who shows its signature.',
        tags: ['audit'],
        params: SequencePath,
        querystring: EntryQuery,
        response: { 200: EntryReply },
      },
    },
    async ({ params, query }) => {
      const by = parts.deadline();
      const signature = fromHex(query.signature ?? '') ?? new Uint8Array(0);
      const head = await parts.replica.current(by);
      const isOpen = isLogPublic() || readId(params.sequence) === 1;
      // Without a signature nothing may be learnt, not even how long the log is.
      if (!isOpen && signature.length === 0) throw new Refused('log_not_public');
      const sequence = readSequence(params.sequence, head);
      const page = { from: sequence, last: sequence, deadline: by };
      const [entry] = await readEntries(parts, page);
      if (entry === undefined) throw new Error('the log has every entry up to its head');
      if (!isOpen && !bytesEqual(signature, entry.signature)) throw new Refused('log_not_public');
      return entryRow(entry);
    },
  );
}

const JSON_LINES = 'application/x-ndjson';
const RECORDS = 'application/octet-stream';

function logRoute(app: App, parts: NodeParts, isLogPublic: IsLogPublic): void {
  app.get(
    '/audit/log/',
    {
      schema: {
        summary: 'The log itself, from an entry on',
        description: `At most ${LOG_ENTRIES_MAX} entries; ask again from the one after the last, until an answer is empty. \`format=records\` gives the bare records of docs/protocol.md §5, one behind the other.`,
        tags: ['audit'],
        querystring: LogQuery,
        response: { 200: { content: { [JSON_LINES]: { schema: EntryReply } } } },
      },
    },
    async ({ query }, reply) => {
      const by = parts.deadline();
      const head = await parts.replica.current(by);
      if (!isLogPublic()) throw new Refused('log_not_public');
      const from = readOptionalId(query.from) ?? 1;
      if (from === 0) throw new Refused('malformed', { why: 'entries count from 1' });
      const last = Math.min(head, from + LOG_ENTRIES_MAX - 1);
      const isRecords = query.format === 'records';
      // The first page is read before the status is sent, so that what fails early is an error.
      const first = await readEntries(parts, { from, last, deadline: by });
      const stream = Readable.from(pages(parts, { first, last, isRecords }), { objectMode: false });
      return reply.type(isRecords ? RECORDS : JSON_LINES).send(stream as never);
    },
  );
}

interface Pages {
  readonly first: readonly Entry[];
  readonly last: Sequence;
  readonly isRecords: boolean;
}

/** The next page is read once the one before has left: a slow reader costs one page of memory. */
async function* pages(parts: NodeParts, { first, last, isRecords }: Pages): AsyncGenerator<Buffer> {
  let page = first;
  while (true) {
    const end = page[page.length - 1]?.sequence;
    if (end === undefined) return;
    yield isRecords
      ? Buffer.concat(page.map(encodeRecord))
      : Buffer.from(page.map((entry) => `${JSON.stringify(entryRow(entry))}\n`).join(''));
    if (end >= last) return;
    try {
      page = await readEntries(parts, { from: end + 1, last, deadline: parts.deadline() });
    } catch (error) {
      // What is kept elsewhere ends an answer; who asks for what follows is told why.
      if (error instanceof Refused && error.code === 'log_segment_missing') return;
      throw error;
    }
  }
}
