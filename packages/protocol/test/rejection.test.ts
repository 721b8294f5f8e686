import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  ENVELOPE_PARAMS,
  REFUSALS,
  REJECTION_CODES,
  REJECTIONS,
  VOID_REASONS,
} from '@picostocks/protocol';

test('rejections: a code is snake_case and a sentence has no capital and no full stop', () => {
  for (const [code, { sentence }] of [...Object.entries(REJECTIONS), ...Object.entries(REFUSALS)]) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/);
    assert.match(sentence, /^[a-z].*[^.\s]$/, code);
  }
});

test('rejections: what was not found is a 404, all else a 400', () => {
  for (const code of REJECTION_CODES) {
    const isMissing = code.endsWith('_not_found') || code === 'unknown_user';
    assert.equal(REJECTIONS[code].status, isMissing ? 404 : 400, code);
  }
});

const DOCUMENT = new URL('../../../docs/protocol.md', import.meta.url);

function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([a-z_]+)`/g)]
    .map(([, word = '']) => word)
    .filter((word) => word in REJECTIONS);
}

/** The rejections of each command that stands in a table of docs/protocol.md §6, as they stand there. */
function documentedLadders(): Map<string, readonly string[]> {
  const rows = readFileSync(DOCUMENT, 'utf8').matchAll(/^\| `([a-z_]+)` \| (.*?) \| /gm);
  return new Map(
    [...rows]
      .filter(([, type = '']) => type in ENVELOPE_PARAMS)
      .map(([, type = '', cell = '']) => [type, codesIn(cell)]),
  );
}

const PLACE_ORDER = [
  'operator_account',
  'account_frozen',
  'market_not_found',
  'capacity',
  'asset_not_traded',
  'market_halted',
  'zero_quantity',
  'zero_price',
  'good_until_passed',
  'price_cap_missing',
  'tick_size',
  'lot_size',
  'quantity_too_small',
  'quantity_too_large',
  'order_value_too_small',
  'order_value_too_large',
  'price_band',
  'duplicate_client_order_id',
  'too_many_open_orders',
  'would_match',
  'would_not_fill',
  'insufficient_funds',
];

// The order is the protocol: docs/protocol.md §6 gives it for each command.
test('rejections: the table keeps the order of every command', () => {
  const documented = documentedLadders();
  assert.ok(documented.size > 25, 'the tables of the document were found');
  const ladders = [
    PLACE_ORDER,
    ['operator_account', 'market_not_found', 'order_not_found', 'zero_quantity'],
  ];
  for (const ladder of [...ladders, ...documented.values()]) {
    const first = [...new Set(ladder)];
    const sorted = REJECTION_CODES.filter((code) => first.includes(code));
    assert.deepEqual(first, sorted);
  }
});

test('voids: no reason of a void is told twice', () => {
  assert.equal(new Set(VOID_REASONS).size, VOID_REASONS.length);
});
