// Where publications are kept. What was published stays for ever, since heads promise it: a file of lines
// each, whose SHA-256 is the `liabilities_root` of its head. The trees, from which proofs are made, stay
// for the newest publications only. None of it can be made again, so none of it is in the history.
//
//   0000000000001207.txt     the lines that were published with the head of entry 1207
//   0000000000001207.trees   users, amounts and nodes of that moment; private

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { decodeLiabilityLines, type Sequence } from '@picostocks/protocol';
import { syncFolder } from '../data-folder.ts';
import { TreeFile } from './tree-file.ts';

/** Publications of which proofs can be made: a day of hours. */
export const PROOFS_KEPT = 24;
const UNFINISHED = '.unfinished';

export class LiabilityFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes it if it is not there, and clears away what was being written when a server ended. */
  prepare(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.path)) {
      if (name.endsWith(UNFINISHED)) rmSync(join(this.path, name), { force: true });
    }
  }

  /** Keeps the lines of a publication, durably. */
  keepLines(sequence: Sequence, text: string): void {
    this.#write(this.#linesPath(sequence), [Buffer.from(text, 'latin1')]);
  }

  /** Keeps the trees of a publication, durably, and removes the oldest beyond those that are kept. */
  keepTrees(sequence: Sequence, pieces: readonly Uint8Array[]): void {
    this.#write(this.#treesPath(sequence), pieces);
    const trees = readdirSync(this.path).filter((name) => /^\d{16}\.trees$/.test(name));
    for (const old of trees.sort().reverse().slice(PROOFS_KEPT)) {
      rmSync(join(this.path, old), { force: true });
    }
  }

  /** What was published with a head; `undefined` where the file is lost or is none. */
  lines(sequence: Sequence): string[] | undefined {
    const text = readIfThere(this.#linesPath(sequence));
    if (text === undefined) return undefined;
    const lines = text.split('\n');
    const isWhole = lines.pop() === '';
    return isWhole && decodeLiabilityLines(lines) !== undefined ? lines : undefined;
  }

  /** The trees of a publication, or `undefined` where they are no longer kept. */
  openTrees(sequence: Sequence): TreeFile | undefined {
    try {
      return new TreeFile(this.#treesPath(sequence));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #linesPath(sequence: Sequence): string {
    return join(this.path, `${String(sequence).padStart(16, '0')}.txt`);
  }

  #treesPath(sequence: Sequence): string {
    return join(this.path, `${String(sequence).padStart(16, '0')}.trees`);
  }

  #write(path: string, pieces: readonly Uint8Array[]): void {
    const aside = path + UNFINISHED;
    const file = openSync(aside, 'w', 0o600);
    try {
      for (const piece of pieces) {
        for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
    syncFolder(this.path);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
