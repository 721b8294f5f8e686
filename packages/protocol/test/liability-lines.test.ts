// The lines of a publication have one spelling, and what does not balance is not a line.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  decodeLiabilityLine,
  decodeLiabilityLines,
  encodeLiabilityLine,
  hashLiabilityLines,
  liabilityText,
} from '@picostocks/protocol';

const ROOT = '0f'.repeat(32);
const ZERO = '0.000000000000000000';
const LINE = `2:3:1.500000000000000000:${ROOT}:${ZERO}:${ZERO}:-1.500000000000000000`;

test('line: read and written', () => {
  const line = { assetId: 2, size: 3, sum: 15n * 10n ** 17n, root: ROOT, world: -15n * 10n ** 17n };
  assert.deepEqual(decodeLiabilityLine(LINE), line);
  assert.equal(encodeLiabilityLine(line), LINE);
  const empty = `4:0:${ZERO}:${ROOT}:${ZERO}:${ZERO}:${ZERO}`;
  assert.equal(decodeLiabilityLine(empty)?.world, 0n);
  const largest = { assetId: 2, size: 1, sum: 10n ** 56n - 1n, root: ROOT, world: 1n - 10n ** 56n };
  assert.deepEqual(decodeLiabilityLine(encodeLiabilityLine(largest)), largest);
});

test('line: another spelling, and amounts that are not zero together, are refused', () => {
  const others = [
    '',
    LINE.replace('2:', '02:'),
    LINE.replace('2:', '-2:'),
    LINE.replace(':3:', ':3.0:'),
    LINE.replace(':1.500000000000000000:', ':1.5:'),
    LINE.replace(':1.5', ':01.5'),
    LINE.replace(':1.5', ':-1.5'),
    LINE.replace('-1.5', '-1.4'),
    LINE.replace('-1.5', '1.5'),
    LINE.replace(ROOT, ROOT.toUpperCase()),
    LINE.replace(ROOT, ROOT.slice(2)),
    LINE.replace(`:${ZERO}`, `:-${ZERO}`),
    // A balance that was moved beside the tree, where nobody looks.
    LINE.replace(`:${ZERO}`, ':0.500000000000000000').replace('-1.5', '-2.0'),
    LINE.replace(`${ZERO}:-1.5`, '0.500000000000000000:-2.0'),
    `${LINE}:`,
    `${LINE}\n`,
    ` ${LINE}`,
    LINE.slice(0, LINE.lastIndexOf(':')),
  ];
  for (const text of others) assert.equal(decodeLiabilityLine(text), undefined, text);
});

test('lines: each asset once, in the order of ids', () => {
  const other = LINE.replace('2:', '10:');
  assert.equal(decodeLiabilityLines([LINE, other])?.length, 2);
  assert.deepEqual(decodeLiabilityLines([]), []);
  for (const texts of [
    [other, LINE],
    [LINE, LINE],
    [LINE, 'x'],
  ]) {
    assert.equal(decodeLiabilityLines(texts), undefined);
  }
});

test('lines: the root of a head is the SHA-256 of a file of them', () => {
  const lines = [LINE, LINE.replace('2:', '10:')];
  assert.equal(liabilityText(lines), `${lines[0]}\n${lines[1]}\n`);
  const hash = createHash('sha256').update(liabilityText(lines)).digest('hex');
  assert.equal(hashLiabilityLines(lines), hash);
  assert.equal(hashLiabilityLines([]), createHash('sha256').digest('hex'));
});
