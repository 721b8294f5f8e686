// Envelopes: what is one command and what is none. An envelope has one spelling, because what was
// signed is what counts; everything that could be read in two ways is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Command,
  decodeCommand,
  decodeEnvelope,
  ENTRY_KINDS,
  ENVELOPE_PARAMS,
  type EntryKind,
  encodeRegistrationText,
  encodeUtf8,
  ID_MAX,
  MESSAGE_BYTES_MAX,
  ONE,
  OPERATOR_TYPES,
  type Undecodable,
} from '@picostocks/protocol';
import fc from 'fast-check';
import { seed } from './seed.ts';

const EXCHANGE = '0123456789abcdef'.repeat(2);
const KEY = 'ab'.repeat(32);

const TRANSFER = {
  exchange: EXCHANGE,
  user_id: 19,
  key_id: 0,
  nonce: 45,
  expires: 1_790_000_000_000_000,
  type: 'transfer',
  params: { to_user: 7, stock_id: 2, quantity: '1.5', memo: 'rent' },
};

const decode = (text: string) => decodeEnvelope(encodeUtf8(text));
const decodeValue = (value: unknown) => decode(JSON.stringify(value));
const withParams = (type: string, params: unknown) => decodeValue({ ...TRANSFER, type, params });

function assertMalformed(decoded: Command | Undecodable, what: string): void {
  assert.equal(decoded.type, 'undecodable', what);
  assert.equal('code' in decoded && decoded.code, 'malformed', what);
}

test('envelope: decoded into the words of the engine', () => {
  assert.deepEqual(decodeValue(TRANSFER), {
    exchange: EXCHANGE,
    userId: 19,
    keyId: 0,
    nonce: 45,
    expires: 1_790_000_000_000_000,
    type: 'transfer',
    params: { toUser: 7, stockId: 2, quantity: ONE + ONE / 2n, memo: 'rent' },
  });
});

test('envelope: its keys may stand in any order', () => {
  const reversed = Object.fromEntries(Object.entries(TRANSFER).reverse());
  assert.deepEqual(decodeValue(reversed), decodeValue(TRANSFER));
});

test('envelope: another spelling of the same JSON is none', () => {
  const text = JSON.stringify(TRANSFER);
  const spellings = [
    `${text} `,
    ` ${text}`,
    `${text}\n`,
    `\ufeff${text}`,
    JSON.stringify(TRANSFER, undefined, 1),
    text.replace('"user_id":19', '"user_id": 19'),
    text.replace('"user_id":19', '"user_id":19.0'),
    text.replace('"user_id":19', '"user_id":1.9e1'),
    text.replace('"user_id":19', '"user_id":019'),
    text.replace('"key_id":0', '"key_id":-0'),
    text.replace('rent', '\\u0072ent'),
    text.replace('rent', '\\/'),
    text.replace('"nonce":45', '"nonce":45,"nonce":45'),
    text.replace('"nonce":45', '"nonce":44,"nonce":45'),
    text.replace('"to_user":7', '"to_user":8,"to_user":7'),
    text.replace('}}', '},}'),
    text.slice(0, -1),
    text.replaceAll('"', "'"),
    `[${text}]`,
    '',
    'null',
    '{}',
    '"transfer"',
  ];
  for (const spelling of spellings) {
    assert.notEqual(spelling, text);
    assertMalformed(decode(spelling), spelling);
  }
});

test('envelope: it has its seven keys, all of them, and no other', () => {
  for (const key of Object.keys(TRANSFER)) {
    const rest = Object.entries(TRANSFER).filter(([name]) => name !== key);
    assertMalformed(decodeValue(Object.fromEntries(rest)), `without ${key}`);
  }
  assertMalformed(decodeValue({ ...TRANSFER, memo: '' }), 'an eighth key');
  const text = JSON.stringify(TRANSFER);
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assertMalformed(decode(text.replace('{', `{"${name}":{},`)), name);
    assertMalformed(decode(text.replace('"to_user"', `"${name}":{},"to_user"`)), name);
    assertMalformed(decode(text.replace('"params":{', `"params":{"${name}":1,`)), name);
  }
  const inherited = text.replace('"user_id":19,', '').replace('{', '{"__proto__":{"user_id":19},');
  assertMalformed(decode(inherited), 'a key that only the prototype would have');
});

test('envelope: ids, nonces and times are integers below 2⁵³', () => {
  for (const key of ['user_id', 'key_id', 'nonce', 'expires']) {
    for (const value of [-1, 0.5, ID_MAX + 1, 1e300, '1', null, true, [], {}]) {
      assertMalformed(decodeValue({ ...TRANSFER, [key]: value }), `${key} ${value}`);
    }
    for (const value of [0, ID_MAX]) {
      assert.equal(decodeValue({ ...TRANSFER, [key]: value }).type, 'transfer');
    }
  }
});

test('envelope: the exchange is 32 lower-case hexadecimal digits', () => {
  const wrong = ['', EXCHANGE.toUpperCase(), EXCHANGE.slice(1), `${EXCHANGE}0`, `${EXCHANGE}\n`, 1];
  for (const exchange of wrong)
    assertMalformed(decodeValue({ ...TRANSFER, exchange }), `${exchange}`);
});

test('envelope: a type that nobody knows is an unknown command', () => {
  for (const type of [
    '',
    'Transfer',
    'withdraw',
    '__proto__',
    'constructor',
    'toString',
    '\ud800',
  ]) {
    const decoded = decodeValue({ ...TRANSFER, type });
    assert.equal(decoded.type, 'undecodable', type);
    assert.equal('code' in decoded && decoded.code, 'unknown_command', type);
  }
  assertMalformed(decodeValue({ ...TRANSFER, type: 'x'.repeat(41) }), 'a very long type');
  assertMalformed(decodeValue({ ...TRANSFER, type: 1 }), 'a number for a type');
});

test('envelope: every amount is a string in its one alphabet', () => {
  const quantities = [1, 1.5, '', '-1', '1e3', ' 1', '٣', '0.0000000000000000001', null, ['1']];
  for (const quantity of quantities) {
    const params = { ...TRANSFER.params, quantity };
    assertMalformed(withParams('transfer', params), `${quantity}`);
  }
  const params = { ...TRANSFER.params, quantity: '0' };
  assert.equal(withParams('transfer', params).type, 'transfer');
});

test('envelope: params have no key that their type does not have', () => {
  assertMalformed(withParams('noop', { memo: '' }), 'noop with a memo');
  assertMalformed(withParams('transfer', { ...TRANSFER.params, from_user: 1 }), 'from_user');
  assertMalformed(withParams('transfer', { ...TRANSFER.params, toUser: 1 }), 'toUser');
  assertMalformed(withParams('transfer', { to_user: 7, stock_id: 2 }), 'no quantity');
  assertMalformed(withParams('change_asset', { stock_id: 1, code: 'new' }), 'a code is for ever');
  assertMalformed(withParams('set_fees', { stock_id: 1, unit_id: 2, maker_ppm: 1 }), 'no taker');
  for (const params of [null, [], '', 1]) {
    assertMalformed(withParams('noop', params), JSON.stringify(params));
  }
});

test('envelope: no text has control characters or half a character', () => {
  const wrong = [
    '\u0000',
    'a\tb',
    'a\nb',
    '\u001f',
    '\u007f',
    '\u0085',
    '\u009f',
    '\ud83d',
    '\ude00',
  ];
  for (const text of wrong) {
    const about = { stock_id: 1, about: text };
    assertMalformed(withParams('change_asset', about), JSON.stringify(text));
    const memo = { ...TRANSFER.params, memo: text };
    assertMalformed(withParams('transfer', memo), JSON.stringify(text));
    const deposit = { user_id: 1, stock_id: 1, quantity: '1', txid: text };
    assertMalformed(withParams('credit_deposit', deposit), JSON.stringify(text));
  }
  for (const text of ['', ' ', 'żółć', '漢字', '😀', '\u00a0', '"\\/']) {
    assert.equal(withParams('change_asset', { stock_id: 1, about: text }).type, 'change_asset');
  }
});

test('envelope: a memo has at most 64 bytes, however few characters they are', () => {
  const memos: [string, string][] = [
    ['x'.repeat(64), 'transfer'],
    ['x'.repeat(65), 'undecodable'],
    ['ż'.repeat(32), 'transfer'],
    [`${'ż'.repeat(32)}x`, 'undecodable'],
    ['😀'.repeat(16), 'transfer'],
    [`${'😀'.repeat(16)}x`, 'undecodable'],
  ];
  for (const [memo, type] of memos) {
    assert.equal(withParams('transfer', { ...TRANSFER.params, memo }).type, type, memo);
  }
  const deposit = { user_id: 1, stock_id: 1, quantity: '1', txid: 't', memo: 'x'.repeat(65) };
  assertMalformed(withParams('credit_deposit', deposit), 'the memo of a deposit');
});

test('envelope: a message of more than 262,144 bytes is none, whatever it says', () => {
  const text = JSON.stringify(TRANSFER);
  const filled = (bytes: number) => text.replace('rent', 'x'.repeat(bytes - text.length + 4));
  assert.equal(encodeUtf8(filled(MESSAGE_BYTES_MAX + 1)).length, MESSAGE_BYTES_MAX + 1);
  const long = decode(filled(MESSAGE_BYTES_MAX + 1));
  assert.match('why' in long ? long.why : '', /too long/);
  const memo = decode(filled(MESSAGE_BYTES_MAX));
  assert.equal('why' in memo && memo.why, 'the params of transfer do not fit');
});

test('envelope: bytes that are not UTF-8 are none', () => {
  const bytes = encodeUtf8(JSON.stringify(TRANSFER).replace('rent', 'r#nt'));
  const at = bytes.indexOf('#'.charCodeAt(0));
  for (const byte of [0x80, 0xc0, 0xed, 0xff]) {
    bytes[at] = byte;
    assertMalformed(decodeEnvelope(bytes), `${byte}`);
  }
});

test('envelope: what each type takes, and what it does not', () => {
  const asset = { stock_id: 1, code: 'coin' };
  const market = { stock_id: 1, unit_id: 2 };
  const deposit = { user_id: 1, stock_id: 1, quantity: '1', txid: 't' };
  const fees = { ...market, maker_ppm: 0, taker_ppm: 100_000 };
  const right: [string, object][] = [
    ['noop', {}],
    ['register_user', { public_key: KEY }],
    ['create_asset', asset],
    ['create_asset', { ...asset, code: 'a'.repeat(12), btc_address: null, per_fee: '0.0025' }],
    ['change_asset', { stock_id: 1 }],
    ['list_market', market],
    ['change_market', { ...market, self_trade: 'allow', price_band_ppm: 1_000_000_000 }],
    ['set_fees', fees],
    ['credit_deposit', { ...deposit, output: 2 ** 31 - 1 }],
    ['change_settings', {}],
    ['change_settings', { registration_open: true, gift: '0.5', fee_user_id: 1 }],
    ['recover', { sequence: 7, hash: KEY }],
  ];
  for (const [type, params] of right) assert.equal(withParams(type, params).type, type);

  const wrong: [string, object][] = [
    ['register_user', { public_key: KEY.toUpperCase() }],
    ['register_user', { public_key: KEY.slice(2) }],
    ['create_asset', { ...asset, code: 'Coin' }],
    ['create_asset', { ...asset, code: 'c' }],
    ['create_asset', { ...asset, code: 'a'.repeat(13) }],
    ['create_asset', { ...asset, code: 'ćoin' }],
    ['create_asset', { ...asset, code: 'xbt' }],
    ['create_asset', { ...asset, code: 'bchsv' }],
    ['create_asset', { ...asset, status: 'ipo' }],
    ['create_asset', { ...asset, per_fee: '1.0000' }],
    ['create_asset', { ...asset, per_fee: '0.00250' }],
    ['create_asset', { ...asset, name: 'x'.repeat(101) }],
    ['create_asset', { ...asset, name: null }],
    ['create_asset', { ...asset, eth_decimals: 256 }],
    ['list_market', { ...market, self_trade: 'decrement' }],
    ['list_market', { ...market, max_open_orders: 0 }],
    ['list_market', { ...market, max_open_orders: 100_001 }],
    ['list_market', { ...market, maker_ppm: 1 }],
    ['change_market', { ...market, status: 'auction' }],
    ['change_market', { ...market, price_band_ppm: 1_000_000_001 }],
    ['set_fees', { ...fees, taker_ppm: 100_001 }],
    ['set_fees', { ...fees, maker_ppm: -1 }],
    ['credit_deposit', { ...deposit, txid: '' }],
    ['credit_deposit', { ...deposit, txid: 'x'.repeat(101) }],
    ['credit_deposit', { ...deposit, output: 2 ** 31 }],
    ['change_settings', { registration_open: 'true' }],
    ['change_settings', { gift: 1 }],
    ['change_settings', { fee_user_id: null }],
    ['recover', { sequence: 7 }],
    ['recover', { hash: KEY }],
    ['recover', { sequence: -1, hash: KEY }],
    ['recover', { sequence: 7, hash: KEY.toUpperCase() }],
  ];
  for (const [type, params] of wrong) {
    assertMalformed(withParams(type, params), `${type} ${JSON.stringify(params)}`);
  }
});

test('envelope: which types are not the operator’s', () => {
  const forAll = Object.keys(ENVELOPE_PARAMS).filter(
    (type) => ![...OPERATOR_TYPES].some((own) => own === type),
  );
  const account = ['noop', 'transfer', 'add_key', 'rotate_key', 'revoke_key', 'request_address'];
  const money = ['request_withdrawal', 'cancel_withdrawal'];
  const orders = ['place_order', 'amend_order', 'cancel_order', 'cancel_at_price', 'cancel_orders'];
  assert.deepEqual(forAll, [...account, ...money, ...orders, 'batch', 'cancel_after']);
});

test('registration text: REGISTER and 64 lower-case digits', () => {
  const read = (text: string) => decodeCommand(ENTRY_KINDS.registration, encodeUtf8(text));
  assert.deepEqual(read(`REGISTER:${KEY}`), { type: 'register', publicKey: KEY });
  assert.equal(encodeRegistrationText(KEY), `REGISTER:${KEY}`);
  const wrong = [
    '',
    KEY,
    `register:${KEY}`,
    `REGISTER:${KEY.toUpperCase()}`,
    `REGISTER:${KEY}0`,
    `REGISTER:${KEY.slice(1)}`,
    `REGISTER: ${KEY}`,
    `REGISTER:${KEY}\n`,
    `REGISTER:${KEY}:0`,
  ];
  for (const text of wrong) assertMalformed(read(text), text);
});

test('decodeCommand: a genesis, a tick and an unknown kind carry no command', () => {
  const message = encodeUtf8(JSON.stringify(TRANSFER));
  for (const kind of [ENTRY_KINDS.genesis, ENTRY_KINDS.tick, 9 as EntryKind]) {
    assertMalformed(decodeCommand(kind, message), `${kind}`);
  }
});

test('decodeCommand: answers to any bytes at all', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: 'binary' }).map(encodeUtf8),
    fc.jsonValue().map((params) => encodeUtf8(JSON.stringify({ ...TRANSFER, params }))),
    fc
      .tuple(fc.constantFrom(...Object.keys(TRANSFER)), fc.jsonValue())
      .map(([key, value]) => encodeUtf8(JSON.stringify({ ...TRANSFER, [key]: value }))),
  );
  const property = fc.property(
    bytes,
    fc.constantFrom(...Object.values(ENTRY_KINDS)),
    (message, kind) => {
      assert.equal(typeof decodeCommand(kind, message).type, 'string');
    },
  );
  fc.assert(property, { seed, numRuns: 2_000 });
});

test('envelope: arrays are counted before their items are looked at', () => {
  const whyOf = (type: string, params: unknown) => {
    const decoded = withParams(type, params);
    assertMalformed(decoded, type);
    return 'why' in decoded && decoded.why;
  };
  const many = Array(60_000).fill(1);
  const add = { public_key: KEY, proof: KEY + KEY, scopes: many };
  assert.match(`${whyOf('add_key', add)}`, /scopes must not have more than 5 items$/);
  assert.match(`${whyOf('batch', { operations: many })}`, /operations must not .* 1000 items$/);
  const correct = { sequence: 1, reason: 'typo', lines: many };
  assert.match(`${whyOf('correct', correct)}`, /lines must not .* 100 items$/);
});

test('envelope: what is long is not told where it does not fit', () => {
  const whyOf = (memo: string) => {
    const decoded = withParams('noop', { memo });
    return 'why' in decoded && decoded.why;
  };
  assert.equal(whyOf('x'), 'the params of noop do not fit: /memo schema is false');
  assert.equal(whyOf('x'.repeat(20_000)), 'the params of noop do not fit');
});
