// The exchange itself: its clock, its limits, its health, and what its operators did.

import {
  ActsQuery,
  ActsReply,
  AMOUNT_PATTERN,
  BATCH_OPERATIONS_MAX,
  CLIENT_ORDER_ID_PATTERN,
  DEPTH_LEVELS_MAX,
  HealthReply,
  KEYS_MAX,
  LimitsReply,
  MEMO_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  NONCE_AHEAD_MAX,
  ORDERS_PER_BATCH_MAX,
  ORDERS_PER_COMMAND_MAX,
  PENDING_WITHDRAWALS_MAX,
  READ_EXPIRES_MICROS_MAX,
  ReadHeaders,
  TimeReply,
} from '@picostocks/protocol';
import type { NodeOptions } from '../node/node-options.ts';
import { Refused } from '../node/refused.ts';
import { BURST_SECONDS } from '../node/token-buckets.ts';
import { BYTES_PER_WEIGHT } from './bodies.ts';
import { actRow } from './history-views.ts';
import { linkNext, readPage } from './paging.ts';
import { beginRead } from './reads.ts';
import { LIMIT_MAX } from './requests.ts';
import type { App, NodeParts } from './routes.ts';

export function timeRoute(app: App, { replica, deadline }: NodeParts): void {
  app.get(
    '/time/',
    {
      schema: {
        summary: "The exchange's id and clock, and how far its log has come",
        tags: ['exchange'],
        response: { 200: TimeReply },
      },
    },
    async () => {
      const sequence = await replica.current(deadline());
      const milliseconds = Date.now();
      return {
        exchange: replica.state.exchange,
        milliseconds,
        time: new Date(milliseconds).toISOString(),
        sequence,
        read_only: replica.marks.readOnly,
      };
    },
  );
}

export function limitsRoute(
  app: App,
  { replica, deadline }: NodeParts,
  options: NodeOptions,
): void {
  const { requestsPerSecond, rejectionsPerSecond, deadlineMs, auditLog = true } = options;
  app.get(
    '/limits/',
    {
      schema: {
        summary: 'What a client may send, and the settings that it must know',
        tags: ['exchange'],
        response: { 200: LimitsReply },
      },
    },
    async () => {
      await replica.current(deadline());
      const { settings, sandbox } = replica.state;
      return {
        reads: settings.reads,
        registration_open: settings.registrationOpen,
        sandbox,
        log_public: auditLog && settings.reads === 'public',
        requests: {
          per_second: requestsPerSecond,
          bytes_per_weight: BYTES_PER_WEIGHT,
          burst: requestsPerSecond * BURST_SECONDS,
          window_seconds: BURST_SECONDS,
        },
        rejections: {
          per_second: rejectionsPerSecond,
          burst: rejectionsPerSecond * BURST_SECONDS,
        },
        deadline_milliseconds: deadlineMs,
        page_rows_max: LIMIT_MAX,
        depth_levels_max: DEPTH_LEVELS_MAX,
        message_bytes_max: MESSAGE_BYTES_MAX,
        batch_operations_max: BATCH_OPERATIONS_MAX,
        orders_per_command_max: ORDERS_PER_COMMAND_MAX,
        orders_per_batch_max: ORDERS_PER_BATCH_MAX,
        nonce_ahead_max: NONCE_AHEAD_MAX,
        read_expires_seconds_max: READ_EXPIRES_MICROS_MAX / 1_000_000,
        memo_bytes_max: MEMO_BYTES_MAX,
        pending_withdrawals_max: PENDING_WITHDRAWALS_MAX,
        keys_max: KEYS_MAX,
        client_order_id_pattern: CLIENT_ORDER_ID_PATTERN,
        amount_pattern: AMOUNT_PATTERN,
      };
    },
  );
}

export function actsRoute(app: App, parts: NodeParts): void {
  app.get(
    '/audit/acts/',
    {
      schema: {
        summary: 'What operators did, when, and with which key',
        description: '`after` and `before` are sequences.',
        tags: ['audit'],
        querystring: ActsQuery,
        headers: ReadHeaders,
        response: { 200: ActsReply },
      },
    },
    async (request, reply) => {
      const { viewer, ...when } = await beginRead(parts, request);
      const page = readPage(request.query);
      const acts = await parts.history.ask('acts', { by: { page }, ...when });
      linkNext({ request, reply }, page, [acts]);
      return acts.map((act) => actRow(act, viewer));
    },
  );
}

/** `healthz`: this process answers. `readyz`: it is in step with the log and its history. */
export function healthRoutes(app: App, parts: NodeParts): void {
  const { replica, deadline, isHistoryBehind } = parts;
  const schema = { tags: ['exchange'], response: { 200: HealthReply } };
  app.get('/healthz', { schema: { ...schema, summary: 'Requests are served' } }, async () => ({
    status: 'ok',
    sequence: replica.state.sequence,
  }));
  app.get('/readyz', { schema: { ...schema, summary: 'Commands are taken' } }, async () => {
    const sequence = await replica.current(deadline());
    if (replica.marks.readOnly) throw new Refused('unavailable', { why: 'read only' });
    if (isHistoryBehind()) throw new Refused('unavailable', { why: 'the history is behind' });
    return { status: 'ok', sequence };
  });
}
