import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeRecord,
  ENTRY_KINDS,
  encodeRecord,
  ID_MAX,
  KEY_BYTES,
  recordBytes,
  recordLength,
  SIGNATURE_BYTES,
  UnknownEntry,
  writeRecord,
} from '@picostocks/protocol';
import fc from 'fast-check';
import { seed } from './seed.ts';

const HEADER_BYTES = 1 + 1 + 8 + 8 + 32 + 64 + 4;

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyEntry = fc.record(
  {
    kind: fc.constantFrom(...Object.values(ENTRY_KINDS)),
    sequence: fc.nat(ID_MAX),
    time: fc.nat(ID_MAX),
    key: bytes(KEY_BYTES),
    signature: bytes(SIGNATURE_BYTES),
    message: fc.uint8Array({ maxLength: 300 }),
  },
  { noNullPrototype: true },
);

const EXAMPLE = {
  kind: ENTRY_KINDS.envelope,
  sequence: 0x0102030405,
  time: 0x0a0b0c0d0e0f,
  key: new Uint8Array(KEY_BYTES).fill(0x11),
  signature: new Uint8Array(SIGNATURE_BYTES).fill(0x22),
  message: Uint8Array.of(0x33, 0x44),
};

test('encodeRecord: the layout of docs/protocol.md §5, big-endian', () => {
  const hex = [
    '01',
    '03',
    '0000000102030405',
    '00000a0b0c0d0e0f',
    '11'.repeat(32),
    '22'.repeat(64),
    '00000002',
    '3344',
  ];
  assert.equal(Buffer.from(encodeRecord(EXAMPLE)).toString('hex'), hex.join(''));
});

test('writeRecord: the same record among other bytes, whatever stood there', () => {
  const property = fc.property(anyEntry, fc.nat(40), (entry, at) => {
    const bytes = new Uint8Array(at + recordBytes(entry) + 3).fill(0xee);
    writeRecord(entry, bytes, at);
    assert.deepEqual([...bytes.subarray(at, -3)], [...encodeRecord(entry)]);
    const around = [...bytes.subarray(0, at), ...bytes.subarray(-3)];
    assert.ok(around.every((byte) => byte === 0xee));
  });
  fc.assert(property, { seed, numRuns: 200 });
});

test('writeRecord: refuses a key or signature that would leave old bytes', () => {
  for (const wrong of [{ key: new Uint8Array(31) }, { signature: new Uint8Array(65) }]) {
    assert.throws(() => encodeRecord({ ...EXAMPLE, ...wrong }), RangeError);
  }
});

test('decodeRecord: takes back what encodeRecord wrote', () => {
  const property = fc.property(anyEntry, (entry) => {
    const record = encodeRecord(entry);
    assert.equal(record.length, HEADER_BYTES + entry.message.length);
    assert.deepEqual(decodeRecord(record), entry);
  });
  fc.assert(property, { seed, numRuns: 500 });
});

test('recordLength: finds records one after the other, and knows when one is cut', () => {
  const log = fc.array(anyEntry, { minLength: 1, maxLength: 5 });
  const property = fc.property(log, fc.nat(7), fc.nat(), (entries, lead, cut) => {
    const records = entries.map((entry) => encodeRecord(entry));
    // The bytes begin anywhere in their buffer, as a chunk that was read from a file does.
    const whole = Buffer.concat([new Uint8Array(lead), ...records]).subarray(lead);
    let offset = 0;
    for (const [index, record] of records.entries()) {
      assert.equal(recordLength(whole, offset), record.length);
      const found = decodeRecord(whole.subarray(offset, offset + record.length));
      assert.deepEqual(
        { ...found, message: [...found.message] },
        {
          ...entries[index],
          key: Buffer.from(entries[index]?.key ?? []),
          signature: Buffer.from(entries[index]?.signature ?? []),
          message: [...(entries[index]?.message ?? [])],
        },
      );
      offset += record.length;
    }
    assert.equal(recordLength(whole, offset), undefined);
    const last = records.at(-1)?.length ?? 0;
    const shorter = whole.subarray(0, whole.length - 1 - (cut % last));
    assert.equal(recordLength(shorter, whole.length - last), undefined);
  });
  fc.assert(property, { seed, numRuns: 200 });
});

test('decodeRecord: a format or kind of the future is an unknown entry', () => {
  for (const [at, byte] of [
    [0, 0],
    [0, 2],
    [0, 255],
    [1, 5],
    [1, 255],
  ] as const) {
    const record = encodeRecord(EXAMPLE);
    record[at] = byte;
    assert.throws(
      () => decodeRecord(record),
      (error) =>
        error instanceof UnknownEntry &&
        error.code === 'unknown_entry' &&
        error.sequence === EXAMPLE.sequence,
    );
  }
});
