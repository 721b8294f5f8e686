// Heads of the log: one text for one head, and nothing else is a head.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  decodeHead,
  decodeHeadLine,
  encodeHead,
  encodeHeadLine,
  hashHead,
  type LogHead,
  ZERO_HASH,
} from '@picostocks/protocol';
import fc from 'fast-check';
import { seed } from './seed.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => hexOf(bytes));
const head: fc.Arbitrary<LogHead> = fc.record(
  {
    exchange: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => hexOf(bytes)),
    sequence: fc.maxSafeNat().filter((sequence) => sequence > 0),
    time: fc.maxSafeNat(),
    treeRoot: hash,
    chainHash: hash,
    stateHash: hash,
    liabilitiesRoot: hash,
    previous: hash,
  },
  { noNullPrototype: true },
);

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

const HEAD: LogHead = {
  exchange: '9f86d081884c7d659a2feaa0c55ad015',
  sequence: 1207,
  time: 1_790_000_000_000_000,
  treeRoot: 'aa'.repeat(32),
  chainHash: 'bb'.repeat(32),
  stateHash: 'cc'.repeat(32),
  liabilitiesRoot: ZERO_HASH,
  previous: 'dd'.repeat(32),
};
const TEXT = `HEAD:1:9f86d081884c7d659a2feaa0c55ad015:1207:1790000000000000:1207:${'aa'.repeat(32)}:${'bb'.repeat(32)}:${'cc'.repeat(32)}:${'00'.repeat(32)}:${'dd'.repeat(32)}`;
const SIGNATURE = 'ee'.repeat(64);

test('head: the text is the one of the specification', () => {
  assert.equal(encodeHead(HEAD), TEXT);
  assert.deepEqual(decodeHead(TEXT), HEAD);
  assert.equal(hashHead(TEXT), createHash('sha256').update(TEXT).digest('hex'));
});

test('head: what is encoded is decoded, alone and as a line', () => {
  fc.assert(
    fc.property(head, (value) => {
      const text = encodeHead(value);
      assert.deepEqual(decodeHead(text), value);
      const line = encodeHeadLine({ text, signature: SIGNATURE });
      assert.deepEqual(decodeHeadLine(line), { text, signature: SIGNATURE, head: value });
    }),
    { seed },
  );
});

test('head: any other spelling is refused', () => {
  const fields = TEXT.split(':');
  const replaced = (index: number, value: string) => fields.toSpliced(index, 1, value).join(':');
  const wrong = [
    '',
    TEXT.toLowerCase(),
    ` ${TEXT}`,
    `${TEXT}\n`,
    `${TEXT}:`,
    fields.slice(0, -1).join(':'),
    replaced(0, 'TAIL'),
    replaced(1, '2'),
    replaced(1, '01'),
    replaced(2, HEAD.exchange.toUpperCase()),
    replaced(2, HEAD.exchange.slice(1)),
    replaced(3, '01207'),
    replaced(3, '1206'),
    replaced(4, '1e15'),
    replaced(4, '9007199254740992'),
    replaced(4, '-1'),
    replaced(5, '1206'),
    replaced(6, 'AA'.repeat(32)),
    replaced(7, 'bb'.repeat(31)),
    replaced(8, ''),
    replaced(9, '0'),
    replaced(10, `${'dd'.repeat(31)}d `),
    // A head covers the genesis at least.
    fields.toSpliced(3, 1, '0').toSpliced(5, 1, '0').join(':'),
  ];
  for (const text of wrong) assert.equal(decodeHead(text), undefined, text);
});

test('head: a line is a head, one space and a signature', () => {
  const wrong = [
    '',
    TEXT,
    `${TEXT} `,
    `${TEXT}  ${SIGNATURE}`,
    `${TEXT} ${SIGNATURE} `,
    `${TEXT} ${SIGNATURE.slice(2)}`,
    `${TEXT} ${SIGNATURE.toUpperCase()}`,
    `${TEXT.slice(1)} ${SIGNATURE}`,
  ];
  for (const line of wrong) assert.equal(decodeHeadLine(line), undefined, line);
});
