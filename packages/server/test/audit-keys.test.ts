// The audit holds every binding of a key against the proof of who holds it: an operator who writes the log
// could otherwise bind strangers' keys to accounts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditFailed, auditLog } from '../src/audit.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { EntryMaker } from './entries.ts';
import { newSigner, serve, temporaryFolder } from './kit.ts';

test('audit: a key that was bound without its proof is found', () => {
  const maker = new EntryMaker().furnish();
  const user = maker.register();
  const { publicKey: public_key } = newSigner();
  maker.act('add_key', { public_key, proof: '0'.repeat(128), scopes: [] }, user);
  using temporary = temporaryFolder();
  const { folder } = temporary;
  folder.create();
  const log = SqliteLog.openWriter(folder.logFolder);
  log.append(log.head(), maker.entries);
  assert.throws(
    () => auditLog(log),
    (error: AuditFailed) => error.sequence === maker.entries.length && /proof/.test(error.message),
  );
  log.close();
});

test('audit: keys that were added, rotated and revoked, and money on its way out, are confirmed', async () => {
  await using served = await serve();
  const anna = await served.newTrader();
  const bot = await anna.addKey(['trade']);
  await bot.act('noop', {});
  const signer = newSigner();
  const { publicKey: public_key } = signer;
  await anna.act('rotate_key', {
    rotated_key_id: bot.keyId,
    public_key,
    proof: anna.proofOf(signer),
  });
  await anna.act('revoke_key', { revoked_key_id: bot.keyId });
  await anna.act('request_withdrawal', { stock_id: 2, quantity: '7', address: 'there' });
  await served.stop();
  const log = SqliteLog.openReader(served.folder.logFolder);
  const { assets, voids } = auditLog(log);
  log.close();
  assert.equal(voids, 0);
  assert.equal(assets.find(({ stock_id }) => stock_id === 2)?.withdrawing, '7.000000000000000000');
});
