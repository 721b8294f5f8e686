// A server that answers at once, always the same: what the load generator can send is measured against it.

import { createServer } from 'node:net';

const BODY = JSON.stringify({ sequence: 1, nonce: 1, order_id: 1, detail: 'x'.repeat(200) });
const ANSWER = `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;

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
