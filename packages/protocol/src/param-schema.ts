// The parts that parameters of commands are made of, and the one mapping between their two forms.
//
// On the wire keys are snake_case and amounts are strings; in the engine keys are camelCase and
// amounts `bigint`. `decodeParams` maps the first to the second, for every command.

import Type, { type Static, type TObject, type TSchema } from 'typebox';
import { AMOUNT_PATTERN, type Amount, parseAmount } from './amount.ts';
import { ID_MAX } from './id.ts';
import { MEMO_BYTES_MAX } from './limit.ts';

declare const amountText: unique symbol;
/** An amount as a string; the brand lets `Decoded` know that it becomes a `bigint`. */
export type AmountText = string & { readonly [amountText]: true };

export const AmountText = Type.Unsafe<AmountText>({
  type: 'string',
  pattern: AMOUNT_PATTERN,
  format: 'amount',
  description: 'A decimal amount: at most 38 digits before the point and 18 after it.',
});
export const Id = Type.Integer({ minimum: 0, maximum: ID_MAX });
export const Count = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });
export const PublicKey = Type.String({ pattern: '^[0-9a-f]{64}$' });
export const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });
export const Memo = Type.String({
  maxLength: MEMO_BYTES_MAX,
  description: 'At most 64 bytes of UTF-8.',
});
export const text = (maxLength: number) => Type.String({ maxLength });
/** Why an operator did it, for everybody to read. */
export const Reason = Type.String({ minLength: 1, maxLength: 200 });
export const Txid = Type.String({ minLength: 1, maxLength: 100 });
export const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
export const oneOf = <const V extends readonly string[]>(values: V) =>
  Type.Unsafe<V[number]>({ type: 'string', enum: values });

type Camel<S> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

/** A wire value as the engine has it: camelCase keys, `bigint` amounts. */
export type Decoded<T> = T extends AmountText
  ? Amount
  : T extends readonly (infer Item)[]
    ? readonly Decoded<Item>[]
    : T extends object
      ? { readonly [K in keyof T as Camel<K>]: Decoded<T[K]> }
      : T;

/** A wire value as a caller writes it: amounts are plain strings. */
export type Written<T> = T extends AmountText
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Written<Item>[]
    : T extends object
      ? { [K in keyof T]: Written<T[K]> }
      : T;

interface Field {
  readonly name: string;
  readonly decode: (value: unknown) => unknown;
}
type Decoder = (params: object) => object;

/** One decoder per schema, made once: a batch decodes a thousand operations. */
const decoders = new WeakMap<TSchema, Decoder>();

/** Maps an object that has passed its schema to the engine's form. */
export function decodeParams<S extends TObject>(schema: S, params: Static<S>): Decoded<Static<S>> {
  return decoderOf(schema)(params as object) as Decoded<Static<S>>;
}

function decoderOf(schema: TObject): Decoder {
  const known = decoders.get(schema);
  if (known !== undefined) return known;
  const fields = new Map<string, Field>();
  for (const [key, property] of Object.entries(schema.properties)) {
    fields.set(key, { name: camelCase(key), decode: valueDecoder(property) });
  }
  const decoder: Decoder = (params) => {
    const decoded: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(params)) {
      const field = fields.get(key);
      if (field !== undefined) decoded[field.name] = field.decode(value);
    }
    return decoded;
  };
  decoders.set(schema, decoder);
  return decoder;
}

function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function valueDecoder(schema: TSchema): (value: unknown) => unknown {
  const { format, items, anyOf } = schema as {
    format?: string;
    items?: TSchema;
    anyOf?: readonly { format?: string }[];
  };
  if (format === 'amount') return (value) => parseAmount(value as string);
  if (anyOf?.[0]?.format === 'amount') {
    return (value) => (value === null ? null : parseAmount(value as string));
  }
  if (items === undefined) return (value) => value;
  if (Type.IsObject(items)) {
    const decode = decoderOf(items);
    return (values) => (values as object[]).map(decode);
  }
  return (values) => values;
}

interface CheckedField {
  readonly name: string;
  readonly isRequired: boolean;
  /** The value as the engine has it; `undefined` where it does not fit. */
  readonly read: (value: unknown) => unknown;
}

/**
 * Checks an object and maps it to the engine's form in one pass, which is what a batch does a thousand
 * times: `undefined` wherever the schema's compiled check is false. Only for flat objects of ids, amounts
 * and words; in these no text can hold a character that is not allowed. `besides`: a key that stands beside
 * the parameters and is left out.
 */
export function checkedDecoder(
  schema: TObject,
  { besides }: { readonly besides: string },
): (params: Record<string, unknown>) => object | undefined {
  const optional = new Set(Object.keys(schema.properties));
  for (const key of schema.required ?? []) optional.delete(key);
  const fields = new Map<string, CheckedField>();
  for (const [key, property] of Object.entries(schema.properties)) {
    const isRequired = !optional.has(key);
    fields.set(key, { name: camelCase(key), isRequired, read: checkedReader(property) });
  }
  const required = fields.size - optional.size;
  return (params) => {
    const decoded: Record<string, unknown> = {};
    let missing = required;
    for (const key in params) {
      if (key === besides) continue;
      const field = fields.get(key);
      const value = field?.read(params[key]);
      if (field === undefined || value === undefined) return undefined;
      decoded[field.name] = value;
      if (field.isRequired) missing -= 1;
    }
    return missing === 0 ? decoded : undefined;
  };
}

function checkedReader(schema: TSchema): (value: unknown) => unknown {
  const { type, format, pattern, minimum, maximum, ...rest } = schema as {
    type?: string;
    format?: string;
    pattern?: string;
    minimum?: number;
    maximum?: number;
    enum?: readonly unknown[];
  };
  const words = rest.enum;
  if (words !== undefined) return (value) => (words.includes(value) ? value : undefined);
  if (format === 'amount') {
    return (value) => (typeof value === 'string' ? parseAmount(value) : undefined);
  }
  if (type === 'string' && pattern !== undefined) {
    const known = new RegExp(pattern);
    return (value) => (typeof value === 'string' && known.test(value) ? value : undefined);
  }
  if (type === 'integer' && minimum !== undefined && maximum !== undefined) {
    const isWithin = (value: number): boolean => value >= minimum && value <= maximum;
    return (value) => (Number.isInteger(value) && isWithin(value as number) ? value : undefined);
  }
  throw new Error('a parameter of an operation is an id, an amount or a word');
}
