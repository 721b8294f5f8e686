// The HTTP API in schemas: heads of the log, proofs, and entries.

import Type, { type Static } from 'typebox';
import { ID_MAX } from './id.ts';
import { closed, describe, idText, Limit, named } from './wire-part.ts';

const Signature = Type.String({ pattern: '^[0-9a-f]{128}$' });

const Sequence = (description: string) =>
  Type.Integer({ minimum: 1, maximum: ID_MAX, description });
const Proof = Type.Array(
  Type.String({ pattern: '^[0-9a-f]{64}$' }),
  describe('Hashes of RFC 9162, hexadecimal, in its order.'),
);

export const SequencePath = closed({ sequence: idText() });
export const ConsistencyPath = closed({ from: idText(), to: idText() });
export const HeadsQuery = closed({
  after: Type.Optional(idText('Heads of later entries only.')),
  limit: Type.Optional(Limit),
});
export const InclusionQuery = closed({
  size: Type.Optional(idText('Of the tree, in entries; absent: that of the newest head.')),
});
export const EntryQuery = closed({
  signature: Type.Optional(
    Type.String({
      pattern: '^[0-9a-fA-F]{128}$',
      description: "The entry's own: who shows it gets the entry, whoever may read the log.",
    }),
  ),
});
export const LiabilitiesQuery = closed({
  head: Type.Optional(idText('Of which publication; absent: of the newest.')),
});
export const LiabilityPath = closed({ user_id: idText(), asset_id: idText() });

export const LOG_FORMATS = ['json', 'records'] as const;
export const LogQuery = closed({
  from: Type.Optional(idText('The first entry; 1 when absent.')),
  format: Type.Optional(
    named(LOG_FORMATS, 'JSON lines, or the bare records one behind the other; json when absent.'),
  ),
});
/** Entries in one answer of the log: whoever wants more asks again. */
export const LOG_ENTRIES_MAX = 10_000;

export const HeadReply = Type.Object({
  text: Type.String(describe('What was signed: docs/protocol.md §8.')),
  signature: Signature,
  sequence: Sequence('The last entry that it covers.'),
  milliseconds: Type.Integer(describe('When it was signed.')),
});
export const HeadsReply = Type.Array(HeadReply);
export type HeadReply = Static<typeof HeadReply>;

export const ConsistencyReply = Type.Object({
  from: Sequence('Entries of the older tree.'),
  to: Sequence('Entries of the newer tree.'),
  proof: Proof,
});
export type ConsistencyReply = Static<typeof ConsistencyReply>;

export const InclusionReply = Type.Object({
  sequence: Sequence('The entry; its leaf is the one before, since leaves count from 0.'),
  size: Sequence('Entries of the tree.'),
  proof: Proof,
});
export type InclusionReply = Static<typeof InclusionReply>;

export const LiabilitiesReply = Type.Object({
  head: Sequence('The last entry that the head covers: the amounts are those after it.'),
  text: Type.String(describe('The head with whose signature the lines were published.')),
  signature: Signature,
  lines: Type.Array(Type.String(), describe('One per asset, by id: docs/protocol.md §9.')),
});
export type LiabilitiesReply = Static<typeof LiabilitiesReply>;

const Hash = (description: string) => Type.String({ pattern: '^[0-9a-f]{64}$', description });
const Total = (description = '') => Type.String({ pattern: '^[0-9]+\\.[0-9]{18}$', description });

export const LiabilityReply = Type.Object({
  head: Sequence('Of the publication.'),
  asset_id: Type.Integer(),
  user_id: Type.Integer(),
  salt: Hash('Of this leaf; keep it to yourself.'),
  amount: Total('What the user had of the asset, free and locked.'),
  index: Type.Integer(describe('Of the leaf, from 0.')),
  size: Type.Integer(describe('Leaves of the tree.')),
  siblings: Type.Array(Type.Object({ sum: Total(), hash: Hash('') }), describe('Lowest first.')),
  sum: Total('Of all leaves, as published.'),
  root: Hash('As published.'),
});
export type LiabilityReply = Static<typeof LiabilityReply>;

export const EntryReply = Type.Object({
  sequence: Sequence('Its place in the log.'),
  time: Type.Integer(describe('Microseconds, as the log stamped it.')),
  kind: named(['genesis', 'order', 'registration', 'envelope', 'tick']),
  key: Type.String(describe('The public key that verified it.')),
  signature: Type.String(),
  message: Type.String(describe('What was signed.')),
  hash: Type.String(describe('Of this entry and, through the chain, of all before.')),
  record: Type.String(describe('The bytes that hashes are over, hexadecimal.')),
});
export type EntryReply = Static<typeof EntryReply>;
