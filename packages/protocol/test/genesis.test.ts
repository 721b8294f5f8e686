import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeGenesis, encodeGenesis, encodeUtf8, type Genesis } from '@picostocks/protocol';

const GENESIS: Genesis = {
  format: 1,
  exchange: '0123456789abcdef'.repeat(2),
  rules: 1,
  operator: 'ab'.repeat(32),
  headKey: 'cd'.repeat(32),
  sandbox: false,
};

const WIRE = {
  format: 1,
  exchange: GENESIS.exchange,
  rules: 1,
  operator: GENESIS.operator,
  head_key: GENESIS.headKey,
  sandbox: false,
};

const decode = (text: string) => decodeGenesis(encodeUtf8(text));

test('genesis: one spelling, with its keys in their order', () => {
  const text = `{"format":1,"exchange":"${GENESIS.exchange}","rules":1,"operator":"${GENESIS.operator}","head_key":"${GENESIS.headKey}","sandbox":false}`;
  assert.deepEqual(encodeGenesis(GENESIS), encodeUtf8(text));
  assert.deepEqual(decode(text), GENESIS);
  const sandbox = { ...GENESIS, sandbox: true };
  assert.deepEqual(decodeGenesis(encodeGenesis(sandbox)), sandbox);
});

test('genesis: of a newer program it can still be read, so that it can be named', () => {
  const newer = { ...GENESIS, format: 2, rules: 9 };
  assert.deepEqual(decodeGenesis(encodeGenesis(newer)), newer);
});

// decodeGenesis does not look at the order yet, though docs/protocol.md §5 fixes it.
test('genesis: its keys in another order are none', () => {
  const reversed = Object.fromEntries(Object.entries(WIRE).reverse());
  assert.equal(decode(JSON.stringify(reversed)), undefined);
});

test('genesis: nothing else is one', () => {
  const text = JSON.stringify(WIRE);
  const wrong: unknown[] = [
    { ...WIRE, format: 0 },
    { ...WIRE, format: 256 },
    { ...WIRE, format: '1' },
    { ...WIRE, rules: 0 },
    { ...WIRE, rules: 1.5 },
    { ...WIRE, exchange: WIRE.exchange.toUpperCase() },
    { ...WIRE, exchange: WIRE.operator },
    { ...WIRE, operator: WIRE.exchange },
    { ...WIRE, head_key: `${WIRE.head_key}0` },
    { ...WIRE, sandbox: 0 },
    { ...WIRE, sandbox: 'false' },
    { ...WIRE, name: 'x' },
    ...Object.keys(WIRE).map((key) =>
      Object.fromEntries(Object.entries(WIRE).filter(([name]) => name !== key)),
    ),
  ];
  for (const value of wrong) assert.equal(decode(JSON.stringify(value)), undefined);
  const spellings = [
    '',
    'null',
    ` ${text}`,
    `${text}\n`,
    `\ufeff${text}`,
    text.replace('"rules":1', '"rules":1,"rules":1'),
    text.replace('{', '{"__proto__":{},'),
    text.replace('"rules":1', '"rules":1.0'),
  ];
  for (const spelling of spellings) assert.equal(decode(spelling), undefined, spelling);
  assert.equal(decodeGenesis(Uint8Array.of(0xff)), undefined);
});
