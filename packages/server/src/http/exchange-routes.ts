import { HealthReply, TimeReply } from '@picostocks/protocol';
import { Refused } from '../node/refused.ts';
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
