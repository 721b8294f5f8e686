// Parameters of the commands that travel in envelopes: schema, type and decoding in one place.
//
// On the wire their keys are snake_case and amounts are strings; in the engine they are camelCase
// and `bigint`. `decodeParams` is the one mapping between the two, for every command.

import Type, { type Static, type TObject, type TSchema } from 'typebox';
import { AMOUNT_PATTERN, type Amount, parseAmount } from './amount.ts';
import { ID_MAX } from './id.ts';
import { FEE_PPM_MAX, MEMO_BYTES_MAX, OPEN_ORDERS_MAX, PRICE_BAND_PPM_MAX } from './limit.ts';

declare const amountText: unique symbol;
/** An amount as a string; the brand lets `Decoded` know that it becomes a `bigint`. */
export type AmountText = string & { readonly [amountText]: true };

const AmountText = Type.Unsafe<AmountText>({
  type: 'string',
  pattern: AMOUNT_PATTERN,
  format: 'amount',
  description: 'A decimal amount: at most 38 digits before the point and 18 after it.',
});
const Id = Type.Integer({ minimum: 0, maximum: ID_MAX });
const Count = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });
const PublicKey = Type.String({ pattern: '^[0-9a-f]{64}$' });
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
const FeePpm = Type.Integer({ minimum: 0, maximum: FEE_PPM_MAX });
const text = (maxLength: number) => Type.String({ maxLength });
const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

export const ASSET_STATUSES = ['init', 'wait', 'traded', 'suspended', 'delisted'] as const;
export const MARKET_STATUSES = ['open', 'halted', 'closed'] as const;
export const SELF_TRADE_MODES = ['cancel_newest', 'cancel_oldest', 'cancel_both', 'allow'] as const;
const oneOf = <const V extends readonly string[]>(values: V) =>
  Type.Unsafe<V[number]>({ type: 'string', enum: values });

const assetDetails = {
  stock_rank: Type.Optional(Count),
  name: Type.Optional(text(100)),
  stock_type: Type.Optional(oneOf(['asset', 'coin'])),
  email: Type.Optional(text(200)),
  www: Type.Optional(text(200)),
  about: Type.Optional(text(2_000)),
  quantity: Type.Optional(AmountText),
  status: Type.Optional(oneOf(ASSET_STATUSES)),
  doc_id: Type.Optional(Id),
  transaction_id: Type.Optional(Id),
  ipo_user_id: Type.Optional(Id),
  ipo_max_quantity: Type.Optional(AmountText),
  ipo_min_price: Type.Optional(AmountText),
  btc_address: Type.Optional(Type.Union([text(100), Type.Null()])),
  eth_address: Type.Optional(Type.Union([text(100), Type.Null()])),
  eth_decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
  min_fee: Type.Optional(AmountText),
  per_fee: Type.Optional(
    Type.String({
      pattern: '^0\\.[0-9]{4}$',
      description: 'Part of a withdrawal taken as its fee, below one, with four decimals.',
    }),
  ),
};

const marketRules = {
  status: Type.Optional(oneOf(MARKET_STATUSES)),
  tick: Type.Optional(AmountText),
  lot: Type.Optional(AmountText),
  min_quantity: Type.Optional(AmountText),
  max_quantity: Type.Optional(AmountText),
  min_value: Type.Optional(AmountText),
  max_value: Type.Optional(AmountText),
  price_band_ppm: Type.Optional(Type.Integer({ minimum: 0, maximum: PRICE_BAND_PPM_MAX })),
  reference_price: Type.Optional(AmountText),
  max_open_orders: Type.Optional(Type.Integer({ minimum: 1, maximum: OPEN_ORDERS_MAX })),
  self_trade: Type.Optional(oneOf(SELF_TRADE_MODES)),
};

/** The parameters of every envelope command, by its type. */
export const ENVELOPE_PARAMS = {
  noop: object({}),
  transfer: object({
    to_user: Id,
    stock_id: Id,
    quantity: AmountText,
    memo: Type.Optional(
      Type.String({ maxLength: MEMO_BYTES_MAX, description: 'At most 64 bytes of UTF-8.' }),
    ),
  }),
  register_user: object({ public_key: PublicKey }),
  create_asset: object({
    stock_id: Id,
    code: Type.String({ pattern: '^(?!xbt$|bchsv$)[a-z0-9]{2,12}$' }),
    ...assetDetails,
  }),
  change_asset: object({ stock_id: Id, ...assetDetails }),
  list_market: object({ stock_id: Id, unit_id: Id, ...marketRules }),
  change_market: object({ stock_id: Id, unit_id: Id, ...marketRules }),
  set_fees: object({ stock_id: Id, unit_id: Id, maker_ppm: FeePpm, taker_ppm: FeePpm }),
  credit_deposit: object({
    user_id: Id,
    stock_id: Id,
    quantity: AmountText,
    txid: Type.String({ minLength: 1, maxLength: 100 }),
    output: Type.Optional(Count),
    memo: Type.Optional(
      Type.String({ maxLength: MEMO_BYTES_MAX, description: 'At most 64 bytes of UTF-8.' }),
    ),
  }),
  change_settings: object({
    registration_open: Type.Optional(Type.Boolean()),
    gift: Type.Optional(AmountText),
    fee_user_id: Type.Optional(Id),
  }),
  recover: object({ sequence: Id, hash: Hash }),
} as const;

export type EnvelopeType = keyof typeof ENVELOPE_PARAMS;
export type EnvelopeParams<T extends EnvelopeType> = Static<(typeof ENVELOPE_PARAMS)[T]>;

/** The envelope commands that only an operator may give. */
export const OPERATOR_TYPES: ReadonlySet<EnvelopeType> = new Set([
  'register_user',
  'create_asset',
  'change_asset',
  'list_market',
  'change_market',
  'set_fees',
  'credit_deposit',
  'change_settings',
  'recover',
]);

type Camel<S> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

/** A wire object as the engine has it: camelCase keys, `bigint` amounts. */
export type Decoded<T> = {
  readonly [K in keyof T as Camel<K>]: Exclude<T[K], undefined> extends AmountText ? Amount : T[K];
};

/** A wire object as a caller writes it: amounts are plain strings. */
export type Written<T> = {
  [K in keyof T]: Exclude<T[K], undefined> extends AmountText ? string : T[K];
};

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Maps an object that has passed its schema to the engine's form. */
export function decodeParams<S extends TObject>(schema: S, params: Static<S>): Decoded<Static<S>> {
  const decoded: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(params as Record<string, unknown>)) {
    decoded[camelCase(key)] = isAmountField(schema, key) ? parseAmount(value as string) : value;
  }
  return decoded as Decoded<Static<S>>;
}

function isAmountField(schema: TObject, key: string): boolean {
  return (schema.properties[key] as { format?: string } | undefined)?.format === 'amount';
}
