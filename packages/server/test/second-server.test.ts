// A second server, or one that has nothing to serve, is refused with a code and a sentence that says what
// to do. What runs already goes on undisturbed.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { ENTRY_KINDS } from '@picostocks/protocol';
import { DataFolder, ExchangeError, type ExchangeErrorCode, found } from '../src/index.ts';
import { sealEntries } from '../src/log/log.ts';
import { segmentPath } from '../src/log/segment-files.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { bytesOf, call, foundExchange, newSigner, start, temporaryFolder } from './kit.ts';

async function assertRefusal(
  attempt: () => unknown,
  { code, says }: { code: ExchangeErrorCode; says: RegExp },
): Promise<void> {
  await assert.rejects(
    async () => attempt(),
    (error) => {
      assert(error instanceof ExchangeError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      return true;
    },
  );
}

function newExchange() {
  const temporary = temporaryFolder();
  foundExchange(temporary.folder, { operator: newSigner() });
  return temporary;
}

test('a folder without an exchange', async () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  await assertRefusal(() => start(folder), { code: 'no_exchange', says: /picostocks init/ });
  assert(!existsSync(folder.path), 'and nothing was made');
});

test('a data folder in use', async () => {
  using temporary = newExchange();
  const { folder } = temporary;
  const exchange = await start(folder);
  await assertRefusal(() => start(new DataFolder(folder.path)), {
    code: 'data_folder_in_use',
    says: /another server runs on the data folder/,
  });
  assert.equal((await call(`${exchange.url}/readyz`)).status, 200);
  await exchange.stop();
  const again = await start(folder);
  await again.stop();
});

test('a port taken by another exchange, with as many nodes on it as you like', async () => {
  using one = newExchange();
  using two = newExchange();
  const exchange = await start(one.folder, { nodes: 2 });
  const { port } = exchange.address;
  for (const nodes of [1, 2]) {
    await assertRefusal(() => start(two.folder, { port, nodes }), {
      code: 'address_in_use',
      says: new RegExp(`port ${port} .*--port`),
    });
  }
  assert.equal((await call(`${exchange.url}/readyz`)).status, 200);
  await exchange.stop();
  const other = await start(two.folder);
  await other.stop();
});

test('a port taken by another program', async () => {
  using temporary = newExchange();
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, '127.0.0.1', () => {
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : 0);
  });
  const port = await promise;
  await assertRefusal(() => start(temporary.folder, { port }), {
    code: 'address_in_use',
    says: /taken/,
  });
  server.close();
  const exchange = await start(temporary.folder);
  await exchange.stop();
});

suite('a format that this program does not know', () => {
  for (const part of ['log', 'history'] as const) {
    test(part, async () => {
      using temporary = newExchange();
      const { folder } = temporary;
      const exchange = await start(folder);
      await exchange.stop();
      const database = new DatabaseSync(
        part === 'log' ? segmentPath(folder.logFolder, 1) : folder.history,
      );
      database.exec('UPDATE format SET format = 99');
      database.close();
      await assertRefusal(() => start(folder), { code: 'format_unknown', says: /format 99/ });
      await assertRefusal(() => start(folder), {
        code: 'format_unknown',
        says: /this program knows [0-9]/,
      });
    });
  }
});

test('founding twice, or without the signature of the operator', async () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  const [operator, stranger] = [newSigner(), newSigner()];
  foundExchange(folder, { operator });
  await assertRefusal(() => foundExchange(folder, { operator }), {
    code: 'already_founded',
    says: /already/,
  });
  using other = temporaryFolder();
  await assertRefusal(
    () =>
      foundExchange(other.folder, {
        operator: { publicKey: operator.publicKey, sign: (message) => stranger.sign(message) },
      }),
    { code: 'genesis_invalid', says: /not the operator's/ },
  );
  await assertRefusal(() => foundExchange(other.folder, { operator: stranger }), {
    code: 'genesis_invalid',
    says: /another operator/,
  });
  assert(!other.folder.hasLog);
  using empty = temporaryFolder();
  await assertRefusal(() => found(empty.folder, bytesOf('00'.repeat(64))), {
    code: 'genesis_invalid',
    says: /no genesis/,
  });
});

test('an entry that was altered', async () => {
  using temporary = newExchange();
  const { folder } = temporary;
  const database = new DatabaseSync(segmentPath(folder.logFolder, 1));
  database.exec('UPDATE entry SET time = time + 1 WHERE sequence = 1');
  database.close();
  await assertRefusal(() => start(folder), { code: 'log_corrupt', says: /entry 1/ });
});

test('an entry that only a newer program can apply', async () => {
  using temporary = newExchange();
  const { folder } = temporary;
  const log = SqliteLog.openWriter(folder.logFolder);
  const message = new TextEncoder().encode('{"type":"from the future"}');
  const proposal = {
    kind: ENTRY_KINDS.envelope,
    key: new Uint8Array(32),
    signature: new Uint8Array(64),
    message,
  };
  log.append(log.head(), sealEntries(log.head(), { proposals: [proposal], time: log.head().time }));
  log.close();
  await assertRefusal(() => start(folder), {
    code: 'thread_failed',
    says: /entry 2 .*run a newer version/,
  });
});
