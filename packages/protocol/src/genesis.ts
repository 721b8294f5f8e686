// The first entry of every log: which exchange this is, and whose keys it answers to.

import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { parseCanonicalJson } from './canonical-json.ts';
import { bytesEqual } from './hex.ts';
import { ID_MAX } from './id.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/** Which envelope commands and fields this program knows; see `rules` in docs/protocol.md §7. */
export const RULES_MAX = 1;

/** What the first entry of a log says; signed by the operator's key that it names. */
export interface Genesis {
  readonly format: number;
  /** 32 hexadecimal digits, random: a signature made for one exchange is worthless in another. */
  readonly exchange: string;
  readonly rules: number;
  readonly operator: string;
  readonly headKey: string;
  readonly sandbox: boolean;
}

const GenesisShape = Type.Object(
  {
    format: Type.Integer({ minimum: 1, maximum: 255 }),
    exchange: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    rules: Type.Integer({ minimum: 1, maximum: ID_MAX }),
    operator: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    head_key: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    sandbox: Type.Boolean(),
  },
  { additionalProperties: false },
);
const genesisShape = Compile(GenesisShape);

export function encodeGenesis(genesis: Genesis): Uint8Array<ArrayBuffer> {
  const { format, exchange, rules, operator, headKey, sandbox } = genesis;
  return encodeUtf8(
    JSON.stringify({ format, exchange, rules, operator, head_key: headKey, sandbox }),
  );
}

/** Its keys have one order, so that there is one text for one genesis (docs/protocol.md §5). */
export function decodeGenesis(message: Uint8Array): Genesis | undefined {
  const value = parseCanonicalJson(decodeUtf8(message) ?? '');
  if (!genesisShape.Check(value)) return undefined;
  const { format, exchange, rules, operator, head_key: headKey, sandbox } = value;
  const genesis = { format, exchange, rules, operator, headKey, sandbox };
  return bytesEqual(encodeGenesis(genesis), message) ? genesis : undefined;
}
