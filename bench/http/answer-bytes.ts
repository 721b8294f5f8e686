// A bare Fastify that answers one address with the bytes of a file: what a read costs if nothing is done for it.
//
//   node answer-bytes.ts FILE

import { readFileSync } from 'node:fs';
import fastify from 'fastify';

const body = readFileSync(process.argv[2] ?? '');
const app = fastify();
app.get('/', (_request, reply) => {
  void reply.type('application/json; charset=utf-8').send(body);
});
const url = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ url })}\n`);
process.on('SIGTERM', () => process.exit(0));
