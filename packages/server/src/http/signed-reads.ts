// Who reads. Where the settings say that reads are signed, what belongs to one user is shown to him and
// to operators only, and in public rows nobody's id is shown but the reader's own (docs/protocol.md §3.5).

import { hasScope, type State } from '@picostocks/engine';
import {
  encodeReadText,
  encodeUtf8,
  fromHex,
  OPERATOR_USER_ID,
  parseId,
  READ_EXPIRES_MICROS_MAX,
  READ_HEADERS,
  type ReadText,
  SIGNATURE_HEADER,
  type UserId,
} from '@picostocks/protocol';
import { Refused } from '../node/refused.ts';
import { isSignedBy } from '../node/verify.ts';

/** What a reader may see. */
export interface Viewer {
  /** Reads are public, or an operator reads. */
  readonly seesAll: boolean;
  readonly userId: UserId | undefined;
}

/** Who reads where reads are public, or reads the log itself. */
export const EVERYBODY: Viewer = { seesAll: true, userId: undefined };
const STRANGER: Viewer = { seesAll: false, userId: undefined };

export interface ReadRequest {
  readonly headers: object;
  /** The path with its query, as it came. */
  readonly originalUrl: string;
}

/**
 * Who sent a request. To be called with a state that is current, since keys change.
 *
 * @throws Refused `malformed`, `expired`, `unknown_user`, `key_not_current`, `bad_signature`, `read_forbidden`
 */
export function viewerOf(state: State, request: ReadRequest): Viewer {
  if (state.settings.reads === 'public') return EVERYBODY;
  const headers = request.headers as Record<string, unknown>;
  const signature = headers[SIGNATURE_HEADER];
  if (signature === undefined && headers[READ_HEADERS.user] === undefined) return STRANGER;
  const text = readTextOf(state, { headers, target: request.originalUrl });
  const nowMicros = Date.now() * 1_000;
  if (text.expires < nowMicros) throw new Refused('expired');
  if (text.expires > nowMicros + READ_EXPIRES_MICROS_MAX) {
    throw new Refused('malformed', { why: 'a signed read expires within five minutes' });
  }
  const { userId, keyId } = text;
  const key = state.users[userId]?.keys[keyId];
  if (key === undefined) throw new Refused('unknown_user');
  const isSigned = isSignedBy({
    key: key.publicKey,
    message: encodeUtf8(encodeReadText(text)),
    signature: fromHex(String(signature)) ?? new Uint8Array(0),
  });
  if (!isSigned) throw new Refused('bad_signature');
  if (key.isRevoked) throw new Refused('key_not_current');
  if (userId === OPERATOR_USER_ID) {
    if (key.scopes.length === 0) throw new Refused('read_forbidden');
    return { seesAll: true, userId };
  }
  if (!hasScope(key, 'read')) throw new Refused('read_forbidden');
  return { seesAll: false, userId };
}

function readTextOf(
  { exchange }: State,
  { headers, target }: { headers: Record<string, unknown>; target: string },
): ReadText {
  const number = (name: string, absent: string): number => {
    const value = parseId(String(headers[name] ?? absent));
    if (value === undefined) throw new Refused('malformed', { why: `the header ${name}` });
    return value;
  };
  return {
    exchange,
    userId: number(READ_HEADERS.user, ''),
    keyId: number(READ_HEADERS.key, '0'),
    expires: number(READ_HEADERS.expires, ''),
    target,
  };
}

/**
 * What belongs to one user; `OPERATOR_USER_ID` for what belongs to the operators.
 *
 * @throws Refused `read_not_signed`, `read_forbidden`
 */
export function refuseStranger(viewer: Viewer, userId: UserId): void {
  if (viewer.seesAll || (viewer.userId === userId && userId !== OPERATOR_USER_ID)) return;
  throw new Refused(viewer.userId === undefined ? 'read_not_signed' : 'read_forbidden');
}

/** A user's id as a reader sees it: 0 where it is not for him. */
export function shownTo({ seesAll, userId }: Viewer, id: UserId): UserId {
  return seesAll || userId === id ? id : 0;
}
