// Bodies: JSON and forms. What was signed must never be repaired, so nothing is coerced, stripped or
// guessed, and a key that comes twice is refused instead of one of its values chosen.

import formBody from '@fastify/formbody';
import { Refused } from '../node/refused.ts';
import type { App } from './routes.ts';

export const BODY_BYTES_MAX = 65_536 + 1_024;
/** So many bytes of a body count as one request more. */
export const BYTES_PER_WEIGHT = 32_768;

export async function acceptBodies(app: App): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: BODY_BYTES_MAX },
    (_request, text, done) => {
      try {
        done(null, parseJson(String(text)));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  await app.register(formBody, { bodyLimit: BODY_BYTES_MAX });
}

const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** An empty body is no body: some clients send the content type with every POST. */
function parseJson(text: string): unknown {
  if (text === '') return undefined;
  let value: unknown;
  let hasTwice: boolean;
  try {
    value = JSON.parse(text);
    // Most programs write a body in one way, and then no key of it can have come twice.
    hasTwice = JSON.stringify(value) !== text && keysIn(text) !== keysOf(value);
  } catch {
    // Also what is nested too deep to be looked through.
    throw new Refused('malformed', { why: 'the body is not JSON' });
  }
  if (hasTwice) throw new Refused('malformed', { why: 'a key comes twice' });
  return value;
}

function keysIn(text: string): number {
  let keys = 0;
  for (const [, colon] of text.matchAll(TOKEN)) if (colon !== undefined) keys += 1;
  return keys;
}

function keysOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce<number>((sum, part) => sum + keysOf(part), own);
}
