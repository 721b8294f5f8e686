// What a group of routes needs of its node.

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { CommandDesk } from '../node/command-desk.ts';
import type { Deadline } from '../node/deadline.ts';
import type { HistoryPort } from '../node/history-port.ts';
import type { Replica } from '../node/replica.ts';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface NodeParts {
  readonly replica: Replica;
  readonly history: HistoryPort;
  readonly desk: CommandDesk;
  readonly deadline: () => Deadline;
  readonly isHistoryBehind: () => boolean;
}
