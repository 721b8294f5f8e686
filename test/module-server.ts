// Serves the project's modules to a browser as they are, with their types stripped: the tests run the
// very files that Node.js runs, and need no bundler.

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { join, normalize, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

/** Where a browser finds what the modules import by name. */
const IMPORT_MAP = {
  imports: {
    '@picostocks/client': '/packages/client/src/index.ts',
    '@picostocks/protocol': '/packages/protocol/src/index.ts',
    '@noble/hashes/': '/node_modules/@noble/hashes/',
    typebox: '/node_modules/typebox/build/index.mjs',
    'typebox/compile': '/node_modules/typebox/build/compile/index.mjs',
  },
};

const PAGE = `<!doctype html><meta charset="utf-8"><title>Picostocks</title>
<script type="importmap">${JSON.stringify(IMPORT_MAP)}</script>`;

export interface ModuleServer extends AsyncDisposable {
  readonly url: string;
}

export async function serveModules(): Promise<ModuleServer> {
  const server = createServer((request, response) => {
    readModule(request.url ?? '/').then(
      ({ type, text }) => response.setHeader('content-type', type).end(text),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: addressOf(server), [Symbol.asyncDispose]: () => close(server) };
}

async function readModule(url: string): Promise<{ type: string; text: string }> {
  const path = normalize(new URL(url, 'http://localhost').pathname);
  if (path === '/') return { type: 'text/html; charset=utf-8', text: PAGE };
  if (!/^\/(packages|node_modules)\//.test(path)) throw new Error('not a module');
  const source = await readFile(join(ROOT, path), 'utf8');
  const text = path.endsWith('.ts') ? stripTypeScriptTypes(source) : source;
  return { type: 'text/javascript; charset=utf-8', text };
}

function addressOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has a port');
  return `http://127.0.0.1:${address.port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}
