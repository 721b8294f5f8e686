// The files of the log: one for each segment, named by the sequence of its first entry, so that whoever
// wants an entry knows the file by its name.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Sequence } from '@picostocks/protocol';

export interface SegmentFile {
  /** Sequence of its first entry. */
  readonly first: Sequence;
  readonly path: string;
}

const NAME = /^([0-9]{16})\.sqlite$/;

/**
 * The segments that are in a folder, in the order of the log. Others may have been moved away; a link to
 * one that cannot be reached, as on a disk that is not mounted, is as good as none.
 */
export function listSegments(folder: string): SegmentFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => NAME.test(name))
    .map((entry) => ({ entry, path: join(folder, entry.name) }))
    .filter(({ entry, path }) => !entry.isSymbolicLink() || existsSync(path))
    .map(({ entry: { name }, path }) => ({ first: Number(name.slice(0, 16)), path }))
    .sort((left, right) => left.first - right.first);
}

export function segmentPath(folder: string, first: Sequence): string {
  return join(folder, `${String(first).padStart(16, '0')}.sqlite`);
}
