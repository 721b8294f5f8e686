// A real HTTP server whose every answer a test writes: for faults that a real exchange makes too
// seldom.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PeerRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface PeerReply {
  json(status: number, body: unknown, headers?: Record<string, string>): void;
  text(status: number, body: string): void;
  /** Closes the connection without an answer. */
  reset(): void;
  readonly raw: ServerResponse;
}

export type Script = (request: PeerRequest, reply: PeerReply) => void;

export interface HttpPeer {
  readonly baseUrl: string;
  readonly requests: PeerRequest[];
  close(): Promise<void>;
}

function replyOn(raw: ServerResponse): PeerReply {
  const text = (status: number, type: string, body: string, headers = {}) => {
    raw.writeHead(status, { 'content-type': type, ...headers }).end(body);
  };
  return {
    raw,
    json: (status, body, headers) =>
      text(status, 'application/json', JSON.stringify(body), headers),
    text: (status, body) => text(status, 'text/html', body),
    reset: () => raw.socket?.destroy(),
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function startPeer(script: Script): Promise<HttpPeer> {
  const requests: PeerRequest[] = [];
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await readBody(incoming);
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body };
    requests.push(request);
    script(request, replyOn(outgoing));
  };
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.socket?.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
