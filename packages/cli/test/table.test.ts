import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTime, renderFields, renderTable, shortAmount } from '../src/table.ts';

test('table: amounts lose their trailing zeros and align at the point', () => {
  const text = renderTable(
    [{ title: 'ASSET' }, { title: 'FREE', align: 'amount' }, { title: 'ID', align: 'right' }],
    [
      ['BTC', '10000.000000000000000000', '2'],
      ['PICO', '0.035000000000000001', '15'],
      ['ETH', '100.500000000000000000', '3'],
    ],
  );
  assert.equal(
    text,
    [
      'ASSET                      FREE  ID',
      'BTC    10000                      2',
      'PICO       0.035000000000000001  15',
      'ETH      100.5                    3',
    ].join('\n'),
  );
});

test('table: an amount is never shortened by more than zeros after the point', () => {
  assert.equal(shortAmount('1000'), '1000');
  assert.equal(shortAmount('1000.000000000000000000'), '1000');
  assert.equal(shortAmount('0.000000000000000000'), '0');
  assert.equal(shortAmount('0.000000000000000001'), '0.000000000000000001');
  assert.equal(shortAmount('10.100000000000000000'), '10.1');
});

test('table: what an exchange sends cannot steer the terminal', () => {
  assert.equal(renderFields({ name: 'a\u001b[2Jb\nc' }), 'name  a?[2Jb?c');
  assert.equal(renderTable([{ title: 'N' }], [['\u0007x\u009b']]), 'N\n?x?');
});

test('table: a sync time is shown in whole seconds of UTC', () => {
  assert.equal(formatTime('1543218503.999999'), '2018-11-26 07:48:23Z');
});
