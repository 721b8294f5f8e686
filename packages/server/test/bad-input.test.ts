// Bad input: each request here must be refused at the door with a status that says why, in the API's one
// shape of an error; nothing may be sequenced, no nonce may move, and the server must live on.
//
// Every case is a row of a table. After each, the log's head and the nonce are compared with before.
// At the end, every code of the door must have been seen, but for those that are listed with a reason.
// The file is long because its tables are: one check for all rows, which share the codes that were seen.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { type ErrorReply, REFUSALS, type Refusal, SIGNATURE_HEADER } from '@picostocks/protocol';
import {
  type Answer,
  assertRefused,
  FORM_TYPE,
  form,
  JSON_TYPE,
  json,
  newSigner,
  raw,
  type Served,
  serve,
  type Trader,
} from './kit.ts';
import { forgedFor, lowSignature, SMALL_ORDER_KEYS, withOrderAdded } from './weak-signatures.ts';

let served: Served;
let anna: Trader;
let bert: Trader;
/** The next nonce of anna: no case may move it. */
let nonce: number;
/** A nonce that anna has used. */
let usedNonce: number;
const seen = new Set<string>();
/** One connection for the reads between the cases. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function stands(): Promise<{ sequence: number; nonce: number }> {
  const { sequence } = await served.get<{ sequence: number }>('/v1/time/', agent);
  const path = `/v1/account/nonce/${anna.userId}/`;
  return { sequence, nonce: (await served.get<{ nonce: number }>(path, agent)).nonce };
}

before(async () => {
  served = await serve({ nodes: 2, node: { requestTimeoutMs: 1_500 } });
  anna = await served.newTrader();
  bert = await served.newTrader();
  usedNonce = await anna.nonce();
  await anna.put('BID', { quantity: '1', price: '1' });
  nonce = await anna.nonce();
});
after(async () => {
  agent.destroy();
  await served[Symbol.asyncDispose]();
});

interface Case {
  readonly name: string;
  send(): Promise<Answer>;
  readonly status?: number;
  readonly code?: Refusal;
}

/** Runs the rows of a table one after the other. */
function table(name: string, cases: () => readonly Case[]): void {
  test(name, async () => {
    const before = await stands();
    for (const one of cases()) {
      const answer = await one.send();
      try {
        assertRefused(answer, one);
        assert(answer.status < 500, 'the door blames nobody but the sender');
        if (one.code !== undefined)
          assert.equal(answer.status, one.status ?? REFUSALS[one.code].status);
        const reply = answer.json as ErrorReply;
        assert.equal(reply.sequence, undefined, 'it was not sequenced');
        seen.add(reply.code);
        assert.deepEqual(await stands(), before, 'nothing was sequenced, no nonce was consumed');
      } catch (cause) {
        throw new Error(`${one.name}: ${answer.status} ${answer.text}`, { cause });
      }
    }
  });
}

const BID = '/v1/trader/bid/put/';
const malformed = { status: 400, code: 'malformed' } as const;

/** A bid that would be applied, as it is sent. */
function goodBid(): Record<string, string> {
  return anna.signOrder('BID', { quantity: '1', price: '1', nonce }).body;
}

function postBid(fields: Record<string, unknown>): Promise<Answer> {
  return served.call(BID, json({ ...goodBid(), ...fields }));
}

function bidOf(path: string, text: string, headers: Record<string, string>): Promise<Answer> {
  return served.call(path, { method: 'POST', headers, body: text });
}

const BAD_TEXTS = [
  '', ' ', '-1', '+1', '1.', '.1', '1e0', '1E1', '1e-1', '0x1', '1,0', '1_0', ' 1', '1 ', '1\n', '1\t',
  '\u0000', '1\u0000', 'NaN', 'Infinity', '-0', 'null', 'true', 'undefined', '1.1.1', "1'", '1;2', '1n',
  '\u0661', '\uff11', '\u{1d7cf}', '1\u200b', '\ufeff1', '\ud800', '[]', '{}', '%31', 'x'.repeat(10_000),
]; // biome-ignore format: a table.
const BAD_AMOUNTS = [
  ...BAD_TEXTS,
  '1'.repeat(39),
  `0${'1'.repeat(38)}`,
  `${'1'.repeat(38)}.${'1'.repeat(19)}`,
  `${'1'.repeat(39)}.${'1'.repeat(18)}`,
  `0.${'1'.repeat(19)}`,
  `1.${'0'.repeat(19)}`,
];
const BAD_IDS = [
  ...BAD_TEXTS,
  '01',
  '00',
  '1.0',
  '9007199254740992',
  '9999999999999999',
  '18446744073709551617',
  '1'.repeat(57),
];
const BAD_VALUES: unknown[] = [
  null,
  true,
  false,
  [],
  ['1'],
  [1],
  {},
  { toString: '1' },
  -1,
  0.5,
  1e300,
];
const BAD_AMOUNT_VALUES: unknown[] = [...BAD_VALUES, 0, 1, 100, Number.MAX_SAFE_INTEGER];
const BAD_ID_VALUES: unknown[] = [...BAD_VALUES, 2 ** 53, 1.5, -0.5];

suite('fields of an order', () => {
  const asText = (field: string, values: readonly string[]): Case[] =>
    values.flatMap((value) => [
      {
        name: `${field} in JSON: ${JSON.stringify(value).slice(0, 80)}`,
        send: () => postBid({ [field]: value }),
        ...malformed,
      },
      {
        name: `${field} in a form: ${JSON.stringify(value).slice(0, 80)}`,
        send: () => served.call(BID, form({ ...goodBid(), [field]: value })),
        ...malformed,
      },
    ]);
  const asValue = (field: string, values: readonly unknown[]): Case[] =>
    values.map((value) => ({
      name: `${field} as JSON: ${JSON.stringify(value)}`,
      send: () => postBid({ [field]: value }),
      ...malformed,
    }));

  for (const field of ['quantity', 'price']) {
    table(`${field}`, () => [...asText(field, BAD_AMOUNTS), ...asValue(field, BAD_AMOUNT_VALUES)]);
  }
  for (const field of ['user_id', 'stock_id', 'unit_id', 'nonce']) {
    table(`${field}`, () => [...asText(field, BAD_IDS), ...asValue(field, BAD_ID_VALUES)]);
  }
  table('signature', () => [
    ...asText('signature', [
      ...BAD_TEXTS,
      'ab'.repeat(63),
      'ab'.repeat(65),
      'a'.repeat(127),
      'g'.repeat(128),
      `0x${'ab'.repeat(63)}`,
      `${'ab'.repeat(63)}a\u0661`,
    ]),
    ...asValue('signature', BAD_VALUES),
  ]);

  table('missing, unknown, doubled and dangerous keys', () => {
    const good = goodBid();
    const text = JSON.stringify(good);
    const spelled = new URLSearchParams(good).toString();
    const without = (key: string) =>
      Object.fromEntries(Object.entries(good).filter(([name]) => name !== key));
    const rows: [string, () => Promise<Answer>][] = [
      ...Object.keys(good).flatMap((key): [string, () => Promise<Answer>][] => [
        [`no ${key} in JSON`, () => served.call(BID, json(without(key)))],
        [`no ${key} in a form`, () => served.call(BID, form(without(key)))],
        [`${key} twice in a form`, () => bidOf(BID, `${spelled}&${key}=${good[key]}`, FORM_TYPE)],
        [
          `${key} twice in JSON`,
          () => bidOf(BID, `{"${key}":"${good[key]}",${text.slice(1)}`, JSON_TYPE),
        ],
        [
          `${key}[] in a form`,
          () => served.call(BID, form({ ...without(key), [`${key}[]`]: '1' })),
        ],
      ]),
      ['an escaped double', () => bidOf(BID, `{"pric\\u0065":"2",${text.slice(1)}`, JSON_TYPE)],
      ['an unknown key', () => postBid({ memo: 'x' })],
      ['an empty key', () => postBid({ '': 'x' })],
      ['constructor', () => postBid({ constructor: { prototype: { user_id: '1' } } })],
      ['__proto__', () => bidOf(BID, `{"__proto__":{"user_id":"1"},${text.slice(1)}`, JSON_TYPE)],
      ['toString', () => postBid({ toString: 'x' })],
      ['__proto__ in a form', () => bidOf(BID, `${spelled}&__proto__=1`, FORM_TYPE)],
      ['__proto__[x] in a form', () => bidOf(BID, `${spelled}&__proto__[x]=1`, FORM_TYPE)],
      ['constructor in a form', () => bidOf(BID, `${spelled}&constructor=1`, FORM_TYPE)],
      ['only __proto__', () => bidOf(BID, `{"__proto__":${text}}`, JSON_TYPE)],
      ['a form of one word', () => bidOf(BID, 'x', FORM_TYPE)],
      ['a form with bad escapes', () => bidOf(BID, `${spelled}&%zz=%`, FORM_TYPE)],
      ['fields in the address', () => bidOf(`${BID}?${spelled}`, '', FORM_TYPE)],
    ];
    return rows.map(([name, send]) => ({ name, send, ...malformed }));
  });

  table('ids that name nothing', () => [
    { name: 'user', send: () => postBid({ user_id: 99 }), code: 'unknown_user' },
    { name: 'the operator', send: () => postBid({ user_id: 0 }), code: 'unknown_user' },
    {
      name: 'the last user of all',
      send: () => postBid({ user_id: Number.MAX_SAFE_INTEGER }),
      code: 'unknown_user',
    },
    { name: 'user 2^32', send: () => postBid({ user_id: 2 ** 32 }), code: 'unknown_user' },
    { name: 'stock', send: () => postBid({ stock_id: 99 }), code: 'stock_not_found' },
    { name: 'unit', send: () => postBid({ unit_id: '99' }), code: 'stock_not_found' },
    {
      name: 'the inverse',
      send: () => postBid({ stock_id: 2, unit_id: 3 }),
      code: 'market_not_found',
    },
    {
      name: 'one asset',
      send: () => postBid({ stock_id: 2, unit_id: 2 }),
      code: 'market_not_found',
    },
  ]);
});

suite('addresses and queries', () => {
  const paths: [string, Refusal][] = [
    ['/v1/account/balance/99/', 'unknown_user'],
    ['/v1/account/balance/0/', 'unknown_user'],
    ['/v1/account/nonce/99/', 'unknown_user'],
    ['/v1/account/nonce/1/?key_id=1', 'unknown_user'],
    ['/v1/account/result/99/1/', 'unknown_user'],
    ['/v1/account/result/1/1/', 'result_not_found'],
    ['/v1/market/orderbook/?user_id=99', 'unknown_user'],
    ['/v1/market/orderbook/?stock_id=99', 'stock_not_found'],
    ['/v1/market/orderbook/?unit_id=99', 'stock_not_found'],
    ['/v1/tickers/24h/?stock_id=99', 'stock_not_found'],
    ['/v1/market/list/?unit_id=99', 'stock_not_found'],
    ['/v1/account/transfers/internal/1/99/', 'stock_not_found'],
    ['/v1/account/transfers/external/99/2/', 'unknown_user'],
    ['/v1/account/order/history/1/99/', 'stock_not_found'],
    ['/v1/account/order/history/1/3/?unit_id=99', 'stock_not_found'],
    ['/v1/trader/history/2/3/', 'market_not_found'],
    ['/v1/trader/history/99/2/', 'market_not_found'],
    ['/v1/nothing/', 'not_found'],
    ['/v1/', 'not_found'],
    ['/v1/account/', 'not_found'],
    ['/v1/account/balance/', 'not_found'],
    ['/v1/account/balance/1/2/', 'not_found'],
    ['//v1/time/', 'not_found'],
    ['/V1/time/', 'not_found'],
    ['/v1/../v1/time/x', 'not_found'],
    ['/__proto__', 'not_found'],
    ['/v1/market/orderbook/?limit=1&limit=2', 'malformed'],
    ['/v1/market/orderbook/?limit[]=1', 'malformed'],
    ['/v1/market/orderbook/?user_id=1&user_id=2', 'malformed'],
    ['/v1/market/orderbook/?__proto__=1', 'malformed'],
    ['/v1/market/orderbook/?constructor=1', 'malformed'],
    ['/v1/market/orderbook/?nothing=1', 'malformed'],
    ['/v1/market/orderbook/?USER_ID=1', 'malformed'],
    ['/v1/market/stocks/?limit=%zz', 'malformed'],
    ['/v1/account/balance/%zz/', 'malformed'],
    ['/v1/account/balance/%/', 'malformed'],
    ['/v1/account/balance/%c0%ae/', 'malformed'],
    ['/v1/account/balance/1%00/', 'malformed'],
    ['/v1/account/balance/%2e%2e%2f/', 'malformed'],
    [`/v1/account/balance/${'1'.repeat(101)}/`, 'uri_too_long'],
    [`/v1/account/balance/${'1'.repeat(10_000)}/`, 'uri_too_long'],
    [`/${'x'.repeat(10_000)}`, 'not_found'],
    [`/v1/market/stocks/?limit=${'1'.repeat(10_000)}`, 'malformed'],
    ...['-1', '1.5', '1e2', 'abc', '', '%20', '+', 'NaN', '%D9%A1', '0x10', '1%00'].map(
      (limit): [string, Refusal] => [`/v1/market/orderbook/?limit=${limit}`, 'malformed'],
    ),
    ...[
      '-1',
      '1.0',
      'abc',
      '%20',
      '01',
      '1e0',
      'null',
      '9007199254740992',
      '%D9%A1',
      '__proto__',
    ].flatMap((id): [string, Refusal][] => [
      [`/v1/account/balance/${id}/`, 'malformed'],
      [`/v1/account/nonce/${id}/`, 'malformed'],
      [`/v1/account/result/1/${id}/`, 'malformed'],
      [`/v1/market/orderbook/?stock_id=${id}`, 'malformed'],
      [`/v1/account/transfers/internal/1/${id}/`, 'malformed'],
      [`/v1/trader/history/3/${id}/`, 'malformed'],
      [`/v1/account/order/history/1/3/?unit_id=${id}`, 'malformed'],
    ]),
  ];
  table('reads', () =>
    paths.map(([path, code]) => ({ name: path.slice(0, 80), send: () => served.call(path), code })),
  );
});

test('a wrong choice is told what there is, a wrong name which it is', async () => {
  const refusals: [string, string][] = [
    [
      '/v1/market/candles/3/2/?interval=7m',
      'querystring/interval must be one of 1m, 5m, 15m, 1h, 4h, 1d, 1w',
    ],
    ['/v1/account/orders/1/?status=all', 'querystring/status must be one of open, closed'],
    ['/v1/market/orderbook/?nothing=1', 'querystring has no nothing'],
  ];
  for (const [path, why] of refusals) {
    const { detail } = (await served.call(path)).json as ErrorReply;
    assert.equal(detail, `ERROR: the request is malformed: ${why}`);
  }
});

suite('methods, types and bodies', () => {
  const allowed: [string, string][] = [
    ['/v1/time/', 'GET'],
    ['/v1/account/balance/1/', 'GET'],
    ['/v1/account/nonce/1', 'GET'],
    ['/v1/market/orderbook/', 'GET'],
    ['/v1/tickers/24h/', 'GET'],
    ['/v1/trader/history/3/2/', 'GET'],
    [BID, 'POST'],
    ['/v1/trader/bid/cancel', 'POST'],
    ['/v1/account/register/', 'POST'],
    ['/v1/commands/', 'POST'],
    ['/v1/account/transfers/internal/1/2/', 'GET POST'],
    ['/healthz', 'GET'],
  ];
  table('other methods', () =>
    allowed.flatMap(([path, methods]) =>
      ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
        .filter((method) => !methods.includes(method))
        .map((method) => ({
          name: `${method} ${path}`,
          send: async () => {
            const answer = await served.call(path, { method });
            for (const one of methods.split(' ')) {
              assert.match(String(answer.headers.allow), new RegExp(`\\b${one}\\b`));
            }
            return answer;
          },
          code: 'method_not_allowed' as const,
        })),
    ),
  );
  table('methods of other worlds', () =>
    ['TRACE', 'PROPFIND', 'MKCOL', 'SEARCH', 'QUERY', 'PURGE'].map((method) => ({
      name: method,
      send: () => served.call(BID, { method }),
    })),
  );

  table('content types', () => {
    const text = JSON.stringify(goodBid());
    const types = [
      'text/plain',
      'text/json',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/jsonx',
      'application/json-patch+json',
      'application/octet-stream',
      '*/*',
      'json',
      ';',
      'application/json, text/plain',
      'x'.repeat(5_000),
    ];
    return [
      ...types.flatMap((type) =>
        [BID, '/v1/account/register/', '/v1/commands/'].map((path) => ({
          name: `${type.slice(0, 40)} to ${path}`,
          send: () => bidOf(path, text, { 'content-type': type }),
          code: 'unsupported_media_type' as const,
        })),
      ),
      {
        name: 'none',
        send: () => bidOf(BID, text, {}),
        code: 'unsupported_media_type' as const,
      },
      {
        name: 'a form to the envelopes',
        send: () => bidOf('/v1/commands/', text, FORM_TYPE),
        code: 'unsupported_media_type' as const,
      },
      { name: 'JSON as a form', send: () => bidOf(BID, text, FORM_TYPE), ...malformed },
      {
        name: 'a form as JSON',
        send: () => bidOf(BID, new URLSearchParams(goodBid()).toString(), JSON_TYPE),
        ...malformed,
      },
      {
        name: 'compressed',
        send: () => bidOf(BID, '\u001f\u008b\b', { ...JSON_TYPE, 'content-encoding': 'gzip' }),
        code: 'unsupported_media_type' as const,
      },
      {
        name: 'a body to a read',
        send: () =>
          bidOf('/v1/account/transfers/internal/1/2/', 'x', { 'content-type': 'text/plain' }),
        code: 'unsupported_media_type' as const,
      },
    ];
  });

  table('bodies that are no object', () => {
    const good = JSON.stringify(goodBid());
    const bodies = [
      '',
      ' ',
      'null',
      'true',
      '0',
      '1e999',
      '"x"',
      '[]',
      '{}',
      '{',
      '}',
      '{]',
      '[{}',
      '{"a"}',
      '{"a":}',
      '{a:1}',
      "{'a':1}",
      '{"a":1,}',
      '{"a":01}',
      '{"a":+1}',
      '{"a":NaN}',
      '{"a":"\n"}',
      '{"a":"\\x"}',
      `${good}x`,
      `${good}${good}`,
      good.slice(0, -1),
      `\ufeff${good}`,
      `[${good}]`,
      `/**/${good}`,
      good.replace(':', '='),
      '\u0000',
      '['.repeat(30_000) + ']'.repeat(30_000),
      '['.repeat(60_000),
      `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
      `"${'\\"'.repeat(30_000)}`,
      `{${'"a":1,'.repeat(10_000)}"a":1}`,
    ];
    return bodies.flatMap((body) =>
      [BID, '/v1/account/register/'].map((path) => ({
        name: `${path} ${JSON.stringify(body.slice(0, 60))} of ${body.length}`,
        send: () => bidOf(path, body, JSON_TYPE),
        ...malformed,
      })),
    );
  });

  table('bodies in other encodings', () => {
    const good = JSON.stringify(goodBid());
    const bodies: [string, Uint8Array][] = [
      ['UTF-16', Buffer.from(good, 'utf16le')],
      [
        'invalid UTF-8',
        Buffer.concat([Buffer.from('{"\xff":1,', 'latin1'), Buffer.from(good.slice(1))]),
      ],
      ['overlong UTF-8', Buffer.from('{"user_id":"\xc0\xb1"}', 'latin1')],
    ];
    return bodies.map(([name, body]) => ({
      name,
      send: () => served.call(BID, { method: 'POST', headers: JSON_TYPE, body }),
      ...malformed,
    }));
  });
});

suite('sizes', () => {
  const TEN_MEGABYTES = 10 * 1_024 * 1_024;
  const paths = [
    BID,
    '/v1/account/register/',
    '/v1/commands/',
    '/v1/account/transfers/internal/1/2/',
  ];
  const head = (path: string, ...lines: string[]) =>
    [`POST ${path} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', ...lines, '', ''].join(
      '\r\n',
    );
  table('10 MB', () =>
    paths.flatMap((path) => [
      {
        name: `announced to ${path}`,
        send: () =>
          raw(
            served.url,
            head(path, `Content-Length: ${TEN_MEGABYTES}`, 'Connection: close'),
            Buffer.alloc(TEN_MEGABYTES, '['),
          ),
        code: 'too_large' as const,
      },
      {
        name: `in one chunk to ${path}`,
        send: () =>
          raw(
            served.url,
            head(path, 'Transfer-Encoding: chunked', 'Connection: close'),
            `${TEN_MEGABYTES.toString(16)}\r\n`,
            Buffer.alloc(TEN_MEGABYTES, '['),
            '\r\n0\r\n\r\n',
          ),
        code: 'too_large' as const,
      },
    ]),
  );
  table('150,000 levels', () => {
    const deep = '['.repeat(150_000) + ']'.repeat(150_000);
    return paths.map((path) => ({
      name: path,
      send: () => bidOf(path, deep, JSON_TYPE),
      code: 'too_large' as const,
    }));
  });
  table('30,000 levels, which are not too long', () => {
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    return paths.map((path) => ({
      name: path,
      send: () => bidOf(path, ` ${deep}`, JSON_TYPE),
      code: 'malformed' as const,
    }));
  });
  table('headers and addresses', () => [
    {
      name: 'a header of 100 kB',
      send: () =>
        raw(
          served.url,
          `GET /v1/time/ HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`,
        ),
      code: 'headers_too_large',
    },
    {
      name: 'ten thousand headers',
      send: () =>
        raw(served.url, `GET /v1/time/ HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(10_000)}\r\n`),
      code: 'headers_too_large',
    },
    {
      name: 'an address of 100 kB',
      send: () => raw(served.url, `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`),
      code: 'headers_too_large',
    },
  ]);
});

suite('signatures', () => {
  const cases = (): [string, string][] => {
    const { quantity, price } = { quantity: '1', price: '1' };
    const sign = (
      trader: Trader,
      verb: 'BID' | 'ASK' | 'CANCELBID',
      at: number,
      amount = quantity,
    ) => trader.signOrder(verb, { quantity: amount, price, nonce: at }).body['signature'] ?? '';
    const good = sign(anna, 'BID', nonce);
    return [
      ['zeros', '0'.repeat(128)],
      ['ones', 'f'.repeat(128)],
      ['its R zero', `${'0'.repeat(64)}${good.slice(64)}`],
      ['its S zero', `${good.slice(0, 64)}${'0'.repeat(64)}`],
      ['its halves exchanged', good.slice(64) + good.slice(0, 64)],
      ['S + L', withOrderAdded(good)],
      [
        'one bit flipped',
        good.slice(0, -2) + (Number.parseInt(good.slice(-2), 16) ^ 1).toString(16).padStart(2, '0'),
      ],
      ['valid for a key of small order', lowSignature()],
      ["another user's", bert.signOrder('BID', { quantity, price, nonce }).body['signature'] ?? ''],
      [
        "another user's for this user",
        bert.signer.sign(anna.signOrder('BID', { quantity, price, nonce }).text),
      ],
      ['of the next nonce', sign(anna, 'BID', nonce + 1)],
      ['of the other side', sign(anna, 'ASK', nonce)],
      ['of a cancel', sign(anna, 'CANCELBID', nonce)],
      ['of another quantity', sign(anna, 'BID', nonce, '2')],
      ['of another spelling', sign(anna, 'BID', nonce, '1.0')],
      [
        'of the text with a newline',
        anna.signer.sign(`${anna.signOrder('BID', { quantity, price, nonce }).text}\n`),
      ],
    ];
  };
  table('of an order', () =>
    cases().flatMap(([name, signature]) => [
      { name, send: () => postBid({ signature }), code: 'bad_signature' as const },
      {
        name: `${name}, with its nonce`,
        send: () => postBid({ signature, nonce }),
        code: 'bad_signature' as const,
      },
    ]),
  );
  test('a 401 carries the nonce that the signature was checked with', async () => {
    const answer = await postBid({ signature: '0'.repeat(128) });
    assert.equal((answer.json as ErrorReply).nonce, nonce);
  });
  table('and nonces', () => {
    const at = (other: number) =>
      anna.signOrder('BID', { quantity: '7', price: '1', nonce: other });
    return [
      {
        name: 'used by other bytes',
        send: () => postBid({ ...at(usedNonce).body, nonce: usedNonce }),
        code: 'nonce_used',
      },
      {
        name: 'used, without saying so',
        send: () => postBid(at(usedNonce).body),
        code: 'bad_signature',
      },
      {
        name: '101 ahead',
        send: () => postBid({ ...at(nonce + 101).body, nonce: nonce + 101 }),
        code: 'nonce_ahead',
      },
      {
        name: 'the largest',
        send: () =>
          postBid({ ...at(Number.MAX_SAFE_INTEGER).body, nonce: Number.MAX_SAFE_INTEGER }),
        code: 'nonce_ahead',
      },
      {
        name: "another user's",
        send: async () => {
          const theirs = await bert.nonce();
          return postBid({ ...at(theirs).body, nonce: theirs });
        },
      },
    ];
  });

  test('upper-case hexadecimal is the same signature, and is answered in lower case', async () => {
    const { body, path } = bert.signOrder('BID', {
      quantity: '1',
      price: '0.1',
      nonce: await bert.nonce(),
    });
    const signature = body['signature'] ?? '';
    const answer = await served.call(path, form({ ...body, signature: signature.toUpperCase() }));
    assert.equal(answer.status, 201, answer.text);
    assert.equal((answer.json as { signature: string }).signature, signature);
  });
});

suite('registrations', () => {
  const post = (body: unknown) => served.call('/v1/account/register/', json(body));
  const cases = (): Case[] => {
    const { publicKey, sign } = newSigner();
    const good = sign(`REGISTER:${publicKey}`);
    const refused = (name: string, body: object): Case => ({
      name,
      send: () => post(body),
      code: 'bad_signature',
    });
    const bad = (name: string, body: object): Case => ({
      name,
      send: () => post(body),
      ...malformed,
    });
    return [
      bad('nothing', {}),
      bad('no signature', { public_key: publicKey }),
      bad('no key', { signature: good }),
      bad('a short key', { public_key: publicKey.slice(2), signature: good }),
      bad('a long key', { public_key: `${publicKey}00`, signature: good }),
      bad('a key that is a number', { public_key: 1, signature: good }),
      bad('a key that is a list', { public_key: [publicKey], signature: good }),
      bad('a key that is no hexadecimal', { public_key: 'z'.repeat(64), signature: good }),
      bad('a short signature', { public_key: publicKey, signature: good.slice(2) }),
      bad('another field', { public_key: publicKey, signature: good, user_id: 1 }),
      refused('zeros', { public_key: publicKey, signature: '0'.repeat(128) }),
      refused('S + L', { public_key: publicKey, signature: withOrderAdded(good) }),
      refused('of the upper-case text', {
        public_key: publicKey,
        signature: sign(`REGISTER:${publicKey.toUpperCase()}`),
      }),
      refused("another key's", {
        public_key: publicKey,
        signature: newSigner().sign(`REGISTER:${publicKey}`),
      }),
      refused("of another's registration", {
        public_key: newSigner().publicKey,
        signature: good,
      }),
      refused('a key that is no point', { public_key: `02${'0'.repeat(62)}`, signature: good }),
      ...SMALL_ORDER_KEYS.flatMap((key) =>
        [lowSignature(), forgedFor('a seed'), '0'.repeat(128)].map((signature) =>
          refused(`small-order key ${key}`, { public_key: key, signature }),
        ),
      ),
    ];
  };
  table('that prove nothing', cases);

  test('are refused where registration is closed', async () => {
    await served.operator.act('change_settings', { registration_open: false });
    const sequence = await served.sequence();
    const answer = await served.register(newSigner());
    assertRefused(answer, { status: 400, code: 'registration_closed' });
    seen.add('registration_closed');
    assert.equal(await served.sequence(), sequence);
    await served.operator.act('change_settings', { registration_open: true });
  });
});

suite('envelopes', () => {
  const transfer = () => ({ to_user: bert.userId, stock_id: 2, quantity: '1' });
  const textOf = (
    fields: {
      type?: string;
      params?: object;
      expires?: number;
      exchange?: string;
      nonce?: number;
    } = {},
  ) => anna.envelopeText({ type: 'transfer', params: transfer(), nonce, ...fields });
  /** Signed as it is, whatever it is. */
  const row = (name: string, message: string | Uint8Array, code: Refusal): Case => ({
    name,
    send: () => anna.sendEnvelope(message),
    code,
  });

  table('whose text is wrong', () => {
    const good = textOf();
    const replaced = (from: string, to: string) => {
      assert(good.includes(from), from);
      return good.replace(from, () => to);
    };
    const bad: [string, string | Uint8Array][] = [
      ['empty', ''],
      ['null', 'null'],
      ['a list', `[${good}]`],
      ['a text', '"x"'],
      ['a space', `${good} `],
      ['a newline', `${good}\n`],
      ['spaces between', replaced(',"nonce"', ', "nonce"')],
      ['a byte order mark', `\ufeff${good}`],
      ['a doubled key', replaced('{"exchange"', '{"user_id":1,"exchange"')],
      ['a doubled key in params', replaced('"stock_id":2', '"stock_id":3,"stock_id":2')],
      ['an unknown key', replaced('{"exchange"', '{"more":1,"exchange"')],
      ['an unknown key in params', textOf({ params: { ...transfer(), more: 1 } })],
      ['__proto__', replaced('{"exchange"', '{"__proto__":{},"exchange"')],
      ['__proto__ in params', replaced('"params":{', '"params":{"__proto__":{"memo":"x"},')],
      ['constructor in params', textOf({ params: { ...transfer(), constructor: 1 } })],
      ['an escape', replaced('"transfer"', '"tr\\u0061nsfer"')],
      ['an escaped slash', replaced('"1"}', '"1","memo":"\\/"}')],
      ['a number with a point', replaced(`"nonce":${nonce}`, `"nonce":${nonce}.0`)],
      ['a number with an exponent', replaced('"key_id":0', '"key_id":0e0')],
      ['minus zero', replaced('"key_id":0', '"key_id":-0')],
      ['a fraction', replaced('"key_id":0', '"key_id":0.5')],
      ['a number below zero', replaced('"key_id":0', '"key_id":-1')],
      ['a number above 2^53', replaced('"key_id":0', '"key_id":9007199254740993')],
      ['a nonce that is text', replaced(`"nonce":${nonce}`, `"nonce":"${nonce}"`)],
      ['a user that is text', replaced('"user_id":1', '"user_id":"1"')],
      ['no params', replaced(',"params":{', ',"param":{')],
      ['params null', textOf().replace(/"params":.*/, '"params":null}')],
      ['params a list', textOf({ params: [] })],
      ['params empty', textOf({ params: {} })],
      ['an exchange in upper case', textOf({ exchange: 'A'.repeat(32) })],
      ['an exchange too short', textOf({ exchange: '0'.repeat(31) })],
      ['an amount that is a number', textOf({ params: { ...transfer(), quantity: 1 } })],
      ['a memo that is null', textOf({ params: { ...transfer(), memo: null } })],
      ['a memo of 65 bytes', textOf({ params: { ...transfer(), memo: 'x'.repeat(65) } })],
      ['a memo of 33 × 2 bytes', textOf({ params: { ...transfer(), memo: '\u00e9'.repeat(33) } })],
      ['half a character', replaced('"1"}', '"1","memo":"\\ud800"}')],
      ['a NUL', textOf({ params: { ...transfer(), memo: '\u0000' } })],
      ['a newline in a memo', textOf({ params: { ...transfer(), memo: 'a\nb' } })],
      ['DEL', textOf({ params: { ...transfer(), memo: '\u007f' } })],
      ['a C1 control', textOf({ params: { ...transfer(), memo: '\u0085' } })],
      [
        'invalid UTF-8',
        Buffer.concat([
          Buffer.from(good.slice(0, -3)),
          Buffer.from([0xff]),
          Buffer.from(good.slice(-3)),
        ]),
      ],
      [
        'overlong UTF-8',
        Buffer.concat([
          Buffer.from(good.slice(0, -3)),
          Buffer.from([0xc0, 0xb1]),
          Buffer.from(good.slice(-3)),
        ]),
      ],
      [
        'a surrogate in UTF-8',
        Buffer.concat([
          Buffer.from(good.slice(0, -3)),
          Buffer.from([0xed, 0xa0, 0x80]),
          Buffer.from(good.slice(-3)),
        ]),
      ],
      ['30,000 levels', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
      [
        '10,000 levels in params',
        `${textOf({ params: {} }).slice(0, -2)}${'"a":{'.repeat(10_000).slice(0, -1)}{${'}'.repeat(10_001)}}`,
      ],
      [
        'a message of 65,537 bytes',
        textOf({ params: { ...transfer(), memo: 'x'.repeat(65_537 - good.length - 10) } }),
      ],
      ...BAD_AMOUNTS.map((quantity): [string, string] => [
        `quantity ${JSON.stringify(quantity).slice(0, 60)}`,
        textOf({ params: { ...transfer(), quantity } }),
      ]),
      ...BAD_ID_VALUES.concat(['1', '']).map((id): [string, string] => [
        `stock_id ${JSON.stringify(id)}`,
        textOf({ params: { ...transfer(), stock_id: id } }),
      ]),
    ];
    return bad.map(([name, message]) => row(name, message, 'malformed'));
  });

  const recovery = { sequence: 1, hash: '0'.repeat(64) };
  table('that nobody may act on', () => [
    row('another exchange', textOf({ exchange: '0'.repeat(32) }), 'wrong_exchange'),
    row('expired', textOf({ expires: 1 }), 'expired'),
    row('expired long ago', textOf({ expires: 0 }), 'expired'),
    row('an unknown type', textOf({ type: 'withdraw' }), 'unknown_command'),
    row('a recovery', textOf({ type: 'recover', params: recovery }), 'not_while_running'),
    row('an empty type', textOf({ type: '' }), 'unknown_command'),
    row('type toString', textOf({ type: 'toString' }), 'unknown_command'),
    row('type __proto__', textOf({ type: '__proto__' }), 'unknown_command'),
    row('a type of 41 letters', textOf({ type: 'x'.repeat(41) }), 'malformed'),
    row('to nobody', textOf({ params: { ...transfer(), to_user: 99 } }), 'unknown_user'),
    row('of nothing', textOf({ params: { ...transfer(), stock_id: 99 } }), 'stock_not_found'),
    row('101 ahead', textOf({ nonce: nonce + 101 }), 'nonce_ahead'),
    row('a used nonce', textOf({ nonce: usedNonce }), 'nonce_used'),
    row('another key', textOf().replace('"key_id":0', '"key_id":1'), 'unknown_user'),
    row('nobody', textOf().replace('"user_id":1', '"user_id":99'), 'unknown_user'),
    row("another's name", textOf().replace('"user_id":1', '"user_id":2'), 'bad_signature'),
    row("the operator's name", textOf().replace('"user_id":1', '"user_id":0'), 'bad_signature'),
  ]);

  table('whose signature is wrong', () => {
    const message = textOf();
    const good = anna.signer.sign(message);
    const send = (headers: Record<string, string | string[]>) => () =>
      served.call('/v1/commands/', {
        method: 'POST',
        headers: { ...JSON_TYPE, ...headers },
        body: message,
      });
    const header = (signature: string | string[]) => send({ [SIGNATURE_HEADER]: signature });
    return [
      { name: 'none', send: send({}), ...malformed },
      { name: 'in another header', send: send({ signature: good }), ...malformed },
      { name: 'no hexadecimal', send: header('x'.repeat(128)), ...malformed },
      { name: 'of odd length', send: header(good.slice(1)), ...malformed },
      { name: 'twice', send: header([good, good]), ...malformed },
      { name: 'empty', send: header('') },
      { name: 'short', send: header(good.slice(2)), code: 'bad_signature' },
      { name: 'long', send: header(`${good}00`), code: 'bad_signature' },
      { name: 'zero', send: header('0'.repeat(128)), code: 'bad_signature' },
      { name: 'S + L', send: header(withOrderAdded(good)), code: 'bad_signature' },
      { name: "another's", send: header(bert.signer.sign(message)), code: 'bad_signature' },
      {
        name: 'of another text',
        send: header(anna.signer.sign(`${message} `)),
        code: 'bad_signature',
      },
    ];
  });
});

suite('what is no request', () => {
  const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`;
  const good = () => JSON.stringify(goodBid());
  const post = (...headers: string[]) =>
    lines(`POST ${BID} HTTP/1.1`, 'Host: x', 'Content-Type: application/json', ...headers);
  table('broken on the wire', () => {
    const rows: [string, (string | Uint8Array)[]][] = [
      ['noise', [Buffer.from([0, 255, 1, 254, 13, 10, 13, 10])]],
      ['TLS', [Buffer.from('1603010200010001fc0303', 'hex'), '\r\n\r\n']],
      ['HTTP/2', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']],
      ['HTTP/9', [lines('GET /v1/time/ HTTP/9.9', 'Host: x')]],
      ['a method in lower case', [lines('get /v1/time/ HTTP/1.1', 'Host: x')]],
      ['an unknown method', [lines('STEAL /v1/time/ HTTP/1.1', 'Host: x')]],
      ['no address', [lines('GET HTTP/1.1', 'Host: x')]],
      ['a space in the address', [lines('GET /v1/ti me/ HTTP/1.1', 'Host: x')]],
      ['a NUL in the address', [lines('GET /v1/\u0000time/ HTTP/1.1', 'Host: x')]],
      ['a NUL in a header', [lines('GET /v1/time/ HTTP/1.1', 'Host: x', 'X: \u0000')]],
      ['a header without a colon', [lines('GET /v1/time/ HTTP/1.1', 'Host: x', 'nothing')]],
      ['no host', [lines('GET /v1/nothing/ HTTP/1.1', 'Connection: close')]],
      [
        'an unknown expectation',
        [post('Expect: miracles', 'Connection: close', 'Content-Length: 0')],
      ],
      ['a length below zero', [post('Content-Length: -1'), good()]],
      ['a length that is no number', [post('Content-Length: x'), good()]],
      ['two lengths', [post('Content-Length: 5', 'Content-Length: 6'), good()]],
      [
        'a length and chunks',
        [post('Content-Length: 5', 'Transfer-Encoding: chunked'), '0\r\n\r\n'],
      ],
      ['an unknown coding', [post('Transfer-Encoding: x'), good()]],
      ['a broken chunk', [post('Transfer-Encoding: chunked'), 'zz\r\n', good()]],
      ['a chunk without an end', [post('Transfer-Encoding: chunked'), '3\r\nabcdef\r\n']],
    ];
    return rows.map(([name, parts]) => ({ name, send: () => raw(served.url, ...parts) }));
  });

  table('half sent', () => {
    const halves: [string, (string | Uint8Array)[]][] = [
      ['half a request line', ['GET /v1/ti']],
      ['half a header', [`POST ${BID} HTTP/1.1\r\nHost: x\r\nContent-`]],
      ['a body that does not come', [post('Content-Length: 500')]],
      ['half a body', [post(`Content-Length: ${good().length}`), good().slice(0, 100)]],
      ['half a chunk', [post('Transfer-Encoding: chunked'), '40\r\n{"user_id"']],
    ];
    // All at once: each takes as long as the server waits.
    const answers = halves.map(([name, parts]) => ({ name, answer: raw(served.url, ...parts) }));
    return answers.map(({ name, answer }) => ({
      name,
      send: () => answer,
      code: 'request_timeout' as const,
    }));
  });

  test('a thousand connections that say nothing keep nobody out', async () => {
    const { hostname, port } = new URL(served.url);
    const sockets = Array.from({ length: 1_000 }, () => connect(Number(port), hostname));
    for (const socket of sockets) socket.on('error', () => undefined);
    assert.equal((await served.call('/v1/time/')).status, 200);
    for (const socket of sockets) socket.destroy();
  });
});

test('after all that, the bid that was never well formed is taken as it was meant', async () => {
  const before = await served.sequence();
  const answer = await served.call(BID, form(goodBid()));
  assert.equal(answer.status, 201, answer.text);
  assert.equal(await served.sequence(), before + 1);
  assert.equal(await anna.nonce(), nonce + 1);
});

test('every code of the door was seen, but those that bad input cannot produce', () => {
  const elsewhere: Partial<Record<Refusal, string>> = {
    key_not_current: 'keys.test.ts',
    bad_proof: 'keys.test.ts',
    read_not_signed: 'signed-reads.test.ts',
    read_forbidden: 'signed-reads.test.ts',
    order_not_found: 'orders-api.test.ts',
    deposit_not_found: 'custody.test.ts',
    withdrawal_not_found: 'custody.test.ts',
    rate_limited: 'overload.test.ts',
    unavailable: 'overload.test.ts',
    outcome_unknown: 'overload.test.ts',
    log_not_public: 'audit-api.test.ts',
    entry_not_found: 'audit-api.test.ts',
    head_not_found: 'audit-api.test.ts',
    liabilities_not_found: 'liabilities-api.test.ts',
    liability_not_found: 'liabilities-api.test.ts',
    proof_not_kept: 'liabilities-api.test.ts',
    log_segment_missing: 'segment-elsewhere.test.ts',
    internal: 'a bug of ours',
  };
  const missing = Object.keys(REFUSALS).filter((code) => !seen.has(code));
  assert.deepEqual(missing.sort(), Object.keys(elsewhere).sort());
});
