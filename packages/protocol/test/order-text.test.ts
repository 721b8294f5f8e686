import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AMOUNT_LIMIT,
  decodeCommand,
  decodeOrderText,
  ENTRY_KINDS,
  encodeOrderText,
  encodeUtf8,
  ID_MAX,
  ONE,
  ORDER_VERBS,
  type OrderText,
  verbOf,
} from '@picostocks/protocol';
import fc from 'fast-check';
import { seed } from './seed.ts';

const EXAMPLE = 'BID:19:3:0.035000000000000000:2:1000000000.000000000000000000:45';

test('order text: the example of docs/protocol.md §3.1', () => {
  const order: OrderText = {
    verb: 'BID',
    userId: 19,
    stockId: 3,
    quantity: 35_000_000_000_000_000n,
    unitId: 2,
    price: 1_000_000_000n * ONE,
    nonce: 45,
  };
  assert.equal(encodeOrderText(order), EXAMPLE);
  assert.deepEqual(decodeOrderText(EXAMPLE), order);
});

test('order text: decoding takes back what encoding wrote', () => {
  const id = fc.oneof(fc.nat(99), fc.nat(ID_MAX), fc.constant(ID_MAX));
  const amount = fc.oneof(fc.bigInt(0n, AMOUNT_LIMIT - 1n), fc.bigInt(0n, 9n));
  const fields = {
    verb: fc.constantFrom(...ORDER_VERBS),
    userId: id,
    stockId: id,
    quantity: amount,
    unitId: id,
    price: amount,
    nonce: id,
  };
  const anyOrder = fc.record(fields, { noNullPrototype: true });
  const property = fc.property(anyOrder, (order) => {
    assert.deepEqual(decodeOrderText(encodeOrderText(order)), order);
  });
  fc.assert(property, { seed, numRuns: 1_000 });
});

test('order text: another spelling of the same amounts is the same order', () => {
  const order = decodeOrderText('BID:19:3:00.035:2:1000000000:45');
  assert.deepEqual(order, decodeOrderText(EXAMPLE));
});

test('order text: nothing else is one', () => {
  const wrong = [
    '',
    'BID',
    EXAMPLE.toLowerCase(),
    ` ${EXAMPLE}`,
    `${EXAMPLE} `,
    `${EXAMPLE}\n`,
    `\ufeff${EXAMPLE}`,
    `${EXAMPLE}:`,
    `${EXAMPLE}:1`,
    EXAMPLE.replace('BID', 'BUY'),
    EXAMPLE.replace('BID', 'CANCEL'),
    EXAMPLE.replace('BID:', 'BID::'),
    EXAMPLE.replace(':19:', ':019:'),
    EXAMPLE.replace(':19:', ':-19:'),
    EXAMPLE.replace(':19:', ':+19:'),
    EXAMPLE.replace(':19:', ':1.9:'),
    EXAMPLE.replace(':19:', ':1e1:'),
    EXAMPLE.replace(':19:', ':1９:'),
    EXAMPLE.replace(':19:', '::'),
    EXAMPLE.replace(':19:', ':9007199254740992:'),
    EXAMPLE.replace(':3:', ':9007199254740992:'),
    EXAMPLE.replace(':2:', ':9007199254740992:'),
    EXAMPLE.replace(':45', ':9007199254740992'),
    EXAMPLE.replace(':45', ':00'),
    EXAMPLE.replace('0.035', '-0.035'),
    EXAMPLE.replace('0.035', '.035'),
    EXAMPLE.replace('0.035000000000000000', '0.0350000000000000000'),
    EXAMPLE.replace('0.035000000000000000', '1.'),
    EXAMPLE.replace('0.035000000000000000', '1e-2'),
    EXAMPLE.replace('1000000000.', `1${'0'.repeat(38)}.`),
    EXAMPLE.replaceAll(':', ';'),
  ];
  for (const text of wrong) {
    assert.equal(decodeOrderText(text), undefined, JSON.stringify(text));
    const command = decodeCommand(ENTRY_KINDS.order, encodeUtf8(text));
    assert.equal(command.type, 'undecodable', JSON.stringify(text));
  }
});

test('order text: ids may be as large as an integer can be', () => {
  const text = EXAMPLE.replace(':19:', `:${ID_MAX}:`).replace(':45', `:${ID_MAX}`);
  const order = decodeOrderText(text);
  assert.equal(order?.userId, 2 ** 53 - 1);
  assert.equal(order?.nonce, 2 ** 53 - 1);
});

test('decodeCommand: each verb is a command and a side, signed with key 0', () => {
  const kinds = {
    ASK: { type: 'place_order', side: 'ask' },
    BID: { type: 'place_order', side: 'bid' },
    CANCELASK: { type: 'cancel_at_price', side: 'ask' },
    CANCELBID: { type: 'cancel_at_price', side: 'bid' },
  } as const;
  for (const verb of ORDER_VERBS) {
    const message = encodeUtf8(EXAMPLE.replace('BID', verb));
    assert.deepEqual(decodeCommand(ENTRY_KINDS.order, message), {
      type: kinds[verb].type,
      userId: 19,
      keyId: 0,
      nonce: 45,
      params: {
        side: kinds[verb].side,
        stockId: 3,
        unitId: 2,
        quantity: 35_000_000_000_000_000n,
        price: 1_000_000_000n * ONE,
      },
    });
    assert.equal(verbOf(kinds[verb].type, kinds[verb].side), verb);
  }
});
