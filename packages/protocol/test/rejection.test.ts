import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REFUSALS, REJECTION_CODES, REJECTIONS, VOID_REASONS } from '@picostocks/protocol';

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

// The order is the protocol: docs/protocol.md §6 gives it for each command.
test('rejections: the table keeps the order of every command', () => {
  const ladders: (keyof typeof REJECTIONS)[][] = [
    [
      'operator_account',
      'market_not_found',
      'asset_not_traded',
      'market_halted',
      'zero_quantity',
      'zero_price',
      'tick_size',
      'lot_size',
      'quantity_too_small',
      'quantity_too_large',
      'order_value_too_small',
      'order_value_too_large',
      'price_band',
      'too_many_open_orders',
      'insufficient_funds',
    ],
    ['operator_account', 'market_not_found', 'zero_quantity', 'order_not_found'],
    [
      'expired',
      'operator_account',
      'unknown_user',
      'stock_not_found',
      'zero_quantity',
      'insufficient_funds',
    ],
    ['expired', 'not_operator', 'key_taken', 'capacity', 'deposit_too_large'],
    ['expired', 'not_operator', 'head_not_current', 'capacity'],
    ['expired', 'not_operator', 'stock_id_taken', 'code_taken', 'capacity'],
    [
      'expired',
      'not_operator',
      'stock_not_found',
      'same_asset',
      'market_exists',
      'inverse_market_exists',
      'limits_reversed',
      'capacity',
    ],
    ['expired', 'not_operator', 'market_not_found', 'limits_reversed'],
    ['expired', 'not_operator', 'market_not_found', 'fee_user_missing'],
    [
      'expired',
      'not_operator',
      'operator_account',
      'unknown_user',
      'stock_not_found',
      'deposit_known',
      'zero_quantity',
      'deposit_too_large',
    ],
    ['expired', 'not_operator', 'unknown_user', 'gift_outside_sandbox'],
  ];
  for (const ladder of ladders) {
    const sorted = REJECTION_CODES.filter((code) => ladder.includes(code));
    assert.deepEqual(sorted, ladder);
  }
});

test('voids: no reason of a void is told twice', () => {
  assert.equal(new Set(VOID_REASONS).size, VOID_REASONS.length);
});
