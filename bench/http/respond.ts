// A server that answers at once, always the same: what the load generator can send is measured against it.
//
//   node respond.ts [FILE]
//
// With a file, its bytes are the body.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const SMALL = JSON.stringify({ sequence: 1, nonce: 1, order_id: 1, detail: 'x'.repeat(200) });
const file = process.argv[2];
const status = file === undefined ? '201 Created' : '200 OK';
const body = file === undefined ? Buffer.from(SMALL) : readFileSync(file);
const head = `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
const ANSWER = Buffer.concat([Buffer.from(head), body]);

const server = createServer((socket) => {
  socket.setNoDelay(true);
  // Each request of the generator arrives as one piece: it is smaller than a segment of the loopback.
  socket.on('data', () => socket.write(ANSWER));
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
