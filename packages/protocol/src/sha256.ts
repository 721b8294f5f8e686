// SHA-256 where there is no platform: nonces, trees and state hashes are computed in the core.

import { sha256 } from '@noble/hashes/sha2.js';

export { sha256 };

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
