// The tree that the historian keeps in tiles is the tree of RFC 9162 over the records, whatever interrupts
// it. The oracle is computed directly from the leaves, by the core's own code.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import {
  type Entry,
  encodeRecord,
  Frontier,
  fromHex,
  leafHash,
  verifyConsistency,
  verifyInclusion,
} from '@picostocks/protocol';
import type { DataFolder } from '../src/data-folder.ts';
import { ExchangeError } from '../src/exchange-error.ts';
import { Historian } from '../src/history/historian.ts';
import { HistoryReader } from '../src/history/history-reader.ts';
import { HistoryWriter } from '../src/history/history-writer.ts';
import { TILE_HASHES } from '../src/history/tile-tree.ts';
import { encodeBatch } from '../src/log/batch.ts';
import { EMPTY_HEAD, headOf } from '../src/log/log.ts';
import { SqliteLog } from '../src/log/sqlite-log.ts';
import { EntryMaker } from './entries.ts';
import { temporaryFolder } from './kit.ts';

/** Two full tiles and a part of a third. */
const ENTRIES = 2 * TILE_HASHES + 100;

const entries = ((): readonly Entry[] => {
  const maker = new EntryMaker().furnish();
  const anna = maker.register();
  while (maker.entries.length < ENTRIES) {
    maker.order('ASK', anna, { quantity: '1', price: String(maker.entries.length) });
  }
  return maker.entries;
})();
const leaves = entries.map((entry) => leafHash(encodeRecord(entry)));
/** By the size of the tree. */
const roots = ((): readonly Uint8Array[] => {
  const frontier = new Frontier();
  return [
    frontier.root(),
    ...leaves.map((leaf) => {
      frontier.append(leaf);
      return frontier.root();
    }),
  ];
})();

function rootOf(size: number): Uint8Array {
  const root = roots[size];
  assert(root !== undefined);
  return root;
}

function makeLog(folder: DataFolder, count: number): void {
  folder.create();
  const log = SqliteLog.openWriter(folder.logFolder);
  log.append(EMPTY_HEAD, entries.slice(0, count));
  log.close();
}

function growLog(folder: DataFolder, count: number): void {
  const log = SqliteLog.openWriter(folder.logFolder);
  const head = log.head();
  const added = entries.slice(head.sequence, count);
  assert.equal(headOf(added, head).sequence, count);
  log.append(head, added);
  log.close();
}

function openHistorian(folder: DataFolder): Historian {
  return new Historian({
    log: SqliteLog.openReader(folder.logFolder),
    history: new HistoryWriter(folder.history),
    onApplied: () => undefined,
  });
}

/** Follows the log to its end; the size of the tree always is the sequence. */
function follow(folder: DataFolder, size: number): void {
  const historian = openHistorian(folder);
  historian.catchUp();
  assert.equal(historian.subject.sequence, size);
  assert.deepEqual(Buffer.from(historian.subject.treeRoot(size)), Buffer.from(rootOf(size)));
  historian.close();
}

test('tree: the root of every size is that of the leaves', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  makeLog(folder, ENTRIES);
  const historian = openHistorian(folder);
  historian.catchUp();
  for (let size = 0; size <= ENTRIES; size += 1) {
    assert.deepEqual(
      Buffer.from(historian.subject.treeRoot(size)),
      Buffer.from(rootOf(size)),
      `${size} leaves`,
    );
  }
  assert.throws(() => historian.subject.treeRoot(ENTRIES + 1), /too short/);
  historian.close();
});

test('tree: it grows with every batch, and its size is the sequence', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  makeLog(folder, 1);
  const historian = openHistorian(folder);
  historian.catchUp();
  for (const [index, entry] of entries.entries()) {
    if (index === 0) continue;
    const bytes = encodeBatch([entry]);
    historian.take({ kind: 'batch', bytes, last: entry.sequence });
    if (index % 50 !== 0 && index % TILE_HASHES > 1) continue;
    const root = historian.subject.treeRoot(entry.sequence);
    assert.deepEqual(Buffer.from(root), Buffer.from(rootOf(entry.sequence)));
  }
  historian.close();
});

test('tree: it goes on from any place in a tile', () => {
  const { length } = entries;
  for (const stop of [1, TILE_HASHES - 1, TILE_HASHES, TILE_HASHES + 1, 2 * TILE_HASHES, 600]) {
    using temporary = temporaryFolder();
    const { folder } = temporary;
    makeLog(folder, stop);
    follow(folder, stop);
    follow(folder, stop);
    growLog(folder, length);
    follow(folder, length);
  }
});

test('tree: a history that was deleted is made again with the same tree', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  makeLog(folder, ENTRIES);
  follow(folder, ENTRIES);
  for (const end of ['', '-wal', '-shm']) rmSync(folder.history + end, { force: true });
  follow(folder, ENTRIES);
});

function hashesOf(proof: readonly string[]): Uint8Array[] {
  return proof.map((hash) => fromHex(hash) ?? new Uint8Array(0));
}

test('tree: its proofs verify, across tiles and within one', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  makeLog(folder, ENTRIES);
  follow(folder, ENTRIES);
  const reader = new HistoryReader(folder.history);
  const sizes = [1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 600, ENTRIES];
  for (const size of sizes) {
    for (const sequence of sizes.filter((one) => one <= size)) {
      const claim = {
        leaf: leaves[sequence - 1] ?? new Uint8Array(0),
        index: sequence - 1,
        size,
        proof: hashesOf(reader.read('inclusion', { sequence, size })),
        root: rootOf(size),
      };
      assert(verifyInclusion(claim), `entry ${sequence} of ${size}`);
      assert(
        !verifyInclusion({ ...claim, root: rootOf(size - 1) }),
        `entry ${sequence} of ${size}`,
      );
      const proof = hashesOf(reader.read('consistency', { from: sequence, to: size }));
      const [fromRoot, toRoot] = [rootOf(sequence), rootOf(size)];
      const [from, to] = [sequence, size];
      assert(verifyConsistency({ from, to, fromRoot, toRoot, proof }), `${from} to ${to}`);
    }
  }
  reader.close();
});

test('tree: a history without its last tile is refused', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  makeLog(folder, ENTRIES);
  follow(folder, ENTRIES);
  const database = new DatabaseSync(folder.history);
  database.exec('DELETE FROM tile WHERE level = 0 AND number = 2');
  database.close();
  assert.throws(
    () => new HistoryWriter(folder.history),
    (error) => error instanceof ExchangeError && error.code === 'history_foreign',
  );
});

test('tree: a history of an older format is refused, and says that it can be deleted', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  makeLog(folder, 5);
  follow(folder, 5);
  const database = new DatabaseSync(folder.history);
  database.exec('UPDATE format SET format = 1');
  database.close();
  assert.throws(
    () => new HistoryWriter(folder.history),
    (error) => error instanceof ExchangeError && /delete it/.test(error.message),
  );
});
