// The part of the door that answers with heads and proofs, as packages/server/src/http/audit-routes.ts and
// log-routes.ts do; the operator keeps the entries to himself, so one is shown to who has its signature.

import { bytesEqual, decodeHead, fromHex } from '@picostocks/protocol';
import { entryRow } from '../../packages/server/src/http/history-views.ts';
import { readSequence } from '../../packages/server/src/http/requests.ts';
import { toMillis } from '../../packages/server/src/http/times.ts';
import { decodeBatch } from '../../packages/server/src/log/batch.ts';
import { Refused } from '../../packages/server/src/node/refused.ts';
import type { DoorParts } from './door.ts';
import type { Request } from './request.ts';

/** The body of the answer. */
export function readAudit(parts: DoorParts, { path, query }: Request): Promise<unknown> {
  const [, what, first = '', second = ''] = path.split('/');
  switch (what) {
    case 'head':
      return newestHead(parts);
    case 'consistency':
      return consistency(parts, { from: first, to: second });
    case 'inclusion':
      return inclusion(parts, { of: first, size: `${query?.['size']}` });
    case 'entry':
      return entry(parts, { of: first, signature: `${query?.['signature'] ?? ''}` });
    default:
      throw new Refused('not_found');
  }
}

async function newestHead({ history, deadline }: DoorParts): Promise<unknown> {
  const kept = await history.ask('newestHead', { by: {}, atLeast: 0, deadline: deadline() });
  const head = kept && decodeHead(kept.text);
  if (head === undefined) throw new Refused('head_not_found');
  const { sequence, time } = head;
  return { text: kept?.text, signature: kept?.signature, sequence, milliseconds: toMillis(time) };
}

async function consistency(
  { replica, history, deadline }: DoorParts,
  asked: { from: string; to: string },
): Promise<unknown> {
  const by = deadline();
  const atLeast = await replica.current(by);
  const sizes = { from: readSequence(asked.from, atLeast), to: readSequence(asked.to, atLeast) };
  const proof = await history.ask('consistency', { by: sizes, atLeast, deadline: by });
  return { ...sizes, proof };
}

async function inclusion(
  { replica, history, deadline }: DoorParts,
  asked: { of: string; size: string },
): Promise<unknown> {
  const by = deadline();
  const atLeast = await replica.current(by);
  const sequence = readSequence(asked.of, atLeast);
  const size = readSequence(asked.size, atLeast);
  const question = { by: { sequence, size }, atLeast, deadline: by };
  return { sequence, size, proof: await history.ask('inclusion', question) };
}

async function entry(
  { replica, history, deadline }: DoorParts,
  asked: { of: string; signature: string },
): Promise<unknown> {
  const by = deadline();
  const sequence = readSequence(asked.of, await replica.current(by));
  const page = { from: sequence, last: sequence };
  const batch = await history.ask('entries', { by: page, atLeast: 0, deadline: by });
  const [found] = typeof batch === 'string' ? [] : decodeBatch(batch);
  if (found === undefined) throw new Refused('internal');
  const signature = fromHex(asked.signature) ?? new Uint8Array(0);
  if (sequence > 1 && !bytesEqual(signature, found.signature)) throw new Refused('log_not_public');
  return entryRow(found);
}
