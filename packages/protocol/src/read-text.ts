// The signed text of a read, where an operator lets only the owner read an account (docs/protocol.md §3.5).

import type { TimeMicros, UserId } from './id.ts';

export interface ReadText {
  readonly exchange: string;
  readonly userId: UserId;
  readonly keyId: number;
  readonly expires: TimeMicros;
  /** The path with its query, as it is sent. */
  readonly target: string;
}

/** How far ahead `expires` may be. */
export const READ_EXPIRES_MICROS_MAX = 300_000_000;

/** `READ:<exchange>:<user_id>:<key_id>:<expires>:<target>`. */
export function encodeReadText({ exchange, userId, keyId, expires, target }: ReadText): string {
  return `READ:${exchange}:${userId}:${keyId}:${expires}:${target}`;
}
