// The signed text that proves possession of a further or a rotated key: without it anybody could bind
// a stranger's key to his own account, and that stranger could never register (docs/protocol.md §3.4).

import type { UserId } from './id.ts';

export interface KeyText {
  readonly exchange: string;
  readonly userId: UserId;
  readonly publicKey: string;
}

/** `KEY:<exchange>:<user_id>:<public_key>`, signed by that key. */
export function encodeKeyText({ exchange, userId, publicKey }: KeyText): string {
  return `KEY:${exchange}:${userId}:${publicKey}`;
}
