// Files that are on the disk when the call is over, for their owner only.

import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder } from '../data-folder.ts';

/** Writes a file so that a crash leaves the old one or the new one. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const aside = `${path}.new`;
  const file = openSync(aside, 'w', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(aside, path);
  syncFolder(dirname(path));
}

/** Copies a file; answers `false` where it is gone, as old trees and snapshots may be. */
export function copyDurably(source: string, target: string): boolean {
  try {
    copyFileSync(source, target, constants.COPYFILE_FICLONE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  // A copy has the mode of its source, which may be read-only.
  chmodSync(target, 0o600);
  syncFile(target);
  return true;
}

export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}

export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Copies the files of a folder, if there is one, and of those in it; not what is still being written. */
export function copyFolder(source: string, target: string): void {
  for (const entry of entriesOf(source)) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) copyFolder(from, to);
    else if (entry.isFile() && !/\.(unfinished|new|tmp)$/.test(entry.name)) {
      makeFolder(target);
      copyDurably(from, to);
    }
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Makes the names in a folder and in those below it durable. */
export function syncFolders(folder: string): void {
  for (const entry of entriesOf(folder)) {
    if (entry.isDirectory()) syncFolders(join(folder, entry.name));
  }
  syncFolder(folder);
}
