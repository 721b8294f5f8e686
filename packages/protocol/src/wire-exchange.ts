// The HTTP API in schemas: the exchange itself, its limits, and what its operators did.

import Type, { type Static } from 'typebox';
import { READ_MODES } from './operator-params.ts';
import { closed, describe, millis, named, nullable, paging, WireId } from './wire-part.ts';

export const TimeReply = Type.Object({
  exchange: Type.String(describe("This exchange's id: goes into every envelope.")),
  milliseconds: Type.Integer(),
  time: Type.String(describe('The same in ISO 8601.')),
  sequence: Type.Integer(describe('The last durable entry of the log.')),
  read_only: Type.Boolean(describe('True while no command can be taken.')),
});
export type TimeReply = Static<typeof TimeReply>;

export const HealthReply = Type.Object({ status: Type.String(), sequence: Type.Integer() });
export type HealthReply = Static<typeof HealthReply>;

const Count = (description: string) => Type.Integer({ description });

export const LimitsReply = Type.Object({
  reads: named(READ_MODES, 'signed: what belongs to one user is read with a signature.'),
  registration_open: Type.Boolean(),
  sandbox: Type.Boolean(),
  log_public: Type.Boolean(describe('May anyone read the entries of the log?')),
  requests: Type.Object({
    per_second: Count('From one address to one node; 0: no limit.'),
    bytes_per_weight: Count('A request weighs 1, and 1 more for each so many bytes of its body.'),
    burst: Count('As many at once.'),
    window_seconds: Count('How long an empty allowance takes to be full again.'),
  }),
  rejections: Type.Object({
    per_second: Count('Of one user at one node; 0: no limit. Cancels are taken all the same.'),
    burst: Count('As many at once.'),
  }),
  deadline_milliseconds: Count('A request is answered or given up within this time.'),
  page_rows_max: Count('Of every list.'),
  depth_levels_max: Count('Of one side.'),
  message_bytes_max: Count('Of one signed message.'),
  batch_operations_max: Count('In one batch.'),
  orders_per_command_max: Count('That one command fills or cancels; the rest is left or cut off.'),
  orders_per_batch_max: Count('That all operations of a batch fill or cancel together.'),
  nonce_ahead_max: Count('How far ahead of the next nonce a command may wait for its turn.'),
  read_expires_seconds_max: Count('How far ahead the expiry of a signed read may be.'),
  memo_bytes_max: Count('Bytes of UTF-8.'),
  pending_withdrawals_max: Count('Of one user.'),
  keys_max: Count('Of one user, ever.'),
  client_order_id_pattern: Type.String(),
  amount_pattern: Type.String(describe('In requests.')),
});
export type LimitsReply = Static<typeof LimitsReply>;

export const ActsQuery = closed(paging);
export const ActRow = Type.Object({
  sequence: Type.Integer(describe('Its place in the log; the id of the row.')),
  time: millis(),
  key_id: WireId,
  type: Type.String(),
  params: nullable(
    Type.Record(Type.String(), Type.Unknown()),
    'As they were signed; null where reads are signed and the reader is no operator.',
  ),
  status: named(['applied', 'rejected']),
  code: nullable(Type.String(), 'Why it was rejected.'),
});
export const ActsReply = Type.Array(ActRow);
export type ActRow = Static<typeof ActRow>;
