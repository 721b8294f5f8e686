// The hash of an entry is made in a buffer that is used again and again: it must be what the definition
// says, whatever lay there before.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { ENTRY_KINDS, encodeRecord } from '@picostocks/protocol';
import { chainHash, entryHash } from '../src/log/log.ts';

test('entryHash: SHA-256 over the hash before and the record, as docs/protocol.md §5 says', () => {
  for (const length of [0, 90, 5_000, 1, 262_144, 300]) {
    const entry = {
      kind: ENTRY_KINDS.order,
      sequence: 2 ** 33 + length,
      time: Number.MAX_SAFE_INTEGER - length,
      key: randomBytes(32),
      signature: randomBytes(64),
      message: randomBytes(length),
    };
    const previous = randomBytes(32);
    const record = encodeRecord(entry);
    const expected = createHash('sha256').update(previous).update(record).digest();
    assert.deepEqual([...entryHash(previous, entry)], [...expected]);
    assert.deepEqual([...chainHash(previous, record)], [...expected]);
  }
});
