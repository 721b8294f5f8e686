// Arbitrary parameters of commands, made from the very schemas that decode them: a new command is covered
// on the day it is added.

import { FAKE_PROOF, fakeKeyHex } from '@picostocks/engine/testing';
import {
  ENVELOPE_PARAMS,
  type EnvelopeType,
  formatAmount,
  OPERATION_PARAMS,
} from '@picostocks/protocol';
import fc from 'fast-check';

/** The parts of JSON Schema that the parameters of commands are written in. */
interface Schema {
  readonly type?: string;
  readonly pattern?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly properties?: Record<string, Schema>;
  readonly required?: readonly string[];
}

export const anyAmount = fc.oneof(
  fc.bigInt(0n, 10n ** 56n - 1n),
  fc.bigInt(0n, 10n ** 19n),
  fc.constantFrom(0n, 1n, 10n ** 18n, 10n ** 56n - 1n),
);

function integers(minimum: number, maximum: number): fc.Arbitrary<number> {
  const near = fc.integer({ min: minimum, max: Math.min(maximum, minimum + 5) });
  return fc.oneof(near, fc.integer({ min: minimum, max: maximum }), fc.constant(maximum));
}

function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.format === 'amount') return anyAmount.map(formatAmount);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((part) => valuesOf(part)));
  if (schema.type === 'null') return fc.constant(null);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer') return integers(schema.minimum ?? 0, schema.maximum ?? 9);
  if (schema.type === 'object') return objectsOf(schema);
  if (schema.type === 'array') return arraysOf(schema);
  if (schema.pattern === '^[0-9a-f]{128}$') return fc.constant(FAKE_PROOF);
  if (schema.pattern === '^[0-9a-f]{64}$') return fc.integer({ min: 0, max: 9 }).map(fakeKeyHex);
  if (schema.pattern !== undefined) return textsOf(schema.pattern);
  return fc.string({ unit: 'binary', minLength: schema.minLength ?? 0, maxLength: 12 });
}

/** fast-check cannot look ahead, so what a pattern looks ahead for is filtered out afterwards. */
function textsOf(pattern: string): fc.Arbitrary<string> {
  const whole = new RegExp(pattern);
  const plain = new RegExp(pattern.replace(/\(\?![^)]*\)/, ''));
  return fc.stringMatching(plain).filter((text) => whole.test(text));
}

function objectsOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<object> {
  const parts: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [key, schema] of Object.entries(properties)) parts[key] = valuesOf(schema);
  return fc.record(parts, { requiredKeys: [...required] });
}

function arraysOf({
  items = {},
  minItems = 0,
  uniqueItems = false,
}: Schema): fc.Arbitrary<unknown> {
  const limits = { minLength: minItems, maxLength: minItems + 4 };
  return uniqueItems ? fc.uniqueArray(valuesOf(items), limits) : fc.array(valuesOf(items), limits);
}

const OPERATION_TYPES = Object.keys(OPERATION_PARAMS) as (keyof typeof OPERATION_PARAMS)[];

/** The schema of a batch leaves its operations open, so that each can be checked by its own. */
const anyOperation = fc
  .constantFrom(...OPERATION_TYPES)
  .chain((operation) =>
    objectsOf(OPERATION_PARAMS[operation] as Schema).map((params) => ({ operation, ...params })),
  );

export const TYPES = Object.keys(ENVELOPE_PARAMS) as EnvelopeType[];

/** What may stand in the parameters of a command: most of it is a command, some of it is none. */
export function anyParams(type: EnvelopeType): fc.Arbitrary<unknown> {
  if (type === 'batch') {
    return fc.record({ operations: fc.array(anyOperation, { minLength: 1, maxLength: 6 }) });
  }
  return valuesOf(ENVELOPE_PARAMS[type] as Schema);
}
