// Property: whatever a stranger writes into a memo, a reader of RFC 4180 gets it back whole, and no cell
// begins with a sign that a spreadsheet takes for a formula.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Column, csvLine } from '../src/csv.ts';
import { seedText } from './kit.ts';

const COLUMNS: readonly Column[] = [
  { name: 'id', kind: 'number' },
  { name: 'memo', kind: 'text' },
  { name: 'txid', kind: 'text' },
];

/** One line by RFC 4180 §2. */
function readLine(line: string): string[] {
  const cells = [...line.replace(/\r\n$/, '').matchAll(/("(?:[^"]|"")*"|[^",]*)(?:,|$)/g)];
  return cells
    .slice(0, COLUMNS.length)
    .map(([, cell = '']) =>
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
    );
}

const signs = fc.constantFrom('=', '+', '-', '@', "'", '"', ',', ';', '\uff1d', ' ', '');
const texts = fc.tuple(signs, fc.string({ unit: 'grapheme' })).map((parts) => parts.join(''));

test('csv: a text comes back whole, and is never a formula', (t) => {
  t.diagnostic(`seed ${seedText}`);
  const seed = Buffer.from(seedText).reduce((sum, byte) => (sum * 31 + byte) | 0, 7);
  const property = fc.property(texts, texts, (memo, txid) => {
    const cells = readLine(csvLine(COLUMNS, [-7, memo, txid]));
    assert.equal(cells[0], '-7', 'a number is no text of a stranger');
    for (const [index, text] of [memo, txid].entries()) {
      const cell = cells[index + 1] ?? '';
      assert.doesNotMatch(cell, /^[=+\-@\uff1d\uff0b\uff0d\uff20]/);
      assert.equal(cell.replace(/^'/, ''), text);
    }
  });
  fc.assert(property, { seed, numRuns: Number(process.env['PICOSTOCKS_RUNS'] ?? 500) });
});

test('csv: an absent cell is empty', () => {
  assert.equal(csvLine(COLUMNS, [1, undefined, 'x']), '1,,"x"\r\n');
});
