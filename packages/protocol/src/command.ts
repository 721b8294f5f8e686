// Commands: what a signed message asks for, decoded. The node decodes to refuse early; `apply`
// decodes again from the entry's bytes, since parsing a message is part of the state machine.

import Type, { type Static } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { parseCanonicalJson } from './canonical-json.ts';
import { ENTRY_KINDS, type EntryKind } from './entry.ts';
import { ID_MAX, type TimeMicros, type UserId } from './id.ts';
import { BATCH_OPERATIONS_MAX, MEMO_BYTES_MAX, MESSAGE_BYTES_MAX } from './limit.ts';
import {
  findMisfit,
  OPERATION_PARAMS,
  type Operation,
  type OperationParams,
  type OperationType,
  type Side,
} from './order-params.ts';
import { decodeOrderText, type OrderText, type OrderVerb } from './order-text.ts';
import { checkedDecoder, type Decoded, decodeParams, object } from './param-schema.ts';
import { type DecodedParams, ENVELOPE_PARAMS, type EnvelopeType } from './params.ts';
import { decodeRegistrationText } from './registration-text.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** Who signed, with which of his keys, and which of that key's numbers it uses. */
export interface Signed {
  readonly userId: UserId;
  readonly keyId: number;
  readonly nonce: number;
}

/** An order text: an operation that names neither an exchange nor when it expires. */
export type OrderCommandOf<T extends 'place_order' | 'cancel_at_price'> = T extends OperationType
  ? Signed & { readonly type: T; readonly params: Decoded<OperationParams<T>> }
  : never;
export type OrderCommand = OrderCommandOf<'place_order' | 'cancel_at_price'>;

export interface Register {
  readonly type: 'register';
  readonly publicKey: string;
}

interface EnvelopeHead extends Signed {
  readonly exchange: string;
  readonly expires: TimeMicros;
}
export type EnvelopeCommandOf<T extends EnvelopeType> = T extends EnvelopeType
  ? EnvelopeHead & { readonly type: T; readonly params: DecodedParams<T> }
  : never;
export type EnvelopeCommand = EnvelopeCommandOf<EnvelopeType>;

export type SignedCommand = OrderCommand | EnvelopeCommand;
export type Command = SignedCommand | Register;

const VERBS: Record<OrderVerb, { type: 'place_order' | 'cancel_at_price'; side: Side }> = {
  ASK: { type: 'place_order', side: 'ask' },
  BID: { type: 'place_order', side: 'bid' },
  CANCELASK: { type: 'cancel_at_price', side: 'ask' },
  CANCELBID: { type: 'cancel_at_price', side: 'bid' },
};

/** The order text's verb for a side: the one place where the two vocabularies meet. */
export function verbOf(type: 'place_order' | 'cancel_at_price', side: Side): OrderVerb {
  if (type === 'place_order') return side === 'ask' ? 'ASK' : 'BID';
  return side === 'ask' ? 'CANCELASK' : 'CANCELBID';
}

function orderCommand(text: OrderText): OrderCommand {
  const { verb, userId, stockId, quantity, unitId, price, nonce } = text;
  const { type, side } = VERBS[verb];
  return { type, userId, keyId: 0, nonce, params: { stockId, unitId, side, quantity, price } };
}

const EnvelopeShape = Type.Object(
  {
    exchange: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    user_id: Type.Integer({ minimum: 0, maximum: ID_MAX }),
    key_id: Type.Integer({ minimum: 0, maximum: ID_MAX }),
    nonce: Type.Integer({ minimum: 0, maximum: ID_MAX }),
    expires: Type.Integer({ minimum: 0, maximum: ID_MAX }),
    type: Type.String({ maxLength: 40 }),
    params: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);
/** The envelope as it travels: one JSON object, signed as its raw bytes. */
export type Envelope = Static<typeof EnvelopeShape>;

const envelopeShape = Compile(EnvelopeShape);
const paramShapes = new Map<string, Validator>(
  Object.entries(ENVELOPE_PARAMS).map(([type, schema]) => [type, Compile(schema) as Validator]),
);
/** What its operations are is looked at where they are decoded; here they are only counted. */
const items = Type.Array(Type.Object({}), { minItems: 1, maxItems: BATCH_OPERATIONS_MAX });
paramShapes.set('batch', Compile(object({ operations: items })));

const OPERATION_TYPES = Object.keys(OPERATION_PARAMS) as OperationType[];
const operationDecoders = new Map(
  OPERATION_TYPES.map((type) => {
    const decode = checkedDecoder(OPERATION_PARAMS[type], { besides: 'operation' });
    return [type as unknown, { type, decode }];
  }),
);

/** A message that is no command, with the reason for the sender. */
export interface Undecodable {
  readonly type: 'undecodable';
  readonly code: 'malformed' | 'unknown_command';
  readonly why: string;
}

function undecodable(why: string): Undecodable {
  return { type: 'undecodable', code: 'malformed', why };
}

/**
 * Reads an envelope. It must be the one spelling of its JSON (no spaces, no duplicate keys, no
 * second way to write a number), with no unknown key (docs/protocol.md §3.3).
 */
export function decodeEnvelope(message: Uint8Array): EnvelopeCommand | Undecodable {
  if (message.length > MESSAGE_BYTES_MAX) return undecodable('the command is too long');
  const text = decodeUtf8(message);
  if (text === undefined) return undecodable('the command is not valid UTF-8');
  const value = parseCanonicalJson(text);
  if (value === undefined) {
    return undecodable(
      'the command is not JSON in its one spelling: JSON.stringify(JSON.parse(text))',
    );
  }
  if (!envelopeShape.Check(value)) {
    return undecodable(
      'the envelope must have exactly exchange, user_id, key_id, nonce, expires, type, params',
    );
  }
  return decodeEnvelopeParams(value, { isExplained: message.length <= EXPLAINED_BYTES_MAX });
}

/** To say what does not fit takes many times longer than to see that something does not. */
const EXPLAINED_BYTES_MAX = 16_384;

function decodeEnvelopeParams(
  envelope: Envelope,
  { isExplained }: { isExplained: boolean },
): EnvelopeCommand | Undecodable {
  const { exchange, expires, nonce, type } = envelope;
  const shape = paramShapes.get(type);
  if (shape === undefined) {
    return { type: 'undecodable', code: 'unknown_command', why: `no command has the type ${type}` };
  }
  const known = type as EnvelopeType;
  const long = findLongArray(known, envelope.params);
  if (long !== undefined) return undecodable(`the params of ${type} do not fit: ${long}`);
  if (!shape.Check(envelope.params)) {
    const [first] = isExplained ? shape.Errors(envelope.params) : [];
    const at = first === undefined ? '' : `: ${first.instancePath} ${first.message}`;
    return undecodable(`the params of ${type} do not fit${at}`);
  }
  const why = findUnfit(known, envelope.params);
  if (why !== undefined) return undecodable(why);
  const head = { exchange, expires, nonce, userId: envelope.user_id, keyId: envelope.key_id };
  if (known === 'batch') {
    const operations = decodeOperations(envelope.params['operations'] as WireObject[]);
    return typeof operations === 'string'
      ? undecodable(operations)
      : { ...head, type: known, params: { operations } };
  }
  const schema = ENVELOPE_PARAMS[known];
  const params = decodeParams(schema, envelope.params as Static<typeof schema>);
  return { ...head, type, params } as EnvelopeCommand;
}

type WireObject = Record<string, unknown>;

/** Items are counted before anything looks at them: whoever sends this has not proved who he is. */
function findLongArray(type: EnvelopeType, params: WireObject): string | undefined {
  for (const [key, property] of Object.entries(ENVELOPE_PARAMS[type].properties)) {
    const { maxItems } = property as { maxItems?: number };
    const value = params[key];
    if (maxItems === undefined || !Array.isArray(value) || value.length <= maxItems) continue;
    return `/${key} must not have more than ${maxItems} items`;
  }
  return undefined;
}

/** What the schema of a command cannot say of its parameters. */
function findUnfit(type: EnvelopeType, params: WireObject): string | undefined {
  const badText = findBadText(params);
  if (badText !== undefined) return `${badText} holds text that is not allowed`;
  return isOperationType(type) ? findMisfit(type, params) : undefined;
}

function isOperationType(type: EnvelopeType): type is OperationType {
  return type in OPERATION_PARAMS;
}

/** The operations of a batch, or why one of them is none: then the whole batch is malformed. */
function decodeOperations(wire: readonly WireObject[]): Operation[] | string {
  const operations: Operation[] = [];
  for (const [index, params] of wire.entries()) {
    const known = operationDecoders.get(params['operation']);
    const decoded = known?.decode(params);
    if (known === undefined || decoded === undefined) {
      return `operation ${index} of the batch does not fit`;
    }
    const why = findMisfit(known.type, params);
    if (why !== undefined) return `operation ${index} of the batch: ${why}`;
    operations.push({ type: known.type, params: decoded } as Operation);
  }
  return operations;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** The first key whose text has a control character, half a character, or too long a memo. */
function findBadText(params: WireObject): string | undefined {
  for (const [key, value] of Object.entries(params)) {
    if (typeof value !== 'string') continue;
    if (!value.isWellFormed() || CONTROL.test(value)) return key;
    if (key === 'memo' && encodeUtf8(value).length > MEMO_BYTES_MAX) return key;
  }
  return undefined;
}

/** Decodes the message of an entry or of a proposal. Genesis and ticks carry no command. */
export function decodeCommand(kind: EntryKind, message: Uint8Array): Command | Undecodable {
  switch (kind) {
    case ENTRY_KINDS.order: {
      const text = decodeOrderText(decodeUtf8(message) ?? '');
      return text === undefined ? undecodable('this is no order text') : orderCommand(text);
    }
    case ENTRY_KINDS.registration: {
      const publicKey = decodeRegistrationText(decodeUtf8(message) ?? '');
      if (publicKey === undefined) return undecodable('this is no registration text');
      return { type: 'register', publicKey };
    }
    case ENTRY_KINDS.envelope:
      return decodeEnvelope(message);
    default:
      return undecodable(`an entry of kind ${kind} carries no command`);
  }
}
