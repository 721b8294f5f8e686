// A few kills of `npm run torture`, and its canary: a log from which acknowledged commands were taken must
// not pass.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { DataFolder } from '@picostocks/server';
import { type TortureOptions, torture } from './torture/torture.ts';

const seed = process.env['PICOSTOCKS_SEED'] ?? 'picostocks';

const OPTIONS: Omit<TortureOptions, 'kills' | 'say'> = {
  seed,
  between: { leastMs: 50, mostMs: 400 },
  users: 3,
  crowd: 0,
  nodes: 2,
  snapshotEvery: 20,
  segmentEntries: 10,
};

test('torture: a server that is killed loses nothing that it acknowledged', async (t) => {
  t.diagnostic(`seed ${seed}`);
  const summary = await torture({ ...OPTIONS, kills: 5, say: (line) => t.diagnostic(line) });
  assert.ok(summary.kills >= 5);
  assert.ok((summary.verdicts['applied'] ?? 0) > 0);
  assert.equal(summary.verdicts['none'], undefined);
  assert.ok(summary.segments > 5);
  t.diagnostic(JSON.stringify(summary));
});

/** More than all clients together have under way, so some of them were acknowledged. */
const LOST = 20;
/** What it takes to found the exchange and register its users is not among them. */
const ENOUGH = 100;

/** Takes the last entries out of a log, as if they had never been durable. */
function loseLast(folder: DataFolder): void {
  const [path] = folder.segments.slice(-1);
  assert(path !== undefined);
  const database = new DatabaseSync(path);
  const { sequence } = database.prepare('SELECT sequence FROM head').get() ?? {};
  if (Number(sequence) < ENOUGH) {
    database.close();
    return;
  }
  const last = Number(sequence) - LOST;
  database.prepare('DELETE FROM entry WHERE sequence > ?').run(last);
  database
    .prepare(
      'UPDATE head SET (sequence, hash) = (SELECT sequence, hash FROM entry WHERE sequence = ?)',
    )
    .run(last);
  database.close();
  for (const end of ['', '-wal', '-shm']) rmSync(folder.history + end, { force: true });
  // A head that was signed later would have the server refuse the start, and nobody would be asked.
  rmSync(folder.heads, { force: true });
  rmSync(folder.liabilities, { recursive: true, force: true });
}

test('torture: the canary, acknowledged commands that are gone', async (t) => {
  t.diagnostic(`seed ${seed}`);
  // In one file, so that its last entries are in it.
  const silent = { say: () => undefined, sabotage: loseLast, segmentEntries: 1_000_000 };
  const run = torture({ ...OPTIONS, ...silent, kills: 20 });
  await assert.rejects(run, /acknowledged and lost/);
});
