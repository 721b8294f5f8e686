// Node.js's own SHA-256 of a few bytes, by way of a text: Node.js takes longer to make the buffer of a digest
// than to hash an entry.

import { hash } from 'node:crypto';

export function sha256(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'hex'), 'hex');
}
