// The file of heads on a disk that fails: what was not fsynced does not count, and no two lines mix.

import assert from 'node:assert/strict';
import { fsyncSync, ftruncateSync, mkdirSync, readFileSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { encodeHead, encodeHeadLine, type LogHead, ZERO_HASH } from '@picostocks/protocol';
import { type FileWriter, HeadFile, type KeptHead } from '../src/heads/head-file.ts';
import { temporaryFolder } from './kit.ts';

const [ONES, TWOS] = ['1'.repeat(64), '2'.repeat(64)];

/** A head whose every hash is this one. */
function keptOf({ sequence, hash }: { sequence: number; hash: string }): KeptHead {
  const hashes = { treeRoot: hash, chainHash: hash, stateHash: hash, liabilitiesRoot: ZERO_HASH };
  const exchange = '0'.repeat(32);
  const head: LogHead = { exchange, sequence, time: sequence, ...hashes, previous: ZERO_HASH };
  return { text: encodeHead(head), signature: hash.repeat(2), head };
}

/** A disk that takes `bytes` more, and then `syncs` fsyncs. */
class FailingDisk implements FileWriter {
  readonly done: string[] = [];
  #bytes: number;
  #syncs: number;

  constructor({ bytes = Infinity, syncs = Infinity }: { bytes?: number; syncs?: number }) {
    this.#bytes = bytes;
    this.#syncs = syncs;
  }

  write(file: number, bytes: Uint8Array, position: number): number {
    const length = Math.min(bytes.length, this.#bytes);
    if (length === 0) throw new Error('the disk takes no more');
    this.#bytes -= length;
    this.done.push('write');
    return writeSync(file, bytes, 0, length, position);
  }

  truncate(file: number, length: number): void {
    this.done.push('truncate');
    ftruncateSync(file, length);
  }

  sync(file: number): void {
    if (this.#syncs === 0) throw new Error('fsync failed');
    this.#syncs -= 1;
    this.done.push('sync');
    fsyncSync(file);
  }
}

test('head file: a line that a killed process left counts only once it is fsynced', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  mkdirSync(folder.path, { recursive: true });
  const kept = keptOf({ sequence: 5, hash: ONES });
  const killed = new HeadFile(folder.heads, new FailingDisk({ syncs: 1 }));
  assert.throws(() => killed.append(kept), /fsync failed/);
  killed.close();
  assert.equal(readFileSync(folder.heads, 'latin1'), `${encodeHeadLine(kept)}\n`);
  assert.throws(() => new HeadFile(folder.heads, new FailingDisk({ syncs: 0 })), /fsync failed/);
  const disk = new FailingDisk({});
  const file = new HeadFile(folder.heads, disk);
  assert.deepEqual(file.last, kept);
  assert.deepEqual(disk.done, ['sync']);
  file.close();
});

test('head file: a torn line over one that failed is not made whole by it', () => {
  using temporary = temporaryFolder();
  const { folder } = temporary;
  mkdirSync(folder.path, { recursive: true });
  const failed = keptOf({ sequence: 5, hash: ONES });
  const torn = keptOf({ sequence: 6, hash: TWOS });
  const { length } = encodeHeadLine(failed);
  const disk = new FailingDisk({ bytes: length + 1 + 100, syncs: 1 });
  const file = new HeadFile(folder.heads, disk);
  assert.throws(() => file.append(failed), /fsync failed/);
  assert.throws(() => file.append(torn), /takes no more/);
  file.close();
  const again = new HeadFile(folder.heads);
  assert.equal(again.last, undefined);
  again.append(torn);
  again.close();
  assert.equal(readFileSync(folder.heads, 'latin1'), `${encodeHeadLine(torn)}\n`);
});
