// HTTPS by the server itself. The certificate in tls/ was made for these tests, signs itself and is good
// for a hundred years; nothing else trusts it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ExchangeError } from '../src/index.ts';
import { foundExchange, newSigner, raw, start, temporaryFolder } from './kit.ts';

const certPath = join(import.meta.dirname, 'tls/certificate.pem');
const keyPath = join(import.meta.dirname, 'tls/key.pem');

function get(url: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const sent = request(url, { ca: readFileSync(certPath), agent: false }, (answer) => {
    answer.resume().on('end', () => resolve(answer.statusCode));
  });
  sent.on('error', reject);
  sent.end();
  return promise;
}

test('tls: with a certificate every node speaks HTTPS, and nothing else', async () => {
  using temporary = temporaryFolder();
  foundExchange(temporary.folder, { operator: newSigner() });
  const exchange = await start(temporary.folder, { nodes: 2, tls: { certPath, keyPath } });
  try {
    assert.match(exchange.url, /^https:/);
    for (let count = 0; count < 4; count += 1) {
      assert.equal(await get(`${exchange.url}/v1/time/`), 200);
    }
    const plain = await raw(exchange.url, 'GET /v1/time/ HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.notEqual(plain.status, 200);
  } finally {
    await exchange.stop();
  }
});

test('tls: files that are none, or do not belong together, are said before anything starts', async () => {
  using temporary = temporaryFolder();
  foundExchange(temporary.folder, { operator: newSigner() });
  for (const tls of [
    { certPath: '/nowhere.pem', keyPath },
    { certPath: keyPath, keyPath },
    { certPath, keyPath: certPath },
  ]) {
    await assert.rejects(start(temporary.folder, { tls }), (error: ExchangeError) => {
      return error.code === 'tls_invalid' && error.message.includes(tls.certPath);
    });
  }
});
