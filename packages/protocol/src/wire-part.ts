// The parts that the schemas of the HTTP API are made of. Keys are the published API's snake_case.
// Responses are open (a later version may add to them), requests are closed.

import Type, { type Static, type TProperties, type TSchema } from 'typebox';
import { AMOUNT_PATTERN } from './amount.ts';
import { ID_MAX, ID_PATTERN } from './id.ts';

export const closed = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
export const describe = (description: string) => ({ description });
export const named = <const V extends readonly string[]>(values: V, description?: string) =>
  Type.Unsafe<V[number]>({
    type: 'string',
    enum: values,
    ...(description === undefined ? {} : { description }),
  });
export const nullable = <S extends TSchema>(schema: S, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });

/** An amount in an answer: always 18 decimals. */
export const amount = (description?: string) =>
  Type.String({
    pattern: '^[0-9]{1,38}\\.[0-9]{18}$',
    examples: ['0.035000000000000000'],
    ...(description === undefined ? {} : { description }),
  });
export const Amount = amount();
/** An amount in a request: any exact spelling. */
export const AmountInput = Type.String({ pattern: AMOUNT_PATTERN, examples: ['0.035'] });

export const WireId = Type.Integer({ minimum: 0, maximum: ID_MAX });
/** An integer in a request: form bodies and addresses know only text. */
export const idText = (description?: string) =>
  Type.String({
    pattern: ID_PATTERN,
    maxLength: 16,
    ...(description === undefined ? {} : { description }),
  });
export const IdText = idText();
export const IdInput = Type.Union([WireId, IdText]);

export const Hex = (bytes: number) => Type.String({ pattern: `^[0-9a-fA-F]{${bytes * 2}}$` });
export const SignatureHex = Hex(64);

export const Sync = Type.String({
  pattern: '^[0-9]+\\.[0-9]{6}$',
  description: 'Unix seconds with six decimals: when this row last changed, as the log stamped it.',
  examples: ['1543218503.000000'],
});
export const IsoTime = Type.String({ format: 'date-time', examples: ['2012-12-21T19:11:04Z'] });
/** Milliseconds since the Unix epoch. */
export const millis = (description = 'Milliseconds.') => Type.Integer({ description });

export const Consumed = Type.Integer(describe('The nonce that this command consumed.'));
export const Place = Type.Integer(describe('Its place in the log.'));

export const Limit = Type.String({
  pattern: '^[0-9]{1,9}$',
  description: 'Rounded up to the nearest hundred; 100 when absent, 300 at most.',
});

/** Where a page of a list begins and ends; all four may be left out. */
export const paging = {
  after: Type.Optional(idText('Only rows with a larger id, oldest first.')),
  before: Type.Optional(idText('Only rows with a smaller id.')),
  since: Type.Optional(idText('Milliseconds. Only rows from then on, oldest first.')),
  until: Type.Optional(idText('Milliseconds. Only rows up to then.')),
  limit: Type.Optional(Limit),
};
export const LimitQuery = closed({ limit: Type.Optional(Limit) });
export const PageQuery = closed(paging);

export const marketFilter = {
  stock_id: Type.Optional(idText('Only markets of this stock.')),
  unit_id: Type.Optional(idText('Only markets with this unit.')),
};
/** One market, or all of them. */
export const marketChoice = {
  stock_id: Type.Optional(idText('Only of this market, together with unit_id.')),
  unit_id: Type.Optional(idText('Only of this market, together with stock_id.')),
};
export const MarketQuery = closed(marketFilter);
export const MarketPath = closed({ stock_id: IdText, unit_id: IdText });
export const UserPath = closed({ user_id: IdText });
export const UserStockPath = closed({ user_id: IdText, stock_id: IdText });
export const KeyQuery = closed({
  key_id: Type.Optional(idText('Which key of the user; 0 when absent.')),
});

export const ErrorReply = Type.Object(
  {
    detail: Type.String(describe('For people. Starts with "ERROR: ".')),
    code: Type.String(describe('For programs. Stable.')),
    nonce: Type.Optional(
      Type.Integer(
        describe('Of a rejection: the nonce that it consumed. Otherwise: the nonce to use now.'),
      ),
    ),
    sequence: Type.Optional(Type.Integer(describe('Only of a rejection: its place in the log.'))),
  },
  describe('Every answer of 4xx or 5xx. With `sequence` the command was sequenced and rejected.'),
);
export type ErrorReply = Static<typeof ErrorReply>;

export const SIGNATURE_HEADER = 'picostocks-signature';
/** With the signature header: who reads, with which key, until when (docs/protocol.md §3.5). */
export const READ_HEADERS = {
  user: 'picostocks-user',
  key: 'picostocks-key',
  expires: 'picostocks-expires',
} as const;

const Header = (description: string, pattern: string) =>
  Type.Optional(Type.String({ pattern, description }));
/** Of reads about one user, where the settings say that reads are signed. */
export const ReadHeaders = Type.Object({
  [READ_HEADERS.user]: Header('Where reads are signed: the id of who reads.', ID_PATTERN),
  [READ_HEADERS.key]: Header('His key; 0 when absent.', ID_PATTERN),
  [READ_HEADERS.expires]: Header(
    'Microseconds, at most five minutes ahead: until when the signature is good.',
    ID_PATTERN,
  ),
  [SIGNATURE_HEADER]: Header(
    'Ed25519, hexadecimal, of "READ:<exchange>:<user_id>:<key_id>:<expires>:<path with query>".',
    '^[0-9a-fA-F]{128}$',
  ),
});
