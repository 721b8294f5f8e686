import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AMOUNT_LIMIT,
  feeOf,
  formatAmount,
  ONE,
  parseAmount,
  valueCeiling,
} from '@picostocks/protocol';
import fc from 'fast-check';
import { seed } from './seed.ts';

const anyAmount = fc.oneof(
  fc.bigInt(0n, AMOUNT_LIMIT - 1n),
  fc.bigInt(0n, 100n),
  fc.bigInt(0n, 5n * ONE),
);
const check = <T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>, numRuns = 1_000) =>
  fc.assert(property, { seed, numRuns });

test('parseAmount: every right spelling', () => {
  const spellings: [string, bigint][] = [
    ['0', 0n],
    ['00', 0n],
    ['007', 7n * ONE],
    ['1', ONE],
    ['1.0', ONE],
    ['0.035', 35_000_000_000_000_000n],
    ['0.000000000000000001', 1n],
    ['1.000000000000000001', ONE + 1n],
    ['0.000000000000000000', 0n],
    ['99999999999999999999999999999999999999', AMOUNT_LIMIT - ONE],
    ['99999999999999999999999999999999999999.999999999999999999', AMOUNT_LIMIT - 1n],
    ['00000000000000000000000000000000000001', ONE],
  ];
  for (const [text, amount] of spellings) assert.equal(parseAmount(text), amount, text);
});

test('parseAmount: no wrong spelling', () => {
  const wrong = [
    '',
    '.',
    '.5',
    '5.',
    '-1',
    '+1',
    '-0',
    '1e3',
    '1E3',
    '1e-18',
    '0x10',
    '1_000',
    '1,000',
    '1,5',
    '1.2.3',
    ' 1',
    '1 ',
    '1\n',
    '\n1',
    '1\u00a0',
    '\ufeff1',
    '1n',
    'NaN',
    'Infinity',
    'null',
    'true',
    '0.0000000000000000001',
    '1.0000000000000000000',
    '100000000000000000000000000000000000000',
    '000000000000000000000000000000000000001',
    '٣',
    '3.٣',
    '１',
    '१',
    '𝟏',
    '½',
    '²',
    '一',
  ];
  for (const text of wrong) assert.equal(parseAmount(text), undefined, JSON.stringify(text));
});

test('parseAmount: what it takes is just what the pattern takes', () => {
  const texts = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'0123456789.-+e ') }),
    fc.stringMatching(/^[0-9]{1,39}(\.[0-9]{0,19})?$/),
    fc.string({ unit: 'binary' }),
  );
  check(
    fc.property(texts, (text) => {
      const [whole = '', decimals, ...rest] = text.split('.');
      const isDigits = (part: string) => [...part].every((digit) => '0123456789'.includes(digit));
      const isRight =
        rest.length === 0 &&
        whole.length >= 1 &&
        whole.length <= 38 &&
        isDigits(whole) &&
        (decimals === undefined ||
          (decimals.length >= 1 && decimals.length <= 18 && isDigits(decimals)));
      const expected = isRight
        ? BigInt(whole) * ONE + BigInt((decimals ?? '').padEnd(18, '0'))
        : undefined;
      assert.equal(parseAmount(text), expected);
    }),
  );
});

test('formatAmount: always 18 decimals', () => {
  assert.equal(formatAmount(0n), '0.000000000000000000');
  assert.equal(formatAmount(1n), '0.000000000000000001');
  assert.equal(formatAmount(ONE - 1n), '0.999999999999999999');
  assert.equal(formatAmount(ONE), '1.000000000000000000');
  assert.equal(formatAmount(35_000_000_000_000_000n), '0.035000000000000000');
  assert.equal(
    formatAmount(AMOUNT_LIMIT - 1n),
    '99999999999999999999999999999999999999.999999999999999999',
  );
  assert.equal(formatAmount(-1n), '-0.000000000000000001');
  assert.equal(formatAmount(-ONE), '-1.000000000000000000');
});

test('formatAmount: parseAmount takes it back', () => {
  check(
    fc.property(anyAmount, (amount) => {
      const text = formatAmount(amount);
      assert.match(text, /^(0|[1-9][0-9]{0,37})\.[0-9]{18}$/);
      assert.equal(parseAmount(text), amount);
    }),
  );
});

test('valueCeiling: not below the exact product, and less than an atom above it', () => {
  check(
    fc.property(anyAmount, anyAmount, (price, quantity) => {
      const above = valueCeiling({ price, quantity }) * ONE - price * quantity;
      assert.ok(above >= 0n && above < ONE);
    }),
  );
});

test('feeOf: parts per million, rounded down', () => {
  assert.equal(feeOf(0n, 100_000), 0n);
  assert.equal(feeOf(9n, 100_000), 0n);
  assert.equal(feeOf(10n, 100_000), 1n);
  assert.equal(feeOf(19n, 100_000), 1n);
  assert.equal(feeOf(999_999n, 1), 0n);
  assert.equal(feeOf(1_000_000n, 1), 1n);
  assert.equal(feeOf(AMOUNT_LIMIT - 1n, 0), 0n);
  check(
    fc.property(anyAmount, fc.nat(100_000), (amount, ppm) => {
      const rest = amount * BigInt(ppm) - feeOf(amount, ppm) * 1_000_000n;
      assert.ok(rest >= 0n && rest < 1_000_000n);
    }),
  );
});

// --- docs/protocol.md §1: the life of a bid --------------------------------------------------------

interface Fill {
  /** In thousandths of what remains; at least an atom. */
  readonly share: number;
  /** In thousandths of the limit price. */
  readonly price: number;
}
const anyFills = fc.array(fc.record({ share: fc.nat(1_000), price: fc.nat(1_000) }), {
  maxLength: 12,
});
const anyLife = fc.record({
  limit: fc.oneof(fc.bigInt(1n, 3n * ONE), fc.bigInt(1n, 10n ** 30n)),
  quantity: fc.oneof(fc.bigInt(1n, 40n), fc.bigInt(1n, 3n * ONE), fc.bigInt(1n, 10n ** 40n)),
  fills: anyFills,
});

/** Splits a quantity into fills; what the fills leave is the last of them. */
function split(quantity: bigint, fills: readonly Fill[]): { part: bigint; price: number }[] {
  const parts: { part: bigint; price: number }[] = [];
  let left = quantity;
  for (const { share, price } of fills) {
    const part = (left * BigInt(share)) / 1_000n || 1n;
    if (left === 0n || part > left) break;
    parts.push({ part, price });
    left -= part;
  }
  return left === 0n ? parts : [...parts, { part: left, price: 1_000 }];
}

test('a bid: its fills free together exactly what it locked, however it is split', () => {
  check(
    fc.property(anyLife, ({ limit, quantity, fills }) => {
      const lock = (remaining: bigint) => valueCeiling({ price: limit, quantity: remaining });
      let remaining = quantity;
      let freed = 0n;
      for (const { part } of split(quantity, fills)) {
        freed += lock(remaining) - lock(remaining - part);
        remaining -= part;
      }
      assert.equal(remaining, 0n);
      assert.equal(freed, lock(quantity));
    }),
  );
});

test('a bid: no fill costs more than it frees, nor differs from its value by an atom', () => {
  check(
    fc.property(anyLife, ({ limit, quantity, fills }) => {
      const lock = (remaining: bigint) => valueCeiling({ price: limit, quantity: remaining });
      let remaining = quantity;
      let paid = 0n;
      for (const { part, price: share } of split(quantity, fills)) {
        const price = (limit * BigInt(share)) / 1_000n;
        const frees = lock(remaining) - lock(remaining - part);
        const ceiling = valueCeiling({ price, quantity: part });
        const cost = ceiling < frees ? ceiling : frees;
        const error = cost * ONE - price * part;
        assert.ok(cost >= 0n);
        assert.ok(error > -ONE && error < ONE);
        if (price === limit) assert.equal(cost, frees);
        paid += cost;
        remaining -= part;
      }
      assert.ok(paid <= lock(quantity));
    }),
  );
});
