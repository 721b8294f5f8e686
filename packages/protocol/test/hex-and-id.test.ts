import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesEqual,
  decodeUtf8,
  encodeUtf8,
  fromHex,
  ID_MAX,
  isId,
  parseId,
  toHex,
} from '@picostocks/protocol';
import fc from 'fast-check';
import { seed } from './seed.ts';

test('hex: lower case out, either case in', () => {
  const property = fc.property(fc.uint8Array(), (bytes) => {
    assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'));
    assert.deepEqual(fromHex(toHex(bytes)), Uint8Array.from(bytes));
    assert.deepEqual(fromHex(toHex(bytes).toUpperCase()), Uint8Array.from(bytes));
  });
  fc.assert(property, { seed });
});

test('fromHex: nothing else', () => {
  for (const text of ['0', 'abc', '0g', ' 00', '00 ', '0x00', '００', '-1', '1.'] as const) {
    assert.equal(fromHex(text), undefined, text);
  }
});

test('bytesEqual: by length and by every byte', () => {
  const of = (...bytes: number[]) => Uint8Array.from(bytes);
  assert.ok(bytesEqual(of(), of()));
  assert.ok(bytesEqual(of(1, 2), of(1, 2)));
  assert.ok(!bytesEqual(of(1, 2), of(1, 3)));
  assert.ok(!bytesEqual(of(1, 2), of(1)));
  assert.ok(!bytesEqual(of(1), of(1, 2)));
});

test('parseId: integers below 2⁵³ in their one spelling', () => {
  assert.equal(parseId('0'), 0);
  assert.equal(parseId('10'), 10);
  assert.equal(parseId(`${ID_MAX}`), 2 ** 53 - 1);
  for (const text of [
    '',
    '00',
    '01',
    '-1',
    '+1',
    '1.0',
    '1e1',
    ' 1',
    '1\n',
    '٣',
    '0x1',
    `${2 ** 53}`,
    '9999999999999999',
    '10000000000000000',
  ]) {
    assert.equal(parseId(text), undefined, JSON.stringify(text));
  }
});

test('isId: JSON numbers that are ids', () => {
  for (const id of [0, 1, ID_MAX]) assert.ok(isId(id));
  for (const value of [-1, 0.5, ID_MAX + 1, Number.NaN, Infinity, '1', null, undefined, 1n]) {
    assert.ok(!isId(value), String(value));
  }
});

test('utf-8: bytes that are text come back, a byte order mark included; others do not', () => {
  for (const text of ['', 'a', 'żółć', '漢字', '😀', '\ufeffa', '\u0000']) {
    assert.equal(decodeUtf8(encodeUtf8(text)), text);
  }
  const wrong = [
    [0x80],
    [0xc0, 0x80],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80],
    [0xff],
  ];
  for (const bytes of wrong) assert.equal(decodeUtf8(Uint8Array.from(bytes)), undefined);
});
