// Operations of a batch are checked and decoded in one pass. Property: that takes what the schema's compiled
// check takes, and makes of it what every other command is made of.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeEnvelope, encodeUtf8, ID_MAX } from '@picostocks/protocol';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import {
  findMisfit,
  OPERATION_PARAMS,
  type OperationType,
  operationShape,
} from '../src/order-params.ts';
import { decodeParams } from '../src/param-schema.ts';
import { seed } from './seed.ts';

const TYPES = Object.keys(OPERATION_PARAMS) as OperationType[];
const KEYS = [...new Set(TYPES.flatMap((type) => Object.keys(OPERATION_PARAMS[type].properties)))];
const SHAPES = new Map(TYPES.map((type) => [type, Compile(operationShape(type))]));

/** What some key takes, and what none does. */
const VALUES = [
  ...[0, 7, ID_MAX, ID_MAX + 1, -1, 0.5, null, true, [], {}, ['bid'], [7]],
  ...['1', '0.000000000000000001', `${'9'.repeat(38)}.5`, '9'.repeat(39), '1.', '.5', '-1', '1e3'],
  ...['bid', 'ask', 'limit', 'market', 'gtc', 'gtt', 'post_only', 'BID', 'bid ', ''],
  ...['a:b', 'x'.repeat(40), 'x'.repeat(41), 'a b', 'a\u0000', '\ud800', 'ü', '1\n'],
];
const FITTING: Record<string, unknown> = {
  stock_id: 3,
  unit_id: 2,
  order_id: 9,
  side: 'bid',
  quantity: '1.5',
  price: '2',
  client_order_id: 'a-1',
  type: 'limit',
  time_in_force: 'gtc',
  good_until: 5,
};

/** An operation that fits, but for a few keys that are there or not, and a few values. */
const operations = fc
  .record({
    type: fc.constantFrom(...TYPES),
    without: fc.subarray(KEYS, { maxLength: 4 }),
    changes: fc.array(
      fc.tuple(
        fc.constantFrom(...KEYS, 'operation', 'memo', '__proto__', 'toString'),
        fc.constantFrom(...VALUES),
      ),
      { maxLength: 2 },
    ),
  })
  .map(({ type, without, changes }) => {
    const own = Object.keys(OPERATION_PARAMS[type].properties);
    const kept = own.filter((key) => !without.includes(key));
    const fitting = kept.map((key) => [key, FITTING[key]]);
    const entries = [['operation', type], ...fitting, ...changes];
    return Object.fromEntries(entries) as Record<string, unknown>;
  });

/** As it was done before there was a second way: the schema, then the generic mapping. */
function decodeBySchema(params: Record<string, unknown>): object | string {
  const type = TYPES.find((known) => known === params['operation']);
  if (type === undefined || SHAPES.get(type)?.Check(params) !== true) {
    return 'operation 0 of the batch does not fit';
  }
  const why = findMisfit(type, params);
  if (why !== undefined) return `operation 0 of the batch: ${why}`;
  return { type, params: decodeParams(OPERATION_PARAMS[type], params as never) };
}

test('operations: one pass decodes what the schema takes, and nothing else', () => {
  const counts = { taken: 0, refused: 0 };
  const head = { exchange: 'e0'.repeat(16), user_id: 1, key_id: 0, nonce: 1, expires: 1 };
  fc.assert(
    fc.property(operations, (operation) => {
      const envelope = { ...head, type: 'batch', params: { operations: [operation] } };
      const decoded = decodeEnvelope(encodeUtf8(JSON.stringify(envelope)));
      const expected = decodeBySchema(JSON.parse(JSON.stringify(operation)));
      if (decoded.type === 'undecodable') {
        counts.refused += 1;
        assert.equal(decoded.why, expected);
      } else {
        counts.taken += 1;
        assert.ok(decoded.type === 'batch');
        assert.deepEqual(decoded.params.operations, [expected]);
      }
    }),
    { seed, numRuns: 5_000 },
  );
  assert.ok(counts.taken > 500 && counts.refused > 500, JSON.stringify(counts));
});

test('operations: a batch holds objects only, at least one and at most a thousand', () => {
  const decode = (params: unknown) => {
    const head = { exchange: 'e0'.repeat(16), user_id: 1, key_id: 0, nonce: 1, expires: 1 };
    return decodeEnvelope(encodeUtf8(JSON.stringify({ ...head, type: 'batch', params })));
  };
  const noop = { operation: 'cancel_orders' };
  assert.equal(decode({ operations: [noop] }).type, 'batch');
  assert.equal(decode({ operations: Array(1_000).fill(noop) }).type, 'batch');
  for (const params of [
    { operations: [] },
    { operations: Array(1_001).fill(noop) },
    { operations: noop },
    { operations: [noop, null] },
    { operations: [noop, []] },
    { operations: [noop, 'cancel_orders'] },
    { operations: [noop], memo: '' },
    {},
  ]) {
    const decoded = decode(params);
    const why = decoded.type === 'undecodable' ? decoded.why : 'decoded';
    assert.match(why, /^the params of batch do not fit/, JSON.stringify(params).slice(0, 60));
  }
});
