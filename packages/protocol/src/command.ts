// Commands: what a signed message asks for, decoded. The node decodes to refuse early; `apply`
// decodes again from the entry's bytes, since parsing a message is part of the state machine.

import Type, { type Static } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { Amount } from './amount.ts';
import { parseCanonicalJson } from './canonical-json.ts';
import { ENTRY_KINDS, type EntryKind } from './entry.ts';
import { ID_MAX, type StockId, type TimeMicros, type UserId } from './id.ts';
import { MEMO_BYTES_MAX, MESSAGE_BYTES_MAX } from './limit.ts';
import { decodeOrderText, type OrderText, type OrderVerb } from './order-text.ts';
import {
  type Decoded,
  decodeParams,
  ENVELOPE_PARAMS,
  type EnvelopeParams,
  type EnvelopeType,
} from './params.ts';
import { decodeRegistrationText } from './registration-text.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export type Side = 'bid' | 'ask';

/** Who signed, with which of his keys, and which of that key's numbers it uses. */
export interface Signed {
  readonly userId: UserId;
  readonly keyId: number;
  readonly nonce: number;
}

/** A price and a quantity in one market: the shape of all four order texts. */
export interface OrderFields {
  readonly side: Side;
  readonly stockId: StockId;
  readonly unitId: StockId;
  readonly quantity: Amount;
  readonly price: Amount;
}

export interface PlaceOrder extends Signed, OrderFields {
  readonly type: 'place_order';
}
/** Cancel by price and quantity, as the published API does. */
export interface CancelOrder extends Signed, OrderFields {
  readonly type: 'cancel_order';
}
export interface Register {
  readonly type: 'register';
  readonly publicKey: string;
}

interface EnvelopeHead extends Signed {
  readonly exchange: string;
  readonly expires: TimeMicros;
}
export type EnvelopeCommandOf<T extends EnvelopeType> = T extends EnvelopeType
  ? EnvelopeHead & { readonly type: T; readonly params: Decoded<EnvelopeParams<T>> }
  : never;
export type EnvelopeCommand = EnvelopeCommandOf<EnvelopeType>;

export type SignedCommand = PlaceOrder | CancelOrder | EnvelopeCommand;
export type Command = SignedCommand | Register;

const VERBS: Record<OrderVerb, { type: 'place_order' | 'cancel_order'; side: Side }> = {
  ASK: { type: 'place_order', side: 'ask' },
  BID: { type: 'place_order', side: 'bid' },
  CANCELASK: { type: 'cancel_order', side: 'ask' },
  CANCELBID: { type: 'cancel_order', side: 'bid' },
};

/** The order text's verb for a side: the one place where the two vocabularies meet. */
export function verbOf(type: 'place_order' | 'cancel_order', side: Side): OrderVerb {
  if (type === 'place_order') return side === 'ask' ? 'ASK' : 'BID';
  return side === 'ask' ? 'CANCELASK' : 'CANCELBID';
}

function orderCommand(text: OrderText): PlaceOrder | CancelOrder {
  const { verb, userId, stockId, quantity, unitId, price, nonce } = text;
  const { type, side } = VERBS[verb];
  return { type, side, userId, keyId: 0, nonce, stockId, unitId, quantity, price };
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
  return decodeEnvelopeParams(value);
}

function decodeEnvelopeParams(envelope: Envelope): EnvelopeCommand | Undecodable {
  const { exchange, expires, nonce, type } = envelope;
  const shape = paramShapes.get(type);
  if (shape === undefined) {
    return { type: 'undecodable', code: 'unknown_command', why: `no command has the type ${type}` };
  }
  if (!shape.Check(envelope.params)) {
    const [first] = shape.Errors(envelope.params);
    const at = first === undefined ? '' : `${first.instancePath} ${first.message}`;
    return undecodable(`the params of ${type} do not fit: ${at.trim()}`);
  }
  const badText = findBadText(envelope.params);
  if (badText !== undefined) return undecodable(`${badText} holds text that is not allowed`);
  const schema = ENVELOPE_PARAMS[type as EnvelopeType];
  const params = decodeParams(schema, envelope.params as Static<typeof schema>);
  const head = { exchange, expires, nonce, userId: envelope.user_id, keyId: envelope.key_id };
  return { ...head, type, params } as EnvelopeCommand;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** The first key whose text has a control character, half a character, or too long a memo. */
function findBadText(params: Record<string, unknown>): string | undefined {
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
